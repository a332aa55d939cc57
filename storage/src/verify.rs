//! Checks a data folder whole, without changing it: the write-ahead log, every table and its log, every block of every
//! file, every tag against the rows that it speaks of, every rollup against its spans, derived tables against the spans, every saved document.

mod bucket;
mod derived;
mod documents;
mod file;
mod log;
mod repeated;
mod segments;
mod table;

use std::path::{Path, PathBuf};

use proto::ErrorKind;
use serde::Serialize;

use crate::catalog::TableDefinition;
use crate::{Error, Result};
pub use bucket::verify_bucket;
pub use file::verify_file;
pub use log::verify_wal;

/// The folder of the spans table.
const SPANS: &str = "spans";

/// Something in a data folder that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The file.
    pub file: PathBuf,
    /// Where in it.
    pub byte: u64,
    /// Whether something is lost or wrong; else it is worth knowing and does no harm.
    pub is_damage: bool,
    /// What it means.
    pub meaning: String,
    /// What to do about it.
    pub remedy: &'static str,
}

impl Finding {
    fn damage(file: impl Into<PathBuf>, byte: u64, meaning: impl Into<String>, remedy: &'static str) -> Self {
        Self { file: file.into(), byte, is_damage: true, meaning: meaning.into(), remedy }
    }

    fn note(file: impl Into<PathBuf>, meaning: impl Into<String>, remedy: &'static str) -> Self {
        Self { file: file.into(), byte: 0, is_damage: false, meaning: meaning.into(), remedy }
    }
}

/// What a data folder was found to hold.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Verification {
    /// All that is not as it should be, in order of file.
    pub findings: Vec<Finding>,
    /// Files that were read whole.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Segments of the table.
    pub segments: u64,
    /// Their spans.
    pub rows: u64,
    /// Rollups that were made again from their segments and compared.
    pub rollups: u64,
    /// Rows of the derived tables that are made from spans.
    pub derived_rows: u64,
    /// The version of the table, if its log can be read.
    pub table_version: Option<u64>,
    /// Requests in the write-ahead log, written to Parquet already or not.
    pub wal_requests: u64,
    /// Whether a running server has the folder: what is newest may be on its way.
    pub is_held: bool,
}

impl Verification {
    /// Whether nothing is lost or wrong.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        !self.findings.iter().any(|finding| finding.is_damage)
    }
}

/// A check under way.
struct Check<'a> {
    /// The data folder.
    folder: &'a Path,
    found: Verification,
    progress: &'a mut (dyn FnMut(&Path, u64) + Send),
}

impl Check<'_> {
    fn damage(&mut self, file: impl Into<PathBuf>, meaning: impl Into<String>, remedy: &'static str) {
        self.found.findings.push(Finding::damage(file, 0, meaning, remedy));
    }

    fn note(&mut self, file: impl Into<PathBuf>, meaning: impl Into<String>, remedy: &'static str) {
        self.found.findings.push(Finding::note(file, meaning, remedy));
    }
}

/// Checks the data folder `folder`, telling `progress` each file that was read and its bytes: once against its checksums,
/// and once more when its rows are looked at. Blocking inside.
///
/// # Errors
/// `NotFound` when there is no such folder or nothing of ours in it; `Unavailable` when it cannot be read.
pub async fn verify(folder: &Path, progress: &mut (dyn FnMut(&Path, u64) + Send)) -> Result<Verification> {
    let (wal, spans) = (folder.join("wal"), folder.join(SPANS));
    if !wal.is_dir() && !spans.is_dir() {
        let message =
            format!("{} holds no data of tailplane: neither wal/ nor spans/ is there", folder.display());
        return Err(Error::new(ErrorKind::NotFound, message));
    }
    let mut check = Check { folder, found: Verification::default(), progress };
    let log = log::check(&mut check)?;
    let table = if spans.is_dir() {
        table::check(&mut check, SPANS, &TableDefinition::spans()).await?
    } else {
        let remedy = "restore the folder; what is only in the log can still be read";
        check.damage(&spans, "the table is not there", remedy);
        None
    };
    if let Some(table) = &table {
        check.found.table_version = Some(table.version.version);
        if let Some(log) = &log {
            log::continues(&mut check, log, &table.version);
        }
        segments::check(&mut check, table);
    }
    derived::check(&mut check, table.as_ref()).await?;
    documents::check(&mut check).await?;
    let mut found = check.found;
    found.findings.sort_by(|one, other| (&one.file, one.byte).cmp(&(&other.file, other.byte)));
    Ok(found)
}

#[cfg(test)]
mod tests;
