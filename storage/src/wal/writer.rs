//! The one thread that writes: it drains the queue into a round, writes, syncs, publishes and wakes.

mod succession;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use proto::ErrorKind;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::DurableSink;
use super::directory::Directory;
use super::record::{self, Content, HEADER_BYTES, Stamp};
use super::segment::ActiveSegment;
use super::stats::Counters;
use crate::{Error, Result};

/// How often a writer without a segment tries to open one.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);

/// A record on its way.
#[derive(Debug)]
pub(super) struct Request<T> {
    pub(super) content: Content,
    /// None for a boundary: it is not published.
    pub(super) payload: Option<T>,
    pub(super) done: oneshot::Sender<Result<u64>>,
    pub(super) _queue_bytes: OwnedSemaphorePermit,
}

/// The writer's state.
pub(super) struct Writer<T> {
    pub(super) directory: Arc<Directory>,
    pub(super) counters: Arc<Counters>,
    pub(super) sink: Arc<dyn DurableSink<T>>,
    pub(super) receiver: Receiver<Request<T>>,
    pub(super) segment: Option<ActiveSegment>,
    pub(super) next_sequence: u64,
    waiting: VecDeque<Request<T>>,
    buffer: Vec<u8>,
    /// Why there is no segment, and when (on the monotonic clock) the next try is due.
    broken: Option<(String, Duration)>,
    has_unmarked_round: bool,
    spare_maker: Option<JoinHandle<()>>,
}

impl<T: Send + 'static> Writer<T> {
    pub(super) fn new(
        directory: Arc<Directory>,
        counters: Arc<Counters>,
        sink: Arc<dyn DurableSink<T>>,
        receiver: Receiver<Request<T>>,
        (segment, next_sequence): (Option<ActiveSegment>, u64),
    ) -> Self {
        Self {
            directory,
            counters,
            sink,
            receiver,
            segment,
            next_sequence,
            waiting: VecDeque::new(),
            buffer: Vec::new(),
            broken: None,
            has_unmarked_round: false,
            spare_maker: None,
        }
    }

    /// Works until every sender is gone and the queue is empty, then leaves the log confirmed to its end.
    pub(super) fn run(mut self) {
        self.keep_a_spare();
        while self.receive() {
            while !self.waiting.is_empty() {
                self.round();
                self.waiting.extend(self.receiver.try_iter());
            }
            self.mark(false);
        }
        self.mark(true);
        if let Some(spare_maker) = self.spare_maker.take() {
            drop(spare_maker.join());
        }
        self.directory.renew_if_asked(self.next_sequence);
        self.directory.release();
    }

    /// Waits for requests and takes all there are; false when there will be none.
    fn receive(&mut self) -> bool {
        loop {
            let received = match &self.broken {
                None => self.receiver.recv().map_err(RecvTimeoutError::from),
                Some(_) => self.receiver.recv_timeout(PROBE_INTERVAL),
            };
            match received {
                Ok(request) => {
                    self.waiting.push_back(request);
                    self.waiting.extend(self.receiver.try_iter());
                    return true;
                }
                Err(RecvTimeoutError::Timeout) => drop(self.open_segment(0)),
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }

    /// One round: as many waiting records as fit the segment and the round, one write, one sync.
    fn round(&mut self) {
        let Some(first) = self.waiting.front() else { return };
        let frame_bytes = first.content.frame_bytes();
        let fits =
            self.segment.as_ref().is_some_and(|segment| room(segment, &first.content, 0) >= frame_bytes);
        if !fits && !self.make_segment(frame_bytes) {
            return;
        }
        let Some(mut segment) = self.segment.take() else { return };
        let taken = self.assemble(&segment);
        match self.write(&segment) {
            Ok(sync) => {
                segment.offset += self.buffer.len() as u64;
                self.segment = Some(segment);
                self.publish(taken, sync);
            }
            Err(error) => self.fail(&segment, taken, error),
        }
        if self.buffer.capacity() > 2 * self.directory.config.round_bytes_max {
            self.buffer = Vec::new();
        }
    }

    /// Encodes the round into the buffer and says how many records it has.
    fn assemble(&mut self, segment: &ActiveSegment) -> usize {
        self.buffer.clear();
        let mut taken = 0;
        for request in &self.waiting {
            let (pending, frame_bytes) = (self.buffer.len() as u64, request.content.frame_bytes());
            let is_full = pending + frame_bytes > self.directory.config.round_bytes_max as u64;
            if (taken > 0 && is_full) || room(segment, &request.content, pending) < frame_bytes {
                break;
            }
            let sequence = self.next_sequence + taken as u64;
            let stamp = Stamp { epoch: segment.epoch, sequence, round_sequence: self.next_sequence };
            record::encode(&mut self.buffer, self.directory.seed(), stamp, &request.content);
            taken += 1;
        }
        taken
    }

    /// Returns the time the sync took.
    fn write(&self, segment: &ActiveSegment) -> std::io::Result<Duration> {
        segment.file.write_all_at(&self.buffer, segment.offset)?;
        let before = self.directory.env.monotonic();
        segment.file.sync_data()?;
        Ok(self.directory.env.monotonic().saturating_sub(before))
    }

    /// After the sync: first every record to the sink, in order; then the next sequence; then every waiter.
    fn publish(&mut self, taken: usize, sync: Duration) {
        let first_sequence = self.next_sequence;
        self.next_sequence += taken as u64;
        self.has_unmarked_round = true;
        self.counters.active_offset.fetch_add(self.buffer.len() as u64, Ordering::Relaxed);
        self.counters.round(taken as u64, self.buffer.len() as u64, sync);
        let mut waiters = Vec::with_capacity(taken);
        for (sequence, request) in (first_sequence..).zip(self.waiting.drain(..taken)) {
            match request.payload {
                Some(payload) => self.sink.durable(sequence, payload),
                None => self.sink.boundary(sequence),
            }
            waiters.push((sequence, request.done));
        }
        self.counters.next_sequence.store(self.next_sequence, Ordering::Release);
        for (sequence, done) in waiters {
            drop(done.send(Ok(sequence)));
        }
    }

    /// Writes down that everything so far is durable, so that later damage to the last round is told from a torn
    /// tail. Synced only at the end of the writer's life: a lost mark costs nothing else.
    fn mark(&mut self, is_last: bool) {
        let Some(mut segment) = self.segment.take() else { return };
        let mut outcome = Ok(());
        if self.has_unmarked_round && segment.room_for_control(0) >= HEADER_BYTES as u64 {
            self.buffer.clear();
            record::encode_mark(&mut self.buffer, self.directory.seed(), segment.epoch, self.next_sequence);
            outcome = segment.file.write_all_at(&self.buffer, segment.offset);
            segment.offset += self.buffer.len() as u64;
            self.counters.active_offset.fetch_add(self.buffer.len() as u64, Ordering::Relaxed);
            self.has_unmarked_round = false;
        }
        if is_last {
            outcome = outcome.and_then(|()| segment.file.sync_data());
        }
        match outcome {
            Ok(()) => self.segment = Some(segment),
            Err(error) => {
                tracing::error!(%error, segment = %segment.name, "WAL segment sealed after a failed mark");
                self.give_up_segment(&segment);
            }
        }
    }

    fn refuse_all(&mut self, reason: &str) {
        for request in std::mem::take(&mut self.waiting) {
            self.refuse(request, reason);
        }
    }

    fn refuse(&self, request: Request<T>, reason: &str) {
        self.counters.refused();
        drop(request.done.send(Err(Error::new(ErrorKind::Unavailable, reason))));
    }
}

fn room(segment: &ActiveSegment, content: &Content, pending: u64) -> u64 {
    match content {
        Content::Data { .. } => segment.room_for_data(pending),
        Content::FlushBoundary { .. } => segment.room_for_control(pending),
    }
}
