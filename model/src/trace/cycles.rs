//! Finding the cycles in a graph where every node has at most one parent.

/// For each cycle of `parents`, the one of its nodes with the smallest `rank`: cut there, no cycle is left. Linear.
pub(super) fn cuts(parents: &[Option<usize>], rank: &[usize]) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let mut seen_by = vec![UNSEEN; parents.len()];
    let mut cuts = Vec::new();
    for start in 0..parents.len() {
        let mut at = Some(start);
        let mut met = None;
        while let Some(node) = at {
            if seen_by[node] != UNSEEN {
                met = (seen_by[node] == start).then_some(node);
                break;
            }
            seen_by[node] = start;
            at = parents[node];
        }
        if let Some(first) = met {
            cuts.push(smallest_of_cycle(parents, rank, first));
        }
    }
    cuts
}

fn smallest_of_cycle(parents: &[Option<usize>], rank: &[usize], first: usize) -> usize {
    let mut smallest = first;
    let mut at = parents[first];
    while let Some(node) = at.filter(|node| *node != first) {
        if rank[node] < rank[smallest] {
            smallest = node;
        }
        at = parents[node];
    }
    smallest
}
