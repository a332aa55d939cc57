//! Links between the spans of many traces, findable from both ends.

use proto::{SpanId, TraceId};

use crate::SpanView;
use crate::trace::LinkIndex;

/// Which of `spans` link to which. From a kubelet's client span, [`LinkIndex::sources`] leads to the server span in
/// kube-apiserver; from there [`LinkIndex::targets`] leads back. A target that was given more than once is the first of
/// its copies.
#[must_use]
pub fn index_links(spans: &[SpanView<'_>]) -> LinkIndex {
    let mut wanted: Vec<(TraceId, SpanId)> = spans
        .iter()
        .flat_map(|view| view.span.links.iter().map(|link| (link.trace_id, link.span_id)))
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    let find = |key: (TraceId, SpanId)| wanted.binary_search(&key).ok();
    let mut found = vec![None; wanted.len()];
    for (index, view) in spans.iter().enumerate() {
        if let Some(slot) = find((view.span.trace_id, view.span.span_id)) {
            found[slot].get_or_insert(index);
        }
    }
    let mut pairs = Vec::new();
    let mut unresolved = 0;
    for (index, view) in spans.iter().enumerate() {
        for link in &view.span.links {
            match find((link.trace_id, link.span_id)).and_then(|slot| found[slot]) {
                Some(target) => pairs.push((index, target)),
                None => unresolved += 1,
            }
        }
    }
    LinkIndex::new(pairs, unresolved)
}
