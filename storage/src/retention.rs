//! Retention: what is too old or too much leaves the table, and a while later the disk.

mod policy;
mod remains;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytesize::ByteSize;
use futures::TryStreamExt;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt};
use proto::ErrorKind;

pub(crate) use self::policy::{Allowance, believed};
use crate::catalog::{Commit, CommitOutcome, SegmentFile};
use crate::replay::ReplayProgress;
use crate::rollup::rollup_path;
use crate::room::Room;
use crate::storage::Storage;
use crate::{Config, Error, Result};

/// How often the table is looked at.
const INTERVAL: Duration = Duration::from_secs(60);
/// One date leaves by age in this time, so that a clock that jumped ahead costs little before somebody looks.
const AGING_INTERVAL: Duration = Duration::from_secs(3600);
/// The default of `storage.max_bytes` where the disk is large.
const DEFAULT_BYTES_MAX: ByteSize = ByteSize::gib(20);

/// A file that left the table, and when, on the monotonic clock.
#[derive(Debug)]
pub(crate) struct Leaving {
    store: Arc<dyn ObjectStore>,
    path: String,
    since: Duration,
}

/// Removes what is too old or too much, until storage stops.
pub(crate) async fn run(storage: Arc<Storage>) {
    let mut stopping = storage.stopping.subscribe();
    while !*stopping.borrow_and_update() {
        if let Err(error) = storage.enforce_retention().await {
            tracing::error!(%error, "retention failed: it is tried again");
        }
        storage.delete_after_grace().await;
        tokio::select! {
            () = storage.env.sleep(INTERVAL) => {}
            _ = stopping.changed() => {}
        }
    }
}

impl Storage {
    /// Takes out of the table, but for the rows of pinned traces, what `storage.retention`, `storage.max_bytes` and those of tenants no longer allow, and
    /// returns it.
    ///
    /// # Errors
    /// When the commit fails.
    pub async fn enforce_retention(&self) -> Result<Vec<Arc<SegmentFile>>> {
        let _one_at_a_time = self.retaining.lock().await;
        let pins = self.pins.hold().await;
        let is_replaying = matches!(*self.replay.borrow(), ReplayProgress::Running { .. });
        if is_replaying && (self.pins.count() > 0 || pins.have_leftovers()) {
            // Until it has ended, segments that are not committed yet count as orphans.
            return Ok(Vec::new());
        }
        let table = Arc::clone(&self.shared.state.lock().table);
        let now = self.env.monotonic();
        let may_age = self.aged_out.lock().is_none_or(|last| now.saturating_sub(last) >= AGING_INTERVAL);
        if may_age {
            self.age_derived().await?;
            if let Err(error) = self.condense_rollups().await {
                tracing::error!(%error, "old rollups keep their minutes: it is tried again");
            }
        }
        let (remains, files): (Vec<_>, Vec<_>) =
            table.files.iter().cloned().partition(|file| file.remains_of.is_some());
        // Rows and rollups say much in few bytes: where room is short, spans go first. What is pinned stays anyhow.
        let remains_bytes: u64 = remains.iter().map(|file| file.disk_bytes()).sum();
        let bytes_max = self.max_bytes.saturating_sub(self.derived_bytes()).saturating_sub(remains_bytes);
        let allowance = Allowance {
            retention: may_age.then_some(self.config.retention),
            bytes_max,
            tenants: &self.config.tenants,
        };
        let mut removed = allowance.expired(&files, self.env.now());
        removed.extend(self.leftovers(&remains, &pins).await?);
        if !removed.is_empty() {
            self.archive_rollups(&removed).await?;
            let kept = self.keep_pinned(&removed).await?;
            if !self.remove(&removed, &kept).await? {
                return Ok(Vec::new());
            }
            if may_age {
                *self.aged_out.lock() = Some(now);
            }
        }
        if pins.have_leftovers() {
            pins.clear_leftovers().await?;
        }
        Ok(removed)
    }

    /// Takes `removed` out of the table and puts `kept`, of their rows, in their place. False, and those are gone again, when
    /// something has left the table meanwhile.
    async fn remove(&self, removed: &[Arc<SegmentFile>], kept: &[SegmentFile]) -> Result<bool> {
        let commit = Commit {
            add: kept.to_vec(),
            remove: removed.to_vec(),
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
            CommitOutcome::Conflicted { current, .. } => {
                self.shared.state.lock().table = current;
                self.discard(kept).await?;
                return Ok(false);
            }
        }
        self.leave_segments(removed);
        let kept_rows: u64 = kept.iter().map(|file| file.rows).sum();
        let rows = removed.iter().map(|file| file.rows).sum::<u64>() - kept_rows;
        let bytes = removed.iter().map(|file| file.disk_bytes()).sum();
        Self::count(&self.counters.removed_files, removed.len() as u64);
        Self::count(&self.counters.removed_rows, rows);
        Self::count(&self.counters.removed_bytes, bytes);
        let dates: BTreeSet<&str> = removed.iter().map(|file| file.date.as_str()).collect();
        tracing::info!(?dates, files = removed.len(), rows, bytes, kept_rows, "removed expired spans");
        Ok(true)
    }

    /// What has left the table leaves the disk too, once no query can still read it.
    pub(crate) fn leave_segments(&self, files: &[Arc<SegmentFile>]) {
        let rolled_up = files.iter().filter(|file| file.rollup_bytes.is_some());
        let rollups = rolled_up.map(|file| rollup_path(&file.path));
        let paths = files.iter().map(|file| file.path.clone()).chain(rollups);
        self.leave(&self.store, paths);
    }

    /// The same of files in `store`.
    pub(crate) fn leave(&self, store: &Arc<dyn ObjectStore>, paths: impl Iterator<Item = String>) {
        let since = self.env.monotonic();
        let leaving = paths.map(|path| Leaving { store: Arc::clone(store), path, since });
        self.leaving.lock().extend(leaving);
    }

    /// Deletes what left the table longer than `storage.delete_grace` ago; what cannot be deleted is tried again later.
    pub async fn delete_after_grace(&self) {
        let now = self.env.monotonic();
        let leaving = std::mem::take(&mut *self.leaving.lock());
        let mut kept = Vec::new();
        for file in leaving {
            if now.saturating_sub(file.since) < self.config.delete_grace {
                kept.push(file);
            } else if let Err(error) = delete(file.store.as_ref(), &file.path).await {
                tracing::warn!(%error, "deleting a segment that left the table is tried again");
                kept.push(file);
            }
        }
        self.leaving.lock().extend(kept);
    }
}

/// The bytes that the table may have: as configured, else the smaller of 20 GiB and half of what the disk could give.
pub(crate) fn bytes_max(config: &Config, folder: &Path, table_bytes: u64) -> Result<u64> {
    if let Some(configured) = config.max_bytes {
        return Ok(configured.as_u64());
    }
    let free_bytes = Room::of(folder)?.free_bytes;
    Ok(DEFAULT_BYTES_MAX.as_u64().min(free_bytes.saturating_add(table_bytes) / 2))
}

/// Deletes this writer's segments that no table version names: a crash came between writing and committing them, or
/// between leaving the table and the disk.
pub(crate) async fn remove_orphans(storage: &Storage) -> Result<()> {
    // What a flush has written and not committed yet is no orphan.
    let _no_flush = storage.flushing.lock().await;
    let table = Arc::clone(&storage.shared.state.lock().table);
    remove_unnamed(&storage.store, &storage.wal.id().to_string(), &table.paths()).await
}

/// Deletes the files of the writer `own` in `store` that are not among `named`.
pub(crate) async fn remove_unnamed(
    store: &Arc<dyn ObjectStore>,
    own: &str,
    named: &HashSet<String>,
) -> Result<()> {
    let listed: Vec<_> = store.list(None).try_collect().await.map_err(|error| {
        Error::new(ErrorKind::Unavailable, format!("cannot list the files of {store}: {error}"))
            .caused_by(error)
    })?;
    for object in listed {
        let path = object.location.as_ref();
        let is_own = object.location.filename().is_some_and(|name| name.starts_with(own));
        if is_own && path.ends_with(".parquet") && !named.contains(path) {
            tracing::info!(path, "deleting a file that no table version names");
            delete(store.as_ref(), path).await?;
        }
    }
    Ok(())
}

/// Deletes a segment, if it is there.
pub(crate) async fn delete(store: &dyn ObjectStore, path: &str) -> Result<()> {
    match store.delete(&ObjectPath::from(path)).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => {
            Err(Error::new(ErrorKind::Unavailable, format!("cannot delete segment {path}: {error}"))
                .caused_by(error))
        }
    }
}
