//! The live buffer: acknowledged spans that no segment holds yet, readable while it grows.
//!
//! Requests come in as bytes and settle into columns many at a time: thousands of processes send a dozen spans each, and
//! a column of a dozen rows costs as much as one of a thousand.

use std::sync::Arc;

use bytes::Bytes;
use proto::{Tenant, UnixNanos};

use crate::SpanBatch;
use crate::wal::RecordMeta;

/// An acknowledged request: checked, logged, not in columns yet.
#[derive(Debug, Clone)]
pub struct LoggedRequest {
    /// What is known of it beside its body.
    pub meta: RecordMeta,
    /// An `ExportTraceServiceRequest`.
    pub body: Bytes,
}

/// The spans of some requests of one tenant that arrived on one day.
#[derive(Debug)]
pub struct LiveBatch {
    /// Whose spans.
    pub tenant: Tenant,
    /// When the first of them arrived.
    pub arrival_min: UnixNanos,
    /// When the last of them arrived.
    pub arrival_max: UnixNanos,
    /// The WAL sequence of the last of the requests.
    pub sequence: u64,
    /// The spans.
    pub spans: SpanBatch,
}

/// Requests in WAL order and the batches they became. Sealed batches are being written to a segment; active ones are not.
#[derive(Debug, Default)]
pub(crate) struct LiveBuffer {
    sealed: Vec<Arc<LiveBatch>>,
    active: Vec<Arc<LiveBatch>>,
    unsettled: Vec<(u64, LoggedRequest)>,
    sealed_bytes: usize,
    active_bytes: usize,
    unsettled_bytes: usize,
}

/// What a flush has to write.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    pub(crate) batches: Vec<Arc<LiveBatch>>,
    /// The WAL sequence through which everything is in `batches` or already in the table.
    pub(crate) through: u64,
}

impl LiveBuffer {
    /// Takes request number `sequence`, the next one of the log.
    pub(crate) fn push(&mut self, sequence: u64, request: LoggedRequest) {
        self.unsettled_bytes += request.body.len();
        self.unsettled.push((sequence, request));
    }

    /// The requests that are not in columns yet. Whoever takes them gives back what they become, before anybody else
    /// looks ([`LiveBuffer::settle`]).
    pub(crate) fn take_unsettled(&mut self) -> Vec<(u64, LoggedRequest)> {
        std::mem::take(&mut self.unsettled)
    }

    /// Puts in what requests of `body_bytes`, taken before, became.
    pub(crate) fn settle(&mut self, batches: Vec<LiveBatch>, body_bytes: usize) {
        self.unsettled_bytes -= body_bytes;
        for batch in batches {
            self.active_bytes += batch.spans.memory_bytes;
            self.active.push(Arc::new(batch));
        }
    }

    /// The bytes of requests that are not in columns yet.
    pub(crate) const fn unsettled_bytes(&self) -> usize {
        self.unsettled_bytes
    }

    /// The bytes of memory held by what no flush has taken yet.
    pub(crate) const fn active_bytes(&self) -> usize {
        self.active_bytes + self.unsettled_bytes
    }

    /// All bytes of memory held.
    pub(crate) const fn bytes(&self) -> usize {
        self.active_bytes() + self.sealed_bytes
    }

    /// When the oldest request that no flush has taken yet arrived.
    pub(crate) fn oldest_arrival(&self) -> Option<UnixNanos> {
        let unsettled = self.unsettled.first().map(|(_, request)| request.meta.arrival);
        self.active.iter().map(|batch| batch.arrival_min).chain(unsettled).min()
    }

    /// When the oldest request arrived that no segment holds yet, whether or not a flush has taken it.
    pub(crate) fn oldest(&self) -> Option<UnixNanos> {
        self.sealed.iter().map(|batch| batch.arrival_min).chain(self.oldest_arrival()).min()
    }

    /// Takes the active batches for a flush; they stay readable. A flush that failed is taken up again first. Requests
    /// that came while the others settled stay for the next flush.
    pub(crate) fn seal(&mut self) -> Option<Sealed> {
        let first_unsettled = self.unsettled.first().map_or(u64::MAX, |(sequence, _)| *sequence);
        debug_assert!(self.active.iter().all(|batch| batch.sequence < first_unsettled));
        self.sealed.append(&mut self.active);
        self.sealed_bytes += std::mem::take(&mut self.active_bytes);
        let through = self.sealed.iter().map(|batch| batch.sequence).max()?;
        Some(Sealed { batches: self.sealed.clone(), through })
    }

    /// Forgets the sealed batches up to WAL sequence `through`, which segments hold now.
    pub(crate) fn release_through(&mut self, through: u64) {
        self.sealed.retain(|batch| batch.sequence > through);
        self.sealed_bytes = self.sealed.iter().map(|batch| batch.spans.memory_bytes).sum();
    }

    /// Every batch.
    pub(crate) fn batches(&self) -> Vec<Arc<LiveBatch>> {
        self.sealed.iter().chain(&self.active).map(Arc::clone).collect()
    }
}

#[cfg(test)]
mod tests;
