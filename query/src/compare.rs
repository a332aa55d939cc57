//! What makes some rows different from the rest: which values of which attributes they have more often, or less.
//!
//! Counts are exact: every row of both sides is read. A value is *support* and *difference*: how many selected rows have it, and how much
//! larger its share is among them. Whether chance explains it is told by a q-value (Benjamini and Hochberg's false-discovery rate over
//! all values that were compared). Values of the same rows are told together, as one finding.

mod columns;
mod population;
mod rank;
mod run;
mod tally;

use proto::{SpanId, Tenant, TimeRange, TraceId};

pub use crate::derived_rows::Of;
use crate::latency::Stats;
use crate::traceql::SpanFilter;
pub(crate) use run::compare;

/// A question for what is different.
#[derive(Debug, Clone)]
pub struct CompareQuery {
    /// Whose rows.
    pub tenant: Tenant,
    /// Rows of what.
    pub of: Of,
    /// Only rows that meet this are looked at.
    pub scope: SpanFilter,
    /// The selected rows are those that meet this too, and end in [`Self::range`].
    pub selection: SpanFilter,
    /// When selected rows end.
    pub range: TimeRange,
    /// The others end in this: without it they are the rest of [`Self::range`]; with it, all rows in scope of that time.
    pub baseline_range: Option<TimeRange>,
    /// At most so many findings.
    pub limit: usize,
}

/// How many rows of each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Of the selected.
    pub selected: u64,
    /// Of the others.
    pub baseline: u64,
}

/// What is different, the largest difference first.
#[derive(Debug, Clone)]
pub struct CompareAnswer {
    /// All rows.
    pub counts: Counts,
    /// The findings.
    pub findings: Vec<Finding>,
    /// Attributes that cannot tell: they have another value in nearly every row.
    pub hidden: Vec<Hidden>,
    /// How many values of how many attributes were compared.
    pub compared: Compared,
    /// How the answer came about.
    pub stats: Stats,
}

/// How much was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compared {
    /// Attributes.
    pub attributes: u64,
    /// Values of them.
    pub values: u64,
}

/// A value that the selected rows have more often than others, or less.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The value.
    pub value: ComparedValue,
    /// Rows that have it.
    pub counts: Counts,
    /// Its share of the selected rows minus its share of the others: -1 to 1.
    pub difference: f64,
    /// The share of such findings, among all at least as clear, that chance would bring: 0 to 1.
    pub q_value: f64,
    /// The slowest selected rows with it.
    pub exemplars: Vec<Exemplar>,
    /// Values that the same rows have.
    pub together_with: Vec<ComparedValue>,
}

/// A value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ComparedValue {
    /// The attribute: its TraceQL name where it has one, else a column of the table.
    pub attribute: String,
    /// The value as text; None where rows do not have the attribute.
    pub text: Option<String>,
    /// The TraceQL condition that is true for these rows, if there is one.
    pub condition: Option<String>,
}

/// An attribute that cannot tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// Its name.
    pub attribute: String,
    /// Rows that have it.
    pub rows: u64,
    /// Its different values; at least so many.
    pub distinct: u64,
}

/// A row: the span that it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exemplar {
    /// Its trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// How long it took.
    pub duration_ns: u64,
}

#[cfg(test)]
mod tests;
