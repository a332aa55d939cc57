//! Links between spans, findable from both ends.

use super::equal_range;

/// Which of some spans link to which, by position. A pair that is linked twice counts once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinkIndex {
    by_source: Vec<(usize, usize)>,
    by_target: Vec<(usize, usize)>,
    unresolved: u64,
}

impl LinkIndex {
    /// An index of `pairs` of source and target. `unresolved` counts the links whose target is not among the spans.
    pub(crate) fn new(mut pairs: Vec<(usize, usize)>, unresolved: u64) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut by_target: Vec<_> = pairs.iter().map(|(source, target)| (*target, *source)).collect();
        by_target.sort_unstable();
        Self { by_source: pairs, by_target, unresolved }
    }

    /// What `source` links to, ascending.
    pub fn targets(&self, source: usize) -> impl Iterator<Item = usize> + '_ {
        equal_range(&self.by_source, source).iter().map(|pair| pair.1)
    }

    /// What links to `target`, ascending.
    pub fn sources(&self, target: usize) -> impl Iterator<Item = usize> + '_ {
        equal_range(&self.by_target, target).iter().map(|pair| pair.1)
    }

    /// Every `(source, target)`, ascending.
    #[must_use]
    pub fn pairs(&self) -> &[(usize, usize)] {
        &self.by_source
    }

    /// How many links point to spans that are not here.
    #[must_use]
    pub const fn unresolved(&self) -> u64 {
        self.unresolved
    }
}
