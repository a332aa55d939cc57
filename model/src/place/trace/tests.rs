use proptest::prelude::*;

use super::kubelets;
use crate::SpanView;
use crate::place::testing::{Sent, kubelet, sent};

fn nodes(spans: &[Sent]) -> Vec<Option<&str>> {
    let views: Vec<SpanView<'_>> = spans.iter().map(Sent::view).collect();
    kubelets(&views)
}

#[test]
fn a_runtime_is_where_the_only_kubelet_of_the_trace_is() {
    let spans = [
        kubelet("a").below(1, None),
        sent("containerd", &[]).below(2, Some(1)),
        sent("containerd-shim-3f", &[]).below(3, Some(99)),
        sent("crio", &[]).below(4, None),
        sent("apiserver", &[]).below(5, Some(1)),
    ];
    assert_eq!(nodes(&spans), [None, Some("a"), Some("a"), Some("a"), None]);
    assert_eq!(nodes(&spans[1..]), [None; 4], "without the kubelet");
}

#[test]
fn of_several_kubelets_the_nearest_above_counts() {
    let spans = [
        sent("containerd", &[]).below(4, Some(3)),
        sent("containerd", &[]).below(3, Some(1)),
        kubelet("a").below(1, None),
        kubelet("b").below(2, Some(1)),
        sent("containerd", &[]).below(5, Some(2)),
        sent("containerd", &[]).below(6, Some(99)),
        sent("containerd", &[]).below(7, Some(8)),
        sent("containerd", &[]).below(8, Some(7)),
        sent("webhook", &[]).below(9, Some(2)),
        sent("containerd", &[]).below(10, Some(9)),
    ];
    let (a, b) = (Some("a"), Some("b"));
    assert_eq!(nodes(&spans), [a, a, None, None, b, None, None, None, None, None]);
}

#[test]
fn a_million_spans_below_each_other_are_walked_once() {
    let containerd = sent("containerd", &[]);
    let mut spans: Vec<Sent> = vec![kubelet("a").below(1, None), kubelet("b").below(2, None)];
    spans.resize(1_000_000, containerd);
    for (index, span) in (1_u64..).zip(&mut spans).skip(2) {
        *span = std::mem::take(span).below(index, Some(index - if index == 3 { 2 } else { 1 }));
    }
    spans.reverse();
    let nodes = nodes(&spans);
    assert_eq!(nodes.iter().filter(|node| **node == Some("a")).count(), 999_998);
}

/// Step by step from each span, without memory.
fn slow(spans: &[Sent], start: usize) -> Option<&str> {
    let service = |at: usize| spans[at].view().resource_text("service.name");
    let mut at = start;
    for _ in 0..=spans.len() {
        match service(at) {
            Some("kubelet") => return spans[at].view().resource_text("host.name").filter(|_| at != start),
            Some("containerd") => {}
            _ => return None,
        }
        let parent = spans[at].span.parent_span_id?;
        at = spans.iter().position(|span| span.span.span_id == parent)?;
    }
    None
}

proptest! {
    #[test]
    fn prop_the_nearest_kubelet_is_found_as_by_the_slow_way(
        drawn in proptest::collection::vec((0_u8..6, 0_u64..30), 0..30),
    ) {
        let mut spans: Vec<Sent> = (1_u64..).zip(&drawn).map(|(id, (kind, parent))| {
            let span = match kind {
                0 => kubelet("a"),
                1 => kubelet("b"),
                2 => sent("etcd", &[]),
                _ => sent("containerd", &[]),
            };
            span.below(id, (*parent > 0).then_some(*parent))
        }).collect();
        spans.push(kubelet("a").below(100, None));
        spans.push(kubelet("b").below(101, None));
        let slow: Vec<Option<&str>> = (0..spans.len()).map(|start| slow(&spans, start)).collect();
        prop_assert_eq!(nodes(&spans), slow);
    }
}
