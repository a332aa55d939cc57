//! The answer to a latency question.

use std::time::Duration;

use model::latency::{Above, Pick};
use proto::{SpanId, TimeRange, TraceId, UnixNanos};
use storage::Completeness;

use super::explanation::Explanation;
use super::heatmap::Heatmap;
use super::rollup::NotByRollup;
use super::slots::SlotInstant;

/// Latency over time, by group.
#[derive(Debug, Clone, PartialEq)]
pub struct LatencyAnswer {
    /// The range answered for: whole slots.
    pub range: TimeRange,
    /// The length of a slot, in ns.
    pub step_ns: u64,
    /// Which instant of a span decided its slot.
    pub slots: SlotInstant,
    /// The quantiles, as asked.
    pub quantiles: Vec<f64>,
    /// The series, most spans first; `other`, if any, last.
    pub series: Vec<Series>,
    /// All series together, by slot and duration, where asked for.
    pub heatmap: Option<Heatmap>,
    /// Why spans were read, where there were rollups.
    pub not_by_rollup: Option<NotByRollup>,
    /// How the question was understood and answered.
    pub explanation: Explanation,
    /// What is known of head sampling.
    pub sampling: Sampling,
    /// How the answer came about.
    pub stats: Stats,
}

/// One attribute of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The attribute, as in the question.
    pub name: String,
    /// Its value as text; `None` for spans without it.
    pub value: Option<String>,
}

/// One group.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What its spans have in common; empty without `by` and for `other`.
    pub labels: Vec<Label>,
    /// Whether these are all the groups beyond the limit.
    pub is_other: bool,
    /// Its spans.
    pub count: u64,
    /// One for each slot that has spans, in order of time.
    pub points: Vec<Point>,
    /// All slots together, as one from the first one's start, where that was asked for.
    pub total: Option<Point>,
    /// How many of its spans took longer than each duration asked about, in that order.
    pub above: Vec<Threshold>,
    /// The exemplars of all points, in order of slot and, within one, best first.
    pub exemplars: Vec<Exemplar>,
}

/// A duration, and how many spans of a series took longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// The duration, in ns.
    pub threshold_ns: u64,
    /// How many took longer.
    pub above: Above,
}

/// One slot of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The slot's start.
    pub slot: UnixNanos,
    /// The figures.
    pub figures: model::latency::Point,
    /// `figures.count` divided by the sampling rate; equal to it when the rate is unknown.
    pub count_estimated: u64,
}

/// A real span that illustrates a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exemplar {
    /// The start of the slot it illustrates.
    pub slot: UnixNanos,
    /// The instant that put it there: its end, or its start.
    pub time: UnixNanos,
    /// Its start.
    pub start: UnixNanos,
    /// Its trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// Its own duration, in ns.
    pub duration_ns: u64,
    /// Whether its status is error.
    pub error: bool,
    /// Why it was picked.
    pub pick: Pick,
    /// The share of the point's spans that are no slower: from and to, equal when known exactly.
    pub rank: (f64, f64),
}

/// What is known of head sampling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// The rate in `(0, 1]`.
    pub rate: Option<f64>,
    /// How it is known.
    pub source: SamplingSource,
}

/// How a sampling rate is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SamplingSource {
    /// Read off the trace ids.
    TraceId,
    /// Said by `query.sampling_rate`.
    Config,
    /// It is not.
    Unknown,
}

/// What an answer was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Rollups of segments, and the spans of what has none.
    Rollup,
    /// Segments, and live spans if there were any.
    Scan,
    /// Live spans only.
    Live,
    /// Rows of a derived table.
    Derived,
}

/// How an answer came about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stats {
    /// What was read.
    pub source: Source,
    /// Rows of the segments and live batches that were opened; pruning inside a file may have read fewer.
    pub rows_read: u64,
    /// Segments opened.
    pub files_read: u64,
    /// Bytes read of files, where it was counted.
    pub bytes_read: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// What may be missing, or counted twice.
    pub completeness: Completeness,
    /// For a reader of what another process writes: it has what arrived there up to here.
    pub complete_to: Option<UnixNanos>,
}
