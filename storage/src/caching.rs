//! Keeping the read cache to what the tables hold, and off a disk that is nearly full.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::open::TABLE_FOLDER;
use crate::room::Room;
use crate::storage::Storage;
use crate::store::ReadCache;

/// How often it is looked which files have left their table.
const INTERVAL: Duration = Duration::from_secs(60);

/// Drops what nobody will ask for, until storage stops.
pub(crate) async fn run(storage: Arc<Storage>, cache: Arc<ReadCache>, folder: PathBuf) {
    let mut stopping = storage.stopping.subscribe();
    while !*stopping.borrow_and_update() {
        cache.pause(Room::of(&folder).is_ok_and(Room::is_scarce));
        let named = storage.named_files();
        cache.retain(|file| named.contains(file));
        tokio::select! {
            () = storage.env.sleep(INTERVAL) => {}
            _ = stopping.changed() => {}
        }
    }
}

impl Storage {
    /// The files that the newest versions of all tables name, as `{table}/{path}`.
    fn named_files(&self) -> HashSet<String> {
        let spans = Arc::clone(&self.shared.state.lock().table);
        let derived = self.derived_versions();
        let tables = derived.iter().map(|derived| (derived.of.folder(), &derived.table));
        let tables = tables.chain([(TABLE_FOLDER.to_owned(), &spans)]);
        tables
            .flat_map(|(name, table)| {
                table.paths().into_iter().map(move |path| format!("{name}/{path}")).collect::<Vec<_>>()
            })
            .collect()
    }
}
