use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use proptest::prelude::*;
use prost::Message as _;

use super::*;
use crate::otlp::testing::{Random, oracle, scrambled, traces_data};
use crate::otlp::wire::{put_bytes, put_message};

fn value(value: Value) -> Option<AnyValue> {
    Some(AnyValue { value: Some(value) })
}

fn attribute(key: &str, of: Value) -> KeyValue {
    KeyValue { key: key.into(), value: value(of), ..KeyValue::default() }
}

fn text(text: &str) -> Value {
    Value::StringValue(text.into())
}

/// `key=text` of everything visited.
fn visited(body: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for_each_text(body, |text| {
        assert_eq!(&body[text.range.clone()], text.bytes);
        found.push(format!("{}={}", String::from_utf8_lossy(text.key), String::from_utf8_lossy(text.bytes)));
    });
    found
}

#[test]
fn every_text_is_visited_with_its_key() {
    let list = KeyValueList { values: vec![attribute("inner", text("v3"))] };
    let array =
        ArrayValue { values: value(text("v2")).into_iter().chain(value(Value::KvlistValue(list))).collect() };
    let span = Span {
        trace_id: vec![b't'; 16],
        span_id: vec![b's'; 8],
        parent_span_id: vec![b'p'; 8],
        trace_state: "state".into(),
        name: "name".into(),
        attributes: vec![
            attribute("k1", text("v1")),
            attribute("k2", Value::ArrayValue(array)),
            attribute("k4", Value::BytesValue(b"v4".to_vec())),
            attribute("k5", Value::IntValue(5)),
        ],
        events: vec![Event {
            name: "event".into(),
            attributes: vec![attribute("k6", text("v6"))],
            ..Event::default()
        }],
        links: vec![Link { trace_state: "linked".into(), ..Link::default() }],
        status: Some(Status { message: "message".into(), ..Status::default() }),
        ..Span::default()
    };
    let scope_spans =
        vec![ScopeSpans { spans: vec![span], schema_url: "scope url".into(), ..ScopeSpans::default() }];
    let resource = Some(Resource { attributes: vec![attribute("k0", text("v0"))], ..Resource::default() });
    let body = TracesData {
        resource_spans: vec![ResourceSpans { resource, scope_spans, schema_url: "url".into() }],
    };
    assert_eq!(
        visited(&body.encode_to_vec()),
        [
            "k0=k0",
            "k0=v0",
            "=state",
            "=name",
            "k1=k1",
            "k1=v1",
            "k2=k2",
            "k2=v2",
            "inner=inner",
            "inner=v3",
            "k4=k4",
            "k4=v4",
            "k5=k5",
            "=event",
            "k6=k6",
            "k6=v6",
            "=linked",
            "=message",
            "=scope url",
            "=url"
        ]
    );
}

#[test]
fn a_key_behind_its_value_and_unknown_fields_are_seen() {
    let mut body = Vec::new();
    put_message(&mut body, 1, |out| {
        put_message(out, 1, |out| {
            put_message(out, 1, |out| {
                put_message(out, 2, |out| put_bytes(out, 1, b"value"));
                put_bytes(out, 1, b"first");
                put_bytes(out, 1, b"last");
            });
            put_bytes(out, 77, b"from the future");
        });
    });
    assert_eq!(visited(&body), ["last=value", "last=first", "last=last", "=from the future"]);
}

#[test]
fn bytes_that_are_no_request_end_the_walk() {
    assert_eq!(visited(&[0xff; 20]), Vec::<String>::new());
    let mut deep = Vec::new();
    for _ in 0..100_000 {
        let inner = std::mem::take(&mut deep);
        deep.push(0x0a);
        crate::otlp::wire::put_raw_varint(&mut deep, inner.len() as u64);
        if deep.len() + inner.len() > 4_000_000 {
            break;
        }
        deep.extend(inner);
    }
    visited(&deep);
}

proptest! {
    /// Changing each text in place, in any legal form of a request, changes nothing else.
    #[test]
    fn texts_can_be_changed_in_place(data in traces_data(), seed: u64) {
        let body = scrambled(&data.encode_to_vec(), &TRACES_DATA, &mut Random(seed));
        let mut changed = body.clone();
        for_each_text(&body, |text| changed[text.range.clone()].fill(b'*'));
        let found = oracle(&changed).expect("framing is as it was");
        let stars = |text: &str| text.bytes().all(|byte| byte == b'*');
        for span in found.resource_spans.iter().flat_map(|spans| &spans.scope_spans).flat_map(|scope| &scope.spans) {
            prop_assert!(stars(&span.name) && stars(&span.trace_state));
            prop_assert!(span.attributes.iter().all(|attribute| stars(&attribute.key)));
        }
        let before = oracle(&body).unwrap();
        prop_assert_eq!(found.encoded_len(), before.encoded_len());
    }
}
