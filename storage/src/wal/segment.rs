//! A segment file: its name, its header, and the part of it that is being written.

use std::fmt;

use bytes::Buf;
use uuid::Uuid;

use super::disk::DiskFile;

/// The version this binary writes, and the newest it reads.
pub(super) const FORMAT_VERSION: u32 = 1;
/// The header has a block of its own, so that re-heading a recycled segment touches no record.
pub(super) const SEGMENT_HEADER_BYTES: u64 = 4096;
/// How often a segment can be taken up again by a later process: the window of epochs it may hold.
pub(super) const RESUMES_MAX: u64 = 1024;

const MAGIC: [u8; 8] = *b"TPLNWAL\0";
const HEADER_USED_BYTES: usize = 64;

/// A live segment's file name: `<epoch>-<first sequence>.wal`, both as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SegmentName {
    pub(super) epoch: u64,
    pub(super) first_sequence: u64,
}

impl fmt::Display for SegmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{:016x}.wal", self.epoch, self.first_sequence)
    }
}

impl SegmentName {
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (epoch, first_sequence) = name.strip_suffix(".wal")?.split_once('-')?;
        let parsed = Self {
            epoch: u64::from_str_radix(epoch, 16).ok()?,
            first_sequence: u64::from_str_radix(first_sequence, 16).ok()?,
        };
        (parsed.to_string() == name).then_some(parsed)
    }
}

/// What a segment's first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    pub(super) wal_id: Uuid,
    pub(super) name: SegmentName,
    /// Bytes of the whole file.
    pub(super) segment_bytes: u64,
}

/// Why a header cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum HeaderFault {
    #[error("the header's checksum is wrong")]
    Damaged,
    #[error("it has format version {0}, newer than this binary's {FORMAT_VERSION}")]
    NewerVersion(u32),
}

impl SegmentHeader {
    /// The whole header block.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut block = Vec::with_capacity(SEGMENT_HEADER_BYTES as usize);
        block.extend_from_slice(&MAGIC);
        block.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        block.extend_from_slice(&[0; 4]);
        block.extend_from_slice(self.wal_id.as_bytes());
        block.extend_from_slice(&self.name.epoch.to_le_bytes());
        block.extend_from_slice(&self.name.first_sequence.to_le_bytes());
        block.extend_from_slice(&self.segment_bytes.to_le_bytes());
        block.extend_from_slice(&[0; 4]);
        let crc = crc32c::crc32c(&block);
        block.extend_from_slice(&crc.to_le_bytes());
        block.resize(SEGMENT_HEADER_BYTES as usize, 0);
        block
    }

    /// Reads a header block. The checksum is looked at first, so that damage never passes for a new version.
    pub(super) fn decode(block: &[u8; SEGMENT_HEADER_BYTES as usize]) -> Result<Self, HeaderFault> {
        let (mut used, mut rest) = block.split_at(HEADER_USED_BYTES - 4);
        if !used.starts_with(&MAGIC) || crc32c::crc32c(used) != rest.get_u32_le() {
            return Err(HeaderFault::Damaged);
        }
        used.advance(MAGIC.len());
        let version = used.get_u32_le();
        if version > FORMAT_VERSION {
            return Err(HeaderFault::NewerVersion(version));
        }
        used.advance(4);
        let wal_id = Uuid::from_u128(used.get_u128());
        let name = SegmentName { epoch: used.get_u64_le(), first_sequence: used.get_u64_le() };
        Ok(Self { wal_id, name, segment_bytes: used.get_u64_le() })
    }
}

/// The segment that takes the next round.
#[derive(Debug)]
pub(super) struct ActiveSegment {
    pub(super) file: Box<dyn DiskFile>,
    pub(super) name: SegmentName,
    /// The writer's generation: the name's, or higher after a resume.
    pub(super) epoch: u64,
    /// Where the next frame goes.
    pub(super) offset: u64,
    /// Bytes of the whole file.
    pub(super) segment_bytes: u64,
}

impl ActiveSegment {
    /// Bytes left for requests, `pending` bytes of the round being already taken.
    pub(super) fn room_for_data(&self, pending: u64) -> u64 {
        self.segment_bytes.saturating_sub(boundary_reserve_bytes(self.segment_bytes) + self.offset + pending)
    }

    /// Bytes left for flush boundaries and marks: more, so that a log that is full of requests can be flushed.
    pub(super) fn room_for_control(&self, pending: u64) -> u64 {
        self.segment_bytes.saturating_sub(self.offset + pending)
    }
}

/// The end of a segment that requests leave free.
pub(super) fn boundary_reserve_bytes(segment_bytes: u64) -> u64 {
    (segment_bytes / 8).min(64 << 10)
}
