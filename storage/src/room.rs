//! Room on the disk: while there is little, spans are refused before the log, the segments and everybody else's files fail.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytesize::ByteSize;

use crate::storage::Storage;
use crate::{Error, Result};

const INTERVAL: Duration = Duration::from_secs(1);
/// A disk is full, and spans are refused, when less than this is free and less than [`FREE_BYTES_ENOUGH`], in percent.
pub const FREE_PERCENT_MIN: u64 = 10;
/// So much is enough on any disk.
pub const FREE_BYTES_ENOUGH: ByteSize = ByteSize::gib(5);

/// What a disk has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) free_bytes: u64,
    pub(crate) all_bytes: u64,
}

impl Room {
    /// Of the disk that `folder` is on.
    pub(crate) fn of(folder: &Path) -> Result<Self> {
        let disk = rustix::fs::statvfs(folder)
            .map_err(|error| Error::io("ask for the free space of", folder, error.into()))?;
        Ok(Self {
            free_bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
            all_bytes: disk.f_blocks.saturating_mul(disk.f_frsize),
        })
    }

    /// Whether spans should go elsewhere.
    pub(crate) const fn is_scarce(self) -> bool {
        self.free_bytes < self.all_bytes / 100 * FREE_PERCENT_MIN
            && self.free_bytes < FREE_BYTES_ENOUGH.as_u64()
    }
}

/// Looks at the disk of `folder` until storage stops.
pub(crate) async fn run(storage: Arc<Storage>, folder: PathBuf) {
    let mut stopping = storage.stopping.subscribe();
    while !*stopping.borrow_and_update() {
        match Room::of(&folder) {
            Ok(room) => {
                let is_scarce = room.is_scarce();
                if storage.is_disk_full.swap(is_scarce, Ordering::Relaxed) != is_scarce {
                    let free = ByteSize(room.free_bytes);
                    if is_scarce {
                        tracing::error!(%free, folder = %folder.display(), "the disk is nearly full: spans are refused");
                    } else {
                        tracing::info!(%free, "there is room on the disk again: spans are taken in");
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "nobody knows how full the disk is"),
        }
        tokio::select! {
            () = storage.env.sleep(INTERVAL) => {}
            _ = stopping.changed() => {}
        }
    }
}

#[cfg(test)]
mod tests;
