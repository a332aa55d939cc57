//! Some traces of a segment as a segment of their own: as its rows are sorted, little else is read for a few of them.

use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::error::ArrowError;
use futures::TryStreamExt;
use object_store::ObjectStore;
use object_store::path::Path as ObjectPath;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ArrowReaderOptions, RowFilter};
use parquet::arrow::async_reader::ParquetRecordBatchStream;
use parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use parquet::errors::ParquetError;
use parquet::file::metadata::PageIndexPolicy;
use proto::ErrorKind;

use super::merge::{MergedSegment, Output, conform};
use super::order::row_keys;
use super::reader::{SegmentReader, cannot_read};
use crate::catalog::SegmentFile;
use crate::schema::{column, file_schema};
use crate::{Error, Result, SpanTimes};

/// Rows that are columns at once.
const BATCH_ROWS: usize = 8_192;

/// Which traces of a segment are wanted, by their ids as numbers, ascending.
#[derive(Debug, Clone)]
pub(crate) enum Traces {
    /// These.
    Only(Arc<[u128]>),
    /// All others.
    AllBut(Arc<[u128]>),
}

impl Traces {
    fn wants(&self, trace_id: u128) -> bool {
        match self {
            Self::Only(ids) => ids.binary_search(&trace_id).is_ok(),
            Self::AllBut(ids) => ids.binary_search(&trace_id).is_err(),
        }
    }

    /// Which rows of `batch` are wanted.
    fn wanted(&self, batch: &RecordBatch) -> std::result::Result<BooleanArray, ArrowError> {
        let ids = batch.column_by_name(column::TRACE_ID).and_then(|ids| ids.as_fixed_size_binary_opt());
        let ids = ids.ok_or_else(|| ArrowError::SchemaError("a segment without trace ids".to_owned()))?;
        let mut last: Option<(u128, bool)> = None;
        let wanted = (0..ids.len()).map(|row| {
            let mut id = [0; 16];
            id.copy_from_slice(ids.value(row));
            let id = u128::from_be_bytes(id);
            // The rows of a trace stand beside each other.
            let (_, wanted) = *last.insert(match last {
                Some(known) if known.0 == id => known,
                _ => (id, self.wants(id)),
            });
            Some(wanted)
        });
        Ok(wanted.collect())
    }
}

/// Writes the rows of `traces` in `file` to `output`, in their order; nothing, if there are none of [`Traces::Only`]. CPU-heavy.
/// Between two batches `may_go_on` is asked.
///
/// # Errors
/// `Corrupt` when the segment is damaged; `Unavailable` when it cannot be read, the output cannot be written, or the copy
/// may not go on.
pub(crate) async fn copy(
    store: &Arc<dyn ObjectStore>,
    file: &SegmentFile,
    traces: &Traces,
    output: &ObjectPath,
    may_go_on: impl Fn() -> bool + Send,
) -> Result<Option<MergedSegment>> {
    let failed = |error| cannot_read(&file.path, error);
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    let reader = SegmentReader::new(store, file);
    let mut builder =
        ParquetRecordBatchStreamBuilder::new_with_options(reader, options).await.map_err(failed)?;
    if let Traces::Only(ids) = traces {
        let groups = row_groups_with(&mut builder, ids).await.map_err(failed)?;
        if groups.is_empty() {
            return Ok(None);
        }
        // Their ids alone are read first, then what else there is of the rows found.
        let ids_only = ProjectionMask::columns(builder.parquet_schema(), [column::TRACE_ID]);
        let wanted = traces.clone();
        let predicate = ArrowPredicateFn::new(ids_only, move |batch| wanted.wanted(&batch));
        let filter = RowFilter::new(vec![Box::new(predicate)]);
        builder = builder.with_row_groups(groups).with_row_filter(filter);
    }
    let mut rows = builder.with_batch_size(BATCH_ROWS).build().map_err(failed)?;
    let mut writer = Output::open(store, output)?;
    match pour(file, &mut rows, traces, &mut writer, may_go_on).await {
        Ok((0, _)) if matches!(traces, Traces::Only(_)) => {
            writer.abort().await;
            Ok(None)
        }
        Ok((rows, times)) => {
            let bytes = writer.finish().await?;
            Ok(Some(MergedSegment { bytes, rows, duplicates: 0, times }))
        }
        Err(error) => {
            writer.abort().await;
            Err(error)
        }
    }
}

/// Writes what is wanted of `rows`, those of `file`: how many they were, and their times.
async fn pour(
    file: &SegmentFile,
    rows: &mut ParquetRecordBatchStream<SegmentReader>,
    traces: &Traces,
    writer: &mut Output,
    may_go_on: impl Fn() -> bool + Send,
) -> Result<(u64, SpanTimes)> {
    let failed = |error| cannot_read(&file.path, error);
    let unreadable = |error: ArrowError| failed(ParquetError::from(error));
    let (mut count, mut times) = (0, SpanTimes::NONE);
    while let Some(mut batch) = rows.try_next().await.map_err(failed)? {
        if !may_go_on() {
            return Err(Error::new(ErrorKind::Unavailable, "the copy was told to stop"));
        }
        if let Traces::AllBut(_) = traces {
            let wanted = traces.wanted(&batch).map_err(unreadable)?;
            batch = filter_record_batch(&batch, &wanted).map_err(unreadable)?;
        }
        let batch = conform(&batch, &file_schema()).map_err(unreadable)?;
        times = row_keys(&batch, 0)?.fold(times, |times, row| times.including(row.start, row.end));
        count += batch.num_rows() as u64;
        writer.write(&batch).await?;
    }
    Ok((count, times))
}

/// The row groups that may have one of `ids`: by their statistics, then by their bloom filters.
async fn row_groups_with(
    builder: &mut ParquetRecordBatchStreamBuilder<SegmentReader>,
    ids: &[u128],
) -> std::result::Result<Vec<usize>, ParquetError> {
    let columns = builder.parquet_schema().columns();
    let Some(at) = columns.iter().position(|column| column.path().string() == column::TRACE_ID) else {
        return Ok(Vec::new());
    };
    let mut groups = Vec::new();
    for group in 0..builder.metadata().num_row_groups() {
        let statistics = builder.metadata().row_group(group).column(at).statistics();
        let bound = |bytes: Option<&[u8]>| Some(u128::from_be_bytes(bytes?.try_into().ok()?));
        let min = statistics.and_then(|found| bound(found.min_bytes_opt())).unwrap_or(u128::MIN);
        let max = statistics.and_then(|found| bound(found.max_bytes_opt())).unwrap_or(u128::MAX);
        let first = ids.partition_point(|id| *id < min);
        let within = ids[first..].iter().take_while(|id| **id <= max);
        if within.clone().next().is_none() {
            continue;
        }
        let bloom = builder.get_row_group_column_bloom_filter(group, at).await?;
        let may_have = |id: &u128| bloom.as_ref().is_none_or(|bloom| bloom.check(&id.to_be_bytes()[..]));
        if within.into_iter().any(may_have) {
            groups.push(group);
        }
    }
    Ok(groups)
}

#[cfg(test)]
mod tests;
