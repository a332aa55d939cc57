//! The settings of this room: `[storage]` in the configuration file.

use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use proto::ErrorKind;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Where spans are kept, for how long, and when they move from memory to Parquet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the tables lie: a folder, or `file:///absolute/folder`.
    pub url: String,
    /// Spans are written to Parquet at the latest this long after they arrived.
    #[serde(with = "humantime_serde")]
    pub flush_interval: Duration,
    /// Spans are written to Parquet once they hold so much memory.
    pub flush_bytes: ByteSize,
    /// Ingest is asked to wait once spans not yet in Parquet hold so much memory.
    pub live_bytes_max: ByteSize,
    /// The write-ahead log takes at most so much disk; ingest answers UNAVAILABLE beyond.
    pub wal_bytes_max: ByteSize,
    /// Whether a damaged segment of the write-ahead log is copied to `wal/quarantine/` and what is readable is taken,
    /// instead of refusing to start. Needed until the first flush after it.
    pub wal_quarantine_damage: bool,
    /// A request with the same bytes as one that was kept so recently is a retry: it is answered and not kept again, across
    /// restarts too. 0 keeps all.
    #[serde(with = "humantime_serde")]
    pub dedupe_window: Duration,
    /// At most so many requests are remembered for that, at some 20 bytes of memory each; beyond, the oldest are forgotten
    /// before their time and counted.
    pub dedupe_entries_max: usize,
    /// Small files are merged, of one tenant and hour each, until they have so many bytes; larger ones stay as they are.
    pub compaction_full_bytes: ByteSize,
    /// The files that are merged at once have parts of at most so many bytes in memory. 0 merges none.
    pub compaction_memory: ByteSize,
    /// Whole dates older than this are removed.
    #[serde(with = "humantime_serde")]
    pub retention: Duration,
    /// The oldest data is removed once the tables are larger than this. Default: the smaller of 20 GiB and half the
    /// free space at start.
    pub max_bytes: Option<ByteSize>,
    /// Files that left the table are deleted this long after, so that readers that still use them can finish.
    #[serde(with = "humantime_serde")]
    pub delete_grace: Duration,
    /// The ledger tells so many tenants apart; the others are counted together.
    pub ledger_tenants_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            url: "./tailplane-data".to_owned(),
            flush_interval: Duration::from_secs(60),
            flush_bytes: ByteSize::mib(128),
            live_bytes_max: ByteSize::mib(512),
            wal_bytes_max: ByteSize::gib(2),
            wal_quarantine_damage: false,
            dedupe_window: Duration::from_secs(10 * 60),
            dedupe_entries_max: 4_000_000,
            compaction_full_bytes: ByteSize::mib(64),
            compaction_memory: ByteSize::mib(192),
            retention: Duration::from_secs(7 * 24 * 3600),
            max_bytes: None,
            delete_grace: Duration::from_secs(10 * 60),
            ledger_tenants_max: 32,
        }
    }
}

impl Config {
    /// The folder that [`Self::url`] names.
    ///
    /// # Errors
    /// When the URL has a scheme that is not `file`, or the values contradict each other.
    pub fn folder(&self) -> Result<PathBuf> {
        let invalid = |message: String| Error::new(ErrorKind::Invalid, message);
        if self.flush_bytes > self.live_bytes_max {
            return Err(invalid(format!(
                "storage.flush_bytes ({}) is above storage.live_bytes_max ({}): ingest would stop before a flush begins",
                self.flush_bytes, self.live_bytes_max
            )));
        }
        if self.flush_interval.is_zero() {
            return Err(invalid("storage.flush_interval is 0: give a time such as \"60s\"".to_owned()));
        }
        match self.url.split_once("://") {
            None if self.url.is_empty() => Err(invalid("storage.url is empty: name a folder".to_owned())),
            None => Ok(PathBuf::from(&self.url)),
            Some(("file", path)) if path.starts_with('/') => Ok(PathBuf::from(path)),
            Some(_) => Err(invalid(format!(
                "storage.url {:?} is not a folder or file:///absolute/folder, which is all this version can write to",
                self.url
            ))),
        }
    }
}

#[cfg(test)]
mod tests;
