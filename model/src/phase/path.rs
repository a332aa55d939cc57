//! The critical path through a tree of intervals.

use proto::UnixNanos;

/// The children of every member of a tree, the last to end first.
#[derive(Debug)]
pub(super) struct Children {
    /// Where the children of each member begin in `order`.
    offsets: Vec<u32>,
    order: Vec<u32>,
}

impl Children {
    /// Groups the members by `parents`; the first is the root. `times` are starts and ends.
    pub(super) fn new(parents: &[usize], times: &[(UnixNanos, UnixNanos)]) -> Self {
        let mut offsets = vec![0_u32; parents.len() + 1];
        for parent in parents.iter().skip(1) {
            offsets[parent + 1] += 1;
        }
        for index in 1..offsets.len() {
            offsets[index] += offsets[index - 1];
        }
        let mut next = offsets.clone();
        let mut order = vec![0; parents.len().saturating_sub(1)];
        for (child, parent) in parents.iter().enumerate().skip(1) {
            order[next[*parent] as usize] = child as u32;
            next[*parent] += 1;
        }
        let mut children = Self { offsets, order };
        for parent in 0..parents.len() {
            let range = children.range(parent);
            children.order[range].sort_unstable_by_key(|child| {
                let (start, end) = times[*child as usize];
                (std::cmp::Reverse(end), start, *child)
            });
        }
        children
    }

    fn range(&self, parent: usize) -> std::ops::Range<usize> {
        self.offsets[parent] as usize..self.offsets[parent + 1] as usize
    }

    /// The children of `parent`, the last to end first.
    pub(super) fn of(&self, parent: usize) -> impl Iterator<Item = usize> + '_ {
        self.order[self.range(parent)].iter().map(|child| *child as usize)
    }
}

/// A member whose children are being walked.
struct Frame {
    member: usize,
    start: UnixNanos,
    /// Everything from here on is spoken for.
    reached: UnixNanos,
    /// The position of the next child.
    child: usize,
}

/// Walks back from the root's end: at each instant, the time is that of the child that ends last among those that began
/// before, and of the member itself where no child runs. Children count only while their parent runs.
///
/// `own` is given a member and a stretch of its own time, from the latest to the earliest; together they are the root's
/// duration exactly.
pub(super) fn walk(
    children: &Children,
    times: &[(UnixNanos, UnixNanos)],
    mut own: impl FnMut(usize, UnixNanos, UnixNanos),
) {
    let (start, end) = times[0];
    let mut stack = vec![Frame { member: 0, start, reached: end, child: children.range(0).start }];
    while let Some(frame) = stack.last_mut() {
        let mut below = None;
        while frame.child < children.range(frame.member).end && frame.reached > frame.start {
            let member = children.order[frame.child] as usize;
            frame.child += 1;
            let from = times[member].0.max(frame.start);
            let to = times[member].1.min(frame.reached);
            if from < to {
                if to < frame.reached {
                    own(frame.member, to, frame.reached);
                }
                frame.reached = from;
                below = Some(Frame { member, start: from, reached: to, child: children.range(member).start });
                break;
            }
        }
        match below {
            Some(below) => stack.push(below),
            None => {
                if frame.start < frame.reached {
                    own(frame.member, frame.start, frame.reached);
                }
                stack.pop();
            }
        }
    }
}
