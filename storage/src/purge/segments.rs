//! Segments without what is erased, each with a rollup of what is left.

use std::sync::Arc;

use object_store::path::Path as ObjectPath;
use proto::ErrorKind;

use super::cut::without;
use super::{Erase, PurgePlan, PurgeProgress, Purged};
use crate::catalog::{Commit, CommitOutcome, SegmentFile, SegmentTimes};
use crate::derive::ErasedRows;
use crate::rollup::{RollupSlots, rollup_path};
use crate::segment::{MergedSegment, rewrite};
use crate::storage::Storage;
use crate::{Error, Result, retention};

impl Storage {
    /// Erases what `plan` found. Rows derived from those spans go before them, so that a purge that was cut short finds the
    /// same rows again.
    ///
    /// # Errors
    /// When a file cannot be read or written, or another process changes the table: what was rewritten until then stays
    /// so, and the same purge again does the rest.
    pub async fn purge(
        &self,
        plan: &PurgePlan,
        erase: &Arc<dyn Erase>,
        progress: &mut PurgeProgress<'_>,
    ) -> Result<Purged> {
        self.check_may_purge()?;
        let _one_at_a_time = self.compacting.lock().await;
        let ErasedRows { derived, archived, untold, unreadable } =
            self.erase_derived(&plan.tenant, &plan.traces, erase).await?;
        let mut purged = Purged {
            derived_rows: derived,
            archived_rows: archived,
            untold_rows: untold,
            unreadable,
            ..Purged::default()
        };
        for (done, (file, spans)) in plan.files.iter().enumerate() {
            progress("rewritten", done as u64, plan.files.len() as u64);
            self.rewrite_without(file, erase).await?;
            purged.files += 1;
            purged.spans += spans;
        }
        Ok(purged)
    }

    /// Puts a segment without what is erased in the place of `file`; nothing, if nothing is left.
    async fn rewrite_without(&self, file: &Arc<SegmentFile>, erase: &Arc<dyn Erase>) -> Result<()> {
        let output = self.unused_path(file, "purged");
        let rewritten = self.rewritten(file, erase, output.clone()).await?;
        let mut add = Vec::new();
        if rewritten.rows == 0 {
            retention::delete(self.store.as_ref(), output.as_ref()).await?;
        } else {
            let mut left = left_of(file, &output, rewritten);
            // What outlives its segment is counted by that one's rollup.
            if left.remains_of.is_none() {
                let rollup = self.rollup(Vec::new(), left.clone()).await?;
                (left.rollup_bytes, left.rollup_slots) = (Some(rollup.len() as u64), RollupSlots::ALL);
                self.upload(&rollup_path(&left.path), rollup).await?;
            }
            add.push(left);
        }
        let commit = Commit {
            add,
            remove: vec![Arc::clone(file)],
            restate: Vec::new(),
            watermark: None,
            operation: "DELETE",
            data_change: true,
        };
        // A flush swaps the table too: without its lock the older of the two versions could win.
        let _no_flush = self.flushing.lock().await;
        match self.catalog.commit(commit).await? {
            CommitOutcome::Committed(table) | CommitOutcome::AlreadyCommitted(table) => {
                self.shared.state.lock().table = table;
            }
            CommitOutcome::Conflicted { path, .. } => {
                return Err(Error::new(
                    ErrorKind::Unavailable,
                    format!("{path} has left the table while it was purged: purge again"),
                ));
            }
        }
        // Nobody else reads what is replaced, and nobody should.
        retention::delete(self.store.as_ref(), &file.path).await?;
        retention::delete(self.store.as_ref(), &rollup_path(&file.path)).await
    }

    async fn rewritten(
        &self,
        file: &Arc<SegmentFile>,
        erase: &Arc<dyn Erase>,
        output: ObjectPath,
    ) -> Result<MergedSegment> {
        let (store, input, erase) = (Arc::clone(&self.store), Arc::clone(file), Arc::clone(erase));
        let decode = Arc::clone(&self.shared.decode);
        let runtime = tokio::runtime::Handle::current();
        let rewriting = self.env.spawn_blocking(move || {
            let inputs = std::slice::from_ref(&input);
            let change = |rows| without(rows, erase.as_ref(), &decode);
            runtime.block_on(rewrite(&store, inputs, &output, change))
        });
        rewriting.await.map_err(|error| {
            Error::new(ErrorKind::Internal, format!("rewriting a segment panicked: {error}"))
        })?
    }
}

/// What came of `file`: of the same window, so that nothing is derived of it twice. Rows that were dropped from it before are not
/// counted by its new rollup.
fn left_of(file: &SegmentFile, output: &ObjectPath, rewritten: MergedSegment) -> SegmentFile {
    let times = rewritten.times;
    SegmentFile {
        path: output.to_string(),
        bytes: rewritten.bytes,
        rows: rewritten.rows,
        times: SegmentTimes {
            start_min: times.start_min,
            start_max: times.start_max,
            end_min: times.end_min,
            end_max: times.end_max,
            ..file.times
        },
        rollup_bytes: None,
        rollup_slots: RollupSlots::UNSAID,
        thinned: if file.remains_of.is_some() { file.thinned } else { file.thinned.map(|_| 0) },
        ..file.clone()
    }
}
