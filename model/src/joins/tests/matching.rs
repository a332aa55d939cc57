//! Matching against a slow form that looks at all edges each time.

use proptest::prelude::*;

use crate::joins::matching::{Edge, Match, match_one_to_one};

const SIZE: usize = 7;

/// One at a time: who has a single partner left takes it; when nobody has, the cheapest free edge is taken.
fn slow(edges: &[Edge]) -> Vec<Match> {
    let mut left_over = edges.to_vec();
    let mut matches = Vec::new();
    while !left_over.is_empty() {
        let rivals = |left: usize| left_over.iter().filter(|edge| edge.left == left).count() - 1;
        let forced =
            left_over.iter().filter(|edge| rivals(edge.left) == 0).min_by_key(|edge| (edge.cost, edge.left));
        let cheapest = left_over.iter().min_by_key(|edge| (edge.cost, edge.left, edge.right));
        let Some(edge) = forced.or(cheapest).copied() else { break };
        matches.push(Match { left: edge.left, right: edge.right, rivals: rivals(edge.left) });
        left_over.retain(|other| other.left != edge.left && other.right != edge.right);
    }
    matches.sort_by_key(|found| found.left);
    matches
}

/// Whether at some point two on the left had the same single partner, so that the order decides.
fn is_contested(edges: &[Edge], matches: &[Match]) -> bool {
    (0..SIZE).any(|left| {
        edges.iter().any(|edge| edge.left == left) && matches.iter().all(|found| found.left != left)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn it_is_one_to_one_and_leaves_no_edge_free(pairs in prop::collection::btree_map((0..SIZE, 0..SIZE), 0u64..1_000, 0..20)) {
        let edges: Vec<Edge> = pairs.iter().map(|((left, right), cost)| Edge { left: *left, right: *right, cost: *cost }).collect();
        let matches = match_one_to_one(SIZE, SIZE, &edges);
        let is_left = |left| matches.iter().any(|found| found.left == left);
        let is_right = |right| matches.iter().any(|found| found.right == right);
        for (index, found) in matches.iter().enumerate() {
            prop_assert!(pairs.contains_key(&(found.left, found.right)));
            let same = |other: &Match| other.left == found.left || other.right == found.right;
            prop_assert!(!matches[index + 1..].iter().any(same));
        }
        prop_assert!(edges.iter().all(|edge| is_left(edge.left) || is_right(edge.right)));
        if !is_contested(&edges, &matches) {
            prop_assert_eq!(matches, slow(&edges));
        }
    }
}

#[test]
fn necessity_goes_before_cost() {
    let edge = |left, right, cost| Edge { left, right, cost };
    let edges = [
        edge(0, 0, 1),
        edge(0, 1, 9),
        edge(1, 0, 5),
        edge(2, 2, 3),
        edge(2, 3, 2),
        edge(3, 2, 4),
        edge(3, 3, 4),
    ];
    let found = |left, right, rivals| Match { left, right, rivals };
    let expected = [found(0, 1, 0), found(1, 0, 0), found(2, 3, 1), found(3, 2, 0)];
    assert_eq!(match_one_to_one(4, 4, &edges), expected);
}
