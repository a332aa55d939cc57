use std::borrow::Cow;
use std::sync::Arc;

use proto::otlp::{Attribute, Resource, Scope, Span, Value};
use proto::{SpanId, TraceId};

use super::assemble;
use crate::span_rows::StoredSpan;

const TRACE: TraceId = TraceId([7; 16]);

fn id(number: u8) -> SpanId {
    SpanId([number; 8])
}

fn stored(
    service: &'static str,
    kind: i32,
    number: u8,
    parent: Option<u8>,
    (start, end): (u64, u64),
) -> StoredSpan {
    let name = if kind == 3 { "etcdserverpb.KV/Txn" } else { "span" };
    let attributes =
        vec![Attribute { key: Cow::Borrowed("service.name"), value: Value::String(Cow::Borrowed(service)) }];
    StoredSpan {
        span: Span {
            trace_id: TRACE,
            span_id: id(number),
            parent_span_id: parent.map(id),
            name: Cow::Borrowed(name),
            kind,
            start,
            end,
            ..Span::default()
        },
        resource: Arc::new(Resource { attributes, ..Resource::default() }),
        scope: Arc::new(Scope::default()),
    }
}

fn order(spans: Vec<StoredSpan>) -> Vec<(u8, usize, bool)> {
    let trace = assemble(TRACE, spans, 100).unwrap();
    trace.spans.iter().map(|span| (span.span.span_id.0[0], span.depth, span.is_orphan)).collect()
}

#[test]
fn spans_come_depth_first_with_siblings_by_start() {
    let spans = vec![
        stored("apiserver", 1, 4, Some(2), (40, 50)),
        stored("apiserver", 1, 3, Some(1), (60, 70)),
        stored("apiserver", 2, 1, None, (0, 100)),
        stored("apiserver", 1, 2, Some(1), (10, 55)),
    ];
    assert_eq!(order(spans), [(1, 0, false), (2, 1, false), (4, 2, false), (3, 1, false)]);
}

#[test]
fn a_span_whose_parent_did_not_arrive_is_an_orphan_at_the_top() {
    let spans = vec![stored("etcd", 2, 5, Some(9), (10, 20)), stored("etcd", 1, 6, Some(5), (11, 12))];
    assert_eq!(order(spans), [(5, 0, true), (6, 1, false)]);
}

#[test]
fn cycles_and_self_parents_end() {
    let spans = vec![
        stored("x", 1, 1, Some(2), (0, 10)),
        stored("x", 1, 2, Some(1), (1, 9)),
        stored("x", 1, 3, Some(3), (2, 3)),
    ];
    let seen = order(spans);
    assert_eq!(seen.len(), 3, "each span once: {seen:?}");
}

#[test]
fn the_etcd_share_is_the_union_of_client_spans_in_the_request() {
    let spans = vec![
        stored("apiserver", 2, 1, None, (0, 100)),
        stored("apiserver", 3, 2, Some(1), (10, 30)),
        stored("apiserver", 3, 3, Some(1), (20, 40)),
        stored("etcd", 2, 4, Some(2), (25, 28)),
    ];
    let trace = assemble(TRACE, spans, 100).unwrap();
    let etcd = trace.etcd.unwrap();
    assert_eq!((etcd.covered_ns, etcd.calls, trace.request_duration_ns), (30, 2, 100));
}

#[test]
fn too_many_spans_are_cut_and_said_so() {
    let spans = (1..=5).map(|number| stored("x", 1, number, None, (u64::from(number), 9))).collect();
    let trace = assemble(TRACE, spans, 3).unwrap();
    assert!(!trace.complete);
    assert_eq!(trace.spans.len(), 3);
    assert!(assemble(TRACE, Vec::new(), 3).is_none());
}
