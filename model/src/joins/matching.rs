//! Pairing two kinds of things one to one, when each has few possible partners.

use std::collections::VecDeque;

/// A partner that is possible, and how badly it fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) cost: u64,
}

/// A pair that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) left: usize,
    pub(super) right: usize,
    /// How many other partners of `left` were free when it was chosen.
    pub(super) rivals: usize,
    /// As many pairs as here cannot be had without this one.
    pub(super) is_certain: bool,
}

/// Matches by necessity first: whatever on the left has a single partner free takes it, which takes that partner from
/// others. When nothing is necessary any more, the cheapest free edge is taken. In the order of `left`.
///
/// `is_in_doubt` holds for everything on the left whether it has partners that `edges` does not show. O(n log n) in the
/// number of edges.
pub(super) fn match_one_to_one(mut is_in_doubt: Vec<bool>, rights: usize, edges: &[Edge]) -> Vec<Match> {
    let lefts = is_in_doubt.len();
    let mut by_left = Neighbours::new(lefts, edges.iter().map(|edge| (edge.left, edge.right)));
    let by_right = Neighbours::new(rights, edges.iter().map(|edge| (edge.right, edge.left)));
    let mut taken_by: Vec<Option<usize>> = vec![None; rights];
    let mut matches: Vec<Option<Match>> = vec![None; lefts];
    let mut by_cost: Vec<Edge> = edges.to_vec();
    by_cost.sort_unstable_by_key(|edge| (edge.cost, edge.left, edge.right));
    // By cost, so that of two that need the same partner the better gets it.
    let single = by_cost.iter().filter(|edge| by_left.open[edge.left] == 1);
    let mut forced: VecDeque<usize> = single.map(|edge| edge.left).collect();
    let mut cheapest = by_cost.into_iter();
    loop {
        let (left, right) = if let Some(left) = forced.pop_front() {
            let free = by_left.of(left).iter().find(|right| taken_by[**right].is_none());
            let Some(right) = free.filter(|_| matches[left].is_none()) else { continue };
            (left, *right)
        } else {
            let free = |edge: &Edge| matches[edge.left].is_none() && taken_by[edge.right].is_none();
            let Some(edge) = cheapest.find(free) else { break };
            (edge.left, edge.right)
        };
        let rivals = by_left.open[left] - 1;
        let is_certain = rivals == 0 && !is_in_doubt[left];
        matches[left] = Some(Match { left, right, rivals, is_certain });
        taken_by[right] = Some(left);
        for other in by_right.of(right) {
            by_left.open[*other] -= 1;
            // Losing a partner to a choice that was not necessary.
            is_in_doubt[*other] |= !is_certain;
            if by_left.open[*other] == 1 && matches[*other].is_none() {
                forced.push_back(*other);
            }
        }
    }
    doubt_what_others_could_have(&by_left, &taken_by, &mut matches);
    matches.into_iter().flatten().collect()
}

/// What was left without a partner could have had that of another, which could have had that of a third, and so on.
fn doubt_what_others_could_have(
    by_left: &Neighbours,
    taken_by: &[Option<usize>],
    matches: &mut [Option<Match>],
) {
    let mut without: Vec<usize> = (0..matches.len()).filter(|left| matches[*left].is_none()).collect();
    let mut is_reached = vec![false; matches.len()];
    while let Some(left) = without.pop() {
        for owner in by_left.of(left).iter().filter_map(|right| taken_by[*right]) {
            if !std::mem::replace(&mut is_reached[owner], true) {
                without.push(owner);
            }
        }
    }
    for found in matches.iter_mut().flatten() {
        found.is_certain &= !is_reached[found.left];
    }
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
