//! The write-ahead log, and that the table goes on where it ends.

use std::path::Path;

use proto::ErrorKind;

use super::{Check, Finding, Verification};
use crate::Result;
use crate::catalog::TableVersion;
use crate::wal::{LogDamage, LogView, examine};

/// Checks the write-ahead log of the data folder `folder` alone. Blocking.
///
/// # Errors
/// When a file cannot be read.
pub fn verify_wal(folder: &Path) -> Result<Vec<Finding>> {
    let mut check = Check { folder, found: Verification::default(), progress: &mut |_, _| {} };
    self::check(&mut check)?;
    Ok(check.found.findings)
}

/// What the log holds, if it can be read.
pub(super) fn check(check: &mut Check<'_>) -> Result<Option<LogView>> {
    let wal = check.folder.join("wal");
    let (log, damage) = match examine(&wal, &mut |_, _| {}) {
        Ok(examined) => examined,
        Err(error) if matches!(error.kind, ErrorKind::Corrupt | ErrorKind::NotFound) => {
            let remedy = "restore the folder wal/ whole; without it only what is in spans/ is left";
            check.damage(&wal, error.message, remedy);
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    for LogDamage { path, byte, reason } in damage {
        let remedy =
            "restore the file; the server does not start with a damaged record that no segment holds yet";
        check.found.findings.push(Finding::damage(path, byte, reason, remedy));
    }
    for segment in &log.segments {
        check.found.files += 1;
        check.found.bytes += segment.used_bytes;
        check.found.wal_requests += segment.requests;
        (check.progress)(&segment.path, segment.used_bytes);
    }
    check.found.is_held = log.is_held;
    Ok(Some(log))
}

/// Whether log and table together hold every record, and the table none that was not in the log.
pub(super) fn continues(check: &mut Check<'_>, log: &LogView, table: &TableVersion) {
    let watermark = table.watermark(log.id).unwrap_or(0);
    for file in &table.files {
        let last = flushed_through(&file.path, &log.id.to_string());
        if let Some(last) = last.filter(|last| *last > watermark) {
            let meaning = format!(
                "its name says that it holds records up to {last}, the table's watermark of this log is {watermark}"
            );
            let remedy =
                "restore spans/_delta_log from a copy: with this watermark the records come in twice";
            check.damage(check.folder.join("spans").join(&file.path), meaning, remedy);
        }
    }
    let (Some(first), Some(last)) = (log.segments.first(), log.segments.last()) else { return };
    if first.first_sequence > watermark + 1 {
        let meaning = format!(
            "records {} to {} are in no segment of the log and not in the table",
            watermark + 1,
            first.first_sequence - 1
        );
        let remedy = "restore spans/ from a copy that has them, or the segments of wal/ before this one";
        check.damage(&first.path, meaning, remedy);
    }
    if last.end_sequence <= watermark && !log.is_held {
        let meaning = format!(
            "the log ends before record {}, the table holds {watermark}: wal/ is an older copy",
            last.end_sequence
        );
        let remedy = "remove wal/ to begin a new log; what the table holds stays";
        check.found.findings.push(Finding::damage(&last.path, last.used_bytes, meaning, remedy));
    }
}

/// The last record in a segment that a flush of the log `id` made, by its name.
fn flushed_through(path: &str, id: &str) -> Option<u64> {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let mut parts = name.strip_prefix(id)?.strip_prefix('-')?.split('-');
    let (_first, last) = (parts.next()?.parse::<u64>().ok()?, parts.next()?.parse().ok()?);
    Some(last)
}
