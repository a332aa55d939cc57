//! Matching against every matching there is.

use proptest::prelude::*;

use crate::joins::matching::{Edge, Match, match_one_to_one};

const SIZE: usize = 6;

type Pairs = Vec<(usize, usize)>;

/// All matchings of the lefts from `left` on that have the most pairs.
fn largest(edges: &[Edge], left: usize, taken: &mut Pairs, found: &mut Vec<Pairs>) {
    if left == SIZE {
        let most = found.first().map_or(0, Vec::len);
        if taken.len() > most {
            found.clear();
        }
        if taken.len() >= most {
            found.push(taken.clone());
        }
        return;
    }
    largest(edges, left + 1, taken, found);
    for edge in edges.iter().filter(|edge| edge.left == left) {
        if taken.iter().all(|(_, right)| *right != edge.right) {
            taken.push((left, edge.right));
            largest(edges, left + 1, taken, found);
            taken.pop();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn it_is_one_to_one_and_certain_is_what_every_largest_matching_has(
        pairs in prop::collection::btree_map((0..SIZE, 0..SIZE), 0u64..1_000, 0..16),
    ) {
        let edge = |((left, right), cost): (&(usize, usize), &u64)| Edge { left: *left, right: *right, cost: *cost };
        let edges: Vec<Edge> = pairs.iter().map(edge).collect();
        let matches = match_one_to_one(vec![false; SIZE], SIZE, &edges);
        for (index, found) in matches.iter().enumerate() {
            prop_assert!(pairs.contains_key(&(found.left, found.right)));
            let same = |other: &Match| other.left <= found.left || other.right == found.right;
            prop_assert!(!matches[index + 1..].iter().any(same));
        }
        let is_used = |edge: &Edge| matches.iter().any(|one| one.left == edge.left || one.right == edge.right);
        prop_assert!(edges.iter().all(is_used));
        let mut all = Vec::new();
        largest(&edges, 0, &mut Vec::new(), &mut all);
        for found in matches.iter().filter(|found| found.is_certain) {
            prop_assert!(all.iter().all(|matching| matching.contains(&(found.left, found.right))));
        }
        if all.len() == 1 && matches.len() == all[0].len() && matches.iter().all(|found| found.rivals == 0) {
            prop_assert!(matches.iter().all(|found| found.is_certain));
        }
    }
}

fn found(left: usize, right: usize, rivals: usize, is_certain: bool) -> Match {
    Match { left, right, rivals, is_certain }
}

fn edge(left: usize, right: usize, cost: u64) -> Edge {
    Edge { left, right, cost }
}

#[test]
fn necessity_goes_before_cost() {
    let edges = [edge(0, 0, 1), edge(0, 1, 9), edge(1, 0, 5)];
    assert_eq!(match_one_to_one(vec![false; 2], 2, &edges), [found(0, 1, 0, true), found(1, 0, 0, true)]);
}

#[test]
fn what_follows_from_a_choice_is_not_certain() {
    let edges = [edge(0, 0, 3), edge(0, 1, 2), edge(1, 0, 4), edge(1, 1, 4)];
    assert_eq!(match_one_to_one(vec![false; 2], 2, &edges), [found(0, 1, 1, false), found(1, 0, 0, false)]);
}

#[test]
fn what_another_needs_as_well_is_not_certain() {
    let edges = [edge(0, 0, 2), edge(1, 0, 1), edge(2, 1, 1)];
    assert_eq!(match_one_to_one(vec![false; 3], 2, &edges), [found(1, 0, 0, false), found(2, 1, 0, true)]);
    let edges = [edge(0, 0, 1), edge(1, 0, 1), edge(1, 1, 1), edge(2, 1, 2), edge(3, 1, 3)];
    let expected = [found(0, 0, 0, false), found(2, 1, 0, false)];
    assert_eq!(match_one_to_one(vec![false; 4], 2, &edges), expected);
}

#[test]
fn what_has_partners_unseen_puts_others_in_doubt() {
    let edges = [edge(0, 0, 1), edge(1, 0, 2), edge(1, 1, 2), edge(2, 2, 1)];
    let expected = [found(0, 0, 0, false), found(1, 1, 0, false), found(2, 2, 0, true)];
    assert_eq!(match_one_to_one(vec![true, false, false], 3, &edges), expected);
}
