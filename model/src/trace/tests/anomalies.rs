//! One trace for each thing that goes wrong.

use proto::otlp::{Attribute, Event, Value};

use crate::trace::testing::{Owned, assembled, ids, span, span_id, trace_id};
use crate::trace::{OrphanGroup, PieceKind, Reason, TraceLimits, Verdict, assemble};

#[test]
fn nothing_is_a_trace_without_a_root() {
    let trace = assembled(&[]);
    assert_eq!((trace.nodes.len(), trace.roots.len(), trace.interval()), (0, 0, (0, 0)));
    assert_eq!(trace.completeness.reasons, [Reason::NoRoot]);
}

#[test]
fn a_whole_trace_is_complete() {
    let spans = [span(3, 1, 50, 90), span(1, 0, 0, 100), span(2, 1, 10, 40), span(4, 3, 60, 70)];
    let trace = assembled(&spans);
    assert_eq!(ids(&trace), [1, 2, 3, 4]);
    assert_eq!(trace.roots, [0]);
    assert_eq!((trace.completeness.verdict, trace.completeness.reasons.len()), (Verdict::Complete, 0));
    assert!(trace.completeness.has_all_spans());
    assert_eq!(trace.interval(), (0, 100));
}

#[test]
fn several_roots_stand_by_start() {
    let spans = [span(1, 0, 50, 60), span(2, 0, 10, 20), span(3, 1, 55, 56)];
    let trace = assembled(&spans);
    assert_eq!((ids(&trace), trace.roots.clone(), trace.faults.roots), (vec![2, 1, 3], vec![0, 1], 2));
    assert_eq!(trace.completeness.verdict, Verdict::Complete);
}

#[test]
fn orphans_of_one_missing_parent_are_a_group() {
    let mut remote = span(3, 9, 5, 20);
    remote.span.flags = 0x301;
    let spans = [span(1, 0, 0, 100), span(2, 9, 30, 40), remote, span(4, 8, 10, 12), span(5, 2, 31, 32)];
    let trace = assembled(&spans);
    assert_eq!(ids(&trace), [1, 3, 2, 5, 4], "the group stands where its first orphan starts");
    assert_eq!(trace.roots, [0, 1, 2, 4]);
    let group =
        |missing, roots| OrphanGroup { trace_id: trace_id(1), missing_parent: span_id(missing), roots };
    assert_eq!(trace.orphan_groups, [group(9, 1..3), group(8, 3..4)]);
    assert_eq!(trace.orphan_group_of(2), Some(&trace.orphan_groups[0]));
    assert_eq!((trace.orphan_group_of(0), trace.orphan_group_of(3)), (None, None));
    assert_eq!(trace.nodes[2].missing_parent, Some(span_id(9)));
    assert_eq!(trace.completeness.verdict, Verdict::Partial);
    assert_eq!(trace.completeness.reasons, [Reason::Orphans { spans: 3, remote: 1, missing: 2 }]);
    let path = trace.critical_path_of_orphans(&trace.orphan_groups[0]);
    let path: Vec<_> = path.iter().map(|segment| (segment.node, segment.start, segment.end)).collect();
    assert_eq!(path, [(1, 5, 20), (2, 30, 31), (3, 31, 32), (2, 32, 40)], "20 to 30 is the missing parent's");
}

#[test]
fn only_orphans_are_no_root() {
    let spans = [span(2, 1, 0, 1)];
    let reasons = assembled(&spans).completeness.reasons;
    assert_eq!(reasons, [Reason::Orphans { spans: 1, remote: 0, missing: 1 }, Reason::NoRoot]);
}

#[test]
fn a_parent_is_looked_for_in_the_same_trace() {
    let spans = [span(1, 0, 0, 9), span(2, 1, 1, 2).in_trace(2)];
    let trace = assembled(&spans);
    assert_eq!((trace.roots.len(), trace.faults.orphans), (2, 1));
}

#[test]
fn copies_of_a_retried_export_are_one_span() {
    let mut not_a_number = span(2, 1, 1, 2);
    not_a_number.span.attributes = vec![Attribute { key: "x".into(), value: Value::Double(f64::NAN) }];
    let spans =
        [span(1, 0, 0, 9), not_a_number.clone(), span(1, 0, 0, 9), not_a_number.clone(), not_a_number];
    let trace = assembled(&spans);
    assert_eq!(trace.nodes.iter().map(|node| node.copies).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((trace.faults.copies, trace.faults.conflicting), (3, 0));
    assert_eq!(trace.completeness.verdict, Verdict::Complete);
}

#[test]
fn different_spans_with_one_id_are_kept() {
    let process = span(2, 1, 3, 8).process("q");
    let spans = [span(1, 0, 0, 9), process, span(2, 1, 3, 8), span(2, 1, 2, 5), span(3, 2, 4, 5)];
    let trace = assembled(&spans);
    assert_eq!(ids(&trace), [1, 2, 3, 2, 2]);
    assert_eq!(trace.nodes[1].interval(), (2, 5), "children hang on the first to start");
    assert_eq!((trace.faults.conflicting, trace.faults.copies), (3, 0));
    assert_eq!(trace.completeness.reasons, [Reason::Conflicting { spans: 3 }]);
}

#[test]
fn circles_are_cut_where_they_start_first() {
    let spans =
        [span(1, 3, 10, 20), span(2, 1, 5, 20), span(3, 2, 7, 20), span(4, 4, 1, 2), span(5, 3, 0, 1)];
    let trace = assembled(&spans);
    assert_eq!(ids(&trace), [4, 2, 3, 5, 1]);
    assert_eq!(trace.roots, [0, 1]);
    assert!(trace.nodes[0].is_cycle_cut && trace.nodes[1].is_cycle_cut);
    assert_eq!(trace.completeness.reasons, [Reason::NoRoot, Reason::Cycles { cycles: 2 }]);
}

/// Span 1 is there twice: the first to start is on the circle with 7, the other hangs below 2, which starts earliest.
#[test]
fn a_circle_goes_through_the_first_of_those_with_one_id() {
    let spans = [span(7, 1, 1, 9), span(1, 7, 2, 3), span(1, 2, 3, 3), span(2, 7, 0, 0)];
    let trace = assembled(&spans);
    assert_eq!(ids(&trace), [7, 2, 1, 1]);
    assert_eq!((trace.roots.clone(), trace.nodes[0].is_cycle_cut, trace.faults.cycles), (vec![0], true, 1));
}

#[test]
fn a_child_outside_its_parent_in_another_process_is_skewed() {
    let early = span(2, 1, 70, 120).process("q");
    let late = span(3, 1, 150, 230).process("q");
    let both = span(4, 1, 90, 300).process("q");
    let inside = span(5, 1, 100, 200).process("q");
    let spans = [span(1, 0, 100, 200), early, late, both, inside];
    let trace = assembled(&spans);
    assert_eq!(ids(&trace), [1, 2, 4, 5, 3]);
    let skews: Vec<_> = trace.nodes.iter().map(|node| node.skew_ns).collect();
    assert_eq!(skews, [None, Some(-30), Some(-10), None, Some(30)]);
    assert!(trace.nodes.iter().all(|node| node.outlives_parent_ns.is_none() && node.adopted_by.is_none()));
    assert_eq!(trace.nodes[1].interval(), (70, 120), "never moved");
    assert_eq!((trace.faults.skewed, trace.faults.outliving), (3, 0));
}

#[test]
fn a_child_outside_its_parent_in_the_same_process_is_no_skew() {
    let spans = [span(1, 0, 100, 200), span(2, 1, 150, 230), span(3, 1, 95, 110)];
    let trace = assembled(&spans);
    assert_eq!(ids(&trace), [1, 3, 2]);
    assert_eq!((trace.nodes[2].outlives_parent_ns, trace.nodes[2].skew_ns), (Some(30), None));
    assert_eq!((trace.nodes[1].precedes_parent_ns, trace.nodes[1].skew_ns), (Some(5), None));
    assert_eq!((trace.faults.skewed, trace.faults.outliving, trace.faults.preceding), (0, 1, 1));
}

/// Kubernetes 1.26 to 1.32: the handler's span is a child of `authentication`, which ended before it starts.
#[test]
fn what_starts_after_its_parent_ended_is_time_of_the_ancestor() {
    let spans = [
        span(1, 0, 0, 59).name("KubernetesAPI"),
        span(2, 1, 0, 5).name("authentication"),
        span(3, 2, 29, 58).name("Create"),
        span(4, 3, 40, 50).name("etcdserverpb.KV/Txn"),
    ];
    let trace = assembled(&spans);
    assert_eq!((trace.nodes[2].parent, trace.nodes[2].adopted_by), (Some(1), Some(0)));
    assert_eq!(trace.nodes[2].outlives_parent_ns, Some(53));
    let path: Vec<_> =
        trace.critical_path(0).iter().map(|segment| (segment.node, segment.start, segment.end)).collect();
    assert_eq!(path, [(1, 0, 5), (0, 5, 29), (2, 29, 40), (3, 40, 50), (2, 50, 58), (0, 58, 59)]);
    let own: Vec<_> = (0..4).map(|node| trace.self_time_ns(node)).collect();
    assert_eq!(own, [25, 5, 19, 10]);
}

/// Kubernetes 1.33: the server span itself ends first, and nobody is there to adopt.
#[test]
fn a_root_that_ends_first_keeps_its_children() {
    let spans = [span(1, 0, 0, 11), span(2, 1, 12, 42), span(3, 1, 5, 30)];
    let trace = assembled(&spans);
    assert!(trace.nodes.iter().all(|node| node.adopted_by.is_none()));
    assert_eq!(trace.nodes[2].outlives_parent_ns, Some(31));
    assert_eq!(trace.critical_path(0).iter().map(|segment| segment.node).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(trace.self_time_ns(0), 5);
}

#[test]
fn an_ancestor_in_another_process_adopts_nobody() {
    let spans = [span(1, 0, 0, 99).process("q"), span(2, 1, 0, 5), span(3, 2, 10, 20)];
    assert_eq!(assembled(&spans).nodes[2].adopted_by, None);
}

#[test]
fn what_processes_dropped_is_counted() {
    let mut one = span(1, 0, 0, 9);
    (one.span.dropped_attributes_count, one.span.dropped_events_count, one.span.dropped_links_count) =
        (1, 20, 300);
    one.span.events = vec![Event { dropped_attributes_count: 4, ..Default::default() }];
    one = one.link(1, 7);
    one.span.links[0].dropped_attributes_count = 5;
    let spans = [one];
    let trace = assembled(&spans);
    assert_eq!(trace.completeness.verdict, Verdict::DetailsMissing);
    assert_eq!(trace.completeness.reasons, [Reason::Dropped { attributes: 10, events: 20, links: 300 }]);
    assert!(trace.completeness.has_all_spans());
    assert_eq!(trace.links().unresolved(), 1);
}

#[test]
fn beyond_the_limit_spans_are_left_out_and_counted() {
    let spans = [span(1, 0, 0, 9), span(2, 1, 1, 2), span(3, 1, 2, 3)];
    let trace = assemble(spans.iter().map(Owned::view), TraceLimits { spans_max: 2 });
    assert_eq!((ids(&trace), trace.faults.over_limit), (vec![1, 2], 1));
    assert_eq!(trace.completeness.reasons, [Reason::OverLimit { spans: 1 }]);
}

#[test]
fn empty_and_inverted_spans_do_no_harm() {
    let spans =
        [span(1, 0, 10, 20), span(2, 1, 15, 15), span(3, 1, 18, 12), span(4, 0, 9, 3), span(5, 4, 2, 12)];
    let trace = assembled(&spans);
    assert_eq!((ids(&trace), trace.faults.inverted), (vec![4, 5, 1, 2, 3], 2));
    assert_eq!(trace.critical_path(2).len(), 1, "empty children do not cut it in two");
    assert!(trace.critical_path(0).is_empty() && trace.critical_path(3).is_empty());
    assert_eq!((trace.self_time_ns(0), trace.self_time_ns(2), trace.self_time_ns(4)), (0, 10, 0));
}

#[test]
fn times_at_the_end_of_the_world_do_not_overflow() {
    let spans = [span(1, 0, 0, u64::MAX), span(2, 1, u64::MAX, u64::MAX), span(3, 1, u64::MAX - 1, 0)];
    let other = span(4, 2, 0, u64::MAX).process("q");
    let trace = assembled(spans.iter().chain([&other]));
    assert_eq!(trace.critical_path(0).len(), 1);
    assert_eq!(trace.self_time_ns(0), u64::MAX);
    assert_eq!((ids(&trace), trace.nodes[3].skew_ns), (vec![1, 3, 2, 4], Some(-i64::MAX)));
}

#[test]
fn links_of_other_traces_are_edges_on_request() {
    let spans = [
        span(1, 0, 0, 100).process("kubelet"),
        span(2, 0, 10, 80).in_trace(2).process("apiserver").link(1, 1),
        span(3, 2, 20, 70).in_trace(2).process("apiserver"),
        span(4, 0, 500, 600).in_trace(3).link(3, 4).link(2, 2),
    ];
    let trace = assembled(&spans);
    assert_eq!(ids(&trace), [1, 2, 3, 4]);
    assert_eq!(trace.links_in(0).collect::<Vec<_>>(), [1]);
    assert_eq!(trace.links_out(3).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(trace.critical_path(0).len(), 1);
    let path: Vec<_> = trace
        .critical_path_through_links(0)
        .iter()
        .map(|segment| (segment.node, segment.start, segment.end))
        .collect();
    assert_eq!(path, [(0, 0, 10), (1, 10, 20), (2, 20, 70), (1, 70, 80), (0, 80, 100)]);
}

#[test]
fn links_in_a_circle_end() {
    let spans = [span(1, 0, 0, 9).link(2, 2), span(2, 0, 0, 9).in_trace(2).link(1, 1).link(2, 2)];
    let trace = assembled(&spans);
    for root in 0..2 {
        let path = trace.critical_path_through_links(root);
        assert_eq!(path.iter().map(|segment| segment.duration_ns()).sum::<u64>(), 9);
    }
}

#[test]
fn a_trace_of_probes_is_cut_at_each() {
    let exec =
        |id, parent, start, end| span(id, parent, start, end).name("runtime.v1.RuntimeService/ExecSync");
    let spans = [
        span(1, 0, 0, 100).name("syncPod"),
        span(2, 1, 10, 50).name("runtime.v1.RuntimeService/StartContainer"),
        exec(3, 1, 60, 90),
        exec(4, 1, 95, 110),
        exec(5, 4, 96, 105).process("containerd"),
        exec(6, 1, 9_000, 9_010),
        span(7, 6, 9_001, 9_020).process("containerd"),
        exec(8, 99, 5_000, 5_001),
        span(9, 0, 7_000, 7_100).name("syncPod"),
        span(10, 9, 7_050, 7_060),
        span(11, 0, 1, 2).name("other"),
    ];
    let trace = assembled(&spans);
    let numbers = ids(&trace);
    let pieces: Vec<_> = trace
        .cut()
        .into_iter()
        .map(|piece| {
            let nodes: Vec<_> = piece.nodes.iter().map(|node| numbers[*node]).collect();
            (piece.kind, nodes, piece.start, piece.end)
        })
        .collect();
    assert_eq!(
        pieces,
        [
            (PieceKind::SyncPod, vec![1, 2, 3], 0, 100),
            (PieceKind::Probe, vec![4, 5], 95, 110),
            (PieceKind::Probe, vec![6, 7], 9_000, 9_020),
            (PieceKind::Other, vec![11], 1, 2),
            (PieceKind::Probe, vec![8], 5_000, 5_001),
            (PieceKind::SyncPod, vec![9, 10], 7_000, 7_100),
        ]
    );
}
