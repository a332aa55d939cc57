//! A trace made by hand against its golden JSON, and what can be wrong with a request for one.

use std::sync::Arc;

use proto::SpanId;
use proto::otlp::{Attribute, Event, Link, Resource, Scope, Span, Status, Value, encode_value};
use query::StoredSpan;
use query::trace::Trace;

use super::*;
use crate::testing::{HandMade, NOW, answer, assert_golden};

const TRACE_ID: TraceId = TraceId([0x4b; 16]);
const MILLISECOND: u64 = 1_000_000;

fn attribute(key: &'static str, value: Value<'static>) -> Attribute<'static> {
    Attribute { key: key.into(), value }
}

/// The elements of an `ArrayValue` as its message bytes.
fn array(items: &[Value<'_>]) -> Value<'static> {
    let mut wire = Vec::new();
    for item in items {
        let mut value = Vec::new();
        encode_value(item, &mut value);
        wire.push(0x0a);
        wire.push(u8::try_from(value.len()).unwrap());
        wire.extend(value);
    }
    Value::Array(wire.into())
}

fn every_type() -> Vec<Attribute<'static>> {
    vec![
        attribute("http.target", Value::String("/api/v1/pods?limit=500\u{1F600}\"".into())),
        attribute("http.method", Value::String("GET".into())),
        attribute("http.status_code", Value::Int(200)),
        attribute("big", Value::Int(9_007_199_254_740_993)),
        attribute("least", Value::Int(i64::MIN)),
        attribute("ratio", Value::Double(0.25)),
        attribute("nan", Value::Double(f64::NAN)),
        attribute("cached", Value::Bool(true)),
        attribute("raw", Value::Bytes(vec![1, 2, 255].into())),
        attribute("list", array(&[Value::String("a".into()), Value::Int(1)])),
        attribute("map", Value::KeyValueList(Vec::new().into())),
        attribute("nothing", Value::Empty),
    ]
}

fn sample() -> Trace {
    let resource = |service: &'static str| {
        let attributes = vec![attribute("service.name", Value::String(service.into()))];
        Arc::new(Resource {
            attributes,
            schema_url: "https://opentelemetry.io/schemas/1.21.0".into(),
            ..Resource::default()
        })
    };
    let scope = Arc::new(Scope { name: "otelhttp".into(), version: "0.44.0".into(), ..Scope::default() });
    let (apiserver, etcd) = (resource("apiserver"), resource("etcd"));
    let span = |id: u8, parent: Option<u8>, from_ms: u64, to_ms: u64| Span {
        trace_id: TRACE_ID,
        span_id: SpanId([id; 8]),
        parent_span_id: parent.map(|id| SpanId([id; 8])),
        name: "List".into(),
        kind: 2,
        start: NOW + from_ms * MILLISECOND,
        end: NOW + to_ms * MILLISECOND,
        ..Span::default()
    };
    let root = Span {
        attributes: every_type(),
        events: vec![Event {
            time: NOW - 1,
            name: "About to List".into(),
            attributes: vec![attribute("n", Value::Int(1))],
            dropped_attributes_count: 0,
        }],
        links: vec![Link {
            trace_id: TraceId([1; 16]),
            span_id: SpanId([2; 8]),
            attributes: vec![attribute("why", Value::Bool(false))],
            ..Link::default()
        }],
        dropped_attributes_count: 1,
        dropped_events_count: 2,
        dropped_links_count: 3,
        status: Some(Status { code: 2, message: "context canceled".into() }),
        ..span(1, None, 0, 100)
    };
    let member = |span, resource: &Arc<Resource<'static>>| StoredSpan {
        span,
        resource: Arc::clone(resource),
        scope: Arc::clone(&scope),
        peer_address: Some("10.0.0.7".into()),
    };
    let call = Span { kind: 3, name: "etcdserverpb.KV/Range".into(), ..span(2, Some(1), 10, 60) };
    let spans = vec![
        member(root, &apiserver),
        member(call, &apiserver),
        member(Span { kind: 99, ..span(3, Some(9), 70, 65) }, &etcd),
    ];
    Trace::new(TRACE_ID, spans, 10, None)
}

#[tokio::test]
async fn a_trace() {
    let engine = HandMade {
        trace: |question| {
            assert_eq!((question.trace_id, question.near), (TRACE_ID, Some(NOW)));
            Ok(sample())
        },
        ..HandMade::default()
    };
    let (status, text) = answer(engine, &format!("/api/v1/traces/{TRACE_ID}?t={NOW}")).await;
    assert_eq!(status, 200);
    assert_golden(&text, include_str!("tests/trace.json"));
}

#[tokio::test]
async fn the_phases_of_a_request_add_up_to_its_duration() {
    let engine = HandMade {
        trace: |question| {
            assert_eq!(question.near, None);
            Ok(sample())
        },
        ..HandMade::default()
    };
    let (_, text) = answer(engine, &format!("/api/v1/traces/{TRACE_ID}")).await;
    let answered: serde_json::Value = serde_json::from_str(&text).unwrap();
    let request = &answered["requests"][0];
    assert_eq!((&request["verb"], &request["resource"]), (&"list".into(), &"pods".into()), "{text}");
    let sum = |list: &serde_json::Value| -> u64 {
        list.as_array().unwrap().iter().map(|part| part["duration_ns"].as_u64().unwrap()).sum()
    };
    assert_eq!(sum(&request["phases"]), 100 * MILLISECOND);
    assert_eq!(sum(&answered["critical_path"]), 100 * MILLISECOND);
}

#[tokio::test]
async fn an_absent_trace_is_not_found() {
    let engine = HandMade {
        trace: |question| {
            Err(query::Error::new(ErrorKind::NotFound, format!("there is no trace {}", question.trace_id)))
        },
        ..HandMade::default()
    };
    let (status, text) =
        answer(engine, &format!("/api/v1/traces/{}", TRACE_ID.to_string().to_uppercase())).await;
    assert_eq!(status, 404);
    assert_eq!(
        text,
        format!(r#"{{"error":{{"kind":"not_found","message":"there is no trace {TRACE_ID}"}}}}"#)
    );
}

#[tokio::test]
async fn wrong_requests_are_told_apart() {
    for (uri, message) in [
        ("/api/v1/traces/abc", r#"the trace id in the path is wrong: \"abc\" is not 32 hex digits"#),
        ("/api/v1/traces/4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b?t=soon", r#"t is \"soon\", which is not a time"#),
        (
            "/api/v1/traces/4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b?links=follow",
            r#"there is no parameter \"links\": this path takes t"#,
        ),
    ] {
        let (status, text) = answer(HandMade::default(), uri).await;
        assert_eq!(status, 400, "{uri}");
        assert!(text.contains(message), "{text}");
    }
}
