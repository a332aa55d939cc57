//! Links as edges: which roots are taken for children of the spans they link to.

use crate::trace::{Trace, equal_range};

/// `(target, root)`, sorted. Together with the trees they are still a forest.
#[derive(Debug, Default)]
pub(super) struct Linked {
    pairs: Vec<(usize, usize)>,
}

impl Linked {
    pub(super) fn new(trace: &Trace<'_>) -> Self {
        let position = |node: usize| trace.roots.partition_point(|root| *root <= node) - 1;
        let mut trees = Trees::new(trace.roots.len());
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        let mut placed = None;
        for (source, target) in trace.links().pairs() {
            let is_root = trace.nodes[*source].parent.is_none();
            if is_root && placed != Some(*source) && trees.join(position(*source), position(*target)) {
                placed = Some(*source);
                pairs.push((*target, *source));
            }
        }
        pairs.sort_unstable();
        Self { pairs }
    }

    pub(super) fn children(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        equal_range(&self.pairs, node).iter().map(|pair| pair.1)
    }
}

/// Which trees hang together (union-find).
struct Trees {
    leader: Vec<usize>,
}

impl Trees {
    fn new(count: usize) -> Self {
        Self { leader: (0..count).collect() }
    }

    fn find(&mut self, mut tree: usize) -> usize {
        while self.leader[tree] != tree {
            self.leader[tree] = self.leader[self.leader[tree]];
            tree = self.leader[tree];
        }
        tree
    }

    /// Joins two trees; false when they hang together already.
    fn join(&mut self, one: usize, other: usize) -> bool {
        let (one, other) = (self.find(one), self.find(other));
        self.leader[one] = other;
        one != other
    }
}
