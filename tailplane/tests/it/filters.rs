//! Filters over columns and plans mean what `traceql::matches` says they mean.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;
use proto::{Tenant, TimeRange};
use query::SpansQuery;
use query::traceql::matches;

use crate::pipeline::{Pipeline, Place, block_on, filter, fixture, plain_spans};

/// Every scope, every operator, every way a value can be stored; some match nothing on purpose.
const FILTERS: &str = include_str!("filters.txt");

#[test]
fn every_filter_selects_what_its_meaning_says() {
    let mut requests = fixture("stall");
    requests.push(odd_spans());
    let spans = plain_spans(&requests);
    let filters: Vec<&str> =
        FILTERS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(filters.len() >= 80, "{}", filters.len());
    let mut matched = 0;
    for place in [Place::Live, Place::Mixed] {
        block_on(async {
            let pipeline = Pipeline::with(&requests, place, query::Config::default()).await;
            for text in &filters {
                let parsed = filter(text);
                let mut expected: Vec<_> = spans
                    .iter()
                    .filter(|plain| matches(&parsed, *plain))
                    .map(|plain| (plain.span.trace_id, plain.span.span_id))
                    .collect();
                expected.sort_unstable();
                matched += usize::from(!expected.is_empty());
                let query = SpansQuery {
                    tenant: Tenant::default(),
                    filter: parsed,
                    range: TimeRange::ALL,
                    limit: 1_000_000,
                };
                let found =
                    pipeline.engine.spans(query).await.unwrap_or_else(|error| panic!("{text}: {error}"));
                let mut found: Vec<_> =
                    found.iter().map(|stored| (stored.span.trace_id, stored.span.span_id)).collect();
                found.sort_unstable();
                assert_eq!(found.len(), expected.len(), "{place:?} {text}");
                assert_eq!(found, expected, "{place:?} {text}");
            }
            pipeline.close().await;
        });
    }
    assert!(matched > filters.len(), "most filters match something: {matched}");
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn text(text: &str) -> Value {
    Value::StringValue(text.to_owned())
}

fn array(values: Vec<Value>) -> Value {
    let values = values.into_iter().map(|value| AnyValue { value: Some(value) }).collect();
    Value::ArrayValue(ArrayValue { values })
}

/// Spans whose attributes do not have the types their columns expect, and worse.
fn odd_spans() -> Vec<u8> {
    let attributes: Vec<Vec<KeyValue>> = vec![
        vec![pair("http.target", Value::IntValue(7)), pair("verb", text("odd"))],
        vec![pair("server.port", text("2379")), pair("odd.double", Value::DoubleValue(1.5))],
        vec![pair("odd.port", Value::DoubleValue(2379.0)), pair("odd.double", Value::DoubleValue(-0.0))],
        vec![pair("odd.array", array(vec![text("a"), text("b"), Value::IntValue(3)]))],
        vec![pair("odd.array", array(vec![])), pair("odd.int", Value::IntValue(i64::MIN))],
        vec![pair("odd.list", Value::KvlistValue(KeyValueList { values: vec![pair("x", text("y"))] }))],
        vec![pair("odd.bytes", Value::BytesValue(vec![1, 2])), pair("odd.flag", Value::BoolValue(true))],
        vec![pair("read_only", text("true")), pair("odd.int", Value::IntValue(5))],
        vec![pair("odd.twice", text("first")), pair("odd.twice", text("second"))],
        vec![pair("odd.double", Value::DoubleValue(f64::NAN)), pair("http.target", text("/api/v1/odd"))],
        vec![pair("service.name", text("on the span")), pair("host.name", Value::IntValue(1))],
        vec![pair("odd \"quoted\" key", text("x")), pair("odd.empty", text(""))],
    ];
    let spans = attributes.into_iter().enumerate().map(|(number, attributes)| {
        let number = number as u64 + 1;
        Span {
            trace_id: vec![0xee; 16],
            span_id: number.to_be_bytes().to_vec(),
            name: format!("odd {number}"),
            kind: number as i32 - 2,
            start_time_unix_nano: 1_795_216_170_000_000_000 + number,
            end_time_unix_nano: 1_795_216_170_000_000_000 + number * 1_000 - 3_000,
            attributes,
            events: vec![Event {
                name: format!("event {number}"),
                time_unix_nano: 1_795_216_170_000_000_000 + 2 * number,
                attributes: vec![pair("odd.event", Value::IntValue(number as i64))],
                ..Event::default()
            }],
            links: vec![Link {
                trace_id: vec![0xaa; 16],
                span_id: number.to_be_bytes().to_vec(),
                attributes: vec![pair("odd.link", text("linked"))],
                ..Link::default()
            }],
            status: (!number.is_multiple_of(3))
                .then(|| Status { code: number as i32 % 4, message: format!("m{number}") }),
            ..Span::default()
        }
    });
    let resource = Resource {
        attributes: vec![pair("odd.resource", Value::IntValue(3)), pair("k8s.cluster.name", text("odd"))],
        ..Resource::default()
    };
    let scope_spans = vec![ScopeSpans { spans: spans.collect(), ..ScopeSpans::default() }];
    let resource_spans =
        vec![ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}
