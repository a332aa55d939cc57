//! Gives the log's records back, one at a time, verifying each.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::vec;

use proto::ErrorKind;

use super::directory::Directory;
use super::record::{self, FrameKind, Record};
use super::recovery::{self, Span};
use super::scan::{Chain, Frame};
use crate::{Error, Result};

/// What [`super::Wal::open`] found. Until it is dropped, or read to its end, trimming stops at what was replayed.
#[derive(Debug)]
pub struct Recovery {
    directory: Arc<Directory>,
    spans: Vec<Span>,
    guard: TrimGuard,
}

/// The records above a sequence, in order, each once. Blocking; holds one segment open, and in memory about a
/// megabyte or the largest record.
///
/// An error is the last item: `Corrupt` names the file and byte, unless the configuration quarantines damage;
/// `Unavailable` when the disk cannot be read.
#[derive(Debug)]
pub struct Replay {
    directory: Arc<Directory>,
    spans: vec::IntoIter<Span>,
    current: Option<(Chain, Span)>,
    after: u64,
    has_failed: bool,
    _guard: TrimGuard,
}

/// Holds trimming back.
#[derive(Debug)]
struct TrimGuard(Arc<Directory>);

impl TrimGuard {
    fn new(directory: &Arc<Directory>) -> Self {
        directory.replayed_through.store(0, Ordering::Release);
        Self(Arc::clone(directory))
    }
}

impl Drop for TrimGuard {
    fn drop(&mut self) {
        self.0.replayed_through.store(u64::MAX, Ordering::Release);
    }
}

impl Recovery {
    pub(super) fn new(directory: &Arc<Directory>, spans: Vec<Span>) -> Self {
        Self { directory: Arc::clone(directory), spans, guard: TrimGuard::new(directory) }
    }

    /// The records whose sequence is above `after`, up to the last one before the log was opened.
    ///
    /// # Errors
    /// `Corrupt` when the record after `after` is not here any more, although later ones are.
    pub fn records(self, after: u64) -> Result<Replay> {
        let first_wanted = after.saturating_add(1);
        let spans: Vec<_> = self.spans.into_iter().filter(|span| span.end > first_wanted).collect();
        if let Some(first) = spans.first().filter(|first| first.name.first_sequence > first_wanted) {
            let reason = format!(
                "records {first_wanted} to {} before it are neither in the log nor in the table: spans/ was lost or is an \
                 older copy, or files of the log are gone",
                first.name.first_sequence - 1
            );
            recovery::on_damage(&self.directory, first.name, 0, &reason)?;
        }
        self.directory.replayed_through.store(after, Ordering::Release);
        Ok(Replay {
            directory: self.directory,
            spans: spans.into_iter(),
            current: None,
            after,
            has_failed: false,
            _guard: self.guard,
        })
    }
}

impl Iterator for Replay {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed {
            return None;
        }
        let next = self.advance().transpose();
        match &next {
            Some(Ok(record)) => self.directory.replayed_through.store(record.sequence, Ordering::Release),
            Some(Err(_)) => self.has_failed = true,
            None => self.directory.replayed_through.store(u64::MAX, Ordering::Release),
        }
        next
    }
}

impl Replay {
    fn advance(&mut self) -> Result<Option<Record>> {
        loop {
            let Some((chain, span)) = &mut self.current else {
                let Some(span) = self.spans.next() else { return Ok(None) };
                self.current = Some((recovery::open_chain(&self.directory, span.name)?, span));
                continue;
            };
            if chain.sequence >= span.end {
                self.current = None;
                continue;
            }
            let unreadable =
                |error| Error::io("read the WAL segment", &self.directory.segment_path(span.name), error);
            let frame = match chain.next().map_err(unreadable)? {
                Some(frame) => Some(frame),
                None => step_over_damage(&self.directory, chain, *span)?,
            };
            let name = span.name;
            let Some(frame) = frame else {
                self.current = None;
                continue;
            };
            if frame.kind == FrameKind::Mark || frame.stamp.sequence <= self.after {
                continue;
            }
            match record::decode(&frame.bytes, frame.kind) {
                Some(content) => return Ok(Some(Record { sequence: frame.stamp.sequence, content })),
                None => return Err(undecodable(&self.directory, name, &frame)),
            }
        }
    }
}

/// The next readable frame after damage, if damage is to be quarantined; none if the segment has no more.
fn step_over_damage(directory: &Directory, chain: &mut Chain, span: Span) -> Result<Option<Frame>> {
    let (missing, offset) = (chain.sequence, chain.offset);
    recovery::on_damage(directory, span.name, offset, &format!("record {missing} is missing"))?;
    let frame = chain
        .skip_damage(span.end)
        .map_err(|error| Error::io("read the WAL segment", &directory.segment_path(span.name), error))?;
    let records_lost = frame.as_ref().map_or(span.end, |frame| frame.stamp.sequence) - missing;
    tracing::error!(segment = %span.name, offset, first_lost = missing, records_lost, "records of the WAL are lost");
    Ok(frame)
}

fn undecodable(directory: &Directory, name: super::segment::SegmentName, frame: &Frame) -> Error {
    let message = format!(
        "record {} at byte {} of the WAL segment {} is intact but breaks the format: it was not written by this \
         version",
        frame.stamp.sequence,
        frame.offset,
        directory.segment_path(name).display()
    );
    Error::new(ErrorKind::Corrupt, message)
}
