//! The live buffer: acknowledged batches that no segment holds yet, readable while it grows.

use std::sync::Arc;

use proto::{Tenant, UnixNanos};

use crate::SpanBatch;

/// One acknowledged batch.
#[derive(Debug)]
pub struct LiveBatch {
    /// Whose spans.
    pub tenant: Tenant,
    /// When they arrived.
    pub arrival: UnixNanos,
    /// The WAL sequence of their request.
    pub sequence: u64,
    /// The spans.
    pub spans: SpanBatch,
}

/// Batches in WAL order. Sealed ones are being written to a segment; active ones still collect.
#[derive(Debug, Default)]
pub(crate) struct LiveBuffer {
    sealed: Vec<Arc<LiveBatch>>,
    active: Vec<Arc<LiveBatch>>,
    active_bytes: usize,
    sealed_bytes: usize,
}

/// What a flush has to write.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    pub(crate) batches: Vec<Arc<LiveBatch>>,
    /// The WAL sequence through which everything is in `batches` or already in the table.
    pub(crate) through: u64,
}

impl LiveBuffer {
    pub(crate) fn push(&mut self, batch: LiveBatch) {
        self.active_bytes += batch.spans.memory_bytes;
        self.active.push(Arc::new(batch));
    }

    /// The bytes of memory held by batches that no flush has taken yet.
    pub(crate) const fn active_bytes(&self) -> usize {
        self.active_bytes
    }

    /// All bytes of memory held.
    pub(crate) const fn bytes(&self) -> usize {
        self.active_bytes + self.sealed_bytes
    }

    /// When the oldest batch that no flush has taken yet arrived.
    pub(crate) fn oldest_arrival(&self) -> Option<UnixNanos> {
        self.active.first().map(|batch| batch.arrival)
    }

    /// Takes the active batches for a flush; they stay readable. A flush that failed is taken up again first.
    pub(crate) fn seal(&mut self) -> Option<Sealed> {
        self.sealed.append(&mut self.active);
        self.sealed_bytes += std::mem::take(&mut self.active_bytes);
        let through = self.sealed.last()?.sequence;
        Some(Sealed { batches: self.sealed.clone(), through })
    }

    /// Forgets the sealed batches up to WAL sequence `through`, which segments hold now.
    pub(crate) fn release_through(&mut self, through: u64) {
        self.sealed.retain(|batch| batch.sequence > through);
        self.sealed_bytes = self.sealed.iter().map(|batch| batch.spans.memory_bytes).sum();
    }

    /// Every batch, in WAL order.
    pub(crate) fn batches(&self) -> Vec<Arc<LiveBatch>> {
        self.sealed.iter().chain(&self.active).map(Arc::clone).collect()
    }
}

#[cfg(test)]
mod tests;
