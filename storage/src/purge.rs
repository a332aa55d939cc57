//! Purge: what must not be here leaves every file, and what held it leaves the disk.
//!
//! The order is what makes it safe to kill: rows that were derived from spans go first, while the spans still tell which they
//! are; then segment after segment, a commit each; last what earlier versions have left. Whatever was done by then, the
//! same purge again does the rest.

mod cut;
mod look;
mod segments;
mod sweep;

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};
use proto::{ErrorKind, Tenant, TraceId};

use crate::catalog::SegmentFile;
use crate::storage::Storage;
use crate::{Error, Result};

/// Spans of so many traces are erased at once: their ids are in memory.
const TRACES_MAX: usize = 4_000_000;

/// Hears what is done (`read`, `rewritten`), to how many files of how many.
pub type PurgeProgress<'a> = dyn FnMut(&str, u64, u64) + Send + 'a;

/// Tells what is to be erased, and what is left.
pub trait Erase: Send + Sync {
    /// The columns of the spans table that [`Self::meets`] reads.
    fn columns(&self) -> Vec<&'static str>;

    /// Of each row whether it meets the condition; null where its columns, some or all of the spans table's, do not tell. Of
    /// whole spans [`Self::left_of`] does then.
    ///
    /// # Errors
    /// `Corrupt` for rows that cannot be read.
    fn meets(&self, rows: &RecordBatch) -> Result<BooleanArray>;

    /// What is left of `rows`, spans in [`crate::schema::file_schema`] that meet the condition or may.
    ///
    /// # Errors
    /// `Corrupt` for spans that cannot be read.
    fn left_of(&self, rows: &RecordBatch) -> Result<Left>;
}

/// What is left of some spans.
#[derive(Debug)]
pub struct Left {
    /// Which of them something is erased of. Never null.
    pub erased: BooleanArray,
    /// An export request of what those are from now on, in their order; `None` when nothing is left of them.
    pub request: Option<Vec<u8>>,
}

/// Where something is to be erased.
#[derive(Debug)]
pub struct PurgePlan {
    /// Whose spans.
    pub tenant: Tenant,
    /// Segments with such spans, and how many of them each has.
    pub files: Vec<(Arc<SegmentFile>, u64)>,
    /// Segments that were read.
    pub files_read: u64,
    /// Segments that cannot be read: nobody knows what is in them.
    pub unreadable: Vec<String>,
    /// Those whose spans were not looked at.
    pub other_tenants: Vec<Tenant>,
    traces: HashSet<TraceId>,
}

impl PurgePlan {
    /// The spans of which something is to be erased.
    #[must_use]
    pub fn spans(&self) -> u64 {
        self.files.iter().map(|(_, spans)| spans).sum()
    }
}

/// What was erased.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purged {
    /// Spans of which something was erased.
    pub spans: u64,
    /// Segments that were rewritten or removed, each with its rollup.
    pub files: u64,
    /// Rows of `requests`, `pod_starts` and `instances` that were removed.
    pub derived_rows: u64,
    /// Rows of rollups whose spans had left the table, that were removed.
    pub archived_rows: u64,
    /// Rows of those three tables whose spans have left, and that have too few columns to tell whether they are meant.
    pub untold_rows: u64,
    /// Files of those tables that cannot be read.
    pub unreadable: Vec<String>,
}

/// What else was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Parquet files that no newest version of a table names.
    pub files: u64,
    /// Older log entries and checkpoints.
    pub log_files: u64,
    /// Requests under `quarantine/`, which were acknowledged and could not be read.
    pub requests: u64,
}

impl Storage {
    /// Only who may write the folder can purge it.
    fn check_may_purge(&self) -> Result<()> {
        match &self.query_only {
            Some(reason) => Err(Error::new(ErrorKind::Unavailable, format!("cannot purge: {reason}"))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
