//! Reading tables that another process writes: every second what it has committed is taken over.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use proto::UnixNanos;

use crate::Result;
use crate::catalog::TableVersion;
use crate::config::Role;
use crate::storage::Storage;

const INTERVAL: Duration = Duration::from_secs(1);
/// Answers say that they may miss something once the log could not be read for so long.
const OUT_OF_TOUCH_AFTER: Duration = Duration::from_secs(10);

/// Follows the tables until storage stops.
pub(crate) async fn run(storage: Arc<Storage>) {
    let mut stopping = storage.stopping.subscribe();
    let mut read_at = storage.env.monotonic();
    while !*stopping.borrow_and_update() {
        let read = storage.refresh().await;
        let now = storage.env.monotonic();
        match read {
            Ok(()) => read_at = now,
            Err(error) => tracing::warn!(%error, "what was written since cannot be read: it is tried again"),
        }
        let is_out_of_touch = now.saturating_sub(read_at) > OUT_OF_TOUCH_AFTER;
        storage.is_out_of_touch.store(is_out_of_touch, Ordering::Relaxed);
        tokio::select! {
            () = storage.env.sleep(INTERVAL) => {}
            _ = stopping.changed() => {}
        }
    }
}

impl Storage {
    /// Takes over what other processes have committed.
    ///
    /// # Errors
    /// When a log cannot be read.
    pub async fn refresh(&self) -> Result<()> {
        let newest = self.catalog.current().await?;
        self.shared.state.lock().table = newest;
        self.refresh_derived().await
    }

    /// Up to which arrival a reader has all spans.
    pub(crate) fn complete_to(&self, table: &TableVersion) -> Option<UnixNanos> {
        let arrivals =
            table.files.iter().map(|file| file.times.arrival_max).filter(|at| *at != UnixNanos::MAX);
        (self.config.role == Role::Query).then(|| arrivals.max().unwrap_or(0))
    }
}
