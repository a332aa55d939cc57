//! Some traces of a segment as a segment of their own.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::filter_record_batch;
use arrow::error::ArrowError;
use object_store::ObjectStore;
use object_store::path::Path as ObjectPath;
use proto::ErrorKind;

use super::merge::{MergedSegment, write};
use super::reader::cannot_read;
use super::sorted::SortedSpans;
use super::traces::Traces;
use crate::catalog::SegmentFile;
use crate::schema::file_schema;
use crate::{Error, Result};

/// Writes the rows of `traces` in `file` to `output`, sorted and each span once; nothing, if there are none of [`Traces::Only`].
/// CPU-heavy. Between two batches `may_go_on` is asked.
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
    let rows = SortedSpans::of_traces(store, file, traces, file_schema()).await?;
    if rows.is_empty() && matches!(traces, Traces::Only(_)) {
        return Ok(None);
    }
    let unreadable = |error: ArrowError| cannot_read(&file.path, error.into());
    let wanted = move |batch: RecordBatch| {
        if !may_go_on() {
            return Err(Error::new(ErrorKind::Unavailable, "the copy was told to stop"));
        }
        match traces {
            Traces::Only(_) => Ok(batch),
            Traces::AllBut(_) => {
                let wanted = traces.wanted(&batch).map_err(unreadable)?;
                filter_record_batch(&batch, &wanted).map_err(unreadable)
            }
        }
    };
    write(store, rows, output, wanted).await.map(Some)
}

#[cfg(test)]
mod tests;
