//! Retries of requests that were kept: told by a hash of their bodies as received, answered again, kept once.
//!
//! An exporter that missed its answer sends the same bytes again, and span ids make no two requests alike. So a body
//! whose hash was seen within the window is a retry. One whose original is still on its way to the disk waits, and
//! shares its fate: it is a duplicate once the original is durable, and takes the original's place when that failed.
//!
//! What a restart must know is in the write-ahead log, and for records that were trimmed in [`hash_log::HashLog`], which
//! is written before the table's watermark passes them.

mod claim;
mod hash_log;
mod hasher;
mod seen;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use uuid::Uuid;

pub(crate) use self::claim::Claim;
use self::hash_log::HashLog;
pub use self::hasher::BodyHasher;
use self::seen::{Origin, Seen};
use crate::env::Env;
use crate::{Config, Result};

/// Which bodies were kept, and which are on their way.
#[derive(Debug)]
pub(crate) struct Dedupe {
    env: Env,
    hasher: BodyHasher,
    window: Duration,
    state: Mutex<State>,
    log: HashLog,
    duplicates: AtomicU64,
    replayed_duplicates: AtomicU64,
}

#[derive(Debug)]
struct State {
    seen: Seen,
    /// Who waits for the original, by its hash.
    in_flight: HashMap<u128, Vec<oneshot::Sender<()>>>,
    /// WAL sequence and hash of what no file of the hash log has yet.
    unsaved: Vec<(u64, u128)>,
}

/// What deduplication has counted and holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DedupeStats {
    /// Retries that were answered and not kept again.
    pub(crate) duplicates: u64,
    /// Records that a replay left out, because the log or the table has the same body elsewhere.
    pub(crate) replayed_duplicates: u64,
    /// Hashes held.
    pub(crate) entries: u64,
    /// Memory they take.
    pub(crate) bytes: u64,
    /// Hashes forgotten before their time, for want of room.
    pub(crate) evicted: u64,
    /// Files of the hash log that could not be read.
    pub(crate) unreadable_files: u64,
}

impl Dedupe {
    /// Reads the hash log in `folder`, which belongs to the write-ahead log `wal_id`. The table has the records up to
    /// `watermark`.
    pub(crate) async fn open(
        config: &Config,
        env: Env,
        folder: &std::path::Path,
        wal_id: Uuid,
        watermark: u64,
    ) -> Arc<Self> {
        let log = HashLog::new(folder, wal_id, config.dedupe_window, env.clone());
        let mut seen = Seen::new(config.dedupe_entries_max, config.dedupe_window);
        let now = env.monotonic();
        for section in log.read().await {
            let origin = match section.through <= watermark {
                true => Origin::Kept,
                false => Origin::AwaitsReplay,
            };
            section.hashes.iter().for_each(|hash| seen.insert(*hash, origin, now, section.expires_at));
        }
        let state = State { seen, in_flight: HashMap::new(), unsaved: Vec::new() };
        Arc::new(Self {
            env,
            hasher: BodyHasher::new(wal_id.into_bytes()),
            window: config.dedupe_window,
            state: Mutex::new(state),
            log,
            duplicates: AtomicU64::new(0),
            replayed_duplicates: AtomicU64::new(0),
        })
    }

    pub(crate) const fn hasher(&self) -> BodyHasher {
        self.hasher
    }

    /// Gives the right to append a body; none when it is a retry of what is durable and visible by now.
    ///
    /// `hash` 0 says that there is none: such a body is never a duplicate.
    pub(crate) async fn admit(self: &Arc<Self>, hash: u128) -> Option<Claim> {
        if hash == 0 || self.window.is_zero() {
            return Some(Claim::of_nothing());
        }
        loop {
            let original = {
                let now = self.env.monotonic();
                let mut state = self.state.lock();
                state.seen.expire(now);
                if let Some(waiting) = state.in_flight.get_mut(&hash) {
                    let (done, original) = oneshot::channel();
                    waiting.push(done);
                    original
                } else if state.seen.contains(hash) {
                    break;
                } else {
                    state.in_flight.insert(hash, Vec::new());
                    return Some(Claim::new(Arc::clone(self), hash));
                }
            };
            if original.await.is_ok() {
                break;
            }
        }
        self.duplicates.fetch_add(1, Ordering::Relaxed);
        None
    }

    /// Whether record `sequence`, met by the replay, is to be shown: not when its body was appended meanwhile, stands
    /// earlier in the log, or is in the table.
    pub(crate) fn takes_replayed(&self, sequence: u64, hash: u128) -> bool {
        hash == 0 || self.window.is_zero() || self.remember(sequence, hash)
    }

    /// Notes that record `sequence` with that body is durable; false when another one is kept already.
    fn remember(&self, sequence: u64, hash: u128) -> bool {
        let now = self.env.monotonic();
        let mut state = self.state.lock();
        if state.seen.contains_kept(hash) {
            drop(state);
            self.replayed_duplicates.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        state.seen.insert(hash, Origin::Kept, now, now + self.window);
        state.unsaved.push((sequence, hash));
        true
    }

    /// Writes the hashes of the records up to `through` to the hash log, durably. Comes before the table's watermark
    /// passes them, and so before they are trimmed.
    pub(crate) async fn save(&self, through: u64) -> Result<()> {
        let hashes: Vec<u128> = {
            let state = self.state.lock();
            state.unsaved.iter().filter(|(sequence, _)| *sequence <= through).map(|(_, hash)| *hash).collect()
        };
        self.log.append(through, &hashes).await?;
        self.state.lock().unsaved.retain(|(sequence, _)| *sequence > through);
        Ok(())
    }

    pub(crate) fn stats(&self) -> DedupeStats {
        let state = self.state.lock();
        DedupeStats {
            duplicates: self.duplicates.load(Ordering::Relaxed),
            replayed_duplicates: self.replayed_duplicates.load(Ordering::Relaxed),
            entries: state.seen.entries() as u64,
            bytes: state.seen.bytes() as u64,
            evicted: state.seen.evicted(),
            unreadable_files: self.log.unreadable_files(),
        }
    }
}

#[cfg(test)]
mod tests;
