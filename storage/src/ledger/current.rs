//! What is true at this moment, beside what was counted.

use std::sync::Arc;
use std::time::Duration;

use crate::room::Room;
use crate::storage::Storage;

/// What waits in memory and in the write-ahead log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Current {
    /// Acknowledged spans that no segment holds yet.
    pub live_spans: u64,
    /// The memory that they and unsettled requests hold.
    pub live_bytes: u64,
    /// Bytes of acknowledged requests that are not in columns yet.
    pub unsettled_bytes: u64,
    /// How long ago the oldest request arrived that no segment holds yet: the flush lag.
    pub flush_lag: Duration,
    /// Bytes of the write-ahead log's files.
    pub wal_disk_bytes: u64,
    /// Records of the log that no segment holds yet: the log's lag.
    pub wal_lag_records: u64,
    /// Whether the log can be written.
    pub wal_is_available: bool,
    /// Bytes of the disk of the local folder: what is free to this process, and all. `None` when nobody knows.
    pub disk_bytes: Option<(u64, u64)>,
}

impl Storage {
    /// Has the ledger show what waits here.
    pub(crate) fn show_current(self: &Arc<Self>) {
        let storage = Arc::downgrade(self);
        self.ledger.read_current_by(move || storage.upgrade().map(|storage| storage.current()));
    }

    fn room(&self) -> Option<Room> {
        self.config.folder().and_then(|folder| Room::of(&folder)).ok()
    }

    fn current(&self) -> Current {
        let (oldest, unsettled, committed) = {
            let state = self.shared.state.lock();
            let committed = state.table.watermark(self.wal.id()).unwrap_or(0);
            (state.live.oldest(), state.live.unsettled_bytes(), committed)
        };
        let stats = self.stats();
        Current {
            live_spans: stats.live_rows,
            live_bytes: stats.live_bytes,
            unsettled_bytes: unsettled as u64,
            flush_lag: Duration::from_nanos(oldest.map_or(0, |oldest| self.env.now().saturating_sub(oldest))),
            wal_disk_bytes: stats.wal.disk_bytes,
            // Where no request waits, what lies above the watermark are boundaries of flushes.
            wal_lag_records: match oldest {
                Some(_) => (self.wal.next_sequence() - 1).saturating_sub(committed),
                None => 0,
            },
            wal_is_available: stats.wal.is_available,
            disk_bytes: self.room().map(|room| (room.free_bytes, room.all_bytes)),
        }
    }
}
