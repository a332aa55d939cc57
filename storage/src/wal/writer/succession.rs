//! How the writer comes from one segment to the next: when one is full, when one fails, when none can be had.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{PROBE_INTERVAL, Writer};
use crate::wal::activate::ActivateError;
use crate::wal::segment::ActiveSegment;
use crate::{Error, Result};

impl<T: Send + 'static> Writer<T> {
    /// Gets a segment for the first waiting record, or refuses what has to be refused.
    pub(super) fn make_segment(&mut self, frame_bytes: u64) -> bool {
        let now = self.directory.env.monotonic();
        if let Some((reason, _)) = self.broken.as_ref().filter(|(_, probe_at)| now < *probe_at) {
            let reason = reason.clone();
            self.refuse_all(&reason);
            return false;
        }
        // The segment that is left is whole: whether or not its last mark got through, the next one's header
        // confirms it.
        match self.open_segment(frame_bytes) {
            Ok(()) => true,
            Err(ActivateError::Full(error)) => {
                if let Some(request) = self.waiting.pop_front() {
                    self.refuse(request, &error.message);
                }
                false
            }
            Err(ActivateError::Failed(error)) => {
                self.refuse_all(&error.message);
                false
            }
        }
    }

    pub(super) fn open_segment(&mut self, frame_bytes: u64) -> Result<(), ActivateError> {
        // One that is being made is ready sooner than another would be.
        if let Some(spare_maker) = self.spare_maker.take() {
            drop(spare_maker.join());
        }
        match self.directory.activate(self.next_sequence, frame_bytes) {
            Ok(segment) => {
                if self.broken.take().is_some() {
                    tracing::info!(segment = %segment.name, "the WAL can be written again");
                }
                self.counters.active_offset.store(segment.offset, Ordering::Relaxed);
                self.counters.set_available(true);
                self.segment = Some(segment);
                self.has_unmarked_round = false;
                self.keep_a_spare();
                Ok(())
            }
            Err(ActivateError::Failed(error)) => {
                self.counters.failed();
                self.counters.set_available(false);
                if self.broken.is_none() {
                    tracing::error!(%error, "the WAL cannot be written; trying again every second");
                }
                let probe_at = self.directory.env.monotonic() + PROBE_INTERVAL;
                self.segment = None;
                self.broken = Some((error.message.clone(), probe_at));
                Err(ActivateError::Failed(error))
            }
            Err(full) => Err(full),
        }
    }

    /// Nothing of a failed round is acknowledged and its file is never written again: the segment ends at its
    /// last good offset, which the header of the next one records by its first sequence.
    pub(super) fn fail(&mut self, segment: &ActiveSegment, taken: usize, error: std::io::Error) {
        let path = self.directory.segment_path(segment.name);
        let error = Error::io("make durable the WAL segment", &path, error);
        tracing::error!(%error, offset = segment.offset, "WAL segment sealed after a failure");
        self.give_up_segment(segment);
        for request in self.waiting.drain(..taken).collect::<Vec<_>>() {
            self.refuse(request, &error.message);
        }
        drop(self.open_segment(0));
    }

    pub(super) fn give_up_segment(&mut self, segment: &ActiveSegment) {
        self.counters.failed();
        let mut layout = self.directory.layout.lock();
        if let Some(live) = layout.live.iter_mut().rev().find(|live| live.name == segment.name) {
            live.is_recyclable = false;
        }
        self.segment = None;
    }

    /// Pre-writes the next segment beside the appends. At most one such thread lives, and this one outlives it.
    pub(super) fn keep_a_spare(&mut self) {
        if self.spare_maker.is_some() || !self.directory.wants_spare() {
            return;
        }
        let directory = Arc::clone(&self.directory);
        let maker = self.directory.env.spawn_thread("wal-spare", move || {
            if let Err(error) = directory.prepare_spare() {
                tracing::warn!(%error, "no spare WAL segment");
            }
        });
        match maker {
            Ok(maker) => self.spare_maker = Some(maker),
            Err(error) => tracing::warn!(%error, "no thread for a spare WAL segment"),
        }
    }
}
