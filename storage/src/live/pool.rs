//! The requests of one range of the log, and the batches they became.

use std::sync::Arc;

use proto::UnixNanos;

use super::{LiveBatch, LoggedRequest};

#[derive(Debug)]
pub(super) struct Pool {
    /// The last sequence that belongs here.
    pub(super) through: u64,
    /// Whether nothing more comes, so that a flush may take it.
    pub(super) is_cut: bool,
    /// The last sequence that came.
    pub(super) last_sequence: u64,
    pub(super) batches: Vec<Arc<LiveBatch>>,
    pub(super) unsettled: Vec<(u64, LoggedRequest)>,
    batch_bytes: usize,
    /// Of requests, those included that are being settled.
    pub(super) unsettled_bytes: usize,
}

impl Pool {
    pub(super) const fn new(through: u64) -> Self {
        Self {
            through,
            is_cut: false,
            last_sequence: 0,
            batches: Vec::new(),
            unsettled: Vec::new(),
            batch_bytes: 0,
            unsettled_bytes: 0,
        }
    }

    pub(super) fn push(&mut self, sequence: u64, request: LoggedRequest) {
        self.last_sequence = sequence;
        self.unsettled_bytes += request.memory_bytes();
        self.unsettled.push((sequence, request));
    }

    pub(super) fn settle(&mut self, batches: Vec<LiveBatch>, memory_bytes: usize) {
        self.unsettled_bytes -= memory_bytes;
        for batch in batches {
            self.batch_bytes += batch.spans.memory_bytes;
            self.batches.push(Arc::new(batch));
        }
    }

    pub(super) const fn bytes(&self) -> usize {
        self.batch_bytes + self.unsettled_bytes
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.batches.is_empty() && self.unsettled_bytes == 0
    }

    /// When the oldest of its requests arrived.
    pub(super) fn oldest_arrival(&self) -> Option<UnixNanos> {
        let unsettled = self.unsettled.iter().map(|(_, request)| request.meta.arrival);
        self.batches.iter().map(|batch| batch.arrival_min).chain(unsettled).min()
    }

    /// Takes in what came before.
    pub(super) fn prepend(&mut self, mut earlier: Self) {
        earlier.batches.append(&mut self.batches);
        earlier.unsettled.append(&mut self.unsettled);
        self.batches = earlier.batches;
        self.unsettled = earlier.unsettled;
        self.batch_bytes += earlier.batch_bytes;
        self.unsettled_bytes += earlier.unsettled_bytes;
        self.last_sequence = self.last_sequence.max(earlier.last_sequence);
    }
}
