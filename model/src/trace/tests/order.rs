//! Arbitrary graphs of spans: whatever the order they come in, the same forest, with every span in it once.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::trace::Trace;
use crate::trace::testing::{Owned, assembled, ids, span};

/// Few ids, so that parents are missing, copied, shared by different spans, and in circles.
fn spans() -> impl Strategy<Value = Vec<Owned>> {
    let one = (1u64..12, 0u64..14, 0u64..6, 0u64..8).prop_map(|(id, parent, start, length)| {
        let mut one = span(id, parent, start, start + length);
        if parent % 3 == 0 {
            one = one.link(1, parent + 1);
        }
        one
    });
    let repeated = prop::collection::vec((one, 1usize..3), 0..16);
    repeated
        .prop_map(|all| all.into_iter().flat_map(|(one, times)| std::iter::repeat_n(one, times)).collect())
}

fn distinct(spans: &[Owned]) -> Vec<&Owned> {
    let mut found: Vec<&Owned> = Vec::new();
    for one in spans {
        if !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

/// The span that children of `id` hang on: of several with that id, the first to start, then the longest, then any.
fn first_of<'a>(distinct: &[&'a Owned], id: u64) -> Vec<&'a Owned> {
    let mut same: Vec<_> = distinct.iter().filter(|one| number(one) == id).copied().collect();
    let rank = |one: &Owned| (one.span.start, u64::MAX - one.span.end);
    let best = same.iter().map(|one| rank(one)).min();
    same.retain(|one| Some(rank(one)) == best);
    same
}

fn number(one: &Owned) -> u64 {
    u64::from_be_bytes(one.span.span_id.0)
}

/// Number, interval, parent, copies, and whether it is conflicting and a cycle's cut.
type Shape = (u64, (u64, u64), Option<usize>, u32, bool, bool);

fn shape(trace: &Trace<'_>) -> Vec<Shape> {
    let nodes = trace.nodes.iter().zip(ids(trace));
    nodes
        .map(|(node, id)| {
            (id, node.interval(), node.parent, node.copies, node.is_conflicting, node.is_cycle_cut)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn the_order_of_the_input_does_not_matter(
        (spans, shuffled) in spans().prop_flat_map(|spans| (Just(spans.clone()), Just(spans).prop_shuffle())),
    ) {
        let (one, other) = (assembled(&spans), assembled(&shuffled));
        prop_assert_eq!(shape(&one), shape(&other));
        prop_assert_eq!(one.links(), other.links());
        prop_assert_eq!(&one.faults, &other.faults);
        prop_assert_eq!(&one.orphan_groups, &other.orphan_groups);
    }

    #[test]
    fn every_different_span_is_one_node_below_its_parent(spans in spans()) {
        let distinct = distinct(&spans);
        let trace = assembled(&spans);
        prop_assert_eq!(trace.nodes.len(), distinct.len());
        prop_assert_eq!(trace.faults.copies as usize, spans.len() - distinct.len());
        for node in &trace.nodes {
            let given = spans.iter().filter(|one| one.span == *node.view.span).count();
            prop_assert_eq!(node.copies as usize, given - 1);
            let id = u64::from_be_bytes(node.view.span.span_id.0);
            prop_assert_eq!(node.is_conflicting, distinct.iter().filter(|one| number(one) == id).count() > 1);
            let parent_id = node.view.span.parent_span_id.map(|parent| u64::from_be_bytes(parent.0));
            let possible = parent_id.map_or_else(Vec::new, |parent| first_of(&distinct, parent));
            match node.parent {
                Some(parent) => {
                    prop_assert!(possible.iter().any(|one| one.span == *trace.nodes[parent].view.span));
                    prop_assert_eq!(node.depth, trace.nodes[parent].depth + 1);
                    prop_assert!(!node.is_cycle_cut && !node.is_orphan());
                }
                None => {
                    prop_assert_eq!(node.depth, 0);
                    prop_assert_eq!(node.is_orphan(), parent_id.is_some() && possible.is_empty());
                    prop_assert_eq!(node.is_cycle_cut, !possible.is_empty());
                }
            }
        }
    }

    #[test]
    fn the_ways_through_the_forest_agree_with_the_parents(spans in spans()) {
        let trace = assembled(&spans);
        let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, node) in trace.nodes.iter().enumerate() {
            if let Some(parent) = node.parent {
                prop_assert!(parent < index);
                children.entry(parent).or_default().push(index);
            }
        }
        for index in 0..trace.nodes.len() {
            let expected = children.remove(&index).unwrap_or_default();
            prop_assert!(expected.is_sorted_by_key(|child| trace.nodes[*child].interval().0));
            prop_assert_eq!(trace.children(index).collect::<Vec<_>>(), expected);
            let above: Vec<_> = trace.ancestors(index).collect();
            prop_assert_eq!(trace.root_of(index), *above.last().unwrap_or(&index));
            let below = (0..trace.nodes.len()).filter(|node| trace.ancestors(*node).any(|up| up == index));
            prop_assert_eq!(trace.subtree(index).skip(1).collect::<Vec<_>>(), below.collect::<Vec<_>>());
        }
        let roots = (0..trace.nodes.len()).filter(|node| trace.nodes[*node].parent.is_none());
        prop_assert_eq!(&trace.roots, &roots.collect::<Vec<_>>());
    }

    #[test]
    fn a_circle_is_cut_once_where_it_starts_first(spans in spans()) {
        let trace = assembled(&spans);
        for (cut, node) in trace.nodes.iter().enumerate().filter(|(_, node)| node.is_cycle_cut) {
            // Of several spans with the parent's id the first to start is on the circle, then the longest, then any.
            let named = |below: &usize| Some(trace.nodes[*below].view.span.span_id) == node.view.span.parent_span_id;
            let rank = |below: &usize| {
                let (start, end) = trace.nodes[*below].interval();
                (start, u64::MAX - end)
            };
            let first = trace.subtree(cut).filter(named).map(|below| rank(&below)).min();
            let mut parents = trace.subtree(cut).filter(named).filter(|below| Some(rank(below)) == first);
            let starts_first = |up| {
                let mut round = std::iter::once(up).chain(trace.ancestors(up)).take_while(|on_it| *on_it >= cut);
                round.all(|on_it| trace.nodes[on_it].interval().0 >= node.interval().0)
            };
            prop_assert!(parents.any(starts_first));
        }
        prop_assert_eq!(trace.faults.cycles, trace.nodes.iter().filter(|node| node.is_cycle_cut).count() as u64);
    }

    #[test]
    fn links_lead_both_ways(spans in spans()) {
        let trace = assembled(&spans);
        let all = 0..trace.nodes.len();
        let forth: Vec<_> = all.clone().flat_map(|from| trace.links_out(from).map(move |to| (from, to))).collect();
        let mut back: Vec<_> = all.flat_map(|to| trace.links_in(to).map(move |from| (from, to))).collect();
        back.sort_unstable();
        prop_assert_eq!(&forth, &back);
        let mut resolved = 0;
        for (from, node) in trace.nodes.iter().enumerate() {
            for link in &node.view.span.links {
                let targets: Vec<_> = trace.links_out(from).collect();
                let is_here = trace.nodes.iter().any(|other| other.view.span.span_id == link.span_id);
                prop_assert_eq!(is_here, targets.iter().any(|to| trace.nodes[*to].view.span.span_id == link.span_id));
                resolved += u64::from(is_here);
            }
        }
        let links: usize = trace.nodes.iter().map(|node| node.view.span.links.len()).sum();
        prop_assert_eq!(resolved + trace.links().unresolved(), links as u64);
    }
}
