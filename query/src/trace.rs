//! One trace by its id: every span that arrived, as a tree.

mod assemble;
mod run;

use std::sync::Arc;

use model::{Component, EtcdShare};
use proto::otlp::{Resource, Scope, Span};
use proto::{Tenant, TraceId, UnixNanos};

pub(crate) use run::trace;

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
    /// The earliest start.
    pub start: UnixNanos,
    /// The latest end.
    pub end: UnixNanos,
    /// The spans, depth first, siblings by start.
    pub spans: Vec<TraceSpan>,
    /// Spans whose parent did not arrive.
    pub orphans: u64,
    /// False when there are more than `query.trace_spans_max` spans, of which these are the first to start.
    pub complete: bool,
    /// What part of the request its etcd calls covered; `None` when no API server span is in the trace.
    pub etcd: Option<EtcdShare>,
    /// The duration `etcd` is a part of: that of the request's server span, in ns.
    pub request_duration_ns: u64,
}

/// One span of a trace.
#[derive(Debug, Clone)]
pub struct TraceSpan {
    /// The span, as OTLP has it.
    pub span: Span<'static>,
    /// Its resource, shared between spans.
    pub resource: Arc<Resource<'static>>,
    /// Its scope, shared between spans.
    pub scope: Arc<Scope<'static>>,
    /// The program it comes from.
    pub component: Component,
    /// How many ancestors it has.
    pub depth: usize,
    /// Whether it names a parent that did not arrive.
    pub is_orphan: bool,
}
