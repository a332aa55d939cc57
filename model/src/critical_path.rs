//! Which span the time of a trace was spent in: the walk along the last child to finish.
//!
//! From the end of a span backwards: of its children that had begun by then, the one that ends last was what the span
//! waited for, until that child's start; from there again. Where no child was running, the time is the span's own. The
//! same inside each child, within the part of it that counts. Children are clipped to their parent: of one
//! that outlives its parent (nobody waited for its end; [`crate::trace::Node::outlives_parent_ns`] and `skew_ns` say
//! so) only the part inside counts. A child that begins after its parent has ended counts where it was adopted
//! ([`crate::trace::Node::adopted_by`]).

mod linked;

use proto::UnixNanos;

use crate::trace::{OrphanGroup, Trace};
use linked::Linked;

/// A stretch of time and the node it was spent in, below which nothing was running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The node.
    pub node: usize,
    /// The first nanosecond.
    pub start: UnixNanos,
    /// The first nanosecond after; never equal to `start`.
    pub end: UnixNanos,
}

impl Segment {
    /// `end - start`.
    #[must_use]
    pub const fn duration_ns(&self) -> u64 {
        self.end - self.start
    }
}

impl Trace<'_> {
    /// The critical path of `root`, which may be any node. In time order, without gaps: the segments add up to the
    /// duration of `root` exactly. Empty when the duration is zero or the span ends before it starts.
    ///
    /// Takes O(n log n) in the size of the subtree.
    #[must_use]
    pub fn critical_path(&self, root: usize) -> Vec<Segment> {
        Walk::new(self, Linked::default()).of_root(root)
    }

    /// The critical path of `root`, taking a root span that links to another span for its child: what the kubelet's
    /// request waited for is the kube-apiserver trace that links to it. Meant for several traces assembled together.
    ///
    /// A root with several links belongs to the first of their targets, and to none that lies below itself.
    #[must_use]
    pub fn critical_path_through_links(&self, root: usize) -> Vec<Segment> {
        Walk::new(self, Linked::new(self)).of_root(root)
    }

    /// The critical path of a virtual root, from the first start of its orphans to their last end. The times at which
    /// none of them was running belong to the missing parent and have no segment.
    #[must_use]
    pub fn critical_path_of_orphans(&self, group: &OrphanGroup) -> Vec<Segment> {
        Walk::new(self, Linked::default()).of_children(&self.roots[group.roots.clone()])
    }
}

/// A node whose time is being divided, within a window that counts.
struct Frame {
    /// `None` for a virtual root.
    node: Option<usize>,
    window_start: UnixNanos,
    /// Everything after is divided already.
    cursor: UnixNanos,
    /// Its children that are not looked at yet: `Walk::pending[first_child..]`, the last to finish last.
    first_child: usize,
}

struct Walk<'t, 'a> {
    trace: &'t Trace<'a>,
    linked: Linked,
    frames: Vec<Frame>,
    pending: Vec<usize>,
    /// Latest first.
    segments: Vec<Segment>,
}

impl<'t, 'a> Walk<'t, 'a> {
    fn new(trace: &'t Trace<'a>, linked: Linked) -> Self {
        Self { trace, linked, frames: Vec::new(), pending: Vec::new(), segments: Vec::new() }
    }

    fn of_root(mut self, root: usize) -> Vec<Segment> {
        let (start, end) = self.trace.nodes[root].interval();
        if start < end {
            self.enter(root, start, end);
        }
        self.run()
    }

    fn of_children(mut self, children: &[usize]) -> Vec<Segment> {
        let interval = |node: &usize| self.trace.nodes[*node].interval();
        let start = children.iter().map(|node| interval(node).0).min();
        let end = children.iter().map(|node| interval(node).1).max();
        if let (Some(window_start), Some(cursor)) = (start, end) {
            self.pending.extend_from_slice(children);
            self.push(Frame { node: None, window_start, cursor, first_child: 0 });
        }
        self.run()
    }

    fn enter(&mut self, node: usize, window_start: UnixNanos, cursor: UnixNanos) {
        let first_child = self.pending.len();
        self.pending.extend(self.trace.timed_children(node));
        self.pending.extend(self.linked.children(node));
        self.push(Frame { node: Some(node), window_start, cursor, first_child });
    }

    /// The last to finish comes last; of those that finish together the first to start, which explains most.
    fn push(&mut self, frame: Frame) {
        let trace = self.trace;
        self.pending[frame.first_child..].sort_unstable_by_key(|child| {
            let (start, end) = trace.nodes[*child].interval();
            (end, std::cmp::Reverse(start), std::cmp::Reverse(*child))
        });
        self.frames.push(frame);
    }

    fn run(mut self) -> Vec<Segment> {
        while let Some(frame) = self.frames.last_mut() {
            if self.pending.len() == frame.first_child || frame.cursor == frame.window_start {
                let (node, start, end) = (frame.node, frame.window_start, frame.cursor);
                self.pending.truncate(frame.first_child);
                self.frames.pop();
                self.own(node, start, end);
                continue;
            }
            let Some(child) = self.pending.pop() else { continue };
            let (child_start, child_end) = self.trace.nodes[child].interval();
            let (start, end) = (child_start.max(frame.window_start), child_end.min(frame.cursor));
            if start >= end {
                continue;
            }
            let (node, own_end) = (frame.node, frame.cursor);
            frame.cursor = start;
            self.own(node, end, own_end);
            self.enter(child, start, end);
        }
        self.segments.reverse();
        self.segments
    }

    fn own(&mut self, node: Option<usize>, start: UnixNanos, end: UnixNanos) {
        if let Some(node) = node.filter(|_| start < end) {
            self.segments.push(Segment { node, start, end });
        }
    }
}

#[cfg(test)]
mod tests;
