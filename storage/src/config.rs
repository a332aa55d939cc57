//! The settings of this room: `[storage]` in the configuration file.

mod tenant;
mod thin;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use proto::ErrorKind;
use serde::{Deserialize, Serialize};
use url::Url;

pub use self::tenant::TenantConfig;
pub use self::thin::ThinRule;
use crate::{Error, Result, documents};

/// Where spans are kept, for how long, and when they move from memory to Parquet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the tables lie: a folder, `file:///absolute/folder`, or `s3://bucket/prefix` with credentials, region and endpoint
    /// in the usual `AWS_` variables.
    pub url: String,
    /// What has to be on a local disk lies there when the tables are in an object store: the write-ahead log above all.
    pub local_folder: PathBuf,
    /// Options of the object store, by their `AWS_` names in lower case: from the environment alone, and never shown.
    #[serde(skip)]
    pub object_store_options: ObjectStoreOptions,
    /// So much of what is read from an object store is kept in `local_folder/cache/`, to be read from there. 0 keeps none.
    pub read_cache_bytes: ByteSize,
    /// What this process does with the tables: said on the command line.
    #[serde(skip)]
    pub role: Role,
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
    /// A file's rollup tells so many series apart; spans of others are counted together, and questions about their time
    /// read the spans themselves.
    pub rollup_series_max: usize,
    /// Whole dates of spans older than this are removed. Their rollups stay.
    #[serde(with = "humantime_serde")]
    pub retention: Duration,
    /// The same of the rows of requests and pod starts.
    #[serde(with = "humantime_serde")]
    pub derived_retention: Duration,
    /// The same of rollups: how long latency by the hour is known.
    #[serde(with = "humantime_serde")]
    pub rollup_retention: Duration,
    /// Of older rollups, whose spans are gone, only hours are kept: how long latency by the minute is known.
    #[serde(with = "humantime_serde")]
    pub rollup_minute_retention: Duration,
    /// The oldest spans are removed once the tables are larger than this. Default: the smaller of 20 GiB and half the
    /// free space at start; in an object store, no limit.
    pub max_bytes: Option<ByteSize>,
    /// What is different for some tenants: `[storage.tenants.NAME]` with a `retention` and a `max_bytes` of its own, beside
    /// which the `max_bytes` above holds over all. In the environment `TAILPLANE__STORAGE__TENANTS__NAME__RETENTION`, for
    /// names in lower case.
    pub tenants: BTreeMap<String, TenantConfig>,
    /// Traces that nobody needs to see one by one: `[[storage.thin]]` with the `name` and `service` of their root, in which `*`
    /// stands for anything, and `max_duration`. Once an hour is over and derived, traces that are whole, without an error
    /// and faster are dropped; rollups and derived tables count them still.
    pub thin: Vec<ThinRule>,
    /// So many traces may be pinned, of all tenants together: they outlive `retention` and `max_bytes`.
    pub pins_max: usize,
    /// So many notebooks are kept, of all tenants together.
    pub notebooks_max: usize,
    /// So many saves of a notebook are kept; the oldest is removed for one more.
    pub notebook_revisions_max: usize,
    /// A notebook is at most so large, with the results that are pinned in it.
    pub notebook_bytes_max: ByteSize,
    /// Files that left the table are deleted this long after, so that readers that still use them can finish.
    #[serde(with = "humantime_serde")]
    pub delete_grace: Duration,
    /// The ledger tells so many tenants apart; the others are counted together.
    pub ledger_tenants_max: usize,
}

/// Where data lies when nothing is said.
const DEFAULT_FOLDER: &str = "./tailplane-data";

/// A smaller cache would be emptied by a single question.
const READ_CACHE_BYTES_MIN: u64 = 16 << 20;

/// Names and values, some of them secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ObjectStoreOptions(pub BTreeMap<String, String>);

impl fmt::Debug for ObjectStoreOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What a process does with the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Writes and reads them; of one data folder only one process does.
    #[default]
    All,
    /// Reads what another process writes. What it needs on a disk lies in `local_folder`.
    Query,
}

/// What [`Config::url`] names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Folder(PathBuf),
    ObjectStore(Url),
}

impl Default for Config {
    fn default() -> Self {
        Self {
            url: DEFAULT_FOLDER.to_owned(),
            local_folder: PathBuf::from(DEFAULT_FOLDER),
            object_store_options: ObjectStoreOptions::default(),
            read_cache_bytes: ByteSize::gib(1),
            role: Role::All,
            flush_interval: Duration::from_secs(60),
            flush_bytes: ByteSize::mib(128),
            live_bytes_max: ByteSize::mib(512),
            wal_bytes_max: ByteSize::gib(2),
            wal_quarantine_damage: false,
            dedupe_window: Duration::from_secs(10 * 60),
            dedupe_entries_max: 4_000_000,
            compaction_full_bytes: ByteSize::mib(64),
            compaction_memory: ByteSize::mib(192),
            rollup_series_max: 20_000,
            retention: Duration::from_secs(7 * 24 * 3600),
            derived_retention: Duration::from_secs(30 * 24 * 3600),
            rollup_retention: Duration::from_secs(90 * 24 * 3600),
            rollup_minute_retention: Duration::from_secs(30 * 24 * 3600),
            max_bytes: None,
            tenants: BTreeMap::new(),
            thin: Vec::new(),
            pins_max: 1_000,
            notebooks_max: 1_000,
            notebook_revisions_max: 50,
            notebook_bytes_max: ByteSize::mib(4),
            delete_grace: Duration::from_secs(10 * 60),
            ledger_tenants_max: 32,
        }
    }
}

impl Config {
    /// The local folder: the one that [`Self::url`] names, or [`Self::local_folder`].
    ///
    /// # Errors
    /// When the URL is of a kind that is not known, or the values contradict each other.
    pub fn folder(&self) -> Result<PathBuf> {
        match (self.place()?, self.role) {
            (Place::Folder(folder), Role::All) => Ok(folder),
            (Place::Folder(folder), Role::Query) if folder == self.local_folder => Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "storage.local_folder is {}, where the tables are: a reader needs a folder of its own",
                    folder.display()
                ),
            )),
            _ => Ok(self.local_folder.clone()),
        }
    }

    /// Whether the tables are in an object store.
    ///
    /// # Errors
    /// As [`Self::folder`].
    pub fn is_in_object_store(&self) -> Result<bool> {
        Ok(matches!(self.place()?, Place::ObjectStore(_)))
    }

    /// Where the tables lie.
    pub(crate) fn place(&self) -> Result<Place> {
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
        self.validate_notebooks()?;
        tenant::validate(&self.tenants)?;
        thin::validate(&self.thin)?;
        if (1..READ_CACHE_BYTES_MIN).contains(&self.read_cache_bytes.as_u64()) {
            return Err(invalid(format!(
                "storage.read_cache_bytes is {}: give at least {}, or 0 for no cache",
                self.read_cache_bytes,
                ByteSize(READ_CACHE_BYTES_MIN)
            )));
        }
        match self.url.split_once("://") {
            None if self.url.is_empty() => Err(invalid("storage.url is empty: name a folder".to_owned())),
            None => Ok(Place::Folder(PathBuf::from(&self.url))),
            Some(("file", path)) if path.starts_with('/') => Ok(Place::Folder(PathBuf::from(path))),
            Some(("s3", _)) => match Url::parse(&self.url) {
                Ok(url) if url.host_str().is_some_and(|bucket| !bucket.is_empty()) => {
                    Ok(Place::ObjectStore(url))
                }
                _ => Err(invalid(format!("storage.url {:?} names no bucket: s3://bucket/prefix", self.url))),
            },
            Some(_) => Err(invalid(format!(
                "storage.url {:?} is not a folder, file:///absolute/folder or s3://bucket/prefix, which is all this version \
                 can write to",
                self.url
            ))),
        }
    }

    fn validate_notebooks(&self) -> Result<()> {
        let bytes_max = ByteSize(documents::BYTES_MAX as u64);
        if self.notebook_bytes_max > bytes_max {
            let message = format!(
                "storage.notebook_bytes_max is {}: give at most {bytes_max}",
                self.notebook_bytes_max
            );
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        if self.notebook_revisions_max == 0 {
            let message =
                "storage.notebook_revisions_max is 0: give at least 1, as the latest is always kept";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
