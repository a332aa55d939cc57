//! What earlier versions have left: files that no table names, older log entries, the log of requests, requests set aside.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::sync::Arc;

use futures::TryStreamExt;
use object_store::ObjectStore;
use proto::ErrorKind;

use super::Swept;
use crate::catalog::{Commit, CommitOutcome, TableVersion, Watermark};
use crate::derive::DerivedTable;
use crate::storage::Storage;
use crate::store::{Kind, sync_folder};
use crate::{Error, Result, retention};

/// The ending of requests that were set aside.
const REQUEST: &str = ".otlp";

impl Storage {
    /// Removes whatever the newest versions of the tables do not need, and all that the log of requests holds; then stops, as
    /// [`Storage::stop`] does.
    ///
    /// # Errors
    /// When something cannot be removed; the same again does the rest.
    pub async fn sweep_and_stop(&self) -> Result<Swept> {
        self.check_may_purge()?;
        self.flush().await?;
        let mut swept = Swept::default();
        {
            let _no_merge = self.compacting.lock().await;
            let _no_flush = self.flushing.lock().await;
            let table = self.pass_the_log().await?;
            swept.files += remove_unnamed(&self.store, &table).await?;
            swept.log_files += self.catalog.forget_history().await?;
            for derived in self.derived_tables(&DerivedTable::ALL) {
                swept.files += remove_unnamed(&derived.store, &derived.version()).await?;
                swept.log_files += derived.forget_history().await?;
            }
        }
        swept.requests = self.remove_requests()?;
        self.end_tasks().await;
        self.wal.stop_anew().await?;
        Ok(swept)
    }

    /// Moves the table's watermark to the end of the log, of which every request is in the table.
    async fn pass_the_log(&self) -> Result<Arc<TableVersion>> {
        let sequence = self.wal.next_sequence() - 1;
        if self.shared.state.lock().live.oldest().is_some() {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "requests came in while the log was about to be emptied: purge again",
            ));
        }
        let watermark = Some(Watermark { app: self.wal.id(), sequence });
        let commit = Commit {
            add: Vec::new(),
            remove: Vec::new(),
            restate: Vec::new(),
            watermark,
            operation: "WRITE",
            data_change: true,
        };
        let (CommitOutcome::Committed(table)
        | CommitOutcome::AlreadyCommitted(table)
        | CommitOutcome::Conflicted { current: table, .. }) = self.catalog.commit(commit).await?;
        self.shared.state.lock().table = Arc::clone(&table);
        Ok(table)
    }

    fn remove_requests(&self) -> Result<u64> {
        let folder = &self.shared.quarantine;
        let failed = |error| Error::io("remove requests from", folder, error);
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(failed(error)),
        };
        let mut removed = 0;
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            if path.to_string_lossy().ends_with(REQUEST) {
                fs::remove_file(&path).map_err(failed)?;
                removed += 1;
            }
        }
        sync_folder(folder).map_err(failed)?;
        Ok(removed)
    }
}

/// Deletes every Parquet file of `store` that `table` does not name, whoever wrote it.
async fn remove_unnamed(store: &Arc<dyn ObjectStore>, table: &TableVersion) -> Result<u64> {
    let named: HashSet<String> = table.paths();
    let listed = store.list(None).map_ok(|meta| meta.location.to_string());
    let listed: Vec<String> = listed.try_collect().await.map_err(|error| {
        Error::new(ErrorKind::Unavailable, format!("cannot list the files of {store}: {error}"))
            .caused_by(error)
    })?;
    let unnamed = listed.iter().filter(|path| Kind::of(path) == Kind::Segment && !named.contains(*path));
    let mut removed = 0;
    for path in unnamed {
        retention::delete(store.as_ref(), path).await?;
        removed += 1;
    }
    Ok(removed)
}
