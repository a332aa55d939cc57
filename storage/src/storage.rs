//! The room's one object: append, snapshot, flush, stop.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use object_store::ObjectStore;
use parking_lot::{Mutex, RwLock};
use proto::ErrorKind;
use tokio::sync::{Notify, watch};

use crate::catalog::{Catalog, TableVersion};
use crate::compaction::SetAside;
use crate::damage::Damaged;
use crate::dedupe::{BodyHasher, Claim, Dedupe};
use crate::derive::{self, Deriving};
use crate::documents::{Notebooks, Pins};
use crate::doubts::Doubts;
use crate::env::{Env, JoinHandle};
use crate::ledger::Ledger;
use crate::live::{LiveBuffer, LoggedRequest};
use crate::replay::ReplayProgress;
use crate::retention::Leaving;
use crate::settle::{DecodeRequests, SETTLE_BYTES};
use crate::stores::TableStores;
use crate::wal::{DurableSink, RecordMeta, Wal, WalStats};
use crate::{Completeness, Config, Error, Result, Snapshot, Watermark, quarantine};

/// How long a sender is asked to wait while the live buffer is full.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A request's columns take about so many times its bytes: 2.4 measured, of spans large and small.
const COLUMN_BYTES_PER_BODY_BYTE: u64 = 3;

/// How long the flush of an orderly end may take.
const LAST_FLUSH_MAX: Duration = Duration::from_secs(10);

/// Durable spans: appended to the WAL, readable at once, in Parquet a minute later.
#[derive(Debug)]
pub struct Storage {
    pub(crate) config: Config,
    pub(crate) env: Env,
    pub(crate) wal: Wal<Queued>,
    pub(crate) dedupe: Arc<Dedupe>,
    pub(crate) doubts: Doubts,
    pub(crate) catalog: Arc<dyn Catalog>,
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) shared: Arc<Shared>,
    /// One flush at a time.
    pub(crate) flushing: tokio::sync::Mutex<()>,
    /// Bytes of requests that are on their way through the log.
    pub(crate) appending_bytes: AtomicU64,
    pub(crate) counters: Counters,
    pub(crate) ledger: Ledger,
    pub(crate) pins: Pins,
    pub(crate) notebooks: Notebooks,
    /// One merge at a time.
    pub(crate) compacting: tokio::sync::Mutex<()>,
    pub(crate) set_aside: SetAside,
    /// One look at what is too old or too much at a time.
    pub(crate) retaining: tokio::sync::Mutex<()>,
    pub(crate) stores: TableStores,
    /// None, or all of them.
    pub(crate) derived: RwLock<Vec<Arc<derive::Table>>>,
    pub(crate) deriving: Deriving,
    /// Files that left the table and not the disk.
    pub(crate) leaving: Mutex<Vec<Leaving>>,
    pub(crate) max_bytes: u64,
    /// Why nothing can be written, if so.
    pub(crate) query_only: Option<String>,
    /// Little is free on the disk.
    pub(crate) is_disk_full: AtomicBool,
    /// The tables' log could not be read for a while: others may have written to it.
    pub(crate) is_out_of_touch: AtomicBool,
    /// When dates last left the table by age, on the monotonic clock.
    pub(crate) aged_out: Mutex<Option<Duration>>,
    /// The last record that a replay at start reads back.
    pub(crate) replay_through: u64,
    pub(crate) replay: watch::Sender<ReplayProgress>,
    pub(crate) stopping: watch::Sender<bool>,
    pub(crate) tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// The one pair that a snapshot takes at one moment.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) table: Arc<TableVersion>,
    pub(crate) live: LiveBuffer,
}

/// What the WAL's writer, queries and flushes share.
pub(crate) struct Shared {
    pub(crate) state: Mutex<State>,
    /// Held by whoever turns requests into columns, or needs that nobody is at it. Taken before `state`.
    pub(crate) settling: Mutex<()>,
    pub(crate) decode: DecodeRequests,
    /// Where requests go that were acknowledged and cannot be read.
    pub(crate) quarantine: PathBuf,
    /// Files of the table that are not what was written.
    pub(crate) damaged: Damaged,
    pub(crate) settle_due: Notify,
    pub(crate) flush_bytes: usize,
    pub(crate) boundary_due: Notify,
    pub(crate) flush_due: Notify,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("state", &self.state).finish_non_exhaustive()
    }
}

/// A request on its way through the log, and its right to be there.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) request: LoggedRequest,
    pub(crate) claim: Claim,
}

impl DurableSink<Queued> for Shared {
    fn durable(&self, sequence: u64, Queued { request, claim }: Queued) {
        if claim.remember(sequence) {
            let mut state = self.state.lock();
            state.live.push(sequence, request);
            if state.live.unsettled_bytes() >= SETTLE_BYTES {
                self.settle_due.notify_one();
            }
        }
        claim.settle();
    }

    fn boundary(&self, sequence: u64) {
        self.cut(sequence);
    }
}

/// A request between its admission and the live buffer.
struct Admitted<'a> {
    appending_bytes: &'a AtomicU64,
    bytes: u64,
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        self.appending_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// What became of a request that may be acknowledged now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Its WAL sequence; none for a duplicate, which has no record of its own.
    pub sequence: Option<u64>,
}

impl Appended {
    /// Whether it was a retry of what is kept already.
    #[must_use]
    pub const fn is_duplicate(self) -> bool {
        self.sequence.is_none()
    }
}

/// What storage counted since it was opened.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) flushes: AtomicU64,
    pub(crate) flush_failures: AtomicU64,
    pub(crate) flush_ns: AtomicU64,
    pub(crate) flushed_bytes: AtomicU64,
    pub(crate) duplicate_spans: AtomicU64,
    pub(crate) compactions: AtomicU64,
    pub(crate) compaction_failures: AtomicU64,
    pub(crate) compaction_ns: AtomicU64,
    pub(crate) compacted_segments: AtomicU64,
    pub(crate) compacted_rows: AtomicU64,
    pub(crate) compacted_duplicate_spans: AtomicU64,
    pub(crate) thinned_segments: AtomicU64,
    pub(crate) derived_windows: AtomicU64,
    pub(crate) derived_spans: AtomicU64,
    pub(crate) derived_rows: AtomicU64,
    pub(crate) derive_failures: AtomicU64,
    pub(crate) derive_ns: AtomicU64,
    pub(crate) removed_files: AtomicU64,
    pub(crate) removed_rows: AtomicU64,
    pub(crate) removed_bytes: AtomicU64,
}

/// What storage holds and has counted.
#[derive(Debug, Clone, Copy)]
pub struct StorageStats {
    /// Segments in the table.
    pub table_files: u64,
    /// Their rows.
    pub table_rows: u64,
    /// Their bytes.
    pub table_bytes: u64,
    /// The table's version.
    pub table_version: u64,
    /// Batches no segment holds yet.
    pub live_batches: u64,
    /// Their spans.
    pub live_rows: u64,
    /// The memory they hold.
    pub live_bytes: u64,
    /// The write-ahead log.
    pub wal: WalStats,
}

impl Storage {
    /// Makes a request durable, which was checked, and its spans readable: only then may it be acknowledged. A retry of
    /// what was kept within `storage.dedupe_window`, told by `meta.body_hash`, is not kept again; one whose original is
    /// still being written waits for it and shares its fate, or takes its place if it failed.
    ///
    /// # Errors
    /// `Overloaded` while spans wait for Parquet in more memory than `storage.live_bytes_max`; `Unavailable` when the
    /// log is full or its disk fails. Nothing was stored then, and a retry is safe.
    pub async fn append(&self, meta: RecordMeta, body: Bytes) -> Result<Appended> {
        if let Some(reason) = &self.query_only {
            return Err(Error::new(
                ErrorKind::Unavailable,
                format!("this server only answers queries: {reason}"),
            ));
        }
        let Some(claim) = self.dedupe.admit(meta.body_hash).await else {
            self.doubts.retried(&meta.tenant, meta.arrival);
            return Ok(Appended { sequence: None });
        };
        if self.is_disk_full.load(Ordering::Relaxed) {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "the disk of the data folder is nearly full: give it room, or keep less with storage.max_bytes",
            ));
        }
        let _room = self.admit(body.len())?;
        let request = LoggedRequest { meta: meta.clone(), body: body.clone() };
        let client = self.doubts.unanswered(&meta.tenant, meta.arrival);
        let appended = self.wal.append(meta, body, Queued { request, claim }).await;
        client.answered();
        Ok(Appended { sequence: Some(appended?) })
    }

    /// Room for a request of `bytes` in the live buffer, to be held until it is there.
    fn admit(&self, bytes: usize) -> Result<Admitted<'_>> {
        let state = self.shared.state.lock();
        let unsettled = state.live.unsettled_bytes() as u64;
        let coming = self.appending_bytes.load(Ordering::Relaxed) + unsettled;
        let settled = (state.live.bytes() as u64).saturating_sub(unsettled);
        let live_bytes = settled + coming.saturating_mul(COLUMN_BYTES_PER_BODY_BYTE);
        if live_bytes > self.config.live_bytes_max.as_u64() {
            return Err(Error::new(
                ErrorKind::Overloaded { retry_after: RETRY_AFTER },
                format!(
                    "{live_bytes} bytes of spans wait to be written to Parquet, more than storage.live_bytes_max allows"
                ),
            ));
        }
        let bytes = bytes as u64;
        self.appending_bytes.fetch_add(bytes, Ordering::Relaxed);
        Ok(Admitted { appending_bytes: &self.appending_bytes, bytes })
    }

    /// What makes [`RecordMeta::body_hash`].
    #[must_use]
    pub fn body_hasher(&self) -> BodyHasher {
        self.dedupe.hasher()
    }

    /// Every acknowledged span, each once; while the log is replayed, as far as it was read back.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let _settled = self.shared.settled();
        let state = self.shared.state.lock();
        let (table, unreadable) = quarantine::readable(&state.table, &self.shared.damaged);
        Snapshot {
            table,
            unreadable,
            live: state.live.batches(),
            completeness: Completeness {
                replaying: state.live.is_replaying(),
                out_of_touch: self.is_out_of_touch.load(Ordering::Relaxed),
                ..Completeness::default()
            },
            complete_to: self.complete_to(&state.table),
            doubts: self.doubts.list(),
            derived: self.derived_versions(),
        }
    }

    /// How far snapshots have come: cheaper than one, which turns into columns what is not yet.
    #[must_use]
    pub fn watermark(&self) -> Watermark {
        let window = self.derived_through();
        let state = self.shared.state.lock();
        let complete_to = self.complete_to(&state.table);
        let table = complete_to.map(|_| state.table.version);
        Watermark { sequence: state.live.last_sequence(), table, window, complete_to }
    }

    /// Where the segments of a snapshot are read from, by [`crate::catalog::SegmentFile::path`].
    #[must_use]
    pub fn segment_store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.store)
    }

    /// What came in and what became of it.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Which traces outlive retention.
    #[must_use]
    pub const fn pins(&self) -> &Pins {
        &self.pins
    }

    /// What people wrote down.
    #[must_use]
    pub const fn notebooks(&self) -> &Notebooks {
        &self.notebooks
    }

    /// Why spans are refused and only queries answered, if so: the data folder cannot be written.
    #[must_use]
    pub fn query_only(&self) -> Option<&str> {
        self.query_only.as_deref()
    }

    /// Whether the tables are this process's to write.
    pub(crate) fn may_write(&self) -> bool {
        self.query_only.is_none() && self.stores.lease.as_ref().is_none_or(|lease| lease.is_held())
    }

    /// Time, chance and tasks.
    #[must_use]
    pub const fn env(&self) -> &Env {
        &self.env
    }

    /// What it holds and has counted.
    #[must_use]
    pub fn stats(&self) -> StorageStats {
        let wal = self.wal.stats();
        let _settled = self.shared.settled();
        let state = self.shared.state.lock();
        let live = state.live.batches();
        StorageStats {
            table_files: state.table.files.len() as u64,
            table_rows: state.table.files.iter().map(|file| file.rows).sum(),
            table_bytes: state.table.files.iter().map(|file| file.disk_bytes()).sum(),
            table_version: state.table.version,
            live_batches: live.len() as u64,
            live_rows: live.iter().map(|batch| batch.spans.rows.num_rows() as u64).sum(),
            live_bytes: state.live.bytes() as u64,
            wal,
        }
    }

    /// Ends the tasks, writes what is live to Parquet (for ten seconds at most: the log has it all), gives the lease of a bucket
    /// back and closes the log.
    /// Appends afterwards are refused.
    pub async fn stop(&self) {
        self.end_tasks().await;
        if let Some(lease) = &self.stores.lease {
            lease.release().await;
        }
        self.wal.stop().await;
    }

    /// All of [`Self::stop`] but the end of the log.
    pub(crate) async fn end_tasks(&self) {
        self.stopping.send_replace(true);
        let tasks = std::mem::take(&mut *self.tasks.lock());
        for task in tasks {
            if task.await.is_err() {
                tracing::error!("a storage task ended with a panic");
            }
        }
        tokio::select! {
            flushed = self.flush() => if let Err(error) = flushed {
                tracing::warn!(%error, "the last flush failed: the write-ahead log keeps its spans for the next start");
            },
            () = self.env.sleep(LAST_FLUSH_MAX) => {
                tracing::warn!("the last flush takes too long: the write-ahead log keeps its spans for the next start");
            }
        }
    }

    /// Returns when another process writes to the tables in the place of this one, which writes no more: what it has in its
    /// log is written by the next process that has that log and the bucket.
    pub async fn succeeded(&self) -> Error {
        match &self.stores.lease {
            Some(lease) => Error::new(ErrorKind::Unavailable, lease.succeeded().await),
            None => std::future::pending().await,
        }
    }

    pub(crate) fn count(counter: &AtomicU64, more: u64) {
        counter.fetch_add(more, Ordering::Relaxed);
    }
}

#[cfg(test)]
pub(crate) mod tests;
