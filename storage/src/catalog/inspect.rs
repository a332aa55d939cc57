//! The tables of a data folder and their logs, for people. Nothing is changed.

use std::path::Path;
use std::sync::Arc;

use deltalake_core::logstore::extract_version_from_filename;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use proto::ErrorKind;

use super::{TableDefinition, TableVersion, read_newest};
use crate::derive::{DERIVER, DerivedTable};
use crate::verify::verify_file;
use crate::{Error, Result};

/// A table and its log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableView {
    /// Its folder in the data folder, such as `spans` or `derived/requests`.
    pub name: String,
    /// Its newest version: files and watermarks.
    pub table: TableVersion,
    /// Entries that the log has not let go of yet.
    pub log_entries: u64,
    /// The versions of which there is a checkpoint, oldest first.
    pub checkpoints: Vec<u64>,
    /// What entries and checkpoints take.
    pub log_bytes: u64,
    /// Whether its rows are made from the spans, window by window.
    pub follows_spans: bool,
}

impl TableView {
    /// The last window of the spans that is in it.
    #[must_use]
    pub fn through(&self) -> u64 {
        self.table.watermark(DERIVER).unwrap_or(0)
    }
}

/// The spans table of the data folder `folder`, then the derived tables that there are.
///
/// # Errors
/// `NotFound` when there is no spans table; `Corrupt` when a log is damaged; else as the log is read.
pub async fn read_tables(folder: &Path) -> Result<Vec<TableView>> {
    let mut tables = vec![read_table(folder, "spans", &TableDefinition::spans()).await?];
    for of in DerivedTable::ALL {
        if folder.join(of.folder()).join("_delta_log").is_dir() {
            let mut table = read_table(folder, &of.folder(), &of.definition()).await?;
            table.follows_spans = DerivedTable::FROM_SPANS.contains(&of);
            tables.push(table);
        }
    }
    Ok(tables)
}

async fn read_table(folder: &Path, name: &str, definition: &TableDefinition) -> Result<TableView> {
    let root = folder.join(name);
    let log = root.join("_delta_log");
    if !log.is_dir() {
        let message = format!("{} holds no table: give the folder of storage.url", root.display());
        return Err(Error::new(ErrorKind::NotFound, message));
    }
    let mut view = TableView { name: name.to_owned(), ..TableView::default() };
    let unreadable = |error| Error::io("list", &log, error);
    for entry in std::fs::read_dir(&log).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let file = entry.file_name().to_string_lossy().into_owned();
        let Some(version) = extract_version_from_filename(&file) else { continue };
        // Readers of JSON and Parquet may believe a flipped bit.
        let checked = verify_file(folder, name, &format!("_delta_log/{file}"));
        if let Some(damage) = checked.err().filter(|finding| finding.is_damage) {
            let message =
                format!("{} is damaged: {}; {}", damage.file.display(), damage.meaning, damage.remedy);
            return Err(Error::new(ErrorKind::Corrupt, message));
        }
        view.log_bytes += entry.metadata().map_err(unreadable)?.len();
        if file.contains(".checkpoint.") {
            view.checkpoints.push(version);
        } else {
            view.log_entries += 1;
        }
    }
    view.checkpoints.sort_unstable();
    view.checkpoints.dedup();
    let files = LocalFileSystem::new_with_prefix(&root)
        .map_err(|error| Error::io("look into", &root, error.into()))?;
    view.table = read_newest(Arc::new(files) as Arc<dyn ObjectStore>, definition).await?;
    Ok(view)
}
