//! Pairing two kinds of things one to one, when each has few possible partners.

use std::collections::VecDeque;

/// A partner that is possible, and how badly it fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) cost: u64,
}

/// What became of a thing on the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) left: usize,
    pub(super) right: usize,
    /// How many others were possible when it was chosen; none if it had to be this one.
    pub(super) rivals: usize,
}

/// Matches by necessity first: whatever has a single partner left takes it, which takes that partner from others. When
/// nothing is necessary any more, the rest is matched by cost, cheapest first. In the order of `left`.
///
/// O(n log n) in the number of edges.
pub(super) fn match_one_to_one(lefts: usize, rights: usize, edges: &[Edge]) -> Vec<Match> {
    let mut by_left = Neighbours::new(lefts, edges.iter().map(|edge| (edge.left, edge.right)));
    let by_right = Neighbours::new(rights, edges.iter().map(|edge| (edge.right, edge.left)));
    let mut right_taken = vec![false; rights];
    let mut matches: Vec<Option<Match>> = vec![None; lefts];
    let mut forced: VecDeque<usize> = (0..lefts).filter(|left| by_left.open[*left] == 1).collect();
    let mut by_cost: Vec<Edge> = edges.to_vec();
    by_cost.sort_unstable_by_key(|edge| (edge.cost, edge.left, edge.right));
    let mut cheapest = by_cost.into_iter();
    loop {
        let (left, right) = if let Some(left) = forced.pop_front() {
            let free = by_left.of(left).iter().find(|right| !right_taken[**right]);
            let Some(right) = free.filter(|_| matches[left].is_none()) else { continue };
            (left, *right)
        } else {
            let free = |edge: &Edge| matches[edge.left].is_none() && !right_taken[edge.right];
            let Some(edge) = cheapest.find(free) else { break };
            (edge.left, edge.right)
        };
        matches[left] = Some(Match { left, right, rivals: by_left.open[left] - 1 });
        right_taken[right] = true;
        for other in by_right.of(right) {
            by_left.open[*other] -= 1;
            if by_left.open[*other] == 1 && matches[*other].is_none() {
                forced.push_back(*other);
            }
        }
    }
    matches.into_iter().flatten().collect()
}

/// The partners of each thing, one list after the other.
struct Neighbours {
    starts: Vec<usize>,
    partners: Vec<usize>,
    /// How many partners are not taken.
    open: Vec<usize>,
}

impl Neighbours {
    fn new(count: usize, pairs: impl Iterator<Item = (usize, usize)> + Clone) -> Self {
        let mut open = vec![0; count];
        pairs.clone().for_each(|(one, _)| open[one] += 1);
        let mut starts = vec![0; count + 1];
        for one in 0..count {
            starts[one + 1] = starts[one] + open[one];
        }
        let mut next = starts.clone();
        let mut partners = vec![0; starts[count]];
        for (one, partner) in pairs {
            partners[next[one]] = partner;
            next[one] += 1;
        }
        Self { starts, partners, open }
    }

    fn of(&self, one: usize) -> &[usize] {
        &self.partners[self.starts[one]..self.starts[one + 1]]
    }
}
