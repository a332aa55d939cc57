//! One segment: rows sorted by trace, as the bytes of a Parquet file.

mod properties;

use std::sync::Arc;

use arrow::array::{AsArray, FixedSizeBinaryArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{Int16Type, Int64Type, TimestampMicrosecondType};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use proto::{ErrorKind, UnixNanos};

use crate::catalog::SegmentKind;
use crate::live::LiveBatch;
use crate::schema::{column, live_schema};
use crate::{Error, Result, SpanTimes};

/// Rows in a row group: a trace is almost always in one (`reference` measurements in `docs/decisions/`).
pub(crate) const ROW_GROUP_ROWS: usize = 131_072;

/// A span that started longer than this before it arrived goes to a segment of its own: one week-long watch would
/// otherwise widen the time range of a whole segment.
const LONG_SPAN_NS: u64 = 5 * 60 * 1_000_000_000;

/// The bytes of a segment, and what is known about its rows.
#[derive(Debug)]
pub(crate) struct EncodedSegment {
    pub(crate) kind: SegmentKind,
    pub(crate) bytes: Vec<u8>,
    pub(crate) rows: u64,
    pub(crate) times: SpanTimes,
}

/// Encodes the spans of `batches`, sorted by (trace id, start): one segment of most, one of those that are long.
pub(crate) fn encode(batches: &[Arc<LiveBatch>]) -> Result<Vec<EncodedSegment>> {
    let schema = live_schema();
    let rows =
        concat_batches(&schema, batches.iter().map(|batch| &batch.spans.rows)).map_err(cannot_encode)?;
    let keys = Keys::of(&rows)?;
    let mut parts = [Part::new(SegmentKind::Main), Part::new(SegmentKind::Long)];
    let mut row = 0_u32;
    for batch in batches {
        for _ in 0..batch.spans.rows.num_rows() {
            let (start, end) = keys.start_end(row as usize);
            let long = batch.arrival.saturating_sub(start) > LONG_SPAN_NS;
            parts[usize::from(long)].add(row, start, end);
            row = row.checked_add(1).ok_or_else(|| too_many(rows.num_rows()))?;
        }
    }
    parts.into_iter().filter(|part| !part.rows.is_empty()).map(|part| part.encode(&rows, &keys)).collect()
}

/// The rows of one segment to be.
struct Part {
    kind: SegmentKind,
    rows: Vec<u32>,
    times: SpanTimes,
}

impl Part {
    const fn new(kind: SegmentKind) -> Self {
        Self { kind, rows: Vec::new(), times: SpanTimes::NONE }
    }

    fn add(&mut self, row: u32, start: UnixNanos, end: UnixNanos) {
        self.times = self.times.including(start, end);
        self.rows.push(row);
    }

    fn encode(mut self, rows: &RecordBatch, keys: &Keys<'_>) -> Result<EncodedSegment> {
        self.rows.sort_unstable_by(|left, right| keys.sort_key(*left).cmp(&keys.sort_key(*right)));
        let options =
            ArrowWriterOptions::new().with_properties(properties::writer()).with_skip_arrow_metadata(true);
        let mut bytes = Vec::new();
        let mut writer =
            ArrowWriter::try_new_with_options(&mut bytes, live_schema(), options).map_err(cannot_encode)?;
        for group in self.rows.chunks(ROW_GROUP_ROWS) {
            let sorted =
                take_record_batch(rows, &UInt32Array::from(group.to_vec())).map_err(cannot_encode)?;
            writer.write(&sorted).map_err(cannot_encode)?;
        }
        writer.close().map_err(cannot_encode)?;
        Ok(EncodedSegment { kind: self.kind, bytes, rows: self.rows.len() as u64, times: self.times })
    }
}

/// The columns that decide where a row goes.
struct Keys<'a> {
    trace_id: &'a FixedSizeBinaryArray,
    start_time: &'a [i64],
    start_nanos: &'a [i16],
    duration_ns: &'a [i64],
}

impl<'a> Keys<'a> {
    fn of(rows: &'a RecordBatch) -> Result<Self> {
        let column = |name: &str| {
            rows.column_by_name(name)
                .map(Arc::as_ref)
                .ok_or_else(|| Error::new(ErrorKind::Internal, format!("batch without column {name}")))
        };
        Ok(Self {
            trace_id: column(column::TRACE_ID)?.as_fixed_size_binary(),
            start_time: column(column::START_TIME)?.as_primitive::<TimestampMicrosecondType>().values(),
            start_nanos: column(column::START_NANOS)?.as_primitive::<Int16Type>().values(),
            duration_ns: column(column::DURATION_NS)?.as_primitive::<Int64Type>().values(),
        })
    }

    fn start_end(&self, row: usize) -> (UnixNanos, UnixNanos) {
        let start =
            (self.start_time[row] as u64).wrapping_mul(1_000).wrapping_add(self.start_nanos[row] as u64);
        (start, start.wrapping_add(self.duration_ns[row] as u64))
    }

    fn sort_key(&self, row: u32) -> (&[u8], i64, i16, u32) {
        let place = row as usize;
        (self.trace_id.value(place), self.start_time[place], self.start_nanos[place], row)
    }
}

fn cannot_encode(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Internal, format!("cannot encode a segment: {source}")).caused_by(source)
}

fn too_many(rows: usize) -> Error {
    Error::new(ErrorKind::Internal, format!("{rows} rows do not fit one segment"))
}
