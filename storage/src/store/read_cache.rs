//! Blocks of immutable files of an object store, kept on the local disk: what is asked for again is not fetched again.
//!
//! What is where is known in memory alone, so a start begins with none, and nothing has to be synced. What comes out is checked
//! like what comes from the store, by [`super::CheckedStore`] above.

mod fetch;

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use lru::LruCache;
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::env::Env;
use crate::{Error, Result};

/// A block begins at a multiple of this; a file's last one is shorter. Whole blocks of checksums, the footer of a segment, a
/// page or two of a column: an object store sends so much in about the time that it takes to answer.
pub(super) const BLOCK_BYTES: u64 = 256 << 10;

/// Blocks of files, least recently used first to go.
#[derive(Debug)]
pub(crate) struct ReadCache {
    folder: PathBuf,
    bytes_max: u64,
    env: Env,
    state: Mutex<State>,
    counters: Counters,
}

#[derive(Debug)]
struct State {
    blocks: LruCache<Key, Held>,
    bytes: u64,
    /// Blocks that somebody fetches.
    coming: HashMap<Key, watch::Receiver<Option<Bytes>>>,
    /// Counts the names of files: none is used twice, so that a late reader finds its block or nothing.
    named: u64,
    /// The disk is needed for other things.
    is_paused: bool,
}

/// A block: of which file (with its table), and the how manieth.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    file: Arc<str>,
    block: u64,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    name: u64,
    bytes: u64,
}

#[derive(Debug, Default)]
struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    evictions: AtomicU64,
    damaged: AtomicU64,
}

/// What a cache holds and has counted, in blocks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CacheStats {
    pub(crate) bytes: u64,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) evictions: u64,
    pub(crate) damaged: u64,
}

impl ReadCache {
    /// A cache in `folder` of at most `bytes_max` bytes. What an earlier process left there is removed.
    ///
    /// # Errors
    /// When the folder cannot be emptied or made.
    pub(crate) fn open(folder: &Path, bytes_max: u64, env: Env) -> Result<Self> {
        match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::io("empty the read cache", folder, error));
            }
            _ => {}
        }
        std::fs::create_dir_all(folder).map_err(|error| Error::io("make the read cache", folder, error))?;
        let state = State {
            blocks: LruCache::unbounded(),
            bytes: 0,
            coming: HashMap::new(),
            named: 0,
            is_paused: false,
        };
        Ok(Self {
            folder: folder.to_owned(),
            bytes_max,
            env,
            state: Mutex::new(state),
            counters: Counters::default(),
        })
    }

    /// Drops the blocks of `file` that hold some of `ranges`, which are not what was written; false when it had none.
    pub(super) fn forget(&self, file: &str, ranges: &[Range<u64>]) -> bool {
        let file: Arc<str> = file.into();
        let blocks: BTreeSet<u64> = ranges.iter().flat_map(blocks_of).collect();
        let mut dropped = Vec::new();
        {
            let mut state = self.state.lock();
            for block in blocks {
                dropped.extend(state.take(&Key { file: Arc::clone(&file), block }));
            }
        }
        self.counters.damaged.fetch_add(dropped.len() as u64, Ordering::Relaxed);
        let had_some = !dropped.is_empty();
        self.remove(dropped);
        had_some
    }

    /// Drops the blocks of files that are not wanted; a file is `{table}/{path}`.
    pub(crate) fn retain(&self, is_wanted: impl Fn(&str) -> bool) {
        let mut state = self.state.lock();
        let unwanted: Vec<Key> =
            state.blocks.iter().map(|(key, _)| key).filter(|key| !is_wanted(&key.file)).cloned().collect();
        let dropped = unwanted.iter().filter_map(|key| state.take(key)).collect();
        drop(state);
        self.remove(dropped);
    }

    /// Holds nothing while the disk is needed for other things.
    pub(crate) fn pause(&self, is_paused: bool) {
        self.state.lock().is_paused = is_paused;
        if is_paused {
            self.retain(|_| false);
        }
    }

    /// What it holds and has counted.
    pub(crate) fn stats(&self) -> CacheStats {
        let counted = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CacheStats {
            bytes: self.state.lock().bytes,
            hits: counted(&self.counters.hits),
            misses: counted(&self.counters.misses),
            evictions: counted(&self.counters.evictions),
            damaged: counted(&self.counters.damaged),
        }
    }

    fn path(&self, name: u64) -> PathBuf {
        self.folder.join(format!("{name:016x}"))
    }

    /// A file that stays behind is removed at the next start.
    fn remove(&self, dropped: Vec<Held>) {
        for held in dropped {
            let path = self.path(held.name);
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::debug!(%error, path = %path.display(), "a block of the read cache cannot be removed");
            }
        }
    }
}

impl State {
    fn take(&mut self, key: &Key) -> Option<Held> {
        let held = self.blocks.pop(key)?;
        self.bytes -= held.bytes;
        Some(held)
    }

    /// Puts a block in, and takes out what there is no room for then.
    fn put(&mut self, key: Key, held: Held, bytes_max: u64) -> Vec<Held> {
        let mut dropped = Vec::new();
        self.bytes += held.bytes;
        if let Some(earlier) = self.blocks.put(key, held) {
            self.bytes -= earlier.bytes;
            dropped.push(earlier);
        }
        while self.bytes > bytes_max
            && let Some((_, oldest)) = self.blocks.pop_lru()
        {
            self.bytes -= oldest.bytes;
            dropped.push(oldest);
        }
        dropped
    }
}

/// The numbers of the blocks that hold some of `range`.
pub(super) fn blocks_of(range: &Range<u64>) -> Range<u64> {
    range.start / BLOCK_BYTES..range.end.div_ceil(BLOCK_BYTES)
}

#[cfg(test)]
mod tests;
