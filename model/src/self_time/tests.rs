//! Self time against counting nanosecond by nanosecond.

use proptest::prelude::*;

use crate::trace::Trace;
use crate::trace::testing::{Owned, assembled, by_trace, fixture, span};

/// The nanoseconds of `node` that no child covers, one by one.
fn counted(trace: &Trace<'_>, node: usize) -> u64 {
    let (start, end) = trace.nodes[node].interval();
    let covered = |instant: u64| {
        trace.nodes.iter().any(|other| {
            let (from, to) = other.interval();
            other.adopted_by.or(other.parent) == Some(node) && from <= instant && instant < to
        })
    };
    (start..end).filter(|instant| !covered(*instant)).count() as u64
}

fn spans() -> impl Strategy<Value = Vec<Owned>> {
    let one = (0u64..12, 0u64..30, 0u64..34);
    prop::collection::vec(one, 1..12).prop_map(|shapes| {
        let shapes = shapes.into_iter().enumerate();
        shapes
            .map(|(index, (parent, start, end))| {
                span(index as u64 + 1, parent % (index as u64 + 1), start, end)
            })
            .collect()
    })
}

/// Children that lie inside their parents, one after the other: each span takes a part of what its parent has left.
fn nested() -> impl Strategy<Value = Vec<Owned>> {
    prop::collection::vec((0usize..20, 0u64..40, 0u64..300), 1..20).prop_map(|shapes| {
        let mut spans = vec![span(1, 0, 0, 1_000)];
        let mut free = vec![(0, 1_000)];
        for (parent, gap, length) in shapes {
            let parent = parent % spans.len();
            let start = (free[parent].0 + gap).min(free[parent].1);
            let end = (start + length).min(free[parent].1);
            free[parent].0 = end;
            spans.push(span(spans.len() as u64 + 1, parent as u64 + 1, start, end));
            free.push((start, end));
        }
        spans
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn it_is_what_no_child_covers(spans in spans()) {
        let trace = assembled(&spans);
        for node in 0..trace.nodes.len() {
            prop_assert_eq!(trace.self_time_ns(node), counted(&trace, node));
        }
    }

    #[test]
    fn where_children_nest_it_adds_up_and_is_the_critical_path(spans in nested()) {
        let trace = assembled(&spans);
        let own: Vec<u64> = (0..trace.nodes.len()).map(|node| trace.self_time_ns(node)).collect();
        prop_assert_eq!(own.iter().sum::<u64>(), 1_000);
        let mut on_path = vec![0; own.len()];
        trace.critical_path(0).iter().for_each(|segment| on_path[segment.node] += segment.duration_ns());
        prop_assert_eq!(on_path, own);
    }
}

/// Whether below `root` every child lies inside its parent and begins after the one before it has ended.
fn nests(trace: &Trace<'_>, root: usize) -> bool {
    trace.subtree(root).all(|node| {
        let (start, end) = trace.nodes[node].interval();
        let mut reached = start;
        trace.children(node).all(|child| {
            let (from, to) = trace.nodes[child].interval();
            let is_next = from >= reached && to <= end;
            reached = to;
            is_next
        })
    })
}

#[test]
fn on_captured_traces_that_nest_it_adds_up() {
    for slice in ["calm", "stall"] {
        let spans = fixture(slice);
        let (mut nesting, mut all) = (0, 0);
        for group in by_trace(&spans).values() {
            let trace = assembled(group.iter().copied());
            for root in trace.roots.iter().copied() {
                all += 1;
                if nests(&trace, root) {
                    nesting += 1;
                    let own: u64 = trace.subtree(root).map(|node| trace.self_time_ns(node)).sum();
                    assert_eq!(own, trace.nodes[root].view.span.duration_ns());
                }
            }
        }
        println!("{slice}: {nesting} of {all} trees nest");
        assert!(nesting * 10 > all * 9, "{nesting} of {all}");
    }
}
