//! One segment: rows sorted by trace, as the bytes of a Parquet file.
//!
//! Columns are encoded one after the other, each for all row groups: only one column is ever held twice, whose memory
//! the next one takes over.

mod concatenate;
mod copy;
mod duplicates;
mod export;
mod inspect;
mod merge;
mod order;
mod properties;
mod reader;
mod runs;
mod sorted;
mod traces;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, UInt32Array, new_null_array};
use arrow::compute::{concat, take};
use arrow::datatypes::Field;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::TypePtr;
use proto::ErrorKind;

pub(crate) use self::copy::copy;
pub(crate) use self::order::{RowKey, row_keys};
pub use self::properties::writer as segment_properties;
use crate::catalog::SegmentKind;
use crate::live::LiveBatch;
use crate::rollup::{Member, Rollup, Series};
use crate::schema::live_schema;
use crate::{Error, Result, SpanTimes};
pub use export::SpanFile;
pub use inspect::{ColumnView, SegmentView, read_segment};
pub(crate) use merge::{MergedSegment, merge, rewrite};
pub(crate) use reader::{SegmentReader, cannot_read};
pub(crate) use runs::runs;
pub(crate) use sorted::{SortedSpans, conform};
pub(crate) use traces::Traces;

/// Rows in a row group: a trace is almost always in one (`reference` measurements in `docs/decisions/`).
pub(crate) const ROW_GROUP_ROWS: usize = 262_144;

/// A span that started longer than this before it arrived goes to a segment of its own: one week-long watch would
/// otherwise widen the time range of a whole segment.
pub(crate) const LONG_SPAN_NS: u64 = 5 * 60 * 1_000_000_000;

/// The bytes of a segment, and what is known about its rows.
#[derive(Debug)]
pub(crate) struct EncodedSegment {
    pub(crate) kind: SegmentKind,
    pub(crate) bytes: Vec<u8>,
    pub(crate) rows: u64,
    /// Exact copies of spans that were left out.
    pub(crate) duplicates: u64,
    pub(crate) times: SpanTimes,
    /// The bytes of the rollup of its rows.
    pub(crate) rollup: Vec<u8>,
}

/// Encodes the spans of `batches`, each once, sorted by (trace id, start): one segment of most, one of those that are long.
/// Each has its rollup, of at most `series_max` series.
pub(crate) fn encode(batches: &[Arc<LiveBatch>], series_max: usize) -> Result<Vec<EncodedSegment>> {
    let mut series = Series::new(series_max);
    let mut members = Vec::new();
    for batch in batches {
        members.extend(series.of_rows(&batch.spans.rows)?);
    }
    let mut parts = [Part::new(SegmentKind::Main), Part::new(SegmentKind::Long)];
    let mut row = 0_u32;
    for batch in batches {
        for key in row_keys(&batch.spans.rows, row)? {
            let long = batch.arrival_min.saturating_sub(key.start) > LONG_SPAN_NS;
            parts[usize::from(long)].add(key);
            row = row.checked_add(1).ok_or_else(|| too_many(row))?;
        }
    }
    let mut segments: Vec<SegmentWriter> = parts
        .into_iter()
        .filter(|part| !part.rows.is_empty())
        .map(|part| part.open(batches, &members, &series))
        .collect::<Result<_>>()?;
    for (index, field) in live_schema().fields().iter().enumerate() {
        let columns: Vec<&dyn Array> =
            batches.iter().map(|batch| batch.spans.rows.column(index).as_ref()).collect();
        let column = Column::of(&columns)?;
        segments.iter_mut().try_for_each(|segment| segment.write(field, &column))?;
    }
    segments.into_iter().map(SegmentWriter::close).collect()
}

/// The rows of one segment to be.
struct Part {
    kind: SegmentKind,
    rows: Vec<RowKey>,
    times: SpanTimes,
}

impl Part {
    const fn new(kind: SegmentKind) -> Self {
        Self { kind, rows: Vec::new(), times: SpanTimes::NONE }
    }

    fn add(&mut self, row: RowKey) {
        self.times = self.times.including(row.start, row.end);
        self.rows.push(row);
    }

    fn open(
        mut self,
        batches: &[Arc<LiveBatch>],
        members: &[Member],
        series: &Series,
    ) -> Result<SegmentWriter> {
        self.rows.sort_unstable_by_key(RowKey::sort_key);
        let duplicates = duplicates::remove(&mut self.rows, batches);
        let mut rollup = Rollup::default();
        self.rows.iter().for_each(|row| rollup.add(members[row.row as usize], row));
        let rollup = rollup.encode(series)?;
        let properties = Arc::new(properties::writer());
        let file = SerializedFileWriter::new(Vec::new(), parquet_schema()?, properties);
        let file = file.map_err(cannot_encode)?;
        let factory = ArrowRowGroupWriterFactory::new(&file, live_schema());
        let groups = self
            .rows
            .chunks(ROW_GROUP_ROWS)
            .enumerate()
            .map(|(index, rows)| RowGroup::open(index, rows, &factory))
            .collect::<Result<_>>()?;
        let rows = self.rows.len() as u64;
        Ok(SegmentWriter { kind: self.kind, rows, duplicates, times: self.times, rollup, groups, file })
    }
}

/// The columns of a segment as Parquet's.
fn parquet_schema() -> Result<TypePtr> {
    let schema = ArrowSchemaConverter::new().convert(&live_schema()).map_err(cannot_encode)?;
    Ok(schema.root_schema_ptr())
}

/// A column of all batches, in their order.
enum Column {
    Values(ArrayRef),
    /// Nothing but nulls.
    Absent,
}

impl Column {
    fn of(columns: &[&dyn Array]) -> Result<Self> {
        if columns.iter().all(|column| column.null_count() == column.len()) {
            return Ok(Self::Absent);
        }
        concat(columns).map(Self::Values).map_err(cannot_encode)
    }

    fn take(&self, field: &Field, rows: &UInt32Array) -> Result<ArrayRef> {
        match self {
            Self::Values(values) => take(values, rows, None).map_err(cannot_encode),
            Self::Absent => Ok(new_null_array(field.data_type(), rows.len())),
        }
    }
}

/// A row group whose columns are being encoded.
struct RowGroup {
    rows: UInt32Array,
    /// Of the leaf columns still to come.
    writers: std::vec::IntoIter<ArrowColumnWriter>,
    chunks: Vec<ArrowColumnChunk>,
}

impl RowGroup {
    fn open(index: usize, rows: &[RowKey], factory: &ArrowRowGroupWriterFactory) -> Result<Self> {
        let writers = factory.create_column_writers(index).map_err(cannot_encode)?;
        Ok(Self {
            rows: rows.iter().map(|row| row.row).collect(),
            chunks: Vec::with_capacity(writers.len()),
            writers: writers.into_iter(),
        })
    }

    fn write(&mut self, field: &Field, column: &Column) -> Result<()> {
        let sorted = column.take(field, &self.rows)?;
        for (leaf, mut writer) in
            compute_leaves(field, &sorted).map_err(cannot_encode)?.iter().zip(self.writers.by_ref())
        {
            writer.write(leaf).map_err(cannot_encode)?;
            self.chunks.push(writer.close().map_err(cannot_encode)?);
        }
        Ok(())
    }
}

/// A segment whose columns are being encoded.
struct SegmentWriter {
    kind: SegmentKind,
    rows: u64,
    duplicates: u64,
    times: SpanTimes,
    rollup: Vec<u8>,
    groups: Vec<RowGroup>,
    file: SerializedFileWriter<Vec<u8>>,
}

impl SegmentWriter {
    fn write(&mut self, field: &Field, column: &Column) -> Result<()> {
        self.groups.iter_mut().try_for_each(|group| group.write(field, column))
    }

    fn close(mut self) -> Result<EncodedSegment> {
        for group in self.groups {
            let mut row_group = self.file.next_row_group().map_err(cannot_encode)?;
            for chunk in group.chunks {
                chunk.append_to_row_group(&mut row_group).map_err(cannot_encode)?;
            }
            row_group.close().map_err(cannot_encode)?;
        }
        let bytes = self.file.into_inner().map_err(cannot_encode)?;
        let Self { kind, rows, duplicates, times, rollup, .. } = self;
        Ok(EncodedSegment { kind, bytes, rows, duplicates, times, rollup })
    }
}

fn cannot_encode(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Internal, format!("cannot encode a segment: {source}")).caused_by(source)
}

fn too_many(rows: u32) -> Error {
    Error::new(ErrorKind::Internal, format!("more than {rows} rows do not fit one segment"))
}
