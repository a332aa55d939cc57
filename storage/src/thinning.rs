//! Thinning: traces that a rule of `storage.thin` names leave their segment once they are counted; its rollup goes on counting
//! them.
//!
//! A segment is looked at once, when its hour is over and merged and its rows are in derived tables. It is rewritten alone,
//! and merged with nothing afterwards, so that its rollup can stay as it is, byte for byte.

mod rules;

use std::sync::Arc;

use object_store::ObjectStoreExt;
use object_store::path::Path as ObjectPath;
use proto::{ErrorKind, UnixNanos};

use self::rules::{COLUMNS, Rules};
use crate::catalog::SegmentFile;
use crate::compaction::{HOUR_NS, is_over};
use crate::rollup::rollup_path;
use crate::schema::file_columns;
use crate::segment::{SortedSpans, Traces, copy};
use crate::storage::Storage;
use crate::{Error, Result, quarantine, retention};

/// What became of a segment that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thinned {
    /// Traces that were dropped.
    pub traces: u64,
    /// Their spans.
    pub rows: u64,
    /// The bytes of the segment before.
    pub bytes_before: u64,
    /// And after.
    pub bytes: u64,
}

impl Storage {
    /// Drops what the rules of `storage.thin` name from one segment, as if every hour that has begun were over; `None` once all
    /// were looked at.
    ///
    /// # Errors
    /// When a segment cannot be read or written or the commit fails: the table is as it was.
    pub async fn thin(&self) -> Result<Option<Thinned>> {
        self.replayed().await?;
        self.thin_next(UnixNanos::MAX).await
    }

    /// Looks at the next segment that is due at `now`.
    pub(crate) async fn thin_next(&self, now: UnixNanos) -> Result<Option<Thinned>> {
        if self.config.thin.is_empty() || self.query_only.is_some() {
            return Ok(None);
        }
        let _one_at_a_time = self.compacting.lock().await;
        while let Some(file) = self.to_be_thinned(now) {
            match self.thin_segment(&file).await {
                // It has left the table meanwhile, or one of its traces was pinned.
                Ok(None) => {}
                Err(error) if error.kind == ErrorKind::Corrupt => {
                    self.set_aside.add([file.path.clone()]);
                    tracing::error!(%error, "a segment cannot be thinned: it stays as it is");
                }
                done => return done,
            }
        }
        Ok(None)
    }

    fn to_be_thinned(&self, now: UnixNanos) -> Option<Arc<SegmentFile>> {
        let table = Arc::clone(&self.shared.state.lock().table);
        let (table, _) = quarantine::readable(&table, &self.shared.damaged);
        let may_be_merged = self.may_be_merged();
        let is_due = |file: &&Arc<SegmentFile>| {
            file.thinned.is_none()
                && file.rollup_bytes.is_some()
                && file.times.arrival_max != UnixNanos::MAX
                && is_over(file.times.arrival_max / HOUR_NS, now)
                && may_be_merged(file)
                && !self.set_aside.has(&file.path)
        };
        table.files.iter().find(is_due).cloned()
    }

    async fn thin_segment(&self, file: &Arc<SegmentFile>) -> Result<Option<Thinned>> {
        let traces = self.condemned(file).await?;
        let thinned =
            Thinned { traces: traces.len() as u64, rows: 0, bytes_before: file.bytes, bytes: file.bytes };
        if traces.is_empty() {
            self.restate(SegmentFile { thinned: Some(0), ..(**file).clone() }).await?;
            return Ok(Some(thinned));
        }
        let output = self.unused_path(file, "thinned");
        let traces: Arc<[u128]> = traces.into();
        let dropped = Traces::AllBut(Arc::clone(&traces));
        let kept = self.copy_traces(file, dropped, output.clone()).await?;
        let Some(kept) = kept else { return Ok(None) };
        let rollup = self.copy_rollup(file, output.as_ref()).await?;
        let _pins = self.pins.hold().await;
        if self.pins.traces_of(&file.tenant).iter().any(|pinned| traces.binary_search(pinned).is_ok()) {
            // It was pinned a moment ago: the next look at the segment leaves it in.
            retention::delete(self.store.as_ref(), output.as_ref()).await?;
            retention::delete(self.store.as_ref(), &rollup_path(output.as_ref())).await?;
            return Ok(None);
        }
        let rows = file.rows.saturating_sub(kept.rows);
        // The times stay: they are those of what its rollup counts.
        let new = SegmentFile {
            path: output.to_string(),
            bytes: kept.bytes,
            rows: kept.rows,
            rollup_bytes: Some(rollup),
            thinned: Some(rows),
            ..(**file).clone()
        };
        if !self.swap(new, &[Arc::clone(file)], "DELETE", true).await? {
            return Ok(None);
        }
        Self::count(&self.counters.thinned_segments, 1);
        self.ledger.thinned(&file.tenant, rows);
        let thinned = Thinned { rows, bytes: kept.bytes, ..thinned };
        let Thinned { traces, rows, bytes_before, bytes } = thinned;
        tracing::info!(tenant = %file.tenant, traces, rows, bytes_before, bytes, "thinned a segment");
        Ok(Some(thinned))
    }

    /// The traces of `file` that the rules drop, ascending.
    async fn condemned(&self, file: &Arc<SegmentFile>) -> Result<Vec<u128>> {
        let (store, file) = (Arc::clone(&self.store), Arc::clone(file));
        let rules = Rules::new(&self.config.thin, file.times, self.pins.traces_of(&file.tenant));
        let runtime = tokio::runtime::Handle::current();
        let judging = self.env.spawn_blocking(move || {
            runtime.block_on(async {
                let mut spans = SortedSpans::open(&store, &[file], file_columns(&COLUMNS)).await?;
                let mut judged = rules.judge();
                while let Some(batch) = spans.next().await? {
                    judged.read(&batch)?;
                }
                Ok(judged.finish())
            })
        });
        judging
            .await
            .map_err(|error| Error::new(ErrorKind::Internal, format!("thinning panicked: {error}")))?
    }

    /// Writes some traces of `file` to `output`.
    pub(crate) async fn copy_traces(
        &self,
        file: &Arc<SegmentFile>,
        traces: Traces,
        output: ObjectPath,
    ) -> Result<Option<crate::segment::MergedSegment>> {
        let (store, file) = (Arc::clone(&self.store), Arc::clone(file));
        let stopping = self.stopping.subscribe();
        let runtime = tokio::runtime::Handle::current();
        let copying = self.env.spawn_blocking(move || {
            runtime.block_on(copy(&store, &file, &traces, &output, || !*stopping.borrow()))
        });
        copying
            .await
            .map_err(|error| Error::new(ErrorKind::Internal, format!("copying spans panicked: {error}")))?
    }

    /// Puts the rollup of `file` beside `output` too, and says how many bytes it has.
    async fn copy_rollup(&self, file: &SegmentFile, output: &str) -> Result<u64> {
        let path = rollup_path(&file.path);
        let read = async { self.store.get(&ObjectPath::from(path.as_str())).await?.bytes().await };
        let bytes = read.await.map_err(|error| {
            Error::new(ErrorKind::Unavailable, format!("cannot read the rollup {path}: {error}"))
                .caused_by(error)
        })?;
        self.upload(&rollup_path(output), bytes.to_vec()).await?;
        Ok(bytes.len() as u64)
    }
}

#[cfg(test)]
mod tests;
