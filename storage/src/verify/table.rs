//! One table: the blocks of every file, and that its log and its folder name the same files.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use parquet::file::metadata::ParquetMetaDataReader;

use super::derived::REMAKE;
use super::{Check, SPANS, verify_file};
use crate::catalog::{SegmentFile, TableDefinition, TableVersion, read_newest};
use crate::derive::DerivedTable;
use crate::rollup_path;
use crate::store::Kind;
use crate::{Error, Result};

const RESTORE: &str = "restore the file from a copy; until then answers are without it and say so";
const RESTORE_ROLLUPS: &str = "restore the file from a copy: it holds latency of spans that are gone";

/// A table whose log can be read.
pub(super) struct CheckedTable {
    pub(super) root: PathBuf,
    pub(super) version: TableVersion,
    /// Those of its files that are there with whole blocks, as large and with as many rows as its log says.
    pub(super) whole: Vec<Arc<SegmentFile>>,
    /// Rollups that are there with whole blocks, by path.
    pub(super) whole_rollups: HashSet<String>,
}

/// Checks the table in the folder `name`; `None` when its log cannot be read.
pub(super) async fn check(
    check: &mut Check<'_>,
    name: &str,
    definition: &TableDefinition,
) -> Result<Option<CheckedTable>> {
    let root = check.folder.join(name);
    let paths = files_below(&root)?;
    let damaged = blocks(check, name, &paths);
    let known: HashSet<&str> = paths.iter().map(String::as_str).collect();
    stray_sums(check, name, &known)?;
    if damaged.iter().any(|path| Kind::of(path) != Kind::Segment) {
        return Ok(None);
    }
    let files = LocalFileSystem::new_with_prefix(&root)
        .map_err(|error| Error::io("look into", &root, error.into()))?;
    let version = match read_newest(Arc::new(files) as Arc<dyn ObjectStore>, definition).await {
        Ok(version) => version,
        Err(error) => {
            let remedy = "restore the table's _delta_log from a copy, or start the version that wrote it";
            check.damage(root.join("_delta_log"), error.message, remedy);
            return Ok(None);
        }
    };
    let mut table = CheckedTable { root, version, whole: Vec::new(), whole_rollups: HashSet::new() };
    against_log(check, &mut table, name, &known, &damaged);
    orphans(check, &table, &known);
    Ok(Some(table))
}

/// The paths whose blocks are not what their checksums say.
fn blocks(check: &mut Check<'_>, name: &str, paths: &[String]) -> HashSet<String> {
    let mut damaged = HashSet::new();
    for path in paths.iter().filter(|path| Kind::of(path) != Kind::Mutable) {
        let whole = check.folder.join(name).join(path);
        let bytes = whole.metadata().map_or(0, |metadata| metadata.len());
        check.found.files += 1;
        check.found.bytes += bytes;
        if let Err(finding) = verify_file(check.folder, name, path) {
            if finding.is_damage {
                damaged.insert(path.clone());
            }
            check.found.findings.push(*finding);
        }
        (check.progress)(&whole, bytes);
    }
    damaged
}

/// Whether every file of the table is there, as large as it should be, with the rows it should have.
fn against_log(
    check: &mut Check<'_>,
    table: &mut CheckedTable,
    name: &str,
    known: &HashSet<&str>,
    damaged: &HashSet<String>,
) {
    let remedy = if name == SPANS {
        RESTORE
    } else if name == DerivedTable::Rollups.folder() {
        RESTORE_ROLLUPS
    } else {
        REMAKE
    };
    for file in &table.version.files {
        if name == SPANS {
            check.found.segments += 1;
            check.found.rows += file.rows;
        }
        // A running server may have written it since the folder was listed.
        let path = table.root.join(&file.path);
        let wrong = if known.contains(file.path.as_str()) || path.is_file() {
            wrong_footer(&path, file)
        } else {
            Some(format!("the file is gone, with {} rows", file.rows))
        };
        match wrong {
            _ if damaged.contains(&file.path) => {}
            None => table.whole.push(Arc::clone(file)),
            Some(meaning) => check.damage(path, meaning, remedy),
        }
        let Some(rollup_bytes) = file.rollup_bytes else { continue };
        let rollup = rollup_path(&file.path);
        if damaged.contains(&rollup) {
            continue;
        }
        match wrong_size(&table.root.join(&rollup), rollup_bytes) {
            None => drop(table.whole_rollups.insert(rollup)),
            Some(meaning) => {
                let remedy = "restore it from a copy; until then answers come from the spans themselves";
                check.damage(table.root.join(&rollup), meaning, remedy);
            }
        }
    }
}

fn wrong_size(rollup: &Path, expected: u64) -> Option<String> {
    match rollup.metadata() {
        Ok(metadata) if metadata.len() == expected => None,
        Ok(metadata) => {
            Some(format!("the rollup has {} bytes, the tag of its segment says {expected}", metadata.len()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some("the rollup is gone".to_owned()),
        Err(error) => Some(format!("the rollup cannot be looked at: {error}")),
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

/// Files that no version of the table names.
fn orphans(check: &mut Check<'_>, table: &CheckedTable, known: &HashSet<&str>) {
    let named = table.version.paths();
    for path in known.iter().filter(|path| Kind::of(path) == Kind::Segment && !named.contains(**path)) {
        let meaning =
            "no version of the table names it now: it has left the table, or a crash came before its commit";
        check.note(table.root.join(path), meaning, "nothing: the server deletes it");
    }
}

fn stray_sums(check: &mut Check<'_>, name: &str, known: &HashSet<&str>) -> Result<()> {
    let sums = check.folder.join("checksums").join(name);
    if !sums.is_dir() {
        return Ok(());
    }
    for sidecar in files_below(&sums)? {
        if !sidecar.strip_suffix(".crc").is_some_and(|path| known.contains(path)) {
            let meaning = "checksums of a file that is not there: a crash came between the two";
            check.note(sums.join(&sidecar), meaning, "nothing, or remove it");
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
