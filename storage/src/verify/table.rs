//! The table: every file, and what the log says of it.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use parquet::file::metadata::ParquetMetaDataReader;

use super::{Finding, Verification, verify_file};
use crate::catalog::{SegmentFile, TableVersion, read_newest};
use crate::rollup_path;
use crate::store::Kind;
use crate::wal::LogView;
use crate::{Error, Result};

const RESTORE: &str = "restore the file from a copy; until then answers are without it and say so";

pub(super) async fn verify(
    folder: &Path,
    log: Option<&LogView>,
    found: &mut Verification,
    progress: &mut (dyn FnMut(&Path, u64) + Send),
) -> Result<()> {
    let root = folder.join("spans");
    if !root.is_dir() {
        found.findings.push(Finding::damage(
            &root,
            0,
            "the table is not there",
            "restore the folder; what is only in the log can still be read",
        ));
        return Ok(());
    }
    let paths = files_below(&root)?;
    let mut damaged = HashSet::new();
    for path in paths.iter().filter(|path| Kind::of(path) != Kind::Mutable) {
        let whole = root.join(path);
        found.files += 1;
        let bytes = whole.metadata().map_or(0, |metadata| metadata.len());
        found.bytes += bytes;
        if let Err(finding) = verify_file(folder, path) {
            if finding.is_damage {
                damaged.insert(path.clone());
            }
            found.findings.push(*finding);
        }
        progress(&whole, bytes);
    }
    let known: HashSet<&str> = paths.iter().map(String::as_str).collect();
    stray_sums(folder, &known, found)?;
    if damaged.iter().any(|path| Kind::of(path) != Kind::Segment) {
        return Ok(());
    }
    let files = LocalFileSystem::new_with_prefix(&root)
        .map_err(|error| Error::io("look into", &root, error.into()))?;
    match read_newest(Arc::new(files) as Arc<dyn ObjectStore>).await {
        Ok(table) => {
            found.table_version = Some(table.version);
            against_log(&root, &table, &known, &damaged, found);
            if let Some(log) = log {
                continues(log, &table, found);
            }
        }
        Err(error) => {
            let remedy = "restore spans/_delta_log from a copy, or start the version that wrote it";
            found.findings.push(Finding::damage(root.join("_delta_log"), 0, error.message, remedy));
        }
    }
    Ok(())
}

/// Whether every file of the table is there, as large as it should be, with the rows it should have.
fn against_log(
    root: &Path,
    table: &TableVersion,
    known: &HashSet<&str>,
    damaged: &HashSet<String>,
    found: &mut Verification,
) {
    for file in &table.files {
        found.segments += 1;
        found.rows += file.rows;
        if damaged.contains(&file.path) {
            continue;
        }
        let wrong = if known.contains(file.path.as_str()) {
            wrong_footer(&root.join(&file.path), file)
        } else {
            Some(format!("the file is gone, with {} spans", file.rows))
        };
        if let Some(meaning) = wrong {
            found.findings.push(Finding::damage(root.join(&file.path), 0, meaning, RESTORE));
        }
        let rollup = rollup_path(&file.path);
        if file.rollup_bytes.is_some() && !known.contains(rollup.as_str()) {
            let remedy = "restore it; until then answers come from the spans themselves";
            found.findings.push(Finding::damage(root.join(&rollup), 0, "the rollup is gone", remedy));
        }
    }
    let named = table.paths();
    let orphans = known.iter().filter(|path| Kind::of(path) == Kind::Segment && !named.contains(**path));
    for path in orphans {
        let meaning =
            "no version of the table names it now: it has left the table, or a crash came before its commit";
        let remedy = "nothing: the server deletes it";
        found.findings.push(Finding::note(root.join(path), meaning, remedy));
    }
}

/// What the footer of a segment, whose blocks are right, says against the log.
fn wrong_footer(path: &Path, file: &SegmentFile) -> Option<String> {
    let opened = match File::open(path) {
        Ok(opened) => opened,
        Err(error) => return Some(format!("it cannot be read: {error}")),
    };
    let bytes = opened.metadata().map_or(0, |metadata| metadata.len());
    if bytes != file.bytes {
        return Some(format!("it has {bytes} bytes, the table's log says {}", file.bytes));
    }
    match ParquetMetaDataReader::new().parse_and_finish(&opened) {
        Ok(footer) if u64::try_from(footer.file_metadata().num_rows()) == Ok(file.rows) => None,
        Ok(footer) => Some(format!(
            "it has {} rows, the table's log says {}",
            footer.file_metadata().num_rows(),
            file.rows
        )),
        Err(error) => Some(format!("its footer cannot be read: {error}")),
    }
}

/// Whether log and table together hold every record.
fn continues(log: &LogView, table: &TableVersion, found: &mut Verification) {
    let watermark = table.watermark(log.id).unwrap_or(0);
    let (Some(first), Some(last)) = (log.segments.first(), log.segments.last()) else { return };
    if first.first_sequence > watermark + 1 {
        let meaning = format!(
            "records {} to {} are in no segment of the log and not in the table",
            watermark + 1,
            first.first_sequence - 1
        );
        let remedy = "restore the segments of wal/ before this one";
        found.findings.push(Finding::damage(&first.path, 0, meaning, remedy));
    }
    if last.end_sequence <= watermark && !log.is_held {
        let meaning = format!(
            "the log ends before record {}, the table holds {watermark}: wal/ is an older copy",
            last.end_sequence
        );
        let remedy = "remove wal/ to begin a new log; what the table holds stays";
        found.findings.push(Finding::damage(&last.path, last.used_bytes, meaning, remedy));
    }
}

fn stray_sums(folder: &Path, known: &HashSet<&str>, found: &mut Verification) -> Result<()> {
    let sums = folder.join("checksums/spans");
    if !sums.is_dir() {
        return Ok(());
    }
    for sidecar in files_below(&sums)? {
        if !sidecar.strip_suffix(".crc").is_some_and(|path| known.contains(path)) {
            let meaning = "checksums of a file that is not there: a crash came between the two";
            found.findings.push(Finding::note(sums.join(&sidecar), meaning, "nothing, or remove it"));
        }
    }
    Ok(())
}

/// The paths of the files below `root`, relative to it, without those that a write has left staged.
fn files_below(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let unreadable = |error| Error::io("list", &folder, error);
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(relative) = path.strip_prefix(root)
                && !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".tmp-"))
            {
                found.push(relative.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}
