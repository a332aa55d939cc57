//! Files that are not what was written: noted once, listed under `quarantine/`, left out of every answer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// The ending of a note about a damaged file.
const NOTE: &str = ".damage.json";

/// A file that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{path} is damaged at byte {byte}: {reason}")]
pub struct Damage {
    /// Relative to the table's folder.
    pub path: String,
    /// Where the first block begins that is wrong.
    pub byte: u64,
    /// What is wrong.
    pub reason: String,
}

/// Whether what a store says of a file will not be better later: it is damaged, or gone.
pub(crate) fn is_damage(error: &object_store::Error) -> bool {
    match error {
        object_store::Error::Generic { source, .. } => source.is::<Damage>(),
        object_store::Error::NotFound { .. } => true,
        _ => false,
    }
}

/// Hears of damage where it is met.
pub(crate) trait DamageSink: Send + Sync {
    fn found(&self, damage: &Damage);
}

/// The damaged files of a table.
#[derive(Debug)]
pub(crate) struct Damaged {
    folder: PathBuf,
    found: Mutex<BTreeMap<String, Damage>>,
    count: AtomicU64,
}

impl Damaged {
    /// None yet; notes go to `folder`.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, found: Mutex::default(), count: AtomicU64::new(0) }
    }

    /// Takes note, once for each file.
    pub(crate) fn add(&self, damage: &Damage) {
        if self.found.lock().insert(damage.path.clone(), damage.clone()).is_some() {
            return;
        }
        self.count.fetch_add(1, Ordering::Release);
        tracing::error!(
            path = damage.path,
            byte = damage.byte,
            reason = damage.reason,
            "a file of the table is damaged and left out of answers, which say so: restore the file"
        );
        let kept = std::fs::create_dir_all(&self.folder)
            .and_then(|()| std::fs::write(self.note_path(&damage.path), serde_json::to_vec_pretty(damage)?));
        if let Err(error) = kept {
            tracing::warn!(%error, path = damage.path, "cannot note a damaged file under quarantine/");
        }
    }

    /// Forgets a file that is whole again, or gone for good.
    pub(crate) fn remove(&self, path: &str) {
        self.found.lock().remove(path);
        if let Err(error) = std::fs::remove_file(self.note_path(path))
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, path, "cannot remove the note of a file that was damaged");
        }
    }

    /// Whether that file is damaged.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.found.lock().contains_key(path)
    }

    /// All of them.
    pub(crate) fn list(&self) -> Vec<Damage> {
        self.found.lock().values().cloned().collect()
    }

    /// How often damage was found: grows, and only after [`Self::has`] knows of the file.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// What an earlier process noted.
    pub(crate) fn noted(folder: &Path) -> Vec<Damage> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let notes = entries.filter_map(Result::ok).map(|entry| entry.path());
        notes
            .filter(|path| path.to_string_lossy().ends_with(NOTE))
            .filter_map(|path| serde_json::from_slice(&std::fs::read(path).ok()?).ok())
            .collect()
    }

    fn note_path(&self, path: &str) -> PathBuf {
        self.folder.join(format!("{}{NOTE}", path.replace('/', "_")))
    }
}
