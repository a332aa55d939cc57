use std::borrow::Cow;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int64Type, UInt32Type};
use proto::otlp::{Attribute, Resource, Span, SpanSink, Value};
use proto::{SpanId, TraceId};
use storage::schema::{column, layout, live_schema};

use super::{Origin, SpanColumns};

fn columns() -> SpanColumns {
    let mut columns = SpanColumns::new(0);
    columns.origin(&Origin { peer_address: "10.0.0.1", transport: "grpc", exporter: "" });
    columns
}

fn span(number: u8, attributes: Vec<Attribute<'static>>) -> Span<'static> {
    Span {
        trace_id: TraceId([number; 16]),
        span_id: SpanId([number; 8]),
        start: u64::from(number) * 1_001,
        end: u64::from(number) * 2_002,
        attributes,
        ..Span::default()
    }
}

fn attribute(key: &'static str, value: Value<'static>) -> Attribute<'static> {
    Attribute { key: Cow::Borrowed(key), value }
}

#[test]
fn no_spans_are_an_empty_batch_of_the_live_schema() {
    let batch = columns().finish().unwrap();
    assert_eq!((batch.rows.num_rows(), batch.rows.schema()), (0, live_schema()));
}

#[test]
fn values_go_to_their_column_and_everything_else_to_the_map() {
    let mut columns = columns();
    columns.resource(&Resource {
        attributes: vec![attribute("service.name", Value::String(Cow::Borrowed("etcd")))],
        ..Resource::default()
    });
    columns.span(&span(1, Vec::new()));
    columns.span(&span(
        2,
        vec![
            attribute("limit", Value::Int(500)),
            attribute("http.target", Value::Int(7)),
            attribute("cold", Value::Double(1.5)),
            attribute("cold", Value::Bool(true)),
        ],
    ));
    columns.span(&span(3, vec![attribute("http.target", Value::String(Cow::Borrowed("/api")))]));
    let rows = columns.finish().unwrap().rows;
    let service = rows.column_by_name(column::SERVICE_NAME).unwrap().as_dictionary::<UInt32Type>();
    assert_eq!((service.values().len(), service.null_count()), (1, 0));
    let limit = rows.column_by_name("span_limit").unwrap().as_primitive::<Int64Type>();
    assert_eq!(limit.iter().collect::<Vec<_>>(), [None, Some(500), None]);
    let target = rows.column_by_name("span_http_target").unwrap().as_dictionary::<UInt32Type>();
    assert_eq!(target.keys().iter().collect::<Vec<_>>(), [None, None, Some(0)]);
    let map = rows.column_by_name(column::ATTRIBUTES).unwrap().as_map();
    assert_eq!(map.value_offsets(), [0, 0, 2, 2]);
    let texts: Vec<_> = map.values().as_string::<i32>().iter().flatten().collect();
    assert_eq!(texts, ["7", "1.5"]);
    let layouts = rows.column_by_name(column::ATTRIBUTE_LAYOUT).unwrap().as_dictionary::<UInt32Type>();
    let tags = layouts.values().as_binary::<i32>().value(0);
    assert_eq!(tags[1..], [layout::MAP_INT, layout::MAP_DOUBLE, layout::RESIDUAL_HIDDEN]);
}

#[test]
fn the_extremes_of_times_are_known() {
    let mut columns = columns();
    (1..=3).for_each(|number| columns.span(&span(number, Vec::new())));
    let times = columns.finish().unwrap().times;
    assert_eq!(
        (times.start_min, times.start_max, times.end_min, times.end_max),
        (1_001, 3_003, 2_002, 6_006)
    );
}
