//! Rollups of merged segments, and of those that an earlier version left without one.

use std::sync::Arc;

use object_store::ObjectStore;
use proto::ErrorKind;

use crate::catalog::{Commit, CommitOutcome, SegmentFile};
use crate::rollup::{RollupSlots, merge_files, of_segment, rollup_path};
use crate::storage::Storage;
use crate::{Error, Result, quarantine};

impl Storage {
    /// Makes the rollups that segments lack, for an earlier version made none. Says how many.
    ///
    /// # Errors
    /// When a segment cannot be read or its rollup not written.
    pub async fn roll_up(&self) -> Result<u64> {
        let mut made = 0;
        while self.roll_up_next().await? {
            made += 1;
        }
        Ok(made)
    }

    /// Makes one of them; false when there is none to make.
    pub(crate) async fn roll_up_next(&self) -> Result<bool> {
        let _one_at_a_time = self.compacting.lock().await;
        while let Some(file) = self.without_rollup() {
            let rollup = match self.rollup(Vec::new(), (*file).clone()).await {
                Ok(rollup) => rollup,
                Err(error) if error.kind == ErrorKind::Corrupt => {
                    self.set_aside.add([file.path.clone()]);
                    tracing::error!(%error, "a segment stays without a rollup");
                    continue;
                }
                Err(error) => return Err(error),
            };
            let restated = SegmentFile {
                rollup_bytes: Some(rollup.len() as u64),
                rollup_slots: RollupSlots::ALL,
                ..(*file).clone()
            };
            self.upload(&rollup_path(&file.path), rollup).await?;
            self.restate(restated).await?;
            return Ok(true);
        }
        Ok(false)
    }

    fn without_rollup(&self) -> Option<Arc<SegmentFile>> {
        if self.query_only.is_some() {
            return None;
        }
        let table = Arc::clone(&self.shared.state.lock().table);
        let (table, _) = quarantine::readable(&table, &self.shared.damaged);
        let is_without = |file: &&Arc<SegmentFile>| {
            file.rollup_bytes.is_none()
                && file.thinned.is_none()
                && !self.set_aside.has(&file.path)
                && !self.shared.damaged.has(&rollup_path(&file.path))
        };
        table.files.iter().find(is_without).cloned()
    }

    /// The rollup of `file`, which has the rows of `inputs`, if there are some, and all of them.
    pub(crate) async fn rollup(&self, inputs: Vec<Arc<SegmentFile>>, file: SegmentFile) -> Result<Vec<u8>> {
        let (store, series_max) = (Arc::clone(&self.store), self.config.rollup_series_max);
        let runtime = tokio::runtime::Handle::current();
        let rolling_up =
            self.env.spawn_blocking(move || runtime.block_on(made(&store, &inputs, &file, series_max)));
        rolling_up
            .await
            .map_err(|error| Error::new(ErrorKind::Internal, format!("making a rollup panicked: {error}")))?
    }

    /// Says more of a segment than the table knows. The rollup of one that has left meanwhile goes too.
    pub(crate) async fn restate(&self, file: SegmentFile) -> Result<()> {
        let path = rollup_path(&file.path);
        let commit = Commit {
            add: Vec::new(),
            remove: Vec::new(),
            restate: vec![file],
            watermark: None,
            operation: "OPTIMIZE",
            data_change: false,
        };
        // A flush swaps the table too: without its lock the older of the two versions could win.
        let _no_flush = self.flushing.lock().await;
        let outcome = self.catalog.commit(commit).await?;
        let (CommitOutcome::Committed(table)
        | CommitOutcome::AlreadyCommitted(table)
        | CommitOutcome::Conflicted { current: table, .. }) = &outcome;
        self.shared.state.lock().table = Arc::clone(table);
        if matches!(outcome, CommitOutcome::Conflicted { .. }) {
            crate::retention::delete(self.store.as_ref(), &path).await?;
        }
        Ok(())
    }
}

async fn made(
    store: &Arc<dyn ObjectStore>,
    inputs: &[Arc<SegmentFile>],
    file: &SegmentFile,
    series_max: usize,
) -> Result<Vec<u8>> {
    if !inputs.is_empty() && inputs.iter().all(|input| input.rollup_bytes.is_some()) {
        match merge_files(store, inputs, series_max).await {
            Err(error) if error.kind == ErrorKind::Corrupt => {
                tracing::warn!(%error, path = file.path, "the rollup is made from the segment itself");
            }
            merged => return merged,
        }
    }
    of_segment(store, file, series_max).await
}
