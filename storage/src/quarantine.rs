//! Damaged files of the table: left out of snapshots, looked at again, and a start refused where they are needed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use object_store::path::Path as ObjectPath;
use proto::ErrorKind;

use crate::Error;
use crate::catalog::{SegmentFile, TableVersion};
use crate::damage::{Damage, DamageSink, Damaged};
use crate::rollup::rollup_path;
use crate::storage::{Shared, Storage};
use crate::store::{Kind, read_through};

/// How often it is looked whether a damaged file was restored.
const INTERVAL: Duration = Duration::from_secs(30);

impl DamageSink for Shared {
    fn found(&self, damage: &Damage) {
        let is_segment = Kind::of(&damage.path) == Kind::Segment;
        // A query may still read what retention has removed since: that is no damage.
        if !is_segment || self.state.lock().table.has(&damage.path) {
            self.damaged.add(damage);
        }
    }
}

/// Why the table cannot be opened: damage to its log, if some was met, else `error`.
pub(crate) fn refusal(error: Error, shared: &Shared, place: &Path) -> Error {
    let met = shared.damaged.list();
    let entry = met.iter().find(|damage| Kind::of(&damage.path) == Kind::LogEntry);
    let Some(damage) = entry.or(met.first()) else { return error };
    let message = format!(
        "the log of the table in {} cannot be read: {damage}; restore that file from a copy, `tailplane verify` names \
         all that is damaged",
        place.display()
    );
    Error::new(ErrorKind::Corrupt, message).caused_by(error)
}

/// Looks again and again whether damaged files are whole, until storage stops.
pub(crate) async fn run(storage: Arc<Storage>) {
    let mut stopping = storage.stopping.subscribe();
    // They may have been restored meanwhile: until that is known they are read, and what is read is checked.
    for damage in Damaged::noted(&storage.shared.quarantine) {
        if storage.is_listed(&damage) && !storage.is_whole(&damage).await {
            storage.shared.damaged.add(&damage);
        } else {
            storage.shared.damaged.remove(&damage.path);
        }
    }
    while !*stopping.borrow_and_update() {
        storage.look_again().await;
        tokio::select! {
            () = storage.env.sleep(INTERVAL) => {}
            _ = stopping.changed() => {}
        }
    }
}

impl Storage {
    /// How often damage was found: grows with each file that is left out from then on.
    #[must_use]
    pub fn damage_count(&self) -> u64 {
        self.shared.damaged.count()
    }

    /// The files that are left out of answers.
    #[must_use]
    pub fn damaged_files(&self) -> Vec<Damage> {
        self.shared.damaged.list()
    }

    /// Takes restored files up again, and forgets those that have left the table.
    pub async fn look_again(&self) {
        for damage in self.shared.damaged.list() {
            if Kind::of(&damage.path) != Kind::Segment {
                continue;
            }
            if !self.is_listed(&damage) {
                self.shared.damaged.remove(&damage.path);
            } else if self.is_whole(&damage).await {
                self.shared.damaged.remove(&damage.path);
                tracing::info!(path = damage.path, "a file that was damaged is whole again");
            }
        }
    }

    fn is_listed(&self, damage: &Damage) -> bool {
        self.shared.state.lock().table.has(&damage.path)
    }

    /// Reads all of the file.
    async fn is_whole(&self, damage: &Damage) -> bool {
        read_through(self.store.as_ref(), &ObjectPath::from(damage.path.as_str())).await.is_ok()
    }
}

/// The table without its damaged files, and those. A segment whose rollup is damaged is there without it.
pub(crate) fn readable(
    table: &Arc<TableVersion>,
    damaged: &Damaged,
) -> (Arc<TableVersion>, Vec<Arc<SegmentFile>>) {
    if damaged.list().is_empty() {
        return (Arc::clone(table), Vec::new());
    }
    let (unreadable, files): (Vec<_>, Vec<_>) =
        table.files.iter().cloned().partition(|file| damaged.has(&file.path));
    let files = files.into_iter().map(|file| match file.rollup_bytes {
        Some(_) if damaged.has(&rollup_path(&file.path)) => {
            Arc::new(SegmentFile { rollup_bytes: None, ..(*file).clone() })
        }
        _ => file,
    });
    let files = files.collect();
    let readable = TableVersion { version: table.version, files, watermarks: table.watermarks.clone() };
    (Arc::new(readable), unreadable)
}
