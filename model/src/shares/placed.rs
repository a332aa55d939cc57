//! What to rank by node, zone or cluster: observations whose place is known, and why it is not of the others.

use std::collections::BTreeMap;

use crate::place::Known;

/// Observations by place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Placed {
    /// Those whose place is known: the place and a weight, for [`super::rank_over_peers`] and
    /// [`super::rank_over_baseline`].
    pub known: Vec<(String, u64)>,
    /// How many others there are, by the hint that says how to make their place known.
    pub unknown: BTreeMap<String, u64>,
}

/// Sorts observations, each a zone (or node, or cluster) and a weight, into those that can be ranked by it and those
/// that cannot.
#[must_use]
pub fn by_place<'k>(observed: impl IntoIterator<Item = (&'k Known<String>, u64)>) -> Placed {
    let mut placed = Placed::default();
    for (place, weight) in observed {
        match place {
            Known::Value { value, .. } => placed.known.push((value.clone(), weight)),
            Known::Unknown { hint } => *placed.unknown.entry(hint.to_string()).or_default() += 1,
        }
    }
    placed
}
