use std::borrow::Cow;

use proto::SpanId;
use proto::otlp::{Attribute, Resource, Scope, Span, Value};

use super::*;

const TRACE: TraceId = TraceId([7; 16]);

fn id(number: u8) -> SpanId {
    SpanId([number; 8])
}

fn attribute(key: &'static str, value: &'static str) -> Attribute<'static> {
    Attribute { key: Cow::Borrowed(key), value: Value::String(Cow::Borrowed(value)) }
}

fn stored(
    resource: &[(&'static str, &'static str)],
    number: u8,
    parent: Option<u8>,
    start: u64,
) -> StoredSpan {
    let attributes = resource.iter().map(|(key, value)| attribute(key, value)).collect();
    StoredSpan {
        span: Span {
            trace_id: TRACE,
            span_id: id(number),
            parent_span_id: parent.map(id),
            kind: 2,
            start,
            end: start + 100,
            ..Span::default()
        },
        resource: Arc::new(Resource { attributes, ..Resource::default() }),
        scope: Arc::new(Scope::default()),
        peer_address: None,
    }
}

#[test]
fn spans_stand_as_the_nodes_of_the_assembled_trace_and_copies_are_left_out() {
    let kubelet = [("service.name", "kubelet"), ("host.name", "node-1")];
    let spans = vec![
        stored(&kubelet, 4, Some(2), 40),
        stored(&kubelet, 3, Some(1), 60),
        stored(&kubelet, 2, Some(1), 10),
        stored(&kubelet, 1, None, 0),
        stored(&kubelet, 2, Some(1), 10),
    ];
    let trace = Trace::new(TRACE, spans, 100, None);
    let order: Vec<u8> = trace.spans.iter().map(|stored| stored.span.span_id.0[0]).collect();
    assert_eq!(order, [1, 2, 4, 3]);
    let assembled = trace.assembled();
    assert!(!trace.is_cut && assembled.completeness.has_all_spans());
    for (node, stored) in assembled.nodes.iter().zip(&trace.spans) {
        assert_eq!(node.view.span, &stored.span);
    }
}

#[test]
fn a_trace_beyond_the_limit_keeps_what_starts_first_and_says_so() {
    let spans = (1..=5).rev().map(|number| stored(&[], number, None, u64::from(number))).collect();
    let trace = Trace::new(TRACE, spans, 3, None);
    assert!(trace.is_cut);
    assert_eq!(trace.spans.iter().map(|stored| stored.span.start).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn a_runtime_is_where_its_kubelet_is_and_the_zone_comes_from_the_node_file() {
    let nodes = br#"{"kind": "List", "items": [{"kind": "Node", "metadata": {"name": "node-1",
        "labels": {"topology.kubernetes.io/zone": "zone-b"}}, "status": {"addresses": []}}]}"#;
    let spans = || {
        vec![
            stored(&[("service.name", "kubelet"), ("host.name", "node-1")], 1, None, 0),
            stored(&[("service.name", "containerd")], 2, Some(1), 10),
        ]
    };
    let known = |trace: &Trace| -> Vec<(Option<String>, Option<String>)> {
        let places = trace.places();
        places.iter().map(|place| (place.node.value().cloned(), place.zone.value().cloned())).collect()
    };
    let (node, zone) = (Some("node-1".to_owned()), Some("zone-b".to_owned()));
    let told = Trace::new(TRACE, spans(), 10, Some(Arc::new(NodeFile::parse(nodes).unwrap())));
    assert_eq!(known(&told), vec![(node.clone(), zone); 2]);
    let untold = Trace::new(TRACE, spans(), 10, None);
    assert_eq!(known(&untold), vec![(node, None); 2]);
}
