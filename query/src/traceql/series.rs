//! What a metrics query means: traces in, series out. Mergeable, so that the work can be split by trace.

mod aggregate;
mod compared;
mod exemplars;
mod math;
mod sample;
mod window;

use model::latency;
use proto::{SpanId, TraceId, UnixNanos};

use aggregate::Groups;
use compared::Compared;

use super::{MetricsExpression, SeriesExpression, Static, TraceView};

pub use window::Window;

/// What bounds the answer to a metrics query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricsLimits {
    /// The most series of one metrics query, before second stages.
    pub series_max: usize,
    /// The most exemplars of a series in a slot.
    pub exemplars_max: usize,
    /// `compare`: of an attribute with more values than this none is told.
    pub compared_values_max: usize,
    /// `compare`: the most values of all attributes together.
    pub compared_max: usize,
    /// When quantiles stop being exact.
    pub latency: latency::Limits,
}

impl Default for MetricsLimits {
    fn default() -> Self {
        Self {
            series_max: 1000,
            exemplars_max: 1,
            compared_values_max: 1000,
            compared_max: 100_000,
            latency: latency::Limits::default(),
        }
    }
}

/// There are more series than may be held.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("more than {limit} {what}: {way_out}")]
pub struct TooManySeries {
    limit: usize,
    what: &'static str,
    way_out: &'static str,
}

/// One series.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Names and values, in the order of the query; of equal names only one.
    pub labels: Vec<(String, Static)>,
    /// A sample for each slot of the window, if there is one. Durations are in seconds.
    pub samples: Vec<Option<f64>>,
    /// Spans that illustrate samples, by slot.
    pub exemplars: Vec<SeriesExemplar>,
}

/// A real span that a sample is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeriesExemplar {
    /// The slot.
    pub slot: usize,
    /// The instant that decides the span's slot.
    pub time: UnixNanos,
    /// Its trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// The value that was aggregated; the span's duration where spans are counted. Durations are in seconds.
    pub value: f64,
}

/// Series in the making.
#[derive(Debug, Clone)]
pub struct MetricsAccumulator {
    expression: MetricsExpression,
    window: Window,
    limits: MetricsLimits,
    parts: Parts,
}

#[derive(Debug, Clone)]
enum Parts {
    /// One for each of [`SeriesExpression::queries`].
    Groups(Vec<Groups>),
    Compared(Compared),
}

impl MetricsAccumulator {
    /// Series without a span yet.
    #[must_use]
    pub fn new(expression: &MetricsExpression, window: Window, limits: MetricsLimits) -> Self {
        let parts = match expression {
            MetricsExpression::Series(series) => {
                Parts::Groups(series.queries().iter().map(|_| Groups::default()).collect())
            }
            MetricsExpression::Compare(_) => Parts::Compared(Compared::default()),
        };
        Self { expression: expression.clone(), window, limits, parts }
    }

    /// Adds the spans of a trace that the query's pipelines leave, as far as they lie in the window. Each trace may be
    /// added once.
    ///
    /// # Errors
    /// When there are more series than may be held; what was added until then counts.
    pub fn add(&mut self, trace: &TraceView<'_>) -> Result<(), TooManySeries> {
        match (&mut self.parts, &self.expression) {
            (Parts::Groups(parts), MetricsExpression::Series(series)) => {
                for (groups, query) in parts.iter_mut().zip(series.queries()) {
                    for spanset in trace.spansets(&query.pipeline) {
                        groups.add(query, trace, &spanset.nodes, self.window, self.limits)?;
                    }
                }
            }
            (Parts::Compared(compared), MetricsExpression::Compare(comparison)) => {
                for spanset in trace.spansets(&comparison.pipeline) {
                    compared.add(comparison, trace, &spanset.nodes, self.window, self.limits)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Adds all that `other` has, which was made of the same query, window and limits, and of other traces.
    ///
    /// # Errors
    /// When there are more series than may be held.
    pub fn merge(&mut self, other: Self) -> Result<(), TooManySeries> {
        match (&mut self.parts, other.parts) {
            (Parts::Groups(ours), Parts::Groups(theirs)) => {
                ours.iter_mut().zip(theirs).try_for_each(|(ours, theirs)| ours.merge(theirs, self.limits))
            }
            (Parts::Compared(ours), Parts::Compared(theirs)) => ours.merge(theirs, self.limits),
            _ => Ok(()),
        }
    }

    /// The memory that samples take, in bytes, roughly. Those of a comparison are counts, and as few as there may be series.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        match &self.parts {
            Parts::Groups(parts) => parts.iter().map(Groups::memory_bytes).sum(),
            Parts::Compared(_) => 0,
        }
    }

    /// The series, in the order of their labels' values.
    #[must_use]
    pub fn finish(&self) -> Vec<Series> {
        match (&self.parts, &self.expression) {
            (Parts::Groups(parts), MetricsExpression::Series(series)) => {
                self.evaluate(series, &mut parts.iter())
            }
            (Parts::Compared(compared), MetricsExpression::Compare(comparison)) => {
                compared.series(comparison, self.window)
            }
            _ => Vec::new(),
        }
    }

    /// The series of an expression, whose queries take the next of `parts`.
    fn evaluate<'p>(
        &self,
        expression: &SeriesExpression,
        parts: &mut impl Iterator<Item = &'p Groups>,
    ) -> Vec<Series> {
        match expression {
            SeriesExpression::Aggregate(query) => {
                let groups = parts.next();
                groups.map(|groups| groups.series(query, self.window, self.limits)).unwrap_or_default()
            }
            SeriesExpression::Math { left, op, right } => {
                let left = self.evaluate(left, parts);
                let right = self.evaluate(right, parts);
                math::joined(&left, *op, &right)
            }
            SeriesExpression::Scaled { series, op, number, is_number_first } => {
                math::scaled(self.evaluate(series, parts), *op, number, *is_number_first)
            }
            SeriesExpression::Staged { series, stage } => math::staged(self.evaluate(series, parts), stage),
        }
    }
}
