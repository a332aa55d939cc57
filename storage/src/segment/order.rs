//! Where each row goes: sorted by trace id, then by start; copies of a span side by side.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int16Type, Int64Type, TimestampMicrosecondType};
use model::latency::SpanReference;
use proto::{ErrorKind, SpanId, TraceId, UnixNanos};

use crate::schema::column;
use crate::{Error, Result};

/// A row by what it is sorted by, copied out of its columns: comparing is then one load away.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowKey {
    pub(crate) trace_id: u128,
    pub(crate) span_id: u64,
    pub(crate) start: UnixNanos,
    pub(crate) end: UnixNanos,
    /// Its place among the rows of all batches.
    pub(crate) row: u32,
}

impl RowKey {
    /// By trace, start, span and place.
    pub(crate) const fn sort_key(&self) -> (u128, UnixNanos, u64, u32) {
        (self.trace_id, self.start, self.span_id, self.row)
    }

    /// The span, as latency counts it.
    pub(crate) fn reference(&self, error: bool) -> SpanReference {
        SpanReference {
            // A span that says it ended before it began took no time.
            duration_ns: u64::try_from(self.end.wrapping_sub(self.start) as i64).unwrap_or(0),
            start: self.start,
            trace_id: TraceId(self.trace_id.to_be_bytes()),
            span_id: SpanId(self.span_id.to_be_bytes()),
            error,
        }
    }

    /// Whether both have the same ids and start.
    pub(super) const fn is_of_the_same_span(&self, other: &Self) -> bool {
        self.trace_id == other.trace_id && self.span_id == other.span_id && self.start == other.start
    }
}

/// The keys of a batch's rows, the first of which has place `first_row`.
pub(crate) fn row_keys(rows: &RecordBatch, first_row: u32) -> Result<impl Iterator<Item = RowKey>> {
    let column = |name: &str| {
        rows.column_by_name(name)
            .map(Arc::as_ref)
            .ok_or_else(|| Error::new(ErrorKind::Internal, format!("batch without column {name}")))
    };
    let trace_ids = column(column::TRACE_ID)?.as_fixed_size_binary();
    let span_ids = column(column::SPAN_ID)?.as_fixed_size_binary();
    let start_time = column(column::START_TIME)?.as_primitive::<TimestampMicrosecondType>().values();
    let start_nanos = column(column::START_NANOS)?.as_primitive::<Int16Type>().values();
    let durations_ns = column(column::DURATION_NS)?.as_primitive::<Int64Type>().values();
    let keys = (0..rows.num_rows()).map(move |place| {
        let mut trace_id = [0; 16];
        trace_id.copy_from_slice(trace_ids.value(place));
        let mut span_id = [0; 8];
        span_id.copy_from_slice(span_ids.value(place));
        let start = (start_time[place] as u64).wrapping_mul(1_000).wrapping_add(start_nanos[place] as u64);
        RowKey {
            trace_id: u128::from_be_bytes(trace_id),
            span_id: u64::from_be_bytes(span_id),
            start,
            end: start.wrapping_add(durations_ns[place] as u64),
            row: first_row.wrapping_add(place as u32),
        }
    });
    Ok(keys)
}
