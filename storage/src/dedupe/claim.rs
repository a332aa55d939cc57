//! The right to append a body, and the promise to say what became of it.

use std::sync::Arc;

use super::Dedupe;

/// Held by the one request that brings a body to the disk. Retries of it wait until the claim is settled, or dropped:
/// then the append failed, and one of them takes its place.
///
/// It travels with the request into the write-ahead log, so that an exporter that leaves takes nothing back.
#[derive(Debug)]
pub(crate) struct Claim(Option<(Arc<Dedupe>, u128)>);

impl Claim {
    pub(super) const fn new(dedupe: Arc<Dedupe>, hash: u128) -> Self {
        Self(Some((dedupe, hash)))
    }

    /// For a body without a hash.
    pub(super) const fn of_nothing() -> Self {
        Self(None)
    }

    /// The request is durable as record `sequence`; false when a replay has met its body meanwhile, so that it must not
    /// be shown a second time. Comes before anything can flush the record.
    pub(crate) fn remember(&self, sequence: u64) -> bool {
        self.0.as_ref().is_none_or(|(dedupe, hash)| dedupe.remember(sequence, *hash))
    }

    /// The request is visible: whoever waits for it is answered.
    pub(crate) fn settle(mut self) {
        for waiting in self.release() {
            // Its exporter may be gone.
            let _gone = waiting.send(());
        }
    }

    fn release(&mut self) -> Vec<tokio::sync::oneshot::Sender<()>> {
        let Some((dedupe, hash)) = self.0.take() else { return Vec::new() };
        dedupe.state.lock().in_flight.remove(&hash).unwrap_or_default()
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        drop(self.release());
    }
}
