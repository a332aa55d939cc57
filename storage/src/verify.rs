//! Checks a data folder whole, without changing it: the log, the table, every block of every file.

mod file;
mod table;

use std::path::{Path, PathBuf};

use proto::ErrorKind;
use serde::Serialize;

use crate::wal::{LogDamage, LogView, examine};
use crate::{Error, Result};
pub use file::verify_file;

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

/// Checks the data folder `folder`, telling `progress` each file that was read and its bytes. Blocking inside.
///
/// # Errors
/// `NotFound` when there is no such folder or nothing of ours in it; `Unavailable` when it cannot be read.
pub async fn verify(folder: &Path, progress: &mut (dyn FnMut(&Path, u64) + Send)) -> Result<Verification> {
    let (wal, table) = (folder.join("wal"), folder.join("spans"));
    if !wal.is_dir() && !table.is_dir() {
        let message =
            format!("{} holds no data of tailplane: neither wal/ nor spans/ is there", folder.display());
        return Err(Error::new(ErrorKind::NotFound, message));
    }
    let mut found = Verification::default();
    let log = verify_log(&wal, &mut found, progress)?;
    table::verify(folder, log.as_ref(), &mut found, progress).await?;
    found.findings.sort_by(|one, other| (&one.file, one.byte).cmp(&(&other.file, other.byte)));
    Ok(found)
}

/// Checks the write-ahead log of the data folder `folder` alone. Blocking.
///
/// # Errors
/// When a file cannot be read.
pub fn verify_wal(folder: &Path) -> Result<Vec<Finding>> {
    let mut found = Verification::default();
    verify_log(&folder.join("wal"), &mut found, &mut |_, _| {})?;
    Ok(found.findings)
}

fn verify_log(
    wal: &Path,
    found: &mut Verification,
    progress: &mut (dyn FnMut(&Path, u64) + Send),
) -> Result<Option<LogView>> {
    let (log, damage) = match examine(wal, &mut |_, _| {}) {
        Ok(examined) => examined,
        Err(error) if matches!(error.kind, ErrorKind::Corrupt | ErrorKind::NotFound) => {
            let remedy = "restore the folder wal/ whole; without it only what is in spans/ is left";
            found.findings.push(Finding::damage(wal, 0, error.message, remedy));
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    for LogDamage { path, byte, reason } in damage {
        let remedy =
            "restore the file; the server does not start with a damaged record that no segment holds yet";
        found.findings.push(Finding::damage(path, byte, reason, remedy));
    }
    for segment in &log.segments {
        found.files += 1;
        found.bytes += segment.used_bytes;
        found.wal_requests += segment.requests;
        progress(&segment.path, segment.used_bytes);
    }
    found.is_held = log.is_held;
    Ok(Some(log))
}
