//! A trace as far as its spans arrived: who is whose parent, and everything that is wrong with it.
//!
//! Spans come from many processes, in any order, more than once, and not all of them. Nothing is repaired silently:
//! times stay as they were sent, and every doubt is counted in [`Faults`] and judged in [`Completeness`].

mod assemble;
mod completeness;
mod cut;
mod cycles;
mod distinct;
mod layout;
mod links;
mod timing;

use std::ops::Range;

use proto::{SpanId, TraceId, UnixNanos};

use crate::SpanView;

pub use assemble::assemble;
pub use completeness::{Completeness, Faults, Reason, Verdict};
pub use cut::{Piece, PieceKind};
pub use links::LinkIndex;

/// How much of a trace is assembled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceLimits {
    /// How many spans are taken, copies included, in the order given; the rest is counted and left out.
    pub spans_max: usize,
}

impl Default for TraceLimits {
    fn default() -> Self {
        Self { spans_max: 1_000_000 }
    }
}

/// Spans as a forest. Made by [`assemble()`].
#[derive(Debug, Clone)]
pub struct Trace<'a> {
    /// Depth first: a parent stands before its children, siblings stand by start, then the longer one, then by id, and
    /// a subtree is contiguous. The order does not depend on the order in which the spans were given.
    pub nodes: Vec<Node<'a>>,
    /// The nodes without a parent, ascending. Orphans that miss the same parent stand together, where the
    /// earliest of them belongs by its start.
    pub roots: Vec<usize>,
    /// The virtual roots: one for each missing parent, in the order of `roots`.
    pub orphan_groups: Vec<OrphanGroup>,
    /// What is wrong, counted.
    pub faults: Faults,
    /// What that means for answers.
    pub completeness: Completeness,
    /// `(adopter, child)`, sorted; see [`Node::adopted_by`].
    adopted: Vec<(usize, usize)>,
    links: LinkIndex,
}

/// A span in its place.
#[derive(Debug, Clone)]
pub struct Node<'a> {
    /// The span.
    pub view: SpanView<'a>,
    /// The node of its parent span; `None` for a root, an orphan, and where a cycle was cut.
    pub parent: Option<usize>,
    /// How many ancestors it has.
    pub depth: u32,
    /// How many nodes lie below it; they follow it directly.
    pub descendants: usize,
    /// For an orphan: the parent it names, which is not among the spans.
    pub missing_parent: Option<SpanId>,
    /// Its parent is one of its descendants, or itself: the tie to the parent was cut here, at the span of the
    /// cycle that starts first.
    pub is_cycle_cut: bool,
    /// How many further copies with the same ids and content were given (exporters send again what may have
    /// been lost).
    pub copies: u32,
    /// Another span has the same ids and other content; children hang on the one that starts first.
    pub is_conflicting: bool,
    /// It lies outside its parent, which another process made: negative when it starts before the parent, by so many
    /// nanoseconds (only clocks explain that); else positive when it ends after the parent, by so many (clocks, or
    /// a caller that gave up waiting).
    pub skew_ns: Option<i64>,
    /// It ends after its parent, which the same process made, by so many nanoseconds. Parents end first in
    /// kube-apiserver 1.26 to 1.33 (`authentication`, then the server span), in the kubelet (probes under `syncPod`)
    /// and after timeouts.
    pub outlives_parent_ns: Option<u64>,
    /// It starts before its parent, which the same process made, by so many nanoseconds: the clock was set back.
    pub precedes_parent_ns: Option<u64>,
    /// It starts after its parent, of the same process, has ended. Its time is then part of this ancestor of the same
    /// process, the nearest that was still running. The parent stays what it is.
    pub adopted_by: Option<usize>,
}

/// Orphans whose missing parent is the same: the children of a virtual root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrphanGroup {
    /// The trace.
    pub trace_id: TraceId,
    /// The span that is not there.
    pub missing_parent: SpanId,
    /// The orphans: a range of positions in [`Trace::roots`].
    pub roots: Range<usize>,
}

impl Node<'_> {
    /// Whether it names a parent that is not among the spans.
    #[must_use]
    pub const fn is_orphan(&self) -> bool {
        self.missing_parent.is_some()
    }

    /// From start to end; empty at the start for a span that ends before it starts.
    #[must_use]
    pub fn interval(&self) -> (UnixNanos, UnixNanos) {
        (self.view.span.start, self.view.span.end.max(self.view.span.start))
    }
}

impl<'a> Trace<'a> {
    /// The children of `node`, by start.
    pub fn children(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.subtree(node).end;
        let first = Some(node + 1).filter(|child| *child < end);
        std::iter::successors(first, move |child| Some(self.subtree(*child).end).filter(|next| *next < end))
    }

    /// `node` and everything below it, parents before children.
    #[must_use]
    pub fn subtree(&self, node: usize) -> Range<usize> {
        node..node + 1 + self.nodes[node].descendants
    }

    /// The parent of `node`, its parent, and so on up to the root.
    pub fn ancestors(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(self.nodes[node].parent, |ancestor| self.nodes[*ancestor].parent)
    }

    /// The root above `node`, which may be `node`.
    #[must_use]
    pub fn root_of(&self, node: usize) -> usize {
        self.roots[self.roots.partition_point(|root| *root <= node) - 1]
    }

    /// The root that takes the longest; of equally long ones the first.
    #[must_use]
    pub fn longest_root(&self) -> Option<usize> {
        let duration_ns = |root: &usize| {
            let (start, end) = self.nodes[*root].interval();
            end - start
        };
        self.roots.iter().copied().rev().max_by_key(duration_ns)
    }

    /// The orphan group that `root` belongs to, if its parent is missing.
    #[must_use]
    pub fn orphan_group_of(&self, root: usize) -> Option<&OrphanGroup> {
        let position = self.roots.binary_search(&root).ok()?;
        let after = self.orphan_groups.partition_point(|group| group.roots.start <= position);
        self.orphan_groups[..after].last().filter(|group| group.roots.contains(&position))
    }

    /// The nodes that the links of `node` point to, as far as they are among the spans, ascending.
    pub fn links_out(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        self.links.targets(node)
    }

    /// The nodes that have a link to `node`, ascending.
    pub fn links_in(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        self.links.sources(node)
    }

    /// Every link between two of the nodes.
    #[must_use]
    pub const fn links(&self) -> &LinkIndex {
        &self.links
    }

    /// From the earliest start to the latest end; zeros without spans.
    #[must_use]
    pub fn interval(&self) -> (UnixNanos, UnixNanos) {
        let start = self.nodes.iter().map(|node| node.interval().0).min().unwrap_or_default();
        let end = self.nodes.iter().map(|node| node.interval().1).max().unwrap_or_default();
        (start, end)
    }

    /// The nodes whose time is part of that of `node`: its children without those that an ancestor adopted, in order of
    /// start, then those that it adopted itself.
    pub(crate) fn timed_children(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        let own = self.children(node).filter(|child| self.nodes[*child].adopted_by.is_none());
        own.chain(self.adopted_children(node).iter().map(|(_, child)| *child))
    }

    /// Whether `node` adopted any.
    pub(crate) fn adopted_children(&self, node: usize) -> &[(usize, usize)] {
        equal_range(&self.adopted, node)
    }
}

/// The pairs of the sorted `pairs` that begin with `key`.
pub(crate) fn equal_range(pairs: &[(usize, usize)], key: usize) -> &[(usize, usize)] {
    if pairs.is_empty() {
        return pairs;
    }
    let first = pairs.partition_point(|pair| pair.0 < key);
    let count = pairs[first..].partition_point(|pair| pair.0 == key);
    &pairs[first..first + count]
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
