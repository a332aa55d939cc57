//! Which segment files make up a table: versions, commits and exactly-once watermarks, behind a small trait.

mod action;
mod checkpoint;
mod definition;
mod delta;
mod inspect;
mod load;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

use proto::{Tenant, UnixNanos};
use uuid::Uuid;

use crate::{Result, RollupSlots, SpanTimes, rollup_path};
pub use definition::{FORMAT_VERSION, TableDefinition};
pub(crate) use delta::read_newest;
pub use delta::{CHECKPOINT_INTERVAL_COMMITS, COMMIT_ATTEMPTS_MAX, DeltaCatalog};
pub use inspect::{TableView, read_tables};

/// One immutable Parquet file of a table, with all that is needed to skip it without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentFile {
    /// Relative to the table's root: `tenant={tenant}/date={date}/{name}`.
    pub path: String,
    /// Whose spans these are.
    pub tenant: Tenant,
    /// The UTC day of arrival, `YYYY-MM-DD`.
    pub date: String,
    /// The size of the file.
    pub bytes: u64,
    /// The number of rows.
    pub rows: u64,
    /// The times that the rows cover.
    pub times: SegmentTimes,
    /// Whether long spans were set apart here.
    pub kind: SegmentKind,
    /// The version of the table that its rows came with, the newest of several; 0 for the version that adds it, and for what
    /// an earlier version of this program wrote.
    pub window: u64,
    /// Whether some of its spans may be in another file too, or here in other words: their client may have sent them again.
    pub possible_duplicates: bool,
    /// The size of its rollup ([`crate::rollup_path`]); an earlier version made none.
    pub rollup_bytes: Option<u64>,
    /// The lengths of slots of its rollup, or of itself if it is an archived one.
    pub rollup_slots: RollupSlots,
    /// How many rows were dropped from it although a rollup counts them: its own, or that of [`Self::remains_of`]. `None`
    /// where nobody has looked for rows to drop.
    pub thinned: Option<u64>,
    /// Of rows that outlive their segment: the path of that segment, whose rollup counts them still. Of an archived rollup that was
    /// written again: the path that it had.
    pub remains_of: Option<String>,
}

impl SegmentFile {
    /// The path under which a rollup counts its spans: its own, or that of the file it remains of.
    #[must_use]
    pub fn counted_as(&self) -> &str {
        self.remains_of.as_deref().unwrap_or(&self.path)
    }

    /// Whether it lacks rows that a rollup counts.
    #[must_use]
    pub fn is_thinned(&self) -> bool {
        self.thinned.is_some_and(|rows| rows > 0)
    }

    /// What it takes with its rollup.
    #[must_use]
    pub fn disk_bytes(&self) -> u64 {
        self.bytes + self.rollup_bytes.unwrap_or(0)
    }
}

/// The first and last start, end and arrival among a segment's rows (closed intervals, ns since the Unix epoch).
///
/// A file that another program added says nothing of these: then they are [`SegmentTimes::UNKNOWN`], which is never skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentTimes {
    /// The earliest start.
    pub start_min: UnixNanos,
    /// The latest start.
    pub start_max: UnixNanos,
    /// The earliest end.
    pub end_min: UnixNanos,
    /// The latest end.
    pub end_max: UnixNanos,
    /// The earliest arrival.
    pub arrival_min: UnixNanos,
    /// The latest arrival.
    pub arrival_max: UnixNanos,
}

impl SegmentTimes {
    /// Any time at all.
    pub const UNKNOWN: Self = Self {
        start_min: 0,
        start_max: u64::MAX,
        end_min: 0,
        end_max: u64::MAX,
        arrival_min: 0,
        arrival_max: u64::MAX,
    };

    /// Those of the spans alone.
    pub(crate) const fn of_spans(&self) -> SpanTimes {
        let Self { start_min, start_max, end_min, end_max, .. } = *self;
        SpanTimes { start_min, start_max, end_min, end_max }
    }
}

/// What kind of spans a segment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SegmentKind {
    /// Spans that arrived soon after they started.
    Main,
    /// Spans that started long before they arrived (watches), kept apart so that they widen no other file's times.
    Long,
}

impl SegmentKind {
    /// The word in the table's log and in file names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Long => "long",
        }
    }
}

impl fmt::Display for SegmentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The files of a table at one version, and how far each writer had come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableVersion {
    /// The version: 0 is the empty table, each commit adds one.
    pub version: u64,
    /// Every live file, in no promised order.
    pub files: Vec<Arc<SegmentFile>>,
    /// The highest committed sequence of each writer.
    pub watermarks: BTreeMap<Uuid, u64>,
}

impl TableVersion {
    /// Whether `path` is one of its segments, or the rollup of one.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.files
            .iter()
            .any(|file| file.path == path || (file.rollup_bytes.is_some() && rollup_path(&file.path) == path))
    }

    /// Its segments and their rollups.
    #[must_use]
    pub fn paths(&self) -> HashSet<String> {
        let rolled_up = self.files.iter().filter(|file| file.rollup_bytes.is_some());
        let rollups = rolled_up.map(|file| rollup_path(&file.path));
        self.files.iter().map(|file| file.path.clone()).chain(rollups).collect()
    }

    /// The highest sequence that writer `app` has committed, if it has committed at all.
    #[must_use]
    pub fn watermark(&self, app: Uuid) -> Option<u64> {
        self.watermarks.get(&app).copied()
    }
}

/// How far a writer has come with a commit: everything up to and including `sequence` is in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watermark {
    /// The writer: the UUID of its WAL, or of a deriver.
    pub app: Uuid,
    /// The last sequence that the commit covers.
    pub sequence: u64,
}

/// A change of a table, applied whole or not at all.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Files that are in the store, complete and durable.
    pub add: Vec<SegmentFile>,
    /// Files of the version that the caller read.
    pub remove: Vec<Arc<SegmentFile>>,
    /// Files of that version of which more is known now; what is in them is the same.
    pub restate: Vec<SegmentFile>,
    /// What this commit brings its writer to.
    pub watermark: Option<Watermark>,
    /// Delta's word for what is done: `WRITE`, `OPTIMIZE`, `DELETE`.
    pub operation: &'static str,
    /// False only when the rows are the same before and after (compaction).
    pub data_change: bool,
}

/// What became of a commit.
#[derive(Debug, Clone)]
pub enum CommitOutcome {
    /// It is durable, and this is the version it made.
    Committed(Arc<TableVersion>),
    /// The table's watermark of this writer was at or above the commit's: nothing was written, its rows are there.
    AlreadyCommitted(Arc<TableVersion>),
    /// A file to be removed is no longer in the table: nothing was written; start anew from this version.
    Conflicted {
        /// The file that is gone.
        path: String,
        /// The table as it is.
        current: Arc<TableVersion>,
    },
}

/// The list of a table's files.
#[async_trait::async_trait]
pub trait Catalog: fmt::Debug + Send + Sync {
    /// The newest version, other writers' commits included.
    ///
    /// # Errors
    /// When the log cannot be read (`Unavailable`) or makes no sense (`Corrupt`).
    async fn current(&self) -> Result<Arc<TableVersion>>;

    /// Applies `commit` on top of the newest version, whatever other writers do meanwhile.
    ///
    /// # Errors
    /// `Invalid` for a commit that contradicts itself or names a file that is not in the store; `Unavailable` when the
    /// log cannot be written or other writers won too often. After an error the commit may or may not have happened:
    /// committing again with the same watermark is safe.
    async fn commit(&self, commit: Commit) -> Result<CommitOutcome>;

    /// Removes every older version from the log: it begins with a checkpoint of the newest one from then on. Returns how many
    /// entries and checkpoints are gone.
    ///
    /// # Errors
    /// `Unavailable` when the checkpoint cannot be written or something not be removed, `Corrupt` when the checkpoint
    /// cannot be read back: what is left is a whole log all the same.
    async fn forget_history(&self) -> Result<u64>;
}

#[cfg(test)]
mod tests;
