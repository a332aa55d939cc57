//! The catalog kept in a Delta Lake log (<https://github.com/delta-io/delta/blob/master/PROTOCOL.md>).
//!
//! deltalake-core replays the log at start and writes checkpoints; in between this file reads and writes single entries,
//! and its list of files is what queries see. The library's own commit loop keeps every file's metadata in Arrow a
//! second time and gives up after fifteen immediate retries.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use deltalake_core::kernel::Action;
use deltalake_core::kernel::transaction::TransactionError;
use deltalake_core::logstore::{CommitOrBytes, LogStoreRef, StorageConfig, default_logstore};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use proto::ErrorKind;
use tokio::sync::Mutex;
use url::Url;

use super::definition::STATISTICS_COLUMN;
use super::load::{apply, delta_error, entry, newest};
use super::{Catalog, Commit, CommitOutcome, SegmentFile, TableDefinition, TableVersion, action, checkpoint};
use crate::env::Env;
use crate::{Error, Result};

/// How many commits lie between two checkpoints: a start on an object store reads what comes after the last one, some twenty
/// milliseconds for each entry of each table.
pub const CHECKPOINT_INTERVAL_COMMITS: u64 = 25;

/// How often a commit is tried when other writers take the version it wanted.
pub const COMMIT_ATTEMPTS_MAX: u32 = 30;

/// What the longest wait before a try starts from: it doubles up to [`RETRY_DELAY_MAX`], each wait is drawn below it.
const RETRY_DELAY_FIRST: Duration = Duration::from_millis(4);

/// The longest wait before any try.
const RETRY_DELAY_MAX: Duration = Duration::from_millis(500);

/// How long superseded log entries are kept: the table property `delta.logRetentionDuration` says the same.
const LOG_RETENTION: Duration = Duration::from_secs(7 * 24 * 3600);

/// A [`Catalog`] in a Delta Lake log.
#[derive(Debug)]
pub struct DeltaCatalog {
    log: LogStoreRef,
    store: Arc<dyn ObjectStore>,
    place: String,
    with_statistics: bool,
    env: Env,
    /// Held while the log is read or written, so that this process does not compete with itself.
    newest: Mutex<Arc<TableVersion>>,
}

/// The newest version of the table at the root of `store`, which is not changed.
pub(crate) async fn read_newest(
    store: Arc<dyn ObjectStore>,
    definition: &TableDefinition,
) -> Result<TableVersion> {
    let place = store.to_string();
    let log = log_store(&store)?;
    Box::pin(newest(log.as_ref(), definition, &place)).await.map(|(table, _)| table)
}

impl DeltaCatalog {
    /// The table at the root of `store`, made when absent.
    ///
    /// # Errors
    /// `Invalid` when the table is of a newer format, not Tailplane's, or has other columns; else what the log's
    /// reading and writing give.
    pub async fn open(store: Arc<dyn ObjectStore>, definition: TableDefinition, env: Env) -> Result<Self> {
        let place = store.to_string();
        let log = log_store(&store)?;
        let failed = |e| delta_error(&format!("cannot look for a table at {place}"), e);
        if !log.is_delta_table_location().await.map_err(failed)? {
            let bytes = encode(&definition.first_actions()?)?;
            match write_entry(&log, 0, bytes).await {
                Ok(()) => tracing::info!(table = definition.name, %place, "made the table"),
                Err(TransactionError::VersionAlreadyExists(_)) => {}
                Err(error) => {
                    return Err(delta_error(&format!("cannot make a table at {place}"), error.into()));
                }
            }
        }
        let newest = widened(&log, &definition, &place).await?;
        let with_statistics = definition.schema.column_with_name(STATISTICS_COLUMN).is_some();
        Ok(Self { log, store, place, with_statistics, env, newest: Mutex::new(Arc::new(newest)) })
    }

    /// The table at the root of `store`, which another process writes: nothing is made or changed.
    ///
    /// # Errors
    /// As [`Self::open`], and `NotFound` when there is no table yet.
    pub async fn look_into(
        store: Arc<dyn ObjectStore>,
        definition: TableDefinition,
        env: Env,
    ) -> Result<Self> {
        let place = store.to_string();
        let log = log_store(&store)?;
        let failed = |e| delta_error(&format!("cannot look for a table at {place}"), e);
        if !log.is_delta_table_location().await.map_err(failed)? {
            let message = format!("there is no table at {place} yet: start its writer first");
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        let (newest, _) = Box::pin(newest(log.as_ref(), &definition, &place)).await?;
        let with_statistics = definition.schema.column_with_name(STATISTICS_COLUMN).is_some();
        Ok(Self { log, store, place, with_statistics, env, newest: Mutex::new(Arc::new(newest)) })
    }

    /// Reads the entries that other writers have added since.
    async fn catch_up(&self, newest: &mut Arc<TableVersion>) -> Result<()> {
        while let Some(actions) = entry(self.log.as_ref(), newest.version + 1).await? {
            *newest = Arc::new(apply(newest, &actions, &self.place)?);
        }
        Ok(())
    }

    /// Refuses files that are not in the store with the size that the commit gives.
    async fn check_stored(&self, files: &[SegmentFile]) -> Result<()> {
        for file in files {
            let found = self.store.head(&Path::from(file.path.as_str())).await;
            match found {
                Ok(meta) if meta.size == file.bytes => {}
                Ok(meta) => {
                    let message =
                        format!("{} has {} bytes, its commit says {}", file.path, meta.size, file.bytes);
                    return Err(Error::new(ErrorKind::Invalid, message));
                }
                Err(error @ object_store::Error::NotFound { .. }) => {
                    let message =
                        format!("{} is not in {}: write it before its commit", file.path, self.place);
                    return Err(Error::new(ErrorKind::Invalid, message).caused_by(error));
                }
                Err(error) => {
                    let message = format!("cannot look at {}: {error}", file.path);
                    return Err(Error::new(ErrorKind::Unavailable, message).caused_by(error));
                }
            }
        }
        Ok(())
    }

    async fn commit_with_retries(&self, commit: &Commit) -> Result<CommitOutcome> {
        let mut newest = self.newest.lock().await;
        for attempt in 0..COMMIT_ATTEMPTS_MAX {
            if attempt > 0 {
                self.env.sleep(self.retry_delay(attempt)).await;
            }
            self.catch_up(&mut newest).await?;
            if let Some(outcome) = needless(commit, &newest)? {
                return Ok(outcome);
            }
            let actions = action::actions(commit, newest.version, self.with_statistics, self.env.now())?;
            match write_entry(&self.log, newest.version + 1, encode(&actions)?).await {
                Ok(()) => {
                    *newest = Arc::new(apply(&newest, &actions, &self.place)?);
                    return Ok(CommitOutcome::Committed(Arc::clone(&newest)));
                }
                Err(TransactionError::VersionAlreadyExists(version)) => {
                    tracing::debug!(version, attempt, "another writer took this version");
                }
                Err(error) => {
                    let what =
                        format!("cannot write entry {} of the log at {}", newest.version + 1, self.place);
                    return Err(delta_error(&what, error.into()));
                }
            }
        }
        let message = format!("other writers of {} won {COMMIT_ATTEMPTS_MAX} times: try again", self.place);
        Err(Error::new(ErrorKind::Unavailable, message))
    }

    /// A random wait that grows with each attempt.
    fn retry_delay(&self, attempt: u32) -> Duration {
        let longest = RETRY_DELAY_FIRST.saturating_mul(1 << attempt.min(16)).min(RETRY_DELAY_MAX);
        longest.mul_f64(f64::from(self.env.random_bytes()[0]) / 256.0)
    }

    /// A missing checkpoint costs only time at the next start, so a failure is told and no more.
    async fn checkpoint_if_due(&self, version: u64) {
        if !version.is_multiple_of(CHECKPOINT_INTERVAL_COMMITS) {
            return;
        }
        let retention_ns = u64::try_from(LOG_RETENTION.as_nanos()).unwrap_or(u64::MAX);
        let expired_before_ms = i64::try_from(self.env.now().saturating_sub(retention_ns) / 1_000_000);
        let written = checkpoint::write(&self.log, version, expired_before_ms.unwrap_or(0)).await;
        if let Err(error) = written {
            tracing::warn!(%error, version, place = %self.place, "no checkpoint; the next one makes up for it");
        }
    }
}

#[async_trait::async_trait]
impl Catalog for DeltaCatalog {
    async fn current(&self) -> Result<Arc<TableVersion>> {
        let mut newest = self.newest.lock().await;
        self.catch_up(&mut newest).await?;
        Ok(Arc::clone(&newest))
    }

    async fn commit(&self, commit: Commit) -> Result<CommitOutcome> {
        action::check(&commit)?;
        self.check_stored(&commit.add).await?;
        let outcome = self.commit_with_retries(&commit).await?;
        if let CommitOutcome::Committed(table) = &outcome {
            self.checkpoint_if_due(table.version).await;
        }
        Ok(outcome)
    }

    async fn forget_history(&self) -> Result<u64> {
        let mut newest = self.newest.lock().await;
        self.catch_up(&mut newest).await?;
        checkpoint::begin_log_at(&self.log, self.store.as_ref(), newest.version).await
    }
}

/// The outcome of a commit that must not be written on top of `newest`.
fn needless(commit: &Commit, newest: &Arc<TableVersion>) -> Result<Option<CommitOutcome>> {
    if let Some(watermark) = commit.watermark
        && newest.watermark(watermark.app).is_some_and(|committed| watermark.sequence <= committed)
    {
        return Ok(Some(CommitOutcome::AlreadyCommitted(Arc::clone(newest))));
    }
    if is_applied(commit, newest) {
        return Ok(Some(CommitOutcome::AlreadyCommitted(Arc::clone(newest))));
    }
    let restated = commit.restate.iter().map(|file| file.path.as_str());
    let mut absent: HashSet<&str> =
        commit.remove.iter().map(|file| file.path.as_str()).chain(restated).collect();
    let added: HashSet<&str> = commit.add.iter().map(|file| file.path.as_str()).collect();
    for file in &newest.files {
        absent.remove(file.path.as_str());
        if added.contains(file.path.as_str()) {
            let message = format!("{} is in the table already: a file name is used once", file.path);
            return Err(Error::new(ErrorKind::Invalid, message));
        }
    }
    if let Some(path) = absent.into_iter().next() {
        return Ok(Some(CommitOutcome::Conflicted { path: path.to_owned(), current: Arc::clone(newest) }));
    }
    Ok(None)
}

/// Whether the table has all that `commit` adds and none that it removes: an attempt whose answer was lost had written it.
fn is_applied(commit: &Commit, newest: &TableVersion) -> bool {
    let mut missing: HashSet<&str> = commit.add.iter().map(|file| file.path.as_str()).collect();
    let removed: HashSet<&str> = commit.remove.iter().map(|file| file.path.as_str()).collect();
    let has_changed = !missing.is_empty() && !removed.is_empty();
    let keeps_removed = newest.files.iter().any(|file| {
        missing.remove(file.path.as_str());
        removed.contains(file.path.as_str())
    });
    has_changed && !keeps_removed && missing.is_empty()
}

/// The newest version of a table that has all columns of `definition`: nullable ones that it lacks are added first.
async fn widened(log: &LogStoreRef, definition: &TableDefinition, place: &str) -> Result<TableVersion> {
    for _ in 0..COMMIT_ATTEMPTS_MAX {
        let (table, metadata) = Box::pin(newest(log.as_ref(), definition, place)).await?;
        let Some(metadata) = metadata else { return Ok(table) };
        match write_entry(log, table.version + 1, encode(&[Action::Metadata(metadata)])?).await {
            Ok(()) => tracing::info!(table = definition.name, %place, "added the columns that are new"),
            Err(TransactionError::VersionAlreadyExists(_)) => {}
            Err(error) => {
                return Err(delta_error(
                    &format!("cannot add columns to the table at {place}"),
                    error.into(),
                ));
            }
        }
    }
    let message = format!("other writers of {place} won {COMMIT_ATTEMPTS_MAX} times: try again");
    Err(Error::new(ErrorKind::Unavailable, message))
}

/// The library's view of the store. Its root is the table's, so the location says only that: a `file` location makes
/// the library sort listings, which local folders do not.
fn log_store(store: &Arc<dyn ObjectStore>) -> Result<LogStoreRef> {
    let location = Url::parse("file:///")
        .map_err(|e| Error::new(ErrorKind::Internal, "file:/// is no location").caused_by(e))?;
    let options = StorageConfig::default();
    Ok(default_logstore(Arc::clone(store), Arc::clone(store), &location, &options))
}

/// The lines of a log entry.
fn encode(actions: &[Action]) -> Result<bytes::Bytes> {
    let mut lines = Vec::new();
    for action in actions {
        serde_json::to_writer(&mut lines, action)
            .map_err(|e| Error::new(ErrorKind::Internal, "cannot encode a log entry").caused_by(e))?;
        lines.push(b'\n');
    }
    Ok(lines.into())
}

async fn write_entry(log: &LogStoreRef, version: u64, bytes: bytes::Bytes) -> Result<(), TransactionError> {
    log.write_commit_entry(version, CommitOrBytes::LogBytes(bytes), uuid::Uuid::nil()).await
}
