//! A whole query: a pipeline or a metrics expression, and its hints.

use std::fmt;

use super::hints::Hints;
use super::metrics::MetricsExpression;
use super::pipeline::Pipeline;
use super::relax::relaxed;
use super::{Attribute, SpanFilter};

/// A query. `Display` prints canonical text, which [`super::parse_query`] reads back to an equal query.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// What it asks for.
    pub body: QueryBody,
    /// `with(…)`.
    pub hints: Hints,
}

/// What a query asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryBody {
    /// Spans, found trace by trace.
    Spans(Pipeline),
    /// Series over time.
    Metrics(MetricsExpression),
}

impl Query {
    /// The filter that says it all, where the query is a search for single spans: pipelines that only filter and
    /// select are, those with relations, groups, aggregates or fields of whole traces are not.
    #[must_use]
    pub fn plain_filter(&self) -> Option<SpanFilter> {
        match &self.body {
            QueryBody::Spans(pipeline) => pipeline.plain_filter(),
            QueryBody::Metrics(_) => None,
        }
    }

    /// Whether whole traces are needed for the answer. If not, each span can be looked at alone, the pipelines being
    /// [plain](Pipeline::plain_filter).
    #[must_use]
    pub fn needs_whole_trace(&self) -> bool {
        let reads = self.attributes().into_iter().any(Attribute::needs_whole_trace);
        reads || self.pipelines().into_iter().any(|pipeline| pipeline.plain_filter().is_none())
    }

    /// The pipelines: one for a search, one for each part of a metrics expression.
    #[must_use]
    pub fn pipelines(&self) -> Vec<&Pipeline> {
        match &self.body {
            QueryBody::Spans(pipeline) => vec![pipeline],
            QueryBody::Metrics(metrics) => metrics.pipelines(),
        }
    }

    /// Filters of single spans, without fields of whole traces: a trace can only be in the answer, or count in it, when
    /// at least one of its spans meets at least one of these. One that is `{}` rules nothing out.
    #[must_use]
    pub fn leaf_filters(&self) -> Vec<SpanFilter> {
        let mut filters: Vec<SpanFilter> = Vec::new();
        for filter in self.pipelines().into_iter().flat_map(Pipeline::required_filters) {
            let relaxed = relaxed(&filter);
            if relaxed.expression.is_none() {
                return vec![relaxed];
            }
            if !filters.contains(&relaxed) {
                filters.push(relaxed);
            }
        }
        filters
    }

    /// The attributes that the query reads or selects, each once, sorted.
    #[must_use]
    pub fn attributes(&self) -> Vec<&Attribute> {
        let mut found = Vec::new();
        match &self.body {
            QueryBody::Spans(pipeline) => pipeline.add_attributes(&mut found),
            QueryBody::Metrics(metrics) => metrics.add_attributes(&mut found),
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.body {
            QueryBody::Spans(pipeline) => pipeline.fmt(f)?,
            QueryBody::Metrics(metrics) => metrics.fmt(f)?,
        }
        self.hints.fmt(f)
    }
}
