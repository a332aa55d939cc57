//! Settling: requests that are durable become columns, many at a time.
//!
//! Not on the way to the acknowledgement, and never later than the next look: whoever takes a snapshot or seals the live
//! buffer settles it first.

use std::sync::Arc;

use parking_lot::MutexGuard;
use proto::{Tenant, UnixNanos};

use crate::live::{LiveBatch, LoggedRequest};
use crate::storage::{Shared, Storage};
use crate::{Result, SpanBatch};

/// Decodes requests, in order, into one batch. They were checked before they were logged.
pub type DecodeRequests = Arc<dyn Fn(&[LoggedRequest]) -> Result<SpanBatch> + Send + Sync>;

/// Requests settle without being asked for once they hold so many bytes: some 6,000 spans.
pub(crate) const SETTLE_BYTES: usize = 2 << 20;
/// Requests beyond so many bytes become a batch of their own.
const BATCH_BYTES: usize = 8 << 20;
const DAY_NS: u64 = 24 * 3600 * 1_000_000_000;

/// Settles whenever enough has come, until storage stops.
pub(crate) async fn run(storage: Arc<Storage>) {
    let mut stopping = storage.stopping.subscribe();
    while !*stopping.borrow_and_update() {
        tokio::select! {
            () = storage.shared.settle_due.notified() => {}
            _ = stopping.changed() => continue,
        }
        let shared = Arc::clone(&storage.shared);
        if storage.env.spawn_blocking(move || drop(shared.settled())).await.is_err() {
            tracing::error!("settling acknowledged spans panicked");
        }
    }
}

impl Shared {
    /// Settles what has come so far. While the guard is held nothing else is taken out of the live buffer.
    pub(crate) fn settled(&self) -> MutexGuard<'_, ()> {
        let guard = self.settling.lock();
        if let Err(error) = self.settle(&guard) {
            tracing::error!(%error, "spans that were acknowledged cannot be read: they stay in the write-ahead log only");
        }
        guard
    }

    /// As [`Shared::settled`].
    ///
    /// # Errors
    /// When a request does not decode, though it did before it was logged. The others are settled.
    pub(crate) fn settle(&self, _settling: &MutexGuard<'_, ()>) -> Result<()> {
        let requests = self.state.lock().live.take_unsettled();
        if requests.is_empty() {
            return Ok(());
        }
        let body_bytes = requests.iter().map(|(_, request)| request.body.len()).sum();
        let (mut batches, mut fault) = (Vec::new(), Ok(()));
        for group in groups(requests) {
            match group.decode(self) {
                Ok(batch) => batches.push(batch),
                Err(_) => {
                    for single in group.singles() {
                        match single.decode(self) {
                            Ok(batch) => batches.push(batch),
                            Err(error) => fault = Err(error),
                        }
                    }
                }
            }
        }
        let mut state = self.state.lock();
        state.live.settle(batches, body_bytes);
        if state.live.active_bytes() >= self.flush_bytes {
            self.flush_due.notify_one();
        }
        fault
    }
}

/// Requests of one tenant and day.
#[derive(Debug)]
struct Group {
    tenant: Tenant,
    day: u64,
    bytes: usize,
    sequence: u64,
    requests: Vec<LoggedRequest>,
}

impl Group {
    fn new(sequence: u64, request: LoggedRequest) -> Self {
        Self {
            tenant: request.meta.tenant.clone(),
            day: request.meta.arrival / DAY_NS,
            bytes: request.body.len(),
            sequence,
            requests: vec![request],
        }
    }

    fn takes(&self, request: &LoggedRequest) -> bool {
        self.tenant == request.meta.tenant
            && self.day == request.meta.arrival / DAY_NS
            && self.bytes + request.body.len() <= BATCH_BYTES
    }

    fn decode(&self, shared: &Shared) -> Result<LiveBatch> {
        let spans = (shared.decode)(&self.requests).map_err(|mut error| {
            error.message = format!(
                "record {} of the write-ahead log no longer decodes: {}",
                self.sequence, error.message
            );
            error
        })?;
        let arrivals = || self.requests.iter().map(|request| request.meta.arrival);
        let arrival = |found: Option<UnixNanos>| found.unwrap_or_default();
        Ok(LiveBatch {
            tenant: self.tenant.clone(),
            arrival_min: arrival(arrivals().min()),
            arrival_max: arrival(arrivals().max()),
            sequence: self.sequence,
            spans,
        })
    }

    /// Each request alone. They are at the group's sequence, so that they leave the log together.
    fn singles(self) -> impl Iterator<Item = Self> {
        let sequence = self.sequence;
        self.requests.into_iter().map(move |request| Self::new(sequence, request))
    }
}

fn groups(requests: Vec<(u64, LoggedRequest)>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (sequence, request) in requests {
        match groups.iter_mut().rev().find(|group| group.takes(&request)) {
            Some(group) => {
                group.bytes += request.body.len();
                group.sequence = sequence;
                group.requests.push(request);
            }
            None => groups.push(Group::new(sequence, request)),
        }
    }
    groups
}
