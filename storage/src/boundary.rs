//! Boundaries: where one flush ends and the next begins.
//!
//! A boundary goes into the log before its flush writes anything. A process that dies before the commit leaves it
//! there, and the next one, which meets it at the same place between the same requests, flushes the same set again to
//! files of the same names.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::storage::{Shared, Storage};

/// How often the live buffer is looked at.
const TICK: Duration = Duration::from_millis(500);

/// Puts boundaries into the log when the live buffer is large or old enough, until storage stops.
pub(crate) async fn run(storage: Arc<Storage>) {
    let mut stopping = storage.stopping.subscribe();
    // Since when something is live, on the monotonic clock: the wall clock may jump by years.
    let mut growing_since = None;
    while !*stopping.borrow_and_update() {
        tokio::select! {
            () = storage.shared.boundary_due.notified() => {}
            () = storage.env.sleep(TICK) => {}
            _ = stopping.changed() => continue,
        }
        if !storage.is_growing() {
            growing_since = None;
            continue;
        }
        let now = storage.env.monotonic();
        let age = now.saturating_sub(*growing_since.get_or_insert(now));
        if age >= storage.config.flush_interval || storage.is_large() {
            storage.put_boundary().await;
            growing_since = None;
        }
    }
}

impl Storage {
    /// Whether there is something for a boundary to cut off. What is read back has its boundaries already, and what
    /// comes in meanwhile waits behind it.
    pub(crate) fn is_growing(&self) -> bool {
        let live = &self.shared.state.lock().live;
        !live.is_replaying() && live.is_growing()
    }

    fn is_large(&self) -> bool {
        self.shared.state.lock().live.growing_bytes() >= self.shared.flush_bytes
    }

    /// Cuts what is live off for a flush.
    pub(crate) async fn put_boundary(&self) {
        let Err(error) = self.wal.append_boundary(Bytes::new()).await else { return };
        // A flush is what helps a full log, and perhaps a full disk: it goes on without.
        tracing::warn!(%error, "a flush begins without a boundary in the log");
        if self.shared.state.lock().live.cut_after_last() {
            self.shared.flush_due.notify_one();
        }
    }
}

impl Shared {
    /// Cuts off everything before the boundary at `sequence`. Nothing to cut means that nothing has come.
    pub(crate) fn cut(&self, sequence: u64) -> bool {
        let is_cut = self.state.lock().live.cut(sequence.saturating_sub(1));
        if is_cut {
            self.flush_due.notify_one();
        }
        is_cut
    }
}
