//! The order of the nodes: depth first, siblings by start.

use super::assemble::Parent;

/// Where every span goes. Spans are numbered as in the input, nodes as in the result.
pub(super) struct Layout {
    /// The span of each node.
    pub(super) spans: Vec<usize>,
    /// The parent node of each node.
    pub(super) parents: Vec<Option<usize>>,
    /// How many nodes lie below each node.
    pub(super) descendants: Vec<usize>,
    /// The nodes without a parent, ascending.
    pub(super) roots: Vec<usize>,
}

/// Lays out a forest. `by_start` holds every span once, in the order that siblings shall have; `roots` holds the spans
/// without a parent in theirs.
pub(super) fn layout(parents: &[Parent], by_start: &[usize], roots: &[usize]) -> Layout {
    let children = Children::new(parents, by_start);
    let count = parents.len();
    let mut layout = Layout {
        spans: Vec::with_capacity(count),
        parents: Vec::with_capacity(count),
        descendants: vec![0; count],
        roots: Vec::with_capacity(roots.len()),
    };
    let mut pending: Vec<(usize, Option<usize>)> = Vec::new();
    for root in roots {
        layout.roots.push(layout.spans.len());
        pending.push((*root, None));
        while let Some((span, parent)) = pending.pop() {
            let node = layout.spans.len();
            layout.spans.push(span);
            layout.parents.push(parent);
            pending.extend(children.of(span).iter().rev().map(|child| (*child, Some(node))));
        }
    }
    for node in (0..layout.spans.len()).rev() {
        if let Some(parent) = layout.parents[node] {
            layout.descendants[parent] += layout.descendants[node] + 1;
        }
    }
    layout
}

/// The children of every span, one list after the other.
struct Children {
    starts: Vec<usize>,
    children: Vec<usize>,
}

impl Children {
    fn new(parents: &[Parent], by_start: &[usize]) -> Self {
        let mut starts = vec![0; parents.len() + 1];
        for parent in parents {
            if let Parent::At(parent) = parent {
                starts[parent + 1] += 1;
            }
        }
        for span in 1..starts.len() {
            starts[span] += starts[span - 1];
        }
        let mut next = starts.clone();
        let mut children = vec![0; starts[parents.len()]];
        for span in by_start {
            if let Parent::At(parent) = parents[*span] {
                children[next[parent]] = *span;
                next[parent] += 1;
            }
        }
        Self { starts, children }
    }

    fn of(&self, span: usize) -> &[usize] {
        &self.children[self.starts[span]..self.starts[span + 1]]
    }
}
