//! Rows as [`SpanReference`]s: what latency needs to know of a span.

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryArray, Int32Array};
use arrow::datatypes::{Int16Type, Int32Type, Int64Type, TimestampMicrosecondType};
use model::latency::{SpanReference, SpanRow};
use model::sampling::trace_fraction;
use proto::{SpanId, TraceId};
use storage::schema::column;

/// OTLP's status code for an error.
const STATUS_ERROR: i32 = 2;
/// The columns that references are made of, in the order in which [`SpanReferences::of`] takes them.
pub(crate) const REFERENCE_COLUMNS: [&str; 6] = [
    column::DURATION_NS,
    column::START_TIME,
    column::START_NANOS,
    column::TRACE_ID,
    column::SPAN_ID,
    column::STATUS_CODE,
];

/// The spans of some rows.
pub(crate) struct SpanReferences<'a> {
    duration_ns: &'a [i64],
    start_time: &'a [i64],
    start_nanos: &'a [i16],
    trace_id: &'a FixedSizeBinaryArray,
    span_id: &'a FixedSizeBinaryArray,
    status_code: &'a Int32Array,
}

impl<'a> SpanReferences<'a> {
    /// Those of [`REFERENCE_COLUMNS`].
    pub(crate) fn of(columns: &'a [ArrayRef]) -> Self {
        Self {
            duration_ns: columns[0].as_primitive::<Int64Type>().values(),
            start_time: columns[1].as_primitive::<TimestampMicrosecondType>().values(),
            start_nanos: columns[2].as_primitive::<Int16Type>().values(),
            trace_id: columns[3].as_fixed_size_binary(),
            span_id: columns[4].as_fixed_size_binary(),
            status_code: columns[5].as_primitive::<Int32Type>(),
        }
    }

    /// What is looked at of the span of `row`, which is of `group`.
    pub(crate) fn row(&self, row: usize, group: u32) -> SpanRow {
        let trace_id = TraceId::from_slice(self.trace_id.value(row)).unwrap_or_default();
        SpanRow {
            group,
            error: self.is_error(row),
            duration_ns: self.duration_ns(row),
            trace_fraction: trace_fraction(trace_id),
        }
    }

    fn duration_ns(&self, row: usize) -> u64 {
        u64::try_from(self.duration_ns[row]).unwrap_or(0)
    }

    fn is_error(&self, row: usize) -> bool {
        self.status_code.is_valid(row) && self.status_code.value(row) == STATUS_ERROR
    }

    /// The span of `row`.
    pub(crate) fn at(&self, row: usize) -> SpanReference {
        let micros = self.start_time[row] as u64;
        SpanReference {
            duration_ns: self.duration_ns(row),
            start: micros.wrapping_mul(1_000).wrapping_add(self.start_nanos[row] as u64),
            trace_id: TraceId::from_slice(self.trace_id.value(row)).unwrap_or_default(),
            span_id: SpanId::from_slice(self.span_id.value(row)).unwrap_or_default(),
            error: self.is_error(row),
        }
    }
}
