//! Several segments as one.

use std::sync::Arc;

use arrow::array::RecordBatch;
use object_store::ObjectStore;
use object_store::buffered::BufWriter;
use object_store::path::Path as ObjectPath;
use parquet::arrow::AsyncArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use proto::ErrorKind;

use super::concatenate::{LARGE_ROWS, Sources};
use super::order::row_keys;
use super::properties;
use super::sorted::SortedSpans;
use crate::catalog::SegmentFile;
use crate::schema::file_schema;
use crate::{Error, Result, SpanTimes};

/// What a merge has written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MergedSegment {
    pub(crate) bytes: u64,
    pub(crate) rows: u64,
    /// Exact copies of spans that were left out.
    pub(crate) duplicates: u64,
    pub(crate) times: SpanTimes,
}

/// Writes the rows of `inputs` to `output`: their row groups as they are where those are large, else all rows sorted. Nothing is
/// there after an error. CPU-heavy. Now and then `may_go_on` is asked.
///
/// # Errors
/// `Corrupt` when an input is damaged or not sorted; `Unavailable` when one cannot be read, the output cannot be
/// written, or the merge may not go on.
pub(crate) async fn merge(
    store: &Arc<dyn ObjectStore>,
    inputs: &[Arc<SegmentFile>],
    output: &ObjectPath,
    may_go_on: impl Fn() -> bool + Send,
) -> Result<MergedSegment> {
    if let Some(sources) = Sources::of(store, inputs, LARGE_ROWS).await? {
        return sources.write(store, output, may_go_on).await;
    }
    rewrite(store, inputs, output, move |batch| {
        if may_go_on() {
            return Ok(batch);
        }
        Err(Error::new(ErrorKind::Unavailable, "the merge was told to stop"))
    })
    .await
}

/// As [`merge`], all rows sorted, and each batch of them as `change` gives it back, which leaves their order as it is.
pub(crate) async fn rewrite(
    store: &Arc<dyn ObjectStore>,
    inputs: &[Arc<SegmentFile>],
    output: &ObjectPath,
    change: impl FnMut(RecordBatch) -> Result<RecordBatch> + Send,
) -> Result<MergedSegment> {
    let rows = SortedSpans::open(store, inputs, file_schema()).await?;
    write(store, rows, output, change).await
}

/// Writes `rows`, all columns of the table, to `output`, each batch as `change` gives it back. Nothing is there after an error.
pub(super) async fn write(
    store: &Arc<dyn ObjectStore>,
    mut rows: SortedSpans,
    output: &ObjectPath,
    change: impl FnMut(RecordBatch) -> Result<RecordBatch> + Send,
) -> Result<MergedSegment> {
    let mut writer = Output::open(store, output)?;
    match pour(&mut rows, &mut writer, change).await {
        Ok((written, times)) => Ok(MergedSegment {
            bytes: writer.finish().await?,
            rows: written,
            duplicates: rows.duplicates(),
            times,
        }),
        Err(error) => {
            writer.abort().await;
            Err(error)
        }
    }
}

/// A segment that is being written, of rows that come in its order.
struct Output {
    writer: AsyncArrowWriter<BufWriter>,
}

impl Output {
    fn open(store: &Arc<dyn ObjectStore>, path: &ObjectPath) -> Result<Self> {
        let sink = BufWriter::new(Arc::clone(store), path.clone());
        let options =
            ArrowWriterOptions::new().with_properties(properties::writer()).with_skip_arrow_metadata(true);
        let writer = AsyncArrowWriter::try_new_with_options(sink, file_schema(), options);
        Ok(Self { writer: writer.map_err(cannot_merge)? })
    }

    async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.write(batch).await.map_err(cannot_merge)
    }

    /// Makes it durable, and says how many bytes it has.
    async fn finish(mut self) -> Result<u64> {
        self.writer.finish().await.map_err(cannot_merge)?;
        Ok(self.writer.bytes_written() as u64)
    }

    /// Leaves nothing.
    async fn abort(self) {
        if let Err(error) = self.writer.into_inner().abort().await {
            tracing::warn!(%error, "what was begun of a segment cannot be removed");
        }
    }
}

/// How many rows were written, and their times.
async fn pour(
    rows: &mut SortedSpans,
    writer: &mut Output,
    mut change: impl FnMut(RecordBatch) -> Result<RecordBatch> + Send,
) -> Result<(u64, SpanTimes)> {
    let (mut written, mut times) = (0, SpanTimes::NONE);
    while let Some(batch) = rows.next().await? {
        let batch = change(batch)?;
        written += batch.num_rows() as u64;
        times = row_keys(&batch, 0)?.fold(times, |times, row| times.including(row.start, row.end));
        writer.write(&batch).await?;
    }
    Ok((written, times))
}

pub(super) fn cannot_merge(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Unavailable, format!("cannot write a merged segment: {source}")).caused_by(source)
}

#[cfg(test)]
mod tests;
