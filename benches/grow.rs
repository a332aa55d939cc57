//! Rollups of days that never were: those of a table's segments, some whole days earlier, as retention would have left them. A
//! rollup holds times only relative to its slots, so that another slot is another time.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use arrow::array::{ArrayRef, AsArray, RecordBatch, TimestampMicrosecondArray};
use arrow::datatypes::TimestampMicrosecondType;
use jiff::Timestamp;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use storage::catalog::{Catalog, Commit, DeltaCatalog, SegmentFile, SegmentTimes};
use storage::env::Env;
use storage::schema::rollup::SLOT_START;
use storage::{DerivedTable, rollup_path};

const DAY_NS: u64 = 24 * 3_600 * 1_000_000_000;
const MICRO_NS: u64 = 1_000;

/// Archives copies of the rollups of `segments`, which lie in `folder`, one for each of `days` days before them. Says how many spans they
/// count.
///
/// # Errors
/// When a rollup cannot be read, or the archive not be written.
pub async fn rollups(folder: &Path, segments: &[Arc<SegmentFile>], days: u64) -> anyhow::Result<u64> {
    let archive = folder.join(DerivedTable::Rollups.folder());
    std::fs::create_dir_all(&archive)?;
    let store: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new_with_prefix(&archive)?);
    let catalog =
        DeltaCatalog::open(Arc::clone(&store), DerivedTable::Rollups.definition(), Env::system()).await?;
    let mut spans = 0;
    for day in 1..=days {
        let mut add = Vec::new();
        for segment in segments.iter().filter(|segment| segment.rollup_bytes.is_some()) {
            let bytes = std::fs::read(folder.join("spans").join(rollup_path(&segment.path)))?;
            let (bytes, rows) = moved(bytes, day * DAY_NS)?;
            let file = archived(segment, day, bytes.len() as u64, rows)?;
            store.put(&file.path.as_str().into(), bytes.into()).await?;
            add.push(file);
            spans += segment.rows;
        }
        let commit = Commit {
            add,
            remove: Vec::new(),
            restate: Vec::new(),
            watermark: None,
            operation: "WRITE",
            data_change: true,
        };
        catalog.commit(commit).await?;
    }
    Ok(spans)
}

/// The rollup `bytes`, earlier by `earlier_ns`, and how many rows it has.
fn moved(bytes: Vec<u8>, earlier_ns: u64) -> anyhow::Result<(Vec<u8>, u64)> {
    let bytes = bytes::Bytes::from(bytes);
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes.clone())?;
    let (schema, groups) = (Arc::clone(builder.schema()), builder.metadata().num_row_groups());
    let zstd = Compression::ZSTD(ZstdLevel::try_new(3)?);
    let properties = WriterProperties::builder()
        .set_compression(Compression::UNCOMPRESSED)
        .set_column_compression("durations".into(), zstd)
        .set_column_dictionary_enabled("durations".into(), false)
        .set_data_page_row_count_limit(512)
        .set_write_batch_size(512)
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), Arc::clone(&schema), Some(properties))?;
    let place = schema.index_of(SLOT_START)?;
    let earlier = (earlier_ns / MICRO_NS) as i64;
    let mut rows = 0;
    for group in 0..groups {
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes.clone())?.with_row_groups(vec![group]);
        for batch in reader.build()? {
            let batch = batch?;
            let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
            let starts = columns[place].as_primitive::<TimestampMicrosecondType>();
            let starts: TimestampMicrosecondArray = starts.unary(|start| start - earlier);
            columns[place] = Arc::new(starts.with_timezone("UTC"));
            rows += batch.num_rows() as u64;
            writer.write(&RecordBatch::try_new(Arc::clone(&schema), columns)?)?;
        }
        // Each length of slots keeps a row group of its own.
        writer.flush()?;
    }
    Ok((writer.into_inner()?, rows))
}

fn archived(segment: &SegmentFile, day: u64, bytes: u64, rows: u64) -> anyhow::Result<SegmentFile> {
    let earlier = |time: u64| time.saturating_sub(day * DAY_NS);
    let times = segment.times;
    let arrival = Timestamp::from_nanosecond(i128::from(earlier(times.arrival_max)))?;
    let date = arrival.strftime("%Y-%m-%d").to_string();
    let name = segment.path.rsplit('/').next().context("a path without a name")?;
    // Not a name of files that have checksums: these have none.
    let name = name.replace(".checked.parquet", &format!("-{day}-earlier.parquet"));
    Ok(SegmentFile {
        path: format!("tenant={}/date={date}/{name}", segment.tenant),
        date,
        bytes,
        rows,
        times: SegmentTimes {
            start_min: earlier(times.start_min),
            start_max: earlier(times.start_max),
            end_min: earlier(times.end_min),
            end_max: earlier(times.end_max),
            arrival_min: earlier(times.arrival_min),
            arrival_max: earlier(times.arrival_max),
        },
        rollup_bytes: None,
        thinned: None,
        ..segment.clone()
    })
}
