//! A batch of decoded spans: what ingest hands over and the live buffer holds.

mod zeros;

use arrow::array::RecordBatch;
use proto::UnixNanos;

pub use zeros::zeros;

/// The extremes of start and end over some spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanTimes {
    /// The earliest start.
    pub start_min: UnixNanos,
    /// The latest start.
    pub start_max: UnixNanos,
    /// The earliest end.
    pub end_min: UnixNanos,
    /// The latest end.
    pub end_max: UnixNanos,
}

impl SpanTimes {
    /// The extremes of no span at all: the identity of [`Self::including`].
    pub const NONE: Self = Self { start_min: u64::MAX, start_max: 0, end_min: u64::MAX, end_max: 0 };

    /// These extremes widened by one span.
    #[must_use]
    pub fn including(self, start: UnixNanos, end: UnixNanos) -> Self {
        self.union(Self { start_min: start, start_max: start, end_min: end, end_max: end })
    }

    /// The extremes over both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            start_min: self.start_min.min(other.start_min),
            start_max: self.start_max.max(other.start_max),
            end_min: self.end_min.min(other.end_min),
            end_max: self.end_max.max(other.end_max),
        }
    }
}

/// Spans as columns ([`crate::schema::live_schema`]), never empty of meaning: their times are known.
#[derive(Debug, Clone)]
pub struct SpanBatch {
    /// One row per span, in the order they came.
    pub rows: RecordBatch,
    /// The extremes over the rows.
    pub times: SpanTimes,
    /// The memory the rows hold, shared [`zeros`] left out.
    pub(crate) memory_bytes: usize,
}

impl SpanBatch {
    /// A batch of `rows`, whose starts and ends are within `times`.
    #[must_use]
    pub fn new(rows: RecordBatch, times: SpanTimes) -> Self {
        Self { memory_bytes: zeros::own_bytes(&rows), rows, times }
    }
}
