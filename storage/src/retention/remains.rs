//! What outlives its segment: the rows of pinned traces, in a small segment of their own that takes its place in the same
//! commit. It has no rollup: that of the segment, in the archive, counts those rows already.

use std::sync::Arc;

use object_store::path::Path as ObjectPath;
use proto::ErrorKind;

use super::delete;
use crate::Result;
use crate::catalog::{SegmentFile, SegmentTimes};
use crate::documents::HeldPins;
use crate::segment::{MergedSegment, Traces};
use crate::storage::Storage;

impl Storage {
    /// Which of `remains` hold rows of traces that are pinned no more; what is left of those has to be written anew.
    pub(super) async fn leftovers(
        &self,
        remains: &[Arc<SegmentFile>],
        pins: &HeldPins<'_>,
    ) -> Result<Vec<Arc<SegmentFile>>> {
        let mut leftovers = Vec::new();
        if !pins.have_leftovers() {
            return Ok(leftovers);
        }
        for file in remains {
            if self.rows_kept(file).await?.is_some_and(|rows| rows < file.rows) {
                leftovers.push(Arc::clone(file));
            }
        }
        Ok(leftovers)
    }

    /// How many rows of remains belong to pinned traces; `None` where nobody can tell, because the file is damaged.
    async fn rows_kept(&self, file: &Arc<SegmentFile>) -> Result<Option<u64>> {
        let output = self.unused_path(file, "pinned");
        let traces = Traces::Only(self.pins.traces_of(&file.tenant));
        match self.copy_traces(file, traces, output.clone()).await {
            Ok(Some(copied)) => {
                delete(self.store.as_ref(), output.as_ref()).await?;
                Ok(Some(copied.rows))
            }
            Ok(None) => Ok(Some(0)),
            Err(error) if error.kind == ErrorKind::Corrupt => {
                tracing::error!(%error, "spans of pinned traces cannot be read");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Writes the rows of pinned traces in `leaving`: a segment for each that has some. After an error none is left.
    pub(super) async fn keep_pinned(&self, leaving: &[Arc<SegmentFile>]) -> Result<Vec<SegmentFile>> {
        let mut kept = Vec::new();
        for file in leaving {
            let traces = self.pins.traces_of(&file.tenant);
            if traces.is_empty() {
                continue;
            }
            let output = self.unused_path(file, "pinned");
            match self.copy_traces(file, Traces::Only(traces), output.clone()).await {
                Ok(Some(copied)) => kept.push(remains(file, &output, copied)),
                Ok(None) => {}
                // What cannot be read now will not be readable later: the other spans go all the same.
                Err(error) if error.kind == ErrorKind::Corrupt => {
                    tracing::error!(%error, "spans of pinned traces are lost with their segment");
                }
                Err(error) => {
                    self.discard(&kept).await?;
                    return Err(error);
                }
            }
        }
        Ok(kept)
    }

    /// Deletes segments that no commit has named.
    pub(super) async fn discard(&self, files: &[SegmentFile]) -> Result<()> {
        for file in files {
            delete(self.store.as_ref(), &file.path).await?;
        }
        Ok(())
    }
}

/// What is left of `file`.
fn remains(file: &SegmentFile, path: &ObjectPath, copied: MergedSegment) -> SegmentFile {
    let times = copied.times;
    SegmentFile {
        path: path.to_string(),
        bytes: copied.bytes,
        rows: copied.rows,
        times: SegmentTimes {
            start_min: times.start_min,
            start_max: times.start_max,
            end_min: times.end_min,
            end_max: times.end_max,
            ..file.times
        },
        rollup_bytes: None,
        thinned: Some(file.thinned.unwrap_or(0) + file.rows - copied.rows),
        remains_of: Some(file.counted_as().to_owned()),
        ..file.clone()
    }
}

#[cfg(test)]
mod tests;
