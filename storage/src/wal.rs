//! The write-ahead log: opaque bytes in, acknowledged when durable, and given back after a restart.
//!
//! It knows checksums, framing, files and fdatasync, and nothing of what the bytes mean. The layout of its files
//! is described in `docs/formats.md`.
//!
//! One thread writes. It drains the queue into a round, writes the round with one positioned write, syncs it once,
//! hands every record of it to the [`DurableSink`] in order of sequence, and only then wakes those who wait for
//! them: batching comes by itself, without a timer.

mod activate;
mod directory;
mod disk;
mod inspect;
mod record;
mod recovery;
mod renewal;
mod replay;
mod scan;
mod segment;
mod stats;
mod writer;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread::JoinHandle;

use bytes::Bytes;
use parking_lot::Mutex;
use proto::ErrorKind;
use tokio::sync::{Semaphore, oneshot};
use uuid::Uuid;

use self::directory::Directory;
use self::disk::{Disk, RealDisk};
pub use self::inspect::{FrameView, LogView, SegmentView, read_log};
pub(crate) use self::inspect::{LogDamage, examine};
pub use self::record::{Content, Record, RecordMeta, Transport};
use self::renewal::Renewal;
pub use self::replay::{Recovery, Replay};
use self::stats::Counters;
pub use self::stats::WalStats;
use self::writer::{Request, Writer};
use crate::env::Env;
use crate::{Error, Result};

const SEGMENT_BYTES_MIN: u64 = 16 << 10;
const BLOCK_BYTES: u64 = 4096;

/// How the log is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalConfig {
    /// Where it lies; made if needed. One process at a time.
    pub directory: PathBuf,
    /// Size of a segment file; a multiple of 4096, at least 16 KiB. A larger record gets a larger file.
    pub segment_bytes: u64,
    /// How many trimmed segments are kept for reuse.
    pub segments_spare_max: usize,
    /// Size of all segment files together, above which appends are refused; at least two segments.
    pub bytes_max: u64,
    /// Bytes that may wait to be written, above which appends wait.
    pub queue_bytes_max: u32,
    /// Bytes of one write and sync, unless a single record is larger.
    pub round_bytes_max: usize,
    /// Copy damaged segments to `quarantine/` and go on with what is readable, instead of refusing to replay.
    pub quarantine_damage: bool,
}

impl WalConfig {
    /// The usual configuration: 64 MiB segments, 4 spares, 2 GiB in all.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            segment_bytes: 64 << 20,
            segments_spare_max: 4,
            bytes_max: 2 << 30,
            queue_bytes_max: 64 << 20,
            round_bytes_max: 8 << 20,
            quarantine_damage: false,
        }
    }

    fn validate(&self) -> Result<()> {
        let fault =
            if self.segment_bytes < SEGMENT_BYTES_MIN || !self.segment_bytes.is_multiple_of(BLOCK_BYTES) {
                format!(
                    "segment_bytes is {}: use a multiple of {BLOCK_BYTES} from {SEGMENT_BYTES_MIN} on",
                    self.segment_bytes
                )
            } else if self.bytes_max < self.segment_bytes.saturating_mul(2) {
                format!(
                    "bytes_max is {}: use at least twice segment_bytes ({})",
                    self.bytes_max, self.segment_bytes
                )
            } else if self.queue_bytes_max == 0 || self.round_bytes_max == 0 {
                "queue_bytes_max and round_bytes_max must not be 0".to_owned()
            } else {
                return Ok(());
            };
        Err(Error::new(ErrorKind::Invalid, format!("WAL configuration: {fault}")))
    }
}

/// Receives what became durable.
pub trait DurableSink<T>: Send + Sync {
    /// Called on the writer's thread for every data record of this process, once, in order of `sequence`, after
    /// its fdatasync and before its appender learns of it. Every append waits meanwhile: be quick. Must not panic:
    /// that ends the writer, and every append afterwards is refused.
    fn durable(&self, sequence: u64, payload: T);

    /// Called for every flush boundary, in the same order and on the same terms: what became durable before is part
    /// of that flush, what comes after is not.
    fn boundary(&self, sequence: u64);
}

impl<T, F: Fn(u64, T) + Send + Sync> DurableSink<T> for F {
    fn durable(&self, sequence: u64, payload: T) {
        self(sequence, payload);
    }

    fn boundary(&self, _sequence: u64) {}
}

/// A write-ahead log, whose appends carry a payload of type `T` to the sink.
///
/// Dropping it writes what is queued and ends the writer in its own time; [`Wal::stop`] waits for that.
pub struct Wal<T> {
    directory: Arc<Directory>,
    counters: Arc<Counters>,
    queue_bytes: Arc<Semaphore>,
    sender: Mutex<Option<mpsc::Sender<Request<T>>>>,
    writer: Mutex<Option<(oneshot::Receiver<()>, JoinHandle<()>)>>,
}

impl<T: Send + 'static> Wal<T> {
    /// Opens the log in `config.directory`, or makes a new one, and starts its writer. Blocking: reads the last
    /// segment. Appends can begin before the recovered records are replayed.
    ///
    /// # Errors
    /// `Invalid` for a bad configuration; `Unavailable` when another process holds the directory or the disk
    /// fails; `Corrupt` when the last segment is damaged before its tail; `Unsupported` when a newer version
    /// wrote it.
    pub fn open(config: WalConfig, env: Env, sink: Arc<dyn DurableSink<T>>) -> Result<(Self, Recovery)> {
        Self::open_on(Arc::new(RealDisk), config, env, sink)
    }

    fn open_on(
        disk: Arc<dyn Disk>,
        config: WalConfig,
        env: Env,
        sink: Arc<dyn DurableSink<T>>,
    ) -> Result<(Self, Recovery)> {
        config.validate()?;
        let queue_bytes = Arc::new(Semaphore::new(config.queue_bytes_max as usize));
        let directory = Arc::new(Directory::open(disk, env.clone(), config)?);
        let recovered = recovery::recover(&directory)?;
        let counters = Arc::new(Counters::new(recovered.next_sequence, recovered.tail_offset));
        let recovery = Recovery::new(&directory, recovered.spans);
        let (sender, receiver) = mpsc::channel();
        let writer = Writer::new(
            Arc::clone(&directory),
            Arc::clone(&counters),
            sink,
            receiver,
            (recovered.active, recovered.next_sequence),
        );
        let (ended, has_ended) = oneshot::channel();
        let thread = env
            .spawn_thread("wal-writer", move || {
                writer.run();
                drop(ended);
            })
            .map_err(|error| Error::io("start the writer of", &directory.path, error))?;
        let (sender, writer) = (Mutex::new(Some(sender)), Mutex::new(Some((has_ended, thread))));
        Ok((Self { directory, counters, queue_bytes, sender, writer }, recovery))
    }

    /// The log in `config.directory` as it is, to be read only: nothing is locked or changed, appends are refused. What
    /// another process writes meanwhile is not seen.
    ///
    /// # Errors
    /// `NotFound` without a log; else as [`Wal::open`].
    pub fn open_read_only(config: WalConfig, env: Env) -> Result<(Self, Recovery)> {
        config.validate()?;
        let directory = Arc::new(Directory::look_into(Arc::new(RealDisk), env, config)?);
        let recovered = recovery::look(&directory)?;
        let counters = Arc::new(Counters::new(recovered.next_sequence, recovered.tail_offset));
        counters.set_available(false);
        let recovery = Recovery::new(&directory, recovered.spans);
        let queue_bytes = Arc::new(Semaphore::new(0));
        queue_bytes.close();
        Ok((
            Self { directory, counters, queue_bytes, sender: Mutex::default(), writer: Mutex::default() },
            recovery,
        ))
    }

    /// Appends a request and returns its sequence once it is durable and the sink has its payload. Waits while
    /// the queue is full. Dropping the future takes back nothing that was queued already.
    ///
    /// # Errors
    /// `Unavailable` when the log is full, stopping, or the disk failed: nothing was acknowledged, retry later.
    /// `TooLarge` or `Invalid` for what no retry can help.
    pub async fn append(&self, meta: RecordMeta, body: Bytes, payload: T) -> Result<u64> {
        if meta.user_agent.len() > record::TEXT_BYTES_MAX {
            let message = format!(
                "the user agent has {} bytes, at most {} can be kept",
                meta.user_agent.len(),
                record::TEXT_BYTES_MAX
            );
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        self.enqueue(Content::Data { meta, body }, Some(payload)).await
    }

    /// Records that a flush begins of every record before this boundary, and returns the boundary's own sequence.
    /// Goes through even when the log is full of requests, a few hundred times.
    ///
    /// # Errors
    /// As [`Wal::append`].
    pub async fn append_boundary(&self, description: Bytes) -> Result<u64> {
        self.enqueue(Content::FlushBoundary { description }, None).await
    }

    async fn enqueue(&self, content: Content, payload: Option<T>) -> Result<u64> {
        let frame_bytes = content.frame_bytes();
        let frame_bytes_max = self.directory.frame_bytes_max();
        if frame_bytes > frame_bytes_max {
            let message = format!("a record of {frame_bytes} bytes is above the log's {frame_bytes_max}");
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        let queue_bytes_max = self.directory.config.queue_bytes_max;
        let permits = u32::try_from(frame_bytes).unwrap_or(u32::MAX).min(queue_bytes_max);
        let permit =
            Arc::clone(&self.queue_bytes).acquire_many_owned(permits).await.map_err(|_| stopped())?;
        let (done, answer) = oneshot::channel();
        let request = Request { content, payload, done, _queue_bytes: permit };
        self.sender.lock().as_ref().ok_or_else(stopped)?.send(request).map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// Writes what is queued, ends the writer and releases the directory. Later appends are refused.
    pub async fn stop(&self) {
        self.queue_bytes.close();
        drop(self.sender.lock().take());
        let writer = self.writer.lock().take();
        if let Some((ended, thread)) = writer {
            drop(ended.await);
            if thread.join().is_err() {
                tracing::error!("the WAL's writer ended with a panic");
            }
        }
    }

    /// As [`Wal::stop`], and leaves a log without the bytes of any record. Only for who has them all elsewhere: the sequence
    /// up to which records were taken over must be the one below [`Wal::next_sequence`].
    ///
    /// # Errors
    /// `Unavailable` when the disk fails or the log had stopped before: what is left is an ordinary log.
    pub async fn stop_anew(&self) -> Result<()> {
        *self.directory.renewal.lock() = Renewal::Asked;
        self.stop().await;
        match std::mem::take(&mut *self.directory.renewal.lock()) {
            Renewal::Done(renewed) => renewed,
            Renewal::Asked | Renewal::NotAsked => Err(stopped()),
        }
    }
}

impl<T> Wal<T> {
    /// Makes room: recycles or removes the segments whose records are all at or below `through`. The newest
    /// segment stays, and so does what a replay still has to read. Blocking.
    ///
    /// # Errors
    /// `Unavailable` when the disk fails; trimming can be tried again.
    pub fn trim(&self, through: u64) -> Result<()> {
        self.directory.trim(through)
    }

    /// Leaves the disk's room to others: spare segments are removed, and none is made until [`Wal::take_room`].
    pub fn give_room(&self) {
        self.directory.give_room();
    }

    /// Ends [`Wal::give_room`].
    pub fn take_room(&self) {
        self.directory.is_space_short.store(false, Ordering::Release);
    }

    /// The sequence the next record will have.
    #[must_use]
    pub fn next_sequence(&self) -> u64 {
        self.counters.next_sequence.load(Ordering::Acquire)
    }

    /// Bytes of the segments that hold untrimmed records, the newest counted as far as it is written.
    #[must_use]
    pub fn bytes_used(&self) -> u64 {
        let layout = self.directory.layout.lock();
        let sealed: u64 = layout.live.iter().rev().skip(1).map(|segment| segment.bytes).sum();
        sealed + self.counters.active_offset.load(Ordering::Relaxed)
    }

    /// The log's id, made with its directory and never changed.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.directory.id
    }

    /// What it counted since it was opened.
    #[must_use]
    pub fn stats(&self) -> WalStats {
        let layout = self.directory.layout.lock();
        let writer_lives = self.writer.lock().as_ref().is_some_and(|(_, thread)| !thread.is_finished());
        let counted = self.counters.snapshot();
        WalStats {
            is_available: counted.is_available && writer_lives,
            segments_live: layout.live.len() as u64,
            segments_spare: layout.spares.len() as u64,
            disk_bytes: layout.disk_bytes,
            ..counted
        }
    }
}

impl<T> fmt::Debug for Wal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wal")
            .field("directory", &self.directory.path)
            .field("id", &self.directory.id)
            .finish()
    }
}

fn stopped() -> Error {
    Error::new(ErrorKind::Unavailable, "the write-ahead log has stopped: retry against a running server")
}

#[cfg(test)]
mod tests;
