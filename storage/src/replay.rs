//! Replay: what the log holds and no segment does yet is read back, in order, while new requests come in behind it.
//!
//! Readers see what was read back so far, and are told that something is missing. Flushes take what was read back in the
//! order of the log; what comes in waits until all is through, so that the table's watermark never passes a request that
//! was not read back.

use std::sync::Arc;
use std::time::Duration;

use proto::ErrorKind;

use crate::live::LoggedRequest;
use crate::settle::SETTLE_BYTES;
use crate::storage::Storage;
use crate::wal::{Content, Recovery, Replay as Records};
use crate::{Error, Result, retention};

/// After a failed flush nothing is tried for so long.
const RETRY_DELAY: Duration = Duration::from_secs(2);
/// What is read back is flushed without a boundary once it holds so many times `storage.flush_bytes`: more than a
/// flush of the process that wrote it had.
const UNBOUNDED_FLUSHES: usize = 2;

/// How far the replay of the write-ahead log has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplayProgress {
    /// Requests are being read back: so many percent of the log's records.
    Running {
        /// 0 to 99.
        percent: u8,
    },
    /// All is there.
    Done,
    /// The rest cannot be read, for this reason. What was read is not flushed beyond the fault, and the log stays.
    Failed(ErrorKind, String),
}

/// Why a stretch of the replay ended.
enum Pause {
    /// Something is to be flushed.
    Cut,
    End,
    Stopping,
}

/// A replay at work.
struct Replay {
    storage: Arc<Storage>,
    records: Records,
    /// The table's watermark.
    after: u64,
    /// The last record there is.
    through: u64,
    requests: u64,
}

/// Reads back what `recovery` found above `after`, until done or storage stops.
pub(crate) async fn run(storage: Arc<Storage>, recovery: Recovery, after: u64) {
    let through = storage.replay_through;
    let ended = match recovery.records(after) {
        Ok(records) => {
            Replay { storage: Arc::clone(&storage), records, after, through, requests: 0 }.run().await
        }
        Err(error) => Err(error),
    };
    let progress = match ended {
        Ok(false) => return,
        Ok(true) => ReplayProgress::Done,
        Err(error) => {
            tracing::error!(%error, "the write-ahead log cannot be replayed");
            ReplayProgress::Failed(error.kind, error.message)
        }
    };
    storage.replay.send_replace(progress);
}

impl Replay {
    /// False when storage stops before all is through.
    async fn run(mut self) -> Result<bool> {
        let env = self.storage.env.clone();
        loop {
            let stretch = env.spawn_blocking(move || self.stretch().map(|pause| (self, pause))).await;
            let (replay, pause) = stretch.map_err(|error| {
                Error::new(
                    ErrorKind::Internal,
                    format!("the replay of the write-ahead log panicked: {error}"),
                )
            })??;
            self = replay;
            match pause {
                Pause::Cut => self.flush().await,
                Pause::Stopping => return Ok(false),
                Pause::End => break,
            }
        }
        let storage = &self.storage;
        storage.shared.state.lock().live.finish_replay();
        storage.shared.boundary_due.notify_one();
        if self.requests > 0 {
            tracing::info!(requests = self.requests, after = self.after, "replayed the write-ahead log");
        }
        if let Err(error) = retention::remove_orphans(storage).await {
            tracing::warn!(%error, "segments that no table version names stay until the next start");
        }
        Ok(true)
    }

    /// Reads until there is something to flush. Blocking.
    fn stretch(&mut self) -> Result<Pause> {
        while let Some(record) = self.records.next() {
            let record = record?;
            let shared = &self.storage.shared;
            let is_full = match record.content {
                // Nothing is written, so nothing can be let go of.
                Content::FlushBoundary { .. } if self.storage.query_only.is_some() => false,
                Content::FlushBoundary { .. } => {
                    if shared.cut(record.sequence) {
                        return Ok(Pause::Cut);
                    }
                    false
                }
                Content::Data { meta, .. }
                    if !self.storage.dedupe.takes_replayed(record.sequence, meta.body_hash) =>
                {
                    false
                }
                Content::Data { meta, body } => {
                    self.requests += 1;
                    // The process that wrote it has not stopped: nobody knows which answers left it.
                    self.storage.doubts.add(None, meta.arrival, meta.arrival);
                    let live = &mut shared.state.lock().live;
                    live.push(record.sequence, LoggedRequest { meta, body });
                    live.growing_bytes() >= shared.flush_bytes.saturating_mul(UNBOUNDED_FLUSHES)
                }
            };
            let is_settling_due = shared.state.lock().live.unsettled_bytes() >= SETTLE_BYTES;
            if is_settling_due {
                drop(shared.settled());
            }
            self.tell(record.sequence);
            if *self.storage.stopping.borrow() {
                return Ok(Pause::Stopping);
            }
            if is_full && self.storage.query_only.is_some() {
                self.check_memory()?;
            } else if is_full && shared.state.lock().live.cut_after_last() {
                return Ok(Pause::Cut);
            }
        }
        Ok(Pause::End)
    }

    fn check_memory(&self) -> Result<()> {
        let live_bytes = self.storage.shared.state.lock().live.bytes() as u64;
        if live_bytes <= self.storage.config.live_bytes_max.as_u64() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::TooLarge,
            "the write-ahead log holds more than storage.live_bytes_max and nothing can be written: its later spans \
             are not shown",
        ))
    }

    fn tell(&self, sequence: u64) {
        let (done, all) =
            (sequence.saturating_sub(self.after), self.through.saturating_sub(self.after).max(1));
        let percent = u8::try_from(u128::from(done) * 100 / u128::from(all)).unwrap_or(99).min(99);
        let progress = ReplayProgress::Running { percent };
        self.storage.replay.send_if_modified(|told| {
            let is_news = *told != progress;
            told.clone_from(&progress);
            is_news
        });
    }

    /// Flushes what was cut off before more is read, so that memory stays bounded; tries until it works.
    async fn flush(&self) {
        let mut stopping = self.storage.stopping.subscribe();
        while !*stopping.borrow_and_update() {
            match self.storage.flush_oldest().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(%error, "a flush of the replay failed: it is tried again");
                    tokio::select! {
                        () = self.storage.env.sleep(RETRY_DELAY) => {}
                        _ = stopping.changed() => {}
                    }
                }
            }
        }
    }
}

impl Storage {
    /// How far the replay of the write-ahead log has come.
    #[must_use]
    pub fn replay_progress(&self) -> tokio::sync::watch::Receiver<ReplayProgress> {
        self.replay.subscribe()
    }

    /// Returns once everything acknowledged earlier is readable.
    ///
    /// # Errors
    /// When the log is damaged or cannot be read: the message names the file.
    pub async fn replayed(&self) -> Result<()> {
        let mut progress = self.replay.subscribe();
        let ended = progress.wait_for(|progress| !matches!(progress, ReplayProgress::Running { .. })).await;
        match ended.map(|progress| progress.clone()) {
            Ok(ReplayProgress::Failed(kind, message)) => Err(Error::new(kind, message)),
            _ => Ok(()),
        }
    }
}
