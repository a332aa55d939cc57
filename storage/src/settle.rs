//! Settling: requests that are durable become columns, many at a time.
//!
//! Not on the way to the acknowledgement, and never later than the next look: whoever takes a snapshot or seals the live
//! buffer settles it first.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Arc;

use parking_lot::MutexGuard;
use proto::{ErrorKind, Tenant};

use crate::live::{LiveBatch, LoggedRequest};
use crate::storage::{Shared, Storage};
use crate::{Error, Result, SpanBatch};

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
        let pools = self.state.lock().live.take_unsettled();
        // One group after the other, so that only one is ever held as bytes and as columns.
        for group in pools.into_iter().flat_map(groups) {
            let (sequence, bytes) = (group.sequences.last().copied().unwrap_or_default(), group.memory_bytes);
            let batches = self.batches(group);
            let mut state = self.state.lock();
            state.live.settle(sequence, batches, bytes);
            if state.live.growing_bytes() >= self.flush_bytes {
                self.boundary_due.notify_one();
            }
        }
        guard
    }

    /// What `group` becomes: one batch. Should it not decode, though each request did before it was logged, its requests
    /// are tried alone, and those at fault are set aside.
    fn batches(&self, group: Group) -> Vec<LiveBatch> {
        match group.decode(&self.decode) {
            Ok(batch) => vec![batch],
            Err(_) => group
                .singles()
                .filter_map(|single| {
                    single.decode(&self.decode).map_err(|error| self.set_aside(&single, &error)).ok()
                })
                .collect(),
        }
    }

    /// Keeps the bodies of `group`, which cannot be shown: a fault of ours must neither lose what was acknowledged nor stop
    /// everything else.
    fn set_aside(&self, group: &Group, error: &Error) {
        for (sequence, request) in group.sequences.iter().zip(&group.requests) {
            let path = self.quarantine.join(format!("record-{sequence:016x}.otlp"));
            let kept =
                std::fs::create_dir_all(&self.quarantine).and_then(|()| write_private(&path, &request.body));
            let path = path.display();
            match kept {
                Ok(()) => {
                    tracing::error!(%error, %path, "a request that was acknowledged cannot be read: set aside")
                }
                Err(unkept) => {
                    tracing::error!(%error, %path, %unkept, "a request that was acknowledged is lost")
                }
            }
        }
    }
}

/// Requests hold what only the owner may read.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).open(path)?.write_all(bytes)
}

/// Requests of one tenant and day.
#[derive(Debug)]
struct Group {
    tenant: Tenant,
    day: u64,
    bytes: usize,
    /// What the live buffer counts for them.
    memory_bytes: usize,
    /// Of the requests, ascending.
    sequences: Vec<u64>,
    requests: Vec<LoggedRequest>,
}

impl Group {
    fn new(sequence: u64, request: LoggedRequest) -> Self {
        Self {
            tenant: request.meta.tenant.clone(),
            day: request.meta.arrival / DAY_NS,
            bytes: request.body.len(),
            memory_bytes: request.memory_bytes(),
            sequences: vec![sequence],
            requests: vec![request],
        }
    }

    fn takes(&self, request: &LoggedRequest) -> bool {
        self.tenant == request.meta.tenant
            && self.day == request.meta.arrival / DAY_NS
            && self.bytes + request.body.len() <= BATCH_BYTES
    }

    fn add(&mut self, sequence: u64, request: LoggedRequest) {
        self.bytes += request.body.len();
        self.memory_bytes += request.memory_bytes();
        self.sequences.push(sequence);
        self.requests.push(request);
    }

    fn decode(&self, decode: &DecodeRequests) -> Result<LiveBatch> {
        let panicked =
            |_| Error::new(ErrorKind::Internal, "decoding a request panicked: the log has the message");
        let spans = panic::catch_unwind(AssertUnwindSafe(|| decode(&self.requests))).map_err(panicked)??;
        let arrivals = || self.requests.iter().map(|request| request.meta.arrival);
        Ok(LiveBatch {
            tenant: self.tenant.clone(),
            arrival_min: arrivals().min().unwrap_or_default(),
            arrival_max: arrivals().max().unwrap_or_default(),
            sequence: self.sequences.last().copied().unwrap_or_default(),
            spans,
        })
    }

    /// Each request alone.
    fn singles(self) -> impl Iterator<Item = Self> {
        self.sequences.into_iter().zip(self.requests).map(|(sequence, request)| Self::new(sequence, request))
    }
}

fn groups(requests: Vec<(u64, LoggedRequest)>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (sequence, request) in requests {
        match groups.iter_mut().rev().find(|group| group.takes(&request)) {
            Some(group) => group.add(sequence, request),
            None => groups.push(Group::new(sequence, request)),
        }
    }
    groups
}

#[cfg(test)]
mod tests;
