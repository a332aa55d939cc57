//! Files of derived tables: rows by start.

use arrow::array::RecordBatch;
use arrow::compute::{concat_batches, sort_to_indices, take_record_batch};
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use proto::ErrorKind;

use crate::catalog::{SegmentFile, SegmentKind, SegmentTimes};
use crate::checksums::CHECKED_SEGMENT;
use crate::rollup::RollupSlots;
use crate::schema::column;
use crate::segment::row_keys;
use crate::{Error, Result, SpanTimes};

const ZSTD_LEVEL: i32 = 3;
/// Columns of ever-new values.
const WITHOUT_DICTIONARY: [&str; 4] =
    [column::TRACE_ID, column::SPAN_ID, column::START_TIME, column::DURATION_NS];
const WITHOUT_STATISTICS: [&str; 2] = [column::TRACE_ID, column::SPAN_ID];

/// The bytes of a file, and what is known of its rows.
#[derive(Debug)]
pub(super) struct EncodedRows {
    pub(super) bytes: Vec<u8>,
    pub(super) rows: u64,
    times: SpanTimes,
}

/// One file of `batches`.
pub(super) fn encode(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<EncodedRows> {
    let rows = concat_batches(schema, batches).map_err(cannot_encode)?;
    let starts = rows.column_by_name(column::START_TIME);
    let starts = starts.ok_or_else(|| Error::new(ErrorKind::Internal, "derived rows without a start"))?;
    let order = sort_to_indices(starts, None, None).map_err(cannot_encode)?;
    let rows = take_record_batch(&rows, &order).map_err(cannot_encode)?;
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by(format!("tailplane {}", env!("CARGO_PKG_VERSION")));
    for name in WITHOUT_DICTIONARY {
        builder = builder.set_column_dictionary_enabled(ColumnPath::from(name), false);
    }
    for name in WITHOUT_STATISTICS {
        builder = builder.set_column_statistics_enabled(ColumnPath::from(name), EnabledStatistics::None);
    }
    let mut writer =
        ArrowWriter::try_new(Vec::new(), rows.schema(), Some(builder.build())).map_err(cannot_encode)?;
    writer.write(&rows).map_err(cannot_encode)?;
    let bytes = writer.into_inner().map_err(cannot_encode)?;
    let times = row_keys(&rows, 0)?.fold(SpanTimes::NONE, |times, row| times.including(row.start, row.end));
    Ok(EncodedRows { bytes, rows: rows.num_rows() as u64, times })
}

/// The file called `name` of rows that came from `source`, among others, with which it shares tenant, date and arrival.
pub(super) fn segment(name: &str, source: &SegmentFile, rows: &EncodedRows) -> SegmentFile {
    let SpanTimes { start_min, start_max, end_min, end_max } = rows.times;
    SegmentFile {
        path: format!("tenant={}/date={}/{name}{CHECKED_SEGMENT}", source.tenant, source.date),
        tenant: source.tenant.clone(),
        date: source.date.clone(),
        bytes: rows.bytes.len() as u64,
        rows: rows.rows,
        times: SegmentTimes { start_min, start_max, end_min, end_max, ..source.times },
        kind: SegmentKind::Main,
        window: source.window,
        possible_duplicates: false,
        rollup_bytes: None,
        rollup_slots: RollupSlots::UNSAID,
        thinned: None,
        remains_of: None,
    }
}

fn cannot_encode(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Internal, format!("cannot encode derived rows: {source}")).caused_by(source)
}
