//! Latency over time and by group: the question, the answer, and how one becomes the other.

mod aggregate;
mod answer;
mod explanation;
mod groups;
mod heatmap;
mod rollup;
mod rows;
mod run;
mod series_counts;
mod series_ids;
mod slots;
mod spans;
mod tally;

use proto::{Tenant, TimeRange, UnixNanos};

pub use answer::{
    Exemplar, Label, LatencyAnswer, Point, Sampling, SamplingSource, Series, Source, Stats, Threshold,
};
pub use explanation::Explanation;
pub use heatmap::{Heatmap, HeatmapSlot};
pub use rollup::NotByRollup;
pub(crate) use rollup::rollup_counts;
pub(crate) use run::latency;
pub(crate) use series_counts::inside_and_rest;
pub(crate) use slots::Slots;
pub use slots::{SlotInstant, Step};

pub use crate::derived_rows::Of;
use crate::traceql::{Attribute, SpanFilter};

/// A question about latency.
#[derive(Debug, Clone)]
pub struct LatencyQuery {
    /// Whose rows.
    pub tenant: Tenant,
    /// Whether spans are asked about, or rows that are made of them: those are known later, and know what several spans tell.
    pub of: Of,
    /// Which spans.
    pub filter: SpanFilter,
    /// The time asked about; it is widened to whole slots.
    pub range: TimeRange,
    /// The length of a slot.
    pub step: Step,
    /// Which instant of a span decides its slot.
    pub slots: SlotInstant,
    /// The quantiles, each in `0..=1`.
    pub quantiles: Vec<f64>,
    /// Durations in ns: how many spans took longer than each.
    pub above_ns: Vec<u64>,
    /// Whether a heatmap of all series together is asked for.
    pub heatmap: bool,
    /// Whether the figures of all slots of a series together are asked for, too.
    pub total: bool,
    /// A series for each combination of these attributes' values.
    pub by: Vec<Attribute>,
    /// At most so many exemplars a point.
    pub exemplars: usize,
    /// At most so many series, those with the most spans; the rest are one more, `other`.
    pub limit: usize,
}

impl LatencyQuery {
    /// The question with the defaults of the HTTP API: p50 and p99, three exemplars, twenty series.
    #[must_use]
    pub fn new(filter: SpanFilter, start: UnixNanos, end: UnixNanos) -> Self {
        Self {
            tenant: Tenant::default(),
            of: Of::Spans,
            filter,
            range: TimeRange { start, end },
            step: Step::Auto,
            slots: SlotInstant::End,
            quantiles: vec![0.5, 0.99],
            above_ns: Vec::new(),
            heatmap: false,
            total: false,
            by: Vec::new(),
            exemplars: 3,
            limit: 20,
        }
    }
}
