//! Segments against a walk that looks at every instant between two boundaries by itself.

use proptest::prelude::*;

use super::Segment;
use crate::trace::Trace;
use crate::trace::testing::{Owned, assembled, by_trace, fixture, span};

/// The children of `node` in time, found without the trace's own ways.
fn timed(trace: &Trace<'_>, node: usize) -> Vec<usize> {
    let home = |child: usize| trace.nodes[child].adopted_by.or(trace.nodes[child].parent);
    (0..trace.nodes.len()).filter(|child| home(*child) == Some(node)).collect()
}

/// Who owns the instant just before `instant`, by the definition: inside `node`, whose window ends at `end`, go back
/// from the last child to finish to the one before it, until the instant is reached.
fn owner(trace: &Trace<'_>, node: usize, start: u64, end: u64, instant: u64) -> usize {
    let mut cursor = end;
    loop {
        let clipped = |child: &usize| {
            let (from, to) = trace.nodes[*child].interval();
            (from.max(start), to.min(cursor))
        };
        let last = timed(trace, node)
            .into_iter()
            .filter(|child| clipped(child).0 < clipped(child).1)
            .min_by_key(|child| {
                let (from, to) = trace.nodes[*child].interval();
                (u64::MAX - to, from, *child)
            });
        let Some(child) = last else { return node };
        let (from, to) = clipped(&child);
        match instant {
            _ if instant > to => return node,
            _ if instant > from => return owner(trace, child, from, to, instant),
            _ => cursor = from,
        }
    }
}

/// The critical path put together from the owners of all stretches between the boundaries of spans.
fn slow_path(trace: &Trace<'_>, root: usize) -> Vec<Segment> {
    let (start, end) = trace.nodes[root].interval();
    let mut boundaries: Vec<u64> =
        trace.nodes.iter().flat_map(|node| [node.interval().0, node.interval().1]).collect();
    boundaries.retain(|time| (start..=end).contains(time));
    boundaries.sort_unstable();
    boundaries.dedup();
    let mut segments: Vec<Segment> = Vec::new();
    for pair in boundaries.windows(2) {
        let node = owner(trace, root, start, end, pair[1]);
        match segments.last_mut().filter(|last| last.node == node && last.end == pair[0]) {
            Some(last) => last.end = pair[1],
            None => segments.push(Segment { node, start: pair[0], end: pair[1] }),
        }
    }
    segments
}

/// That the segments fill the duration of `root` without a gap.
fn assert_fills(trace: &Trace<'_>, root: usize, segments: &[Segment]) {
    let (start, end) = trace.nodes[root].interval();
    let mut reached = start;
    for segment in segments {
        assert_eq!(segment.start, reached);
        assert!(segment.end > segment.start);
        assert!(trace.subtree(root).contains(&segment.node));
        reached = segment.end;
    }
    assert_eq!(reached, end);
    assert_eq!(
        segments.iter().map(Segment::duration_ns).sum::<u64>(),
        trace.nodes[root].view.span.duration_ns()
    );
}

/// Small traces with overlaps, gaps, late and early children, two processes; a few spans are empty or inverted.
fn spans() -> impl Strategy<Value = Vec<Owned>> {
    let one = (0u64..14, 0u64..24, 0u64..26, 0u8..16);
    prop::collection::vec(one, 1..14).prop_map(|shapes| {
        let spans = shapes.into_iter().enumerate().map(|(index, (parent, start, length, kind))| {
            let end = if kind == 0 { start.saturating_sub(length) } else { start + length };
            let one = span(index as u64 + 1, parent % (index as u64 + 1), start, end);
            if kind % 4 == 1 { one.process("q") } else { one }
        });
        spans.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn every_instant_belongs_to_the_node_the_definition_says(spans in spans()) {
        let trace = assembled(&spans);
        for root in 0..trace.nodes.len() {
            let segments = trace.critical_path(root);
            assert_fills(&trace, root, &segments);
            prop_assert_eq!(segments, slow_path(&trace, root));
        }
    }
}

/// Several traces with links back and forth between them, in circles too.
fn linked_spans() -> impl Strategy<Value = Vec<Owned>> {
    let one = (0u64..8, 0u64..30, 0u64..34, prop::collection::vec((0u8..5, 0u64..6), 0..3));
    prop::collection::vec((0u8..5, one), 1..24).prop_map(|shapes| {
        let mut counts = [0; 5];
        let spans = shapes.into_iter().map(|(trace, (parent, start, end, links))| {
            let count = &mut counts[usize::from(trace)];
            *count += 1;
            let one = span(*count, parent % *count, start, end).in_trace(trace + 1);
            links.into_iter().fold(one, |one, (trace, id)| one.link(trace + 1, id + 1))
        });
        spans.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn through_links_too_the_segments_add_up(spans in linked_spans()) {
        let trace = assembled(&spans);
        for root in 0..trace.nodes.len() {
            let segments = trace.critical_path_through_links(root);
            let (start, end) = trace.nodes[root].interval();
            let mut reached = start;
            for segment in &segments {
                let (from, to) = trace.nodes[segment.node].interval();
                prop_assert!(from <= segment.start && segment.end <= to);
                prop_assert_eq!((segment.start, segment.end > segment.start), (reached, true));
                reached = segment.end;
            }
            prop_assert_eq!(reached, end);
        }
    }
}

#[test]
fn on_every_captured_trace_the_segments_add_up() {
    for slice in ["calm", "stall"] {
        let spans = fixture(slice);
        for trace in by_trace(&spans).values() {
            let trace = assembled(trace.iter().copied());
            for root in 0..trace.nodes.len() {
                assert_fills(&trace, root, &trace.critical_path(root));
            }
        }
    }
}
