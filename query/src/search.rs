//! TraceQL over whole traces: which traces a query finds, and series over what it finds.
//!
//! Two steps. A scan of the spans that meet one of the query's single filters says which traces can be in the answer. Of those, the
//! latest first, every span is read, as far as `query.trace_margin` around the range, and the query is evaluated trace by trace
//! ([`TraceView`](crate::traceql::TraceView)). How many traces are read has a limit, `query.search_traces_max`: an answer that it cut says so.

mod candidates;
mod explanation;
mod found;
mod run;
mod whole;

use proto::{SpanId, Tenant, TimeRange, TraceId, UnixNanos};

use crate::latency::Stats;
use crate::traceql::{Query, Series, Static, Window};
pub use explanation::Explanation;
pub(crate) use run::{search, series};

/// A question for traces.
#[derive(Debug, Clone)]
pub struct SearchQuery {
    /// Whose.
    pub tenant: Tenant,
    /// A query for spans.
    pub query: Query,
    /// Some span of the trace that may count lies in this range.
    pub range: TimeRange,
    /// At most so many traces, the latest first.
    pub limit: usize,
    /// At most so many spans of each spanset.
    pub spans_per_spanset: usize,
}

/// The traces that a query finds.
#[derive(Debug, Clone)]
pub struct SearchAnswer {
    /// The latest first.
    pub traces: Vec<FoundTrace>,
    /// How much was looked at.
    pub looked_at: LookedAt,
    /// How the question was understood and answered.
    pub explanation: Explanation,
    /// How the answer came about.
    pub stats: Stats,
}

/// How much of what could be in the answer was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LookedAt {
    /// Traces that were read whole.
    pub traces: u64,
    /// Whether more could be in the answer: the limit of traces to read was reached, or enough were found.
    pub has_more: bool,
    /// Traces of which only the first `query.trace_spans_max` spans were read.
    pub cut_traces: u64,
}

/// A trace, and what of it the query found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundTrace {
    /// Its id.
    pub trace_id: TraceId,
    /// The name of its root, if that has arrived.
    pub root_name: Option<String>,
    /// The service of its root, if that has arrived.
    pub root_service: Option<String>,
    /// Its first start.
    pub start: UnixNanos,
    /// From its first start to its last end.
    pub duration_ns: u64,
    /// How many spans of it are here.
    pub spans: u64,
    /// What was found.
    pub spansets: Vec<FoundSpanset>,
}

/// Spans of a trace that were found together.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundSpanset {
    /// How many there are.
    pub matched: u64,
    /// What stages said of all of them, such as `count()` and `by(name)`; None is nil.
    pub attributes: Vec<(String, Option<Static>)>,
    /// The first of them.
    pub spans: Vec<FoundSpan>,
}

/// A span that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundSpan {
    /// Its id.
    pub span_id: SpanId,
    /// Its name.
    pub name: String,
    /// Its start.
    pub start: UnixNanos,
    /// Its duration.
    pub duration_ns: u64,
    /// The attributes that the query reads or selects, as far as the span has them.
    pub attributes: Vec<(String, Vec<Static>)>,
}

/// A question for series over time.
#[derive(Debug, Clone)]
pub struct SeriesQuery {
    /// Whose.
    pub tenant: Tenant,
    /// A metrics query.
    pub query: Query,
    /// When: the spans of whole slots are counted.
    pub range: TimeRange,
    /// How long a slot is.
    pub step_ns: u64,
    /// Exemplars of each series and slot, where the query does not say.
    pub exemplars: usize,
}

/// Series over time.
#[derive(Debug, Clone)]
pub struct SeriesAnswer {
    /// The slots.
    pub window: Window,
    /// By their labels.
    pub series: Vec<Series>,
    /// How much was looked at.
    pub looked_at: LookedAt,
    /// How the question was understood and answered.
    pub explanation: Explanation,
    /// How the answer came about.
    pub stats: Stats,
}
