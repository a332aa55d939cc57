//! Reads one segment file: verified frames at known places, chains of them, and searches for survivors.

use std::io;
use std::ops::Range;

use bytes::Bytes;

use super::disk::DiskFile;
use super::record::{self, ALIGNMENT_BYTES, FrameKind, HEADER_BYTES, Stamp};
use super::segment::{RESUMES_MAX, SEGMENT_HEADER_BYTES, SegmentName};

const WINDOW_BYTES: u64 = 1 << 20;

/// A verified frame.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) offset: u64,
    pub(super) stamp: Stamp,
    pub(super) kind: FrameKind,
    pub(super) bytes: Bytes,
}

impl Frame {
    fn end(&self) -> u64 {
        self.offset + record::aligned(self.bytes.len() as u64)
    }
}

/// A segment file under a window of about a megabyte, or of one frame if that is larger.
#[derive(Debug)]
pub(super) struct SegmentReader {
    file: Box<dyn DiskFile>,
    file_bytes: u64,
    seed: u32,
    window: Vec<u8>,
    window_offset: u64,
}

impl SegmentReader {
    pub(super) fn new(file: Box<dyn DiskFile>, seed: u32) -> io::Result<Self> {
        let file_bytes = file.length()?;
        Ok(Self { file, file_bytes, seed, window: Vec::new(), window_offset: 0 })
    }

    pub(super) fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    pub(super) fn into_file(self) -> Box<dyn DiskFile> {
        self.file
    }

    /// `bytes` bytes at `offset`; none where the file ends before that.
    pub(super) fn view(&mut self, offset: u64, bytes: u64) -> io::Result<Option<&[u8]>> {
        let Some(end) = offset.checked_add(bytes).filter(|end| *end <= self.file_bytes) else {
            return Ok(None);
        };
        let window_end = self.window_offset + self.window.len() as u64;
        if offset < self.window_offset || end > window_end {
            let wanted = bytes.max(WINDOW_BYTES).min(self.file_bytes - offset) as usize;
            self.window.clear();
            self.window.resize(wanted, 0);
            self.window_offset = offset;
            self.file.read_exact_at(&mut self.window, offset)?;
        }
        let start = (offset - self.window_offset) as usize;
        Ok(Some(&self.window[start..start + bytes as usize]))
    }

    /// The frame at `offset`, if one with an acceptable stamp lies there undamaged.
    fn frame_at(&mut self, offset: u64, accept: impl Fn(&Stamp) -> bool) -> io::Result<Option<Frame>> {
        let Some(header) = self.view(offset, HEADER_BYTES as u64)? else { return Ok(None) };
        let Some(prefix) = record::peek(header).filter(|prefix| accept(&prefix.stamp)) else {
            return Ok(None);
        };
        let seed = self.seed;
        let Some(bytes) = self.view(offset, prefix.frame_bytes as u64)? else { return Ok(None) };
        if !record::is_intact(bytes, seed) {
            return Ok(None);
        }
        Ok(record::kind(bytes).map(|kind| Frame {
            offset,
            stamp: prefix.stamp,
            kind,
            bytes: Bytes::copy_from_slice(bytes),
        }))
    }

    /// The first undamaged frame at or after `from` whose epoch is in `epochs` and whose stamp is acceptable.
    fn find(
        &mut self,
        from: u64,
        epochs: &Range<u64>,
        accept: impl Fn(&Stamp) -> bool,
    ) -> io::Result<Option<Frame>> {
        let mut offset = from;
        while offset + HEADER_BYTES as u64 <= self.file_bytes {
            let bytes = WINDOW_BYTES.min(self.file_bytes - offset);
            let Some(window) = self.view(offset, bytes)? else { break };
            let places = window.len() + 1 - HEADER_BYTES;
            let candidates: Vec<u64> = (0..places)
                .step_by(ALIGNMENT_BYTES as usize)
                .filter(|&at| epochs.contains(&record::peek_epoch(&window[at..])))
                .map(|at| offset + at as u64)
                .collect();
            for candidate in candidates {
                let in_epochs = |stamp: &Stamp| epochs.contains(&stamp.epoch) && accept(stamp);
                if let Some(frame) = self.frame_at(candidate, in_epochs)? {
                    return Ok(Some(frame));
                }
            }
            offset += record::aligned(places as u64);
        }
        Ok(None)
    }
}

/// The frames of a segment in order, as far as each follows from the one before.
#[derive(Debug)]
pub(super) struct Chain {
    reader: SegmentReader,
    epochs: Range<u64>,
    /// The writer's generation at this place.
    pub(super) epoch: u64,
    /// The next record's sequence.
    pub(super) sequence: u64,
    /// The next frame's place.
    pub(super) offset: u64,
    /// The place of the first frame that nothing later shows to be durable.
    pub(super) unconfirmed_offset: u64,
    /// The highest sequence below which some frame showed everything to be durable.
    pub(super) confirmed_sequence: u64,
    /// Whether damage was met, and stepped over, in this segment.
    pub(super) is_damaged: bool,
}

impl Chain {
    /// Starts at the first frame of the segment called `name`.
    pub(super) fn new(reader: SegmentReader, name: SegmentName) -> Self {
        Self {
            reader,
            epochs: name.epoch..name.epoch.saturating_add(RESUMES_MAX),
            epoch: name.epoch,
            sequence: name.first_sequence,
            offset: SEGMENT_HEADER_BYTES,
            unconfirmed_offset: SEGMENT_HEADER_BYTES,
            confirmed_sequence: name.first_sequence,
            is_damaged: false,
        }
    }

    /// `bytes` bytes at `offset`; none where the file ends before that.
    pub(super) fn view(&mut self, offset: u64, bytes: u64) -> io::Result<Option<&[u8]>> {
        self.reader.view(offset, bytes)
    }

    pub(super) fn into_reader(self) -> SegmentReader {
        self.reader
    }

    /// The next frame; none where the chain ends, for whatever reason.
    pub(super) fn next(&mut self) -> io::Result<Option<Frame>> {
        let (sequence, epoch, epochs_end) = (self.sequence, self.epoch, self.epochs.end);
        let follows =
            |stamp: &Stamp| stamp.sequence == sequence && (epoch..epochs_end).contains(&stamp.epoch);
        let frame = self.reader.frame_at(self.offset, follows)?;
        let frame = frame.filter(|frame| frame.kind == FrameKind::Mark || frame.stamp.epoch == epoch);
        if let Some(frame) = &frame {
            self.pass(frame);
        }
        Ok(frame)
    }

    /// Whether some frame after the chain's end proves that the record missing there was durable: it was written
    /// in a later round, and a round is only written after the sync of the one before.
    pub(super) fn find_witness(&mut self) -> io::Result<Option<Frame>> {
        let (sequence, epochs) = (self.sequence, self.epoch..self.epochs.end);
        self.reader.find(self.offset, &epochs, |stamp| stamp.round_sequence > sequence)
    }

    /// Goes on at the first undamaged frame after the chain's end and below sequence `end`.
    pub(super) fn skip_damage(&mut self, end: u64) -> io::Result<Option<Frame>> {
        self.is_damaged = true;
        let (sequences, epochs) = (self.sequence..end, self.epoch..self.epochs.end);
        let frame = self.reader.find(self.offset, &epochs, |stamp| sequences.contains(&stamp.sequence))?;
        if let Some(frame) = &frame {
            self.pass(frame);
        }
        Ok(frame)
    }

    fn pass(&mut self, frame: &Frame) {
        if frame.stamp.round_sequence > self.confirmed_sequence || frame.kind == FrameKind::Mark {
            self.confirmed_sequence = self.confirmed_sequence.max(frame.stamp.round_sequence);
            self.unconfirmed_offset = frame.offset;
        }
        self.epoch = frame.stamp.epoch;
        self.sequence = frame.stamp.sequence + u64::from(frame.kind != FrameKind::Mark);
        self.offset = frame.end();
    }
}
