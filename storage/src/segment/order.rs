//! Where each row goes: sorted by trace id, then by start.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int16Type, Int64Type, TimestampMicrosecondType};
use proto::{ErrorKind, UnixNanos};

use crate::schema::column;
use crate::{Error, Result};

/// A row by what it is sorted by, copied out of its columns: comparing is then one load away.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowKey {
    trace_id: u128,
    pub(super) start: UnixNanos,
    pub(super) end: UnixNanos,
    /// Its place among the rows of all batches.
    pub(super) row: u32,
}

impl RowKey {
    /// By trace, start and place.
    pub(super) const fn sort_key(&self) -> (u128, UnixNanos, u32) {
        (self.trace_id, self.start, self.row)
    }
}

/// The keys of a batch's rows, the first of which has place `first_row`.
pub(super) fn row_keys(rows: &RecordBatch, first_row: u32) -> Result<impl Iterator<Item = RowKey>> {
    let column = |name: &str| {
        rows.column_by_name(name)
            .map(Arc::as_ref)
            .ok_or_else(|| Error::new(ErrorKind::Internal, format!("batch without column {name}")))
    };
    let trace_ids = column(column::TRACE_ID)?.as_fixed_size_binary();
    let start_time = column(column::START_TIME)?.as_primitive::<TimestampMicrosecondType>().values();
    let start_nanos = column(column::START_NANOS)?.as_primitive::<Int16Type>().values();
    let durations_ns = column(column::DURATION_NS)?.as_primitive::<Int64Type>().values();
    let keys = (0..rows.num_rows()).map(move |place| {
        let mut trace_id = [0; 16];
        trace_id.copy_from_slice(trace_ids.value(place));
        let start = (start_time[place] as u64).wrapping_mul(1_000).wrapping_add(start_nanos[place] as u64);
        RowKey {
            trace_id: u128::from_be_bytes(trace_id),
            start,
            end: start.wrapping_add(durations_ns[place] as u64),
            row: first_row.wrapping_add(place as u32),
        }
    });
    Ok(keys)
}
