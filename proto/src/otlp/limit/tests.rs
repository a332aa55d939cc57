//! What is cut, how it is marked, and that nothing else changes.

mod properties;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use prost::Message as _;

use super::*;
use crate::otlp::oracle::oracle;
use crate::otlp::schema::TOO_DEEP;
use crate::otlp::wire::put_bytes;

const LIMITS: DecodeLimits = DecodeLimits {
    value_depth_max: 2,
    attributes_per_span_max: 3,
    events_per_span_max: 2,
    links_per_span_max: 1,
    value_bytes_max: 1_000,
    name_bytes_max: 100,
};

fn any(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

fn text(text: &str) -> AnyValue {
    any(Value::StringValue(text.to_owned()))
}

fn array(values: Vec<AnyValue>) -> AnyValue {
    any(Value::ArrayValue(ArrayValue { values }))
}

fn attribute(key: &str, value: AnyValue) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(value), key_strindex: 0 }
}

fn attributes(count: usize) -> Vec<KeyValue> {
    (0..count).map(|index| attribute(&format!("k{index}"), text("v"))).collect()
}

fn data_of(span: Span) -> TracesData {
    let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
    TracesData { resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }] }
}

fn limited(data: &TracesData) -> TracesData {
    oracle(&limit_request(&data.encode_to_vec(), &LIMITS).unwrap()).unwrap()
}

fn limited_span(span: Span) -> Span {
    limited(&data_of(span)).resource_spans.remove(0).scope_spans.remove(0).spans.remove(0)
}

fn limited_value(value: AnyValue) -> Value {
    let span = Span { attributes: vec![attribute("key", value)], ..Span::default() };
    limited_span(span).attributes.remove(0).value.unwrap().value.unwrap()
}

#[test]
fn long_texts_end_with_a_mark() {
    let name_mark = "…[truncated from 101 bytes]";
    let cut_name = format!("{}{name_mark}", "n".repeat(100 - name_mark.len()));
    let value_mark = "…[truncated from 1001 bytes]";
    let cut_value = format!("{}{value_mark}", "v".repeat(1_000 - value_mark.len()));
    let (name, value) = ("n".repeat(101), "v".repeat(1_001));
    let span = limited_span(Span {
        name: name.clone(),
        attributes: vec![
            attribute(&name, text(&value)),
            attribute("bytes", any(Value::BytesValue(value.clone().into_bytes()))),
            attribute("short", text(&"v".repeat(1_000))),
        ],
        events: vec![Event { name, ..Event::default() }],
        status: Some(Status { message: value, code: 2 }),
        ..Span::default()
    });
    assert_eq!((&span.name, &span.events[0].name), (&cut_name, &cut_name));
    assert_eq!(span.attributes[0], attribute(&cut_name, text(&cut_value)));
    assert_eq!(
        span.attributes[1],
        attribute("bytes", any(Value::BytesValue(cut_value.clone().into_bytes())))
    );
    assert_eq!(span.attributes[2], attribute("short", text(&"v".repeat(1_000))));
    assert_eq!(span.status, Some(Status { message: cut_value, code: 2 }));
}

#[test]
fn characters_stay_whole() {
    for shift in 0..4 {
        let value = format!("{}{}", "x".repeat(shift), "😀".repeat(300));
        let Value::StringValue(cut) = limited_value(text(&value)) else { panic!("a string is kept as one") };
        let (kept, mark) = cut.split_once('…').unwrap();
        assert_eq!(mark, format!("[truncated from {} bytes]", value.len()));
        assert!(value.starts_with(kept) && (997..=1_000).contains(&cut.len()), "{}", cut.len());
    }
}

#[test]
fn a_trace_state_keeps_whole_members_and_its_grammar() {
    let state = |count| (0..count).map(|id| format!("vendor{id}=value")).collect::<Vec<_>>().join(",");
    let long = state(20);
    let link = Link { trace_state: "x".repeat(200), ..Link::default() };
    let span = limited_span(Span { trace_state: long.clone(), links: vec![link], ..Span::default() });
    assert_eq!(span.trace_state, format!("{},tailplane=truncated_from_{}_bytes", state(4), long.len()));
    assert_eq!(span.links[0].trace_state, "tailplane=truncated_from_200_bytes");
}

#[test]
fn what_lists_lack_is_added_to_their_counts() {
    let event =
        |time, count| Event { time_unix_nano: time, attributes: attributes(count), ..Event::default() };
    let link = |id| Link { trace_id: vec![id; 16], span_id: vec![id; 8], ..Link::default() };
    let span = limited_span(Span {
        attributes: attributes(2),
        dropped_attributes_count: 7,
        events: vec![event(1, 2), event(2, 2), event(3, 1)],
        dropped_events_count: u32::MAX,
        links: vec![link(1), link(2), link(3)],
        ..Span::default()
    });
    assert_eq!((span.attributes.len(), span.dropped_attributes_count), (2, 7));
    let of_events = span.events.iter().map(|event| (event.attributes.len(), event.dropped_attributes_count));
    assert_eq!(of_events.collect::<Vec<_>>(), [(1, 1), (0, 2)]);
    assert_eq!(
        (span.dropped_events_count, span.links, span.dropped_links_count),
        (u32::MAX, vec![link(1)], 2)
    );
}

#[test]
fn resources_and_scopes_have_limits_of_their_own() {
    let resource = Some(Resource { attributes: attributes(5), ..Resource::default() });
    let scope = Some(InstrumentationScope {
        attributes: attributes(4),
        dropped_attributes_count: 1,
        ..Default::default()
    });
    let spans = vec![Span { attributes: attributes(3), ..Span::default() }];
    let scope_spans = vec![ScopeSpans { scope, spans, schema_url: "u".repeat(200) }];
    let data = TracesData {
        resource_spans: vec![ResourceSpans { resource, scope_spans, schema_url: String::new() }],
    };
    let mut cut = limited(&data).resource_spans.remove(0);
    let resource = cut.resource.unwrap();
    assert_eq!((resource.attributes.len(), resource.dropped_attributes_count), (3, 2));
    let cut = cut.scope_spans.remove(0);
    let scope = cut.scope.unwrap();
    assert_eq!((scope.attributes.len(), scope.dropped_attributes_count), (3, 2));
    assert_eq!((cut.spans[0].attributes.len(), cut.schema_url.len()), (3, 100));
}

#[test]
fn a_long_list_keeps_what_fits_and_says_what_does_not() {
    let Value::ArrayValue(cut) = limited_value(array(vec![text(&"v".repeat(98)); 50])) else {
        panic!("an array")
    };
    let count = cut.values.len();
    assert_eq!(cut.values[count - 1], text(&format!("…[truncated: {} more]", 51 - count)));
    assert!(
        cut.values[..count - 1].iter().all(|value| *value == text(&"v".repeat(98))) && count > 5,
        "{count}"
    );

    let values = vec![attribute("first", text("kept")), attribute("second", text(&"v".repeat(5_000)))];
    let list = any(Value::KvlistValue(KeyValueList { values: [values, attributes(2)].concat() }));
    let Value::KvlistValue(cut) = limited_value(list) else { panic!("a list") };
    assert_eq!(cut.values[0], attribute("first", text("kept")));
    let Some(Value::StringValue(second)) = &cut.values[1].value.as_ref().unwrap().value else {
        panic!("a text")
    };
    assert!(second.starts_with("vvv") && second.ends_with("…[truncated from 5000 bytes]"), "{second}");
    assert_eq!(cut.values[2..], [attribute("…", text("…[truncated: 2 more]"))]);
}

#[test]
fn a_list_too_deep_becomes_a_text() {
    let deep =
        array(vec![array(vec![array(vec![text("a text of some length")]), array(vec![]), text("beside")])]);
    let expected = array(vec![array(vec![text(TOO_DEEP), text("…"), text("beside")])]);
    assert_eq!(Some(limited_value(deep)), expected.value);
    // Deeper than any stack.
    let mut value = vec![0x0a, 0];
    while value.len() < 40_000 {
        let inner = std::mem::take(&mut value);
        put_bytes(&mut value, 5, &inner);
        let inner = std::mem::take(&mut value);
        put_bytes(&mut value, 1, &inner);
    }
    let mut body = Vec::new();
    put_message(&mut body, 1, |out| {
        put_message(out, 2, |out| {
            put_message(out, 2, |out| {
                put_message(out, 9, |out| put_message(out, 2, |out| put_bytes(out, 5, &value)))
            });
        });
    });
    let cut = limit_request(&body, &LIMITS).unwrap();
    assert!(cut.len() < 100, "{}", cut.len());
}

#[test]
fn pieces_of_a_list_add_up() {
    let mut body = Vec::new();
    put_message(&mut body, 1, |out| {
        put_message(out, 2, |out| {
            put_message(out, 2, |out| {
                put_message(out, 9, |out| {
                    for _ in 0..1_000 {
                        put_message(out, 2, |out| {
                            put_message(out, 5, |out| put_bytes(out, 1, &[0x0a, 1, b'v']))
                        });
                    }
                });
            });
        });
    });
    let cut = limit_request(&body, &LIMITS).unwrap();
    let summary =
        crate::otlp::decode_request(&cut, &LIMITS, &mut crate::otlp::RequestEncoder::default()).unwrap();
    assert_eq!(summary.long_values, 0);
}

#[test]
fn bytes_that_are_no_request_are_refused() {
    let error = limit_request(b"\x0a\x7f", &LIMITS).unwrap_err();
    assert!(error.to_string().contains("truncated field resource_spans"), "{error}");
}
