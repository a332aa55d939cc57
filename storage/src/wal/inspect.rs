//! Looks at a log's files without taking or changing them: for `verify` and `inspect`.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use proto::ErrorKind;
use uuid::Uuid;

use super::record::{self, Content, FrameKind};
use super::scan::{Chain, Frame, SegmentReader};
use super::segment::{SEGMENT_HEADER_BYTES, SegmentHeader, SegmentName};
use crate::{Error, Result};

/// The used bytes of a header; zeros follow.
const HEADER_USED_BYTES: usize = 64;

/// A log as it lies on the disk.
#[derive(Debug, Clone)]
pub struct LogView {
    /// The log's id.
    pub id: Uuid,
    /// Whether a running process has it: then its newest records may be on their way.
    pub is_held: bool,
    /// Segments with records, oldest first.
    pub segments: Vec<SegmentView>,
    /// Pre-written segments without a use.
    pub spares: u64,
}

/// A segment with records.
#[derive(Debug, Clone)]
pub struct SegmentView {
    /// Its file.
    pub path: PathBuf,
    /// The epoch it began with.
    pub epoch: u64,
    /// Its first record's sequence.
    pub first_sequence: u64,
    /// The sequence after its last record.
    pub end_sequence: u64,
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Bytes of it in use.
    pub used_bytes: u64,
    /// Requests in it.
    pub requests: u64,
}

/// One frame of a log.
#[derive(Debug, Clone)]
pub struct FrameView {
    /// Where it begins in its segment.
    pub offset: u64,
    /// Its bytes, header included.
    pub bytes: u64,
    /// The writer's generation.
    pub epoch: u64,
    /// The record's sequence; for a mark that of the record after it.
    pub sequence: u64,
    /// What it says; `None` for a mark, which says that all before it is durable.
    pub content: Option<Content>,
}

/// Damage in a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogDamage {
    pub(crate) path: PathBuf,
    pub(crate) byte: u64,
    pub(crate) reason: String,
}

/// Reads all of the log in `directory`, and gives each frame to `visit`.
///
/// # Errors
/// `NotFound` when there is no log, `Unavailable` when a file cannot be read, `Corrupt` when its id is damaged.
pub fn read_log(directory: &Path, mut visit: impl FnMut(&Path, FrameView)) -> Result<LogView> {
    examine(directory, &mut visit).map(|(view, _)| view)
}

/// As [`read_log`], with all that is damaged.
pub(crate) fn examine(
    directory: &Path,
    visit: &mut dyn FnMut(&Path, FrameView),
) -> Result<(LogView, Vec<LogDamage>)> {
    let unreadable = |error| Error::io("read the write-ahead log", directory, error);
    let id = fs::read_to_string(directory.join("wal-id")).map_err(unreadable)?;
    let id: Uuid = id.trim().parse().map_err(|error: uuid::Error| {
        let message =
            format!("{} holds {id:?}, no UUID: restore the file", directory.join("wal-id").display());
        Error::new(ErrorKind::Corrupt, message).caused_by(error)
    })?;
    let (mut names, mut spares) = (Vec::new(), 0);
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
        names.extend(SegmentName::parse(&name));
        spares += u64::from(name.starts_with("spare-"));
    }
    names.sort_unstable();
    let mut view = LogView { id, is_held: is_held(directory), segments: Vec::new(), spares };
    let mut damage = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let end = names.get(index + 1).map(|next| next.first_sequence);
        let path = directory.join(name.to_string());
        let mut segment = Examination { id, name: *name, path, damage: &mut damage };
        view.segments.push(segment.run(end, visit)?);
    }
    Ok((view, damage))
}

/// Whether a running process has the log.
fn is_held(directory: &Path) -> bool {
    let Ok(file) = File::open(directory.join("LOCK")) else { return false };
    matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

/// One segment being examined.
struct Examination<'a> {
    id: Uuid,
    name: SegmentName,
    path: PathBuf,
    damage: &'a mut Vec<LogDamage>,
}

impl Examination<'_> {
    fn run(&mut self, end: Option<u64>, visit: &mut dyn FnMut(&Path, FrameView)) -> Result<SegmentView> {
        let path = self.path.clone();
        let unreadable = |error| Error::io("read the WAL segment", &path, error);
        let file = File::open(&path).map_err(unreadable)?;
        let seed = crc32c::crc32c(self.id.as_bytes());
        let mut reader = SegmentReader::new(Box::new(file), seed).map_err(unreadable)?;
        let file_bytes = reader.file_bytes();
        let header = reader.view(0, SEGMENT_HEADER_BYTES).map_err(unreadable)?.map(<[u8]>::to_vec);
        self.check_header(header.as_deref(), file_bytes);
        let mut requests = 0;
        let mut chain = Chain::new(reader, self.name);
        loop {
            while let Some(frame) = chain.next().map_err(unreadable)? {
                requests += u64::from(frame.kind == FrameKind::Data);
                self.check_gap(&mut chain, &frame).map_err(unreadable)?;
                self.show(&frame, visit);
            }
            let missing = chain.sequence;
            let why = match end {
                Some(end) if missing >= end => break,
                Some(end) => format!("record {missing} is missing; the next segment begins with {end}"),
                None => match chain.find_witness().map_err(unreadable)? {
                    None => break,
                    Some(witness) => format!(
                        "record {missing} is missing, but byte {} shows that it was durable",
                        witness.offset
                    ),
                },
            };
            self.note(chain.offset, why);
            match chain.skip_damage(end.unwrap_or(u64::MAX)).map_err(unreadable)? {
                Some(frame) => {
                    requests += u64::from(frame.kind == FrameKind::Data);
                    self.show(&frame, visit);
                }
                None => break,
            }
        }
        Ok(SegmentView {
            path,
            epoch: self.name.epoch,
            first_sequence: self.name.first_sequence,
            end_sequence: chain.sequence,
            file_bytes,
            used_bytes: chain.offset,
            requests,
        })
    }

    fn check_header(&mut self, header: Option<&[u8]>, file_bytes: u64) {
        let Some(block) = header else {
            return self.note(file_bytes, format!("the file has only {file_bytes} bytes"));
        };
        match block.try_into().map(SegmentHeader::decode) {
            Ok(Ok(header)) if header.wal_id != self.id => {
                self.note(16, format!("it belongs to the log {}, this is {}", header.wal_id, self.id));
            }
            Ok(Ok(header)) if header.name != self.name => {
                self.note(32, format!("its header calls it {}", header.name));
            }
            Ok(Ok(header)) if header.segment_bytes != file_bytes => {
                let reason = format!("it has {file_bytes} bytes, its header says {}", header.segment_bytes);
                self.note(file_bytes.min(header.segment_bytes), reason);
            }
            Ok(Ok(_)) => {}
            Ok(Err(fault)) => self.note(0, fault.to_string()),
            Err(_) => self.note(0, "the header is not whole".to_owned()),
        }
        if let Some(at) = block.iter().skip(HEADER_USED_BYTES).position(|byte| *byte != 0) {
            let reason = "the unused rest of the header is not zero; nothing is lost".to_owned();
            self.note((HEADER_USED_BYTES + at) as u64, reason);
        }
    }

    /// The bytes between a frame and the next are zero, and nothing depends on them.
    fn check_gap(&mut self, chain: &mut Chain, frame: &Frame) -> std::io::Result<()> {
        let (from, end) = (frame.offset + frame.bytes.len() as u64, chain.offset);
        let gap = chain.view(from, end - from)?.unwrap_or_default();
        if let Some(at) = gap.iter().position(|byte| *byte != 0) {
            let reason = "the gap between two records is not zero; nothing is lost".to_owned();
            self.note(from + at as u64, reason);
        }
        Ok(())
    }

    fn show(&mut self, frame: &Frame, visit: &mut dyn FnMut(&Path, FrameView)) {
        let content = record::decode(&frame.bytes, frame.kind);
        if content.is_none() && frame.kind != FrameKind::Mark {
            self.note(frame.offset, format!("record {} breaks the format", frame.stamp.sequence));
        }
        let view = FrameView {
            offset: frame.offset,
            bytes: frame.bytes.len() as u64,
            epoch: frame.stamp.epoch,
            sequence: frame.stamp.sequence,
            content,
        };
        visit(&self.path, view);
    }

    fn note(&mut self, byte: u64, reason: String) {
        self.damage.push(LogDamage { path: self.path.clone(), byte, reason });
    }
}
