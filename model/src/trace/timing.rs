//! Where nodes lie outside the time of their parents, and whose time that is.

use proto::otlp::Resource;

use super::Node;

/// How many ancestors are asked to adopt a node. In Kubernetes it is the first one (a handler span under the ended
/// `authentication` span goes to the server span above); a bound keeps long chains linear.
const ADOPTION_LEVELS: usize = 16;

/// Whether two resources are those of one process, as far as resources tell.
pub(crate) fn same_process(one: &Resource<'_>, other: &Resource<'_>) -> bool {
    std::ptr::eq(one, other) || one.attributes == other.attributes
}

/// Notes on every node how it lies to its parent. Gives the adoptions as sorted `(adopter, child)`.
pub(super) fn note_timing(nodes: &mut [Node<'_>]) -> Vec<(usize, usize)> {
    let mut adopted = Vec::new();
    for index in 0..nodes.len() {
        let Some(parent) = nodes[index].parent else { continue };
        let (start, end) = nodes[index].interval();
        let (parent_start, parent_end) = nodes[parent].interval();
        if start >= parent_start && end <= parent_end {
            continue;
        }
        let early_ns = parent_start.saturating_sub(start);
        let late_ns = end.saturating_sub(parent_end);
        if same_process(nodes[index].view.resource, nodes[parent].view.resource) {
            nodes[index].precedes_parent_ns = Some(early_ns).filter(|ns| *ns > 0);
            nodes[index].outlives_parent_ns = Some(late_ns).filter(|ns| *ns > 0);
            nodes[index].adopted_by = (start >= parent_end).then(|| adopter(nodes, index)).flatten();
            adopted.extend(nodes[index].adopted_by.map(|adopter| (adopter, index)));
        } else {
            let signed = |ns: u64| i64::try_from(ns).unwrap_or(i64::MAX);
            let skew_ns = if early_ns > 0 { -signed(early_ns) } else { signed(late_ns) };
            nodes[index].skew_ns = Some(skew_ns);
        }
    }
    adopted.sort_unstable();
    adopted
}

/// The nearest ancestor above the parent, all of one process, that was running when `index` started.
fn adopter(nodes: &[Node<'_>], index: usize) -> Option<usize> {
    let start = nodes[index].interval().0;
    let above = std::iter::successors(nodes[index].parent, |ancestor| nodes[*ancestor].parent);
    above
        .skip(1)
        .take(ADOPTION_LEVELS)
        .take_while(|ancestor| same_process(nodes[index].view.resource, nodes[*ancestor].view.resource))
        .find(|ancestor| {
            let (from, to) = nodes[*ancestor].interval();
            from <= start && start < to
        })
}
