//! What requests, or pod starts, spend their time on: the shares of their phases, in each band of how long they take.
//!
//! The phases of a row add up to its duration exactly (`model::phase`, `model::pod_start`), so the shares of a band add up to 1. Bands
//! meet at the quantiles 0.5, 0.95 and 0.99 of all rows that are looked at, which are as exact as those of latency are.

mod read;
mod run;

use proto::{SpanId, Tenant, TimeRange, TraceId, UnixNanos};

use crate::latency::Stats;
use crate::traceql::SpanFilter;
pub(crate) use run::shares;

/// Rows of which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// API requests.
    Requests,
    /// Pod starts.
    PodStarts,
}

/// A question for where the time goes.
#[derive(Debug, Clone)]
pub struct SharesQuery {
    /// Whose rows.
    pub tenant: Tenant,
    /// Rows of what.
    pub of: Of,
    /// Which rows.
    pub filter: SpanFilter,
    /// Rows that end in this range.
    pub range: TimeRange,
    /// Another time that is shown beside it, its bands at the same durations.
    pub baseline_range: Option<TimeRange>,
    /// Columns of the table whose values are groups.
    pub by: Vec<String>,
    /// The length of a slot, in ns, where shares over time are asked for.
    pub step_ns: Option<u64>,
    /// At most so many groups, those that took most time first.
    pub limit: usize,
    /// At most so many exemplars a band.
    pub exemplars: usize,
}

/// A part of the rows by how long they took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Band {
    /// Up to the median.
    ToP50,
    /// Above it, up to p95.
    P50ToP95,
    /// Above that, up to p99.
    P95ToP99,
    /// The slowest hundredth.
    AboveP99,
}

/// Where the time goes.
#[derive(Debug, Clone)]
pub struct SharesAnswer {
    /// The phases, in the order of every list of times.
    pub phases: Vec<&'static str>,
    /// The component that is at work, or waited for, in each of them; empty for pod starts.
    pub components: Vec<&'static str>,
    /// The durations that bands end at, in ns: p50, p95, p99; 0 without rows.
    pub bounds_ns: [u64; 3],
    /// All rows, by band.
    pub bands: Vec<BandShares>,
    /// The same of the other time.
    pub baseline: Option<Vec<BandShares>>,
    /// The rows of each group, by band.
    pub groups: Vec<GroupShares>,
    /// All rows of each slot, in the bands of the whole time.
    pub slots: Vec<SlotShares>,
    /// How the answer came about.
    pub stats: Stats,
}

/// What the rows of a band spend their time on.
#[derive(Debug, Clone, PartialEq)]
pub struct BandShares {
    /// Which band.
    pub band: Band,
    /// Its times.
    pub times: Times,
    /// Its median row, then its slowest.
    pub exemplars: Vec<Exemplar>,
}

/// Rows of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupShares {
    /// The values of [`SharesQuery::by`]; None where a row has none.
    pub values: Vec<Option<String>>,
    /// Its bands that have rows.
    pub bands: Vec<(Band, Times)>,
}

/// Rows of one slot.
#[derive(Debug, Clone, PartialEq)]
pub struct SlotShares {
    /// Its start.
    pub start: UnixNanos,
    /// Its bands that have rows.
    pub bands: Vec<(Band, Times)>,
}

/// Times of some rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Times {
    /// How many rows.
    pub count: u64,
    /// Their durations, in ns.
    pub total_ns: u64,
    /// The time in each phase, in ns; they add up to [`Self::total_ns`].
    pub phases_ns: Vec<u64>,
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

impl Band {
    /// Every band, the fastest first.
    pub const ALL: [Self; 4] = [Self::ToP50, Self::P50ToP95, Self::P95ToP99, Self::AboveP99];

    /// Its name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ToP50 => "to_p50",
            Self::P50ToP95 => "p50_to_p95",
            Self::P95ToP99 => "p95_to_p99",
            Self::AboveP99 => "above_p99",
        }
    }

    fn from_index(index: i64) -> Option<Self> {
        usize::try_from(index).ok().and_then(|index| Self::ALL.get(index)).copied()
    }
}

impl Times {
    /// The share of the phase at `place`, 0 to 1.
    #[must_use]
    pub fn share(&self, place: usize) -> f64 {
        let time = self.phases_ns.get(place).copied().unwrap_or(0);
        if self.total_ns == 0 { 0.0 } else { time as f64 / self.total_ns as f64 }
    }
}
