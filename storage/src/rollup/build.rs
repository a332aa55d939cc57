//! Rollups of segments that exist already: from the segment, or from the rollups of what it was merged from.

use std::sync::Arc;

use futures::TryStreamExt;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use proto::ErrorKind;

use super::{Rollup, Series, rollup_path};
use crate::catalog::SegmentFile;
use crate::schema::column;
use crate::schema::rollup::KEYS;
use crate::segment::{SegmentReader, cannot_read, row_keys};
use crate::{Error, Result};

/// Rows that are columns at once.
const BATCH_ROWS: usize = 8_192;
/// What is needed of a span beside its series.
pub(crate) const COLUMNS_OF_A_SPAN: [&str; 5] =
    [column::TRACE_ID, column::SPAN_ID, column::START_TIME, column::START_NANOS, column::DURATION_NS];

/// The rollup of a segment, read from it. CPU-heavy.
///
/// # Errors
/// `Corrupt` when the segment is damaged; `Unavailable` when it cannot be read.
pub(crate) async fn of_segment(
    store: &Arc<dyn ObjectStore>,
    file: &SegmentFile,
    series_max: usize,
) -> Result<Vec<u8>> {
    let failed = |error| cannot_read(&file.path, error);
    let builder =
        ParquetRecordBatchStreamBuilder::new(SegmentReader::new(store, file)).await.map_err(failed)?;
    let wanted = ProjectionMask::columns(builder.parquet_schema(), COLUMNS_OF_A_SPAN.into_iter().chain(KEYS));
    let mut batches = builder.with_projection(wanted).with_batch_size(BATCH_ROWS).build().map_err(failed)?;
    let (mut series, mut rollup) = (Series::new(series_max), Rollup::default());
    while let Some(batch) = batches.try_next().await.map_err(failed)? {
        let members = series.of_rows(&batch)?;
        row_keys(&batch, 0)?.zip(members).for_each(|(row, member)| rollup.add(member, &row));
    }
    rollup.encode(&series)
}

/// The rollup of segments that became one without losing a span: the sum of theirs.
///
/// # Errors
/// `Corrupt` when one is damaged; `Unavailable` when one cannot be read.
pub(crate) async fn merge_files(
    store: &Arc<dyn ObjectStore>,
    files: &[Arc<SegmentFile>],
    series_max: usize,
) -> Result<Vec<u8>> {
    let (mut series, mut rollup) = (Series::new(series_max), Rollup::default());
    for file in files {
        let path = ObjectPath::from(rollup_path(&file.path));
        let read = async { store.get(&path).await?.bytes().await };
        let bytes = read.await.map_err(|error| {
            Error::new(ErrorKind::Unavailable, format!("cannot read the rollup {path}: {error}"))
                .caused_by(error)
        })?;
        rollup.read(bytes, &mut series)?;
    }
    rollup.encode(&series)
}
