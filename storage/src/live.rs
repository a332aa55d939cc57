//! The live buffer: acknowledged spans that no segment holds yet, readable while it grows.
//!
//! Requests come in as bytes and settle into columns many at a time: thousands of processes send a dozen spans each, and
//! a column of a dozen rows costs as much as one of a thousand.
//!
//! It is a row of pools, each of a range of the log. A boundary in the log cuts the one that grows in two; flushes take
//! what was cut off, oldest first. While the log is replayed two of them grow: what is read back, and behind it what
//! comes in.

mod pool;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use proto::{Tenant, UnixNanos};

use self::pool::Pool;
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

/// Requests in WAL order and the batches they became.
#[derive(Debug)]
pub(crate) struct LiveBuffer {
    /// By sequence; never empty, and the last one has no end.
    pools: VecDeque<Pool>,
}

/// What a flush has to write.
#[derive(Debug, Clone)]
pub(crate) struct Cut {
    pub(crate) batches: Vec<Arc<LiveBatch>>,
    /// The WAL sequence through which everything is in `batches` or already in the table.
    pub(crate) through: u64,
}

impl LoggedRequest {
    /// The memory it holds.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.body.len() + self.meta.user_agent.len() + size_of::<(u64, Self)>()
    }
}

impl Default for LiveBuffer {
    fn default() -> Self {
        Self { pools: VecDeque::from([Pool::new(u64::MAX)]) }
    }
}

impl LiveBuffer {
    /// Takes request number `sequence`: the next one of the log or, while that is replayed, of what is read back.
    pub(crate) fn push(&mut self, sequence: u64, request: LoggedRequest) {
        self.pool_of(sequence).push(sequence, request);
    }

    /// The requests that are not in columns yet, by pool: those of one may become one batch. Whoever takes them gives
    /// back what they become, before anybody else looks ([`LiveBuffer::settle`]).
    pub(crate) fn take_unsettled(&mut self) -> Vec<Vec<(u64, LoggedRequest)>> {
        self.pools.iter_mut().map(|pool| std::mem::take(&mut pool.unsettled)).collect()
    }

    /// Puts in what requests of `memory_bytes` became, which were taken before; `sequence` is one of theirs.
    pub(crate) fn settle(&mut self, sequence: u64, batches: Vec<LiveBatch>, memory_bytes: usize) {
        self.pool_of(sequence).settle(batches, memory_bytes);
    }

    /// The bytes of requests that are not in columns yet.
    pub(crate) fn unsettled_bytes(&self) -> usize {
        self.pools.iter().map(|pool| pool.unsettled_bytes).sum()
    }

    /// Whether there is anything for a boundary to cut off.
    pub(crate) fn is_growing(&self) -> bool {
        !self.growing().is_empty()
    }

    /// The bytes of memory held by what the next boundary will cut off.
    pub(crate) fn growing_bytes(&self) -> usize {
        self.growing().bytes()
    }

    /// All bytes of memory held.
    pub(crate) fn bytes(&self) -> usize {
        self.pools.iter().map(Pool::bytes).sum()
    }

    /// Whether the log is being replayed.
    pub(crate) fn is_replaying(&self) -> bool {
        self.growing().through != u64::MAX
    }

    /// When the oldest request arrived that no segment holds yet, whether or not a flush has taken it.
    pub(crate) fn oldest(&self) -> Option<UnixNanos> {
        self.pools.iter().filter_map(Pool::oldest_arrival).min()
    }

    /// Everything that comes up to and including sequence `through` is read back from the log.
    pub(crate) fn begin_replay(&mut self, through: u64) {
        self.pools.push_front(Pool::new(through));
    }

    /// All was read back: what is left of it is as what came in meanwhile.
    pub(crate) fn finish_replay(&mut self) {
        let at = self.growing_index();
        if self.pools[at].through != u64::MAX
            && let Some(read_back) = self.pools.remove(at)
        {
            self.pools[at].prepend(read_back);
        }
    }

    /// Cuts off what has grown, all of it at or below sequence `through`, for a flush. False if there is nothing.
    pub(crate) fn cut(&mut self, through: u64) -> bool {
        let at = self.growing_index();
        let growing = &mut self.pools[at];
        if growing.is_empty() {
            return false;
        }
        debug_assert!(
            growing.last_sequence <= through && through <= growing.through,
            "a cut inside of a pool"
        );
        let next = Pool::new(growing.through);
        growing.through = through;
        growing.is_cut = true;
        self.pools.insert(at + 1, next);
        true
    }

    /// The same, where the log has no boundary.
    pub(crate) fn cut_after_last(&mut self) -> bool {
        self.cut(self.growing().last_sequence)
    }

    /// Whether everything that the next flush has to write is in columns. True only means so while nobody settles.
    pub(crate) fn is_oldest_settled(&self) -> bool {
        self.pools
            .iter()
            .find(|pool| !pool.is_empty())
            .is_none_or(|pool| !pool.is_cut || pool.unsettled_bytes == 0)
    }

    /// What the next flush has to write, all of it settled. It stays readable until it is released.
    pub(crate) fn oldest_cut(&mut self) -> Option<Cut> {
        // Requests that were set aside leave nothing to write.
        while self.pools.front().is_some_and(|pool| pool.is_cut && pool.is_empty()) {
            self.pools.pop_front();
        }
        let oldest = self.pools.front().filter(|pool| pool.is_cut)?;
        Some(Cut { batches: oldest.batches.clone(), through: oldest.through })
    }

    /// Forgets what was cut off up to WAL sequence `through`, which segments hold now.
    pub(crate) fn release_through(&mut self, through: u64) {
        while self.pools.front().is_some_and(|pool| pool.is_cut && pool.through <= through) {
            self.pools.pop_front();
        }
    }

    /// The last request that came.
    pub(crate) fn last_sequence(&self) -> u64 {
        self.pools.iter().map(|pool| pool.last_sequence).max().unwrap_or(0)
    }

    /// Every batch.
    pub(crate) fn batches(&self) -> Vec<Arc<LiveBatch>> {
        self.pools.iter().flat_map(|pool| pool.batches.iter().map(Arc::clone)).collect()
    }

    fn pool_of(&mut self, sequence: u64) -> &mut Pool {
        let at = self.pools.partition_point(|pool| pool.through < sequence);
        &mut self.pools[at]
    }

    fn growing(&self) -> &Pool {
        &self.pools[self.growing_index()]
    }

    /// While the log is replayed, that of what is read back.
    fn growing_index(&self) -> usize {
        self.pools.partition_point(|pool| pool.is_cut)
    }
}

#[cfg(test)]
mod tests;
