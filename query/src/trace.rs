//! One trace by its id: every span that arrived, in the order in which the model assembles them.

mod run;

use std::collections::HashMap;
use std::sync::Arc;

use model::SpanView;
use model::place::{Arrived, Instances, NodeFile, Place};
use model::trace::{TraceLimits, assemble};
use proto::{Tenant, TraceId, UnixNanos};
use storage::Completeness;

use crate::StoredSpan;
pub(crate) use run::{counted_trace, trace};

/// A question for one trace.
#[derive(Debug, Clone)]
pub struct TraceQuery {
    /// Whose.
    pub tenant: Tenant,
    /// Which.
    pub trace_id: TraceId,
    /// An instant the trace is known to touch, such as an exemplar's; without it every segment is asked.
    pub near: Option<UnixNanos>,
}

/// A trace, as far as it arrived.
#[derive(Debug, Clone)]
pub struct Trace {
    /// Its id.
    pub trace_id: TraceId,
    /// The spans, depth first, siblings by start, copies left out: as the nodes of [`Trace::assembled`].
    pub spans: Vec<StoredSpan>,
    /// Whether there are more than `query.trace_spans_max` spans, of which these are the first to start.
    pub is_cut: bool,
    /// How many spans there are where it was cut, copies included, if they were counted.
    pub spans_total: Option<u64>,
    /// What may be missing of what was acknowledged.
    pub completeness: Completeness,
    /// Which node is in which zone, if that was configured.
    pub nodes: Option<Arc<NodeFile>>,
}

impl Trace {
    /// The trace of `spans`, at most `spans_max` of them: the first to start.
    #[must_use]
    pub fn new(
        trace_id: TraceId,
        mut spans: Vec<StoredSpan>,
        spans_max: usize,
        nodes: Option<Arc<NodeFile>>,
    ) -> Self {
        let is_cut = spans.len() > spans_max;
        spans.sort_by_key(|stored| stored.span.start);
        spans.truncate(spans_max);
        let order: Vec<usize> = {
            let places: HashMap<*const _, usize> =
                spans.iter().enumerate().map(|(place, stored)| (&raw const stored.span, place)).collect();
            let assembled = assemble(spans.iter().map(StoredSpan::view), TraceLimits { spans_max });
            assembled
                .nodes
                .iter()
                .filter_map(|node| places.get(&std::ptr::from_ref(node.view.span).cast()).copied())
                .collect()
        };
        let mut spans: Vec<Option<StoredSpan>> = spans.into_iter().map(Some).collect();
        let spans = order.into_iter().filter_map(|place| spans[place].take()).collect();
        Self { trace_id, spans, is_cut, spans_total: None, completeness: Completeness::default(), nodes }
    }

    /// The trace as the model sees it. Its nodes are [`Trace::spans`], in their order.
    #[must_use]
    pub fn assembled(&self) -> model::trace::Trace<'_> {
        assemble(self.spans.iter().map(StoredSpan::view), TraceLimits { spans_max: self.spans.len() })
    }

    /// Where each span's process runs, as far as this trace and the configured nodes tell.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let arrived: Vec<Arrived<'_>> = self
            .spans
            .iter()
            .map(|stored| Arrived {
                view: stored.view(),
                peer_address: stored.peer_address.as_deref(),
                arrival: stored.span.end,
            })
            .collect();
        let mut instances = Instances::default();
        arrived.iter().for_each(|arrived| {
            instances.observe(arrived.view, arrived.peer_address, arrived.arrival);
        });
        instances.observe_trace(&arrived);
        instances.places(self.nodes.as_deref()).places_in_trace(&arrived)
    }
}

impl StoredSpan {
    /// The span as the model reads it.
    #[must_use]
    pub fn view(&self) -> SpanView<'_> {
        SpanView { span: &self.span, resource: &self.resource, scope: &self.scope }
    }
}

#[cfg(test)]
mod tests;
