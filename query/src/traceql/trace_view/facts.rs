//! What is computed once for a whole trace.

use std::collections::BTreeMap;

use model::trace::Trace;
use proto::{TraceId, UnixNanos};

/// Places in the tree.
pub(super) struct Numbers {
    /// How many children each node has.
    pub(super) children: Vec<u32>,
    pub(super) places: Vec<Place>,
}

/// The numbers of a depth-first walk, from one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) left: i64,
    pub(super) right: i64,
    /// The left number of the parent, which may be a missing one; -1 for a root, 0 where a cycle of parents was cut.
    pub(super) parent: i64,
}

impl Numbers {
    pub(super) fn of(trace: &Trace<'_>) -> Self {
        let mut children = vec![0; trace.nodes.len()];
        for parent in trace.nodes.iter().filter_map(|node| node.parent) {
            children[parent] += 1;
        }
        let mut places = vec![Place::default(); trace.nodes.len()];
        let mut next = 1;
        for (position, root) in trace.roots.iter().enumerate() {
            // A missing parent is numbered as if it were there: it is entered before its first orphan.
            let group = trace.orphan_group_of(*root);
            let parent = match group {
                Some(group) if group.roots.start == position => {
                    next += 1;
                    next - 1
                }
                Some(group) => places[trace.roots[group.roots.start]].parent,
                None if trace.nodes[*root].is_cycle_cut => 0,
                None => -1,
            };
            number(trace, *root, next, parent, &mut places);
            next = places[*root].right + 1;
            if group.is_some_and(|group| group.roots.end == position + 1) {
                next += 1;
            }
        }
        Self { children, places }
    }
}

/// Numbers the tree below `root`, beginning with `first`.
fn number(trace: &Trace<'_>, root: usize, first: i64, parent: i64, places: &mut [Place]) {
    for node in trace.subtree(root) {
        let Some(found) = trace.nodes.get(node) else { continue };
        // Before a node, every earlier one was entered, and every one but its ancestors left.
        let left = first + 2 * (node - root) as i64 - i64::from(found.depth);
        let right = left + 2 * found.descendants as i64 + 1;
        let parent = found.parent.map_or(parent, |parent| places[parent].left);
        places[node] = Place { left, right, parent };
    }
}

/// The time that each node itself holds on the critical path of its root, or of the orphans that miss the same parent.
pub(super) fn critical_ns(trace: &Trace<'_>) -> Vec<u64> {
    let mut critical = vec![0; trace.nodes.len()];
    let mut add = |segments: Vec<model::critical_path::Segment>| {
        for segment in segments {
            critical[segment.node] += segment.duration_ns();
        }
    };
    trace.orphan_groups.iter().for_each(|group| add(trace.critical_path_of_orphans(group)));
    for root in &trace.roots {
        if !trace.nodes[*root].is_orphan() {
            add(trace.critical_path(*root));
        }
    }
    critical
}

/// What is the same for all spans of a trace.
#[derive(Debug, Clone, Copy)]
pub(super) struct OfTrace {
    pub(super) id: TraceId,
    /// From the earliest start to the latest end.
    pub(super) duration_ns: u64,
    /// The earliest span without a parent id.
    pub(super) root: Option<usize>,
}

/// For each trace among the spans, by id.
pub(super) fn of_traces(trace: &Trace<'_>) -> Vec<OfTrace> {
    let mut found: BTreeMap<TraceId, (UnixNanos, UnixNanos, Option<usize>)> = BTreeMap::new();
    for (place, node) in trace.nodes.iter().enumerate() {
        let (start, end) = node.interval();
        let one = found.entry(node.view.span.trace_id).or_insert((start, end, None));
        (one.0, one.1) = (one.0.min(start), one.1.max(end));
        if node.view.span.parent_span_id.is_none() {
            one.2 = one.2.or(Some(place));
        }
    }
    let facts = found.into_iter();
    facts.map(|(id, (start, end, root))| OfTrace { id, duration_ns: end - start, root }).collect()
}
