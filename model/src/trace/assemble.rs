//! From spans in any order to a forest.

use std::cmp::Reverse;

use proto::SpanId;

use super::completeness::{Completeness, Faults};
use super::cycles::cuts;
use super::distinct::{Distinct, distinct, key, position};
use super::layout::{Layout, layout};
use super::timing::note_timing;
use super::{LinkIndex, Node, OrphanGroup, Trace, TraceLimits};
use crate::SpanView;

/// What a span's parent id leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parent {
    None,
    Missing(SpanId),
    At(usize),
    /// On a cycle, at the place where it is cut.
    Cut,
}

/// Assembles `spans`, usually those of one trace; with more than one, links between them can be followed, and parents
/// are looked for in the span's own trace only.
///
/// The result does not depend on the order of `spans`, except for which are left out beyond the limit. Takes
/// O(n log n) for any input.
pub fn assemble<'a>(spans: impl IntoIterator<Item = SpanView<'a>>, limits: TraceLimits) -> Trace<'a> {
    let mut spans = spans.into_iter();
    let views: Vec<SpanView<'a>> = spans.by_ref().take(limits.spans_max).collect();
    let over_limit = spans.count() as u64;
    let distinct = distinct(&views);

    let mut by_start: Vec<usize> = (0..distinct.len()).collect();
    by_start.sort_by_key(|index| (distinct[*index].view.span.start, Reverse(distinct[*index].view.span.end)));
    let parents = parents(&distinct, &by_start);
    let roots = roots(&distinct, &parents, &by_start);
    let layout = layout(&parents, &by_start, &roots);

    let mut nodes = nodes(&distinct, &parents, &layout);
    let adopted = note_timing(&mut nodes);
    let links = links(&distinct, &layout);
    let orphan_groups = orphan_groups(&nodes, &layout.roots);
    let mut faults = Faults { over_limit, missing_parents: orphan_groups.len() as u64, ..Faults::default() };
    nodes.iter().for_each(|node| faults.add(node));
    let completeness = Completeness::judge(&faults);
    Trace { nodes, roots: layout.roots, orphan_groups, faults, completeness, adopted, links }
}

fn parents(distinct: &[Distinct<'_>], by_start: &[usize]) -> Vec<Parent> {
    let mut parents: Vec<Parent> = distinct
        .iter()
        .map(|one| match one.view.span.parent_span_id {
            None => Parent::None,
            Some(parent) => position(distinct, key(one.view.span.trace_id, parent))
                .map_or(Parent::Missing(parent), Parent::At),
        })
        .collect();
    let mut rank = vec![0; by_start.len()];
    by_start.iter().enumerate().for_each(|(position, index)| rank[*index] = position);
    let positions: Vec<Option<usize>> = parents
        .iter()
        .map(|parent| match parent {
            Parent::At(index) => Some(*index),
            _ => None,
        })
        .collect();
    cuts(&positions, &rank).into_iter().for_each(|index| parents[index] = Parent::Cut);
    parents
}

/// The spans without a parent by start, except that those with the same missing parent follow the first of them.
fn roots(distinct: &[Distinct<'_>], parents: &[Parent], by_start: &[usize]) -> Vec<usize> {
    let mut roots = Vec::new();
    let mut orphans = Vec::new();
    for (rank, index) in by_start.iter().enumerate() {
        match parents[*index] {
            Parent::At(_) => {}
            Parent::None | Parent::Cut => roots.push((rank, rank, *index)),
            Parent::Missing(parent) => {
                orphans.push((distinct[*index].view.span.trace_id, parent, rank, *index));
            }
        }
    }
    orphans.sort_unstable();
    for group in orphans.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        roots.extend(group.iter().map(|(_, _, rank, index)| (group[0].2, *rank, *index)));
    }
    roots.sort_unstable();
    roots.into_iter().map(|(_, _, index)| index).collect()
}

fn nodes<'a>(distinct: &[Distinct<'a>], parents: &[Parent], layout: &Layout) -> Vec<Node<'a>> {
    let mut nodes: Vec<Node<'a>> = Vec::with_capacity(layout.spans.len());
    for (node, span) in layout.spans.iter().enumerate() {
        let parent = layout.parents[node];
        nodes.push(Node {
            view: distinct[*span].view,
            parent,
            depth: parent.map_or(0, |parent| nodes[parent].depth + 1),
            descendants: layout.descendants[node],
            missing_parent: match parents[*span] {
                Parent::Missing(parent) => Some(parent),
                _ => None,
            },
            is_cycle_cut: parents[*span] == Parent::Cut,
            copies: distinct[*span].copies,
            is_conflicting: distinct[*span].is_conflicting,
            skew_ns: None,
            outlives_parent_ns: None,
            precedes_parent_ns: None,
            adopted_by: None,
        });
    }
    nodes
}

fn links(distinct: &[Distinct<'_>], layout: &Layout) -> LinkIndex {
    if distinct.iter().all(|one| one.view.span.links.is_empty()) {
        return LinkIndex::default();
    }
    let mut node_of = vec![0; distinct.len()];
    layout.spans.iter().enumerate().for_each(|(node, span)| node_of[*span] = node);
    let mut pairs = Vec::new();
    let mut unresolved = 0;
    for (index, one) in distinct.iter().enumerate() {
        for link in &one.view.span.links {
            match position(distinct, key(link.trace_id, link.span_id)) {
                Some(target) => pairs.push((node_of[index], node_of[target])),
                None => unresolved += 1,
            }
        }
    }
    LinkIndex::new(pairs, unresolved)
}

fn orphan_groups(nodes: &[Node<'_>], roots: &[usize]) -> Vec<OrphanGroup> {
    let mut groups: Vec<OrphanGroup> = Vec::new();
    for (position, root) in roots.iter().enumerate() {
        let Some(missing_parent) = nodes[*root].missing_parent else { continue };
        let trace_id = nodes[*root].view.span.trace_id;
        match groups.last_mut().filter(|last| {
            last.roots.end == position && (last.trace_id, last.missing_parent) == (trace_id, missing_parent)
        }) {
            Some(last) => last.roots.end = position + 1,
            None => groups.push(OrphanGroup { trace_id, missing_parent, roots: position..position + 1 }),
        }
    }
    groups
}
