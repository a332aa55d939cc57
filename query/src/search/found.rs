//! What a query found of a trace, as it is told.

use super::{FoundSpan, FoundSpanset, FoundTrace};
use crate::trace::Trace;
use crate::traceql::{
    Attribute, Intrinsic, Pipeline, Spanset, Static, TraceAttribute, TraceIntrinsic, TraceView,
};

/// What is told of every span anyway.
const TOLD: [Intrinsic; 4] = [Intrinsic::Name, Intrinsic::Duration, Intrinsic::SpanId, Intrinsic::TraceId];

/// What `pipeline` finds of `trace`; None when it finds nothing.
pub(super) fn found(
    trace: &Trace,
    pipeline: &Pipeline,
    attributes: &[&Attribute],
    follows_links: bool,
    spans_max: usize,
) -> Option<FoundTrace> {
    let assembled = trace.assembled();
    let view = TraceView::new(&assembled).following_links(follows_links);
    let spansets = view.spansets(pipeline);
    if spansets.is_empty() {
        return None;
    }
    let root = assembled.roots.iter().copied().find(|root| !assembled.nodes[*root].is_orphan());
    let of_root = |intrinsic: TraceIntrinsic| {
        let attribute = Attribute::Trace(TraceAttribute::Intrinsic(intrinsic));
        root.and_then(|root| view.get(root, &attribute).into_iter().next()).map(text)
    };
    let intervals = || assembled.nodes.iter().map(model::trace::Node::interval);
    let start = intervals().map(|(start, _)| start).min().unwrap_or(0);
    let end = intervals().map(|(_, end)| end).max().unwrap_or(0);
    Some(FoundTrace {
        trace_id: trace.trace_id,
        root_name: of_root(TraceIntrinsic::RootName),
        root_service: of_root(TraceIntrinsic::RootService),
        start,
        duration_ns: end.saturating_sub(start),
        spans: assembled.nodes.len() as u64,
        spansets: spansets
            .into_iter()
            .map(|spanset| found_spanset(&view, spanset, attributes, spans_max))
            .collect(),
    })
}

fn found_spanset(
    view: &TraceView<'_>,
    spanset: Spanset,
    attributes: &[&Attribute],
    spans_max: usize,
) -> FoundSpanset {
    let told =
        |attribute: &Attribute| matches!(attribute, Attribute::Intrinsic(known) if TOLD.contains(known));
    let span = |node: &usize| {
        let span = view.trace().nodes[*node].view.span;
        let values = attributes.iter().filter(|attribute| !told(attribute)).map(|attribute| {
            let values = view.get(*node, attribute);
            (attribute.to_string(), values)
        });
        FoundSpan {
            span_id: span.span_id,
            name: span.name.clone().into_owned(),
            start: span.start,
            duration_ns: span.duration_ns(),
            attributes: values.filter(|(_, values)| !values.is_empty()).collect(),
        }
    };
    FoundSpanset {
        matched: spanset.nodes.len() as u64,
        spans: spanset.nodes.iter().take(spans_max).map(span).collect(),
        attributes: spanset.attributes,
    }
}

fn text(value: Static) -> String {
    match value {
        Static::String(text) => text,
        other => other.to_string(),
    }
}
