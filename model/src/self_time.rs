//! What of a span's time none of its children covers.

use proto::UnixNanos;

use crate::trace::Trace;

impl Trace<'_> {
    /// The duration of `node` without the union of its children, clipped to it. A child that begins after its parent
    /// has ended is taken from the ancestor that adopted it. Zero for a span that ends before it starts.
    #[must_use]
    pub fn self_time_ns(&self, node: usize) -> u64 {
        let (start, end) = self.nodes[node].interval();
        let intervals = self.timed_children(node).map(|child| self.nodes[child].interval());
        let covered_ns = if self.adopted_children(node).is_empty() {
            union_ns(intervals, start, end)
        } else {
            let mut sorted: Vec<_> = intervals.collect();
            sorted.sort_unstable();
            union_ns(sorted.into_iter(), start, end)
        };
        end - start - covered_ns
    }
}

/// The length of the union of `intervals`, sorted by start, between `start` and `end`.
fn union_ns(
    intervals: impl Iterator<Item = (UnixNanos, UnixNanos)>,
    start: UnixNanos,
    end: UnixNanos,
) -> u64 {
    let mut reached = start;
    let mut covered_ns = 0;
    for (from, to) in intervals {
        let (from, to) = (from.max(reached), to.min(end));
        if from < to {
            covered_ns += to - from;
            reached = to;
        }
    }
    covered_ns
}

#[cfg(test)]
mod tests;
