//! The node of container runtime spans, from the kubelet's spans in the same trace.

use std::collections::HashMap;

use proto::SpanId;

use super::testimony::{Testimony, is_runtime};
use crate::{Component, SpanView};

/// A step up that was not taken yet.
#[derive(Clone, Copy)]
enum Above<'a> {
    Unvisited,
    Visiting,
    Known(Option<&'a str>),
}

/// For each of `spans`, which are of one trace, the node of the kubelet that a runtime's span works for.
///
/// That is the nearest kubelet span above it: the kubelet calls its runtime over a socket of the same host. Where the
/// spans between did not arrive, it is the only kubelet of the trace. `None` for spans of other programs.
pub(super) fn kubelets<'a>(spans: &[SpanView<'a>]) -> Vec<Option<&'a str>> {
    let own: Vec<Own<'a>> = spans.iter().map(|view| Own::of(*view)).collect();
    let mut sole = None;
    let mut is_sole = true;
    for own in &own {
        if let Own::Kubelet(Some(node)) = own {
            is_sole &= *sole.get_or_insert(*node) == *node;
        }
    }
    let Some(sole) = sole else { return vec![None; spans.len()] };
    if is_sole {
        return own.iter().map(|own| matches!(own, Own::Runtime).then_some(sole)).collect();
    }
    let above = nearest_kubelets(spans, &own);
    own.iter().zip(above).map(|(own, node)| node.filter(|_| matches!(own, Own::Runtime))).collect()
}

/// What a span is to this question.
#[derive(Clone, Copy)]
enum Own<'a> {
    Kubelet(Option<&'a str>),
    Runtime,
    Neither,
}

impl<'a> Own<'a> {
    fn of(view: SpanView<'a>) -> Self {
        match Component::of(view) {
            Component::Kubelet => Self::Kubelet(Testimony::of(view, None).node_or_host()),
            component if is_runtime(component) => Self::Runtime,
            _ => Self::Neither,
        }
    }
}

/// The nearest kubelet at or above each span through runtime spans only; each span is visited once.
fn nearest_kubelets<'a>(spans: &[SpanView<'a>], own: &[Own<'a>]) -> Vec<Option<&'a str>> {
    let index: HashMap<SpanId, usize> =
        spans.iter().enumerate().map(|(index, view)| (view.span.span_id, index)).collect();
    let mut above = vec![Above::Unvisited; spans.len()];
    let mut way = Vec::new();
    for start in 0..spans.len() {
        let mut at = Some(start);
        let found = loop {
            let Some(here) = at else { break None };
            match (above[here], own[here]) {
                (Above::Known(node), _) => break node,
                // A cycle: nothing above it.
                (Above::Visiting, _) | (_, Own::Neither) => break None,
                (_, Own::Kubelet(node)) => break node,
                (Above::Unvisited, Own::Runtime) => {
                    above[here] = Above::Visiting;
                    way.push(here);
                    at = spans[here].span.parent_span_id.and_then(|parent| index.get(&parent).copied());
                }
            }
        };
        way.drain(..).for_each(|passed| above[passed] = Above::Known(found));
    }
    above
        .into_iter()
        .map(|above| match above {
            Above::Known(node) => node,
            Above::Unvisited | Above::Visiting => None,
        })
        .collect()
}

#[cfg(test)]
mod tests;
