//! Checksums of an immutable file, one per block, kept in a file of their own: its sidecar (`docs/formats.md`).

use bytes::{Buf, Bytes};

/// The block that one checksum covers.
pub(crate) const BLOCK_BYTES: u64 = 64 << 10;
/// The version this binary writes, and the newest it reads.
const FORMAT_VERSION: u32 = 1;

const MAGIC: [u8; 8] = *b"TPLNSUM\0";
const HEADER_BYTES: usize = 28;
const SUM_BYTES: usize = 4;

/// The ending of a segment's name that says: it was written with checksums. Without them it is damaged.
pub(crate) const CHECKED_SEGMENT: &str = ".checked.parquet";
/// The key in a log entry's `commitInfo` that says the same of the entry.
pub(crate) const CHECKED_ENTRY: &str = "tailplane.checksums";

/// The checksums of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) file_bytes: u64,
    blocks: Vec<u32>,
}

/// The sidecar of a table's file called `path`, relative to the table's root, that holds `bytes`.
#[must_use]
pub fn sidecar(path: &str, bytes: &Bytes) -> Vec<u8> {
    Sums::of([bytes]).encode(path)
}

/// Why a sidecar cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SumsFault {
    #[error("its checksums are themselves damaged")]
    Damaged,
    #[error("its checksums are of another file: files were swapped")]
    OfAnotherFile,
    #[error("its checksums have format version {0}, newer than this binary's {FORMAT_VERSION}")]
    NewerVersion(u32),
}

impl Sums {
    /// The checksums of a whole file.
    pub(crate) fn of<'a>(parts: impl IntoIterator<Item = &'a Bytes>) -> Self {
        let mut summing = Summing::default();
        parts.into_iter().for_each(|part| summing.add(part));
        summing.finish()
    }

    /// The sidecar of the file called `path`.
    pub(crate) fn encode(&self, path: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + SUM_BYTES * (self.blocks.len() + 1));
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes.extend_from_slice(&(BLOCK_BYTES as u32).to_le_bytes());
        bytes.extend_from_slice(&self.file_bytes.to_le_bytes());
        bytes.extend_from_slice(&crc32c::crc32c(path.as_bytes()).to_le_bytes());
        self.blocks.iter().for_each(|sum| bytes.extend_from_slice(&sum.to_le_bytes()));
        let sum = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Reads a sidecar. Its own checksum comes first, so that damage never passes for a new version.
    pub(crate) fn decode(path: &str, bytes: &[u8]) -> Result<Self, SumsFault> {
        let Some(end) = bytes.len().checked_sub(SUM_BYTES).filter(|end| *end >= HEADER_BYTES) else {
            return Err(SumsFault::Damaged);
        };
        let (mut rest, mut own) = bytes.split_at(end);
        if !rest.starts_with(&MAGIC) || own.get_u32_le() != crc32c::crc32c(rest) {
            return Err(SumsFault::Damaged);
        }
        rest.advance(MAGIC.len());
        let version = rest.get_u32_le();
        if version > FORMAT_VERSION {
            return Err(SumsFault::NewerVersion(version));
        }
        let (block_bytes, file_bytes) = (u64::from(rest.get_u32_le()), rest.get_u64_le());
        if rest.get_u32_le() != crc32c::crc32c(path.as_bytes()) {
            return Err(SumsFault::OfAnotherFile);
        }
        let blocks: Vec<u32> = rest.chunks_exact(SUM_BYTES).map(|mut sum| sum.get_u32_le()).collect();
        if block_bytes != BLOCK_BYTES || blocks.len() as u64 != file_bytes.div_ceil(BLOCK_BYTES) {
            return Err(SumsFault::Damaged);
        }
        Ok(Self { file_bytes, blocks })
    }

    /// Checks whole blocks, the first of which begins at byte `offset` of the file.
    ///
    /// # Errors
    /// The byte at which the first wrong block begins.
    pub(crate) fn check(&self, offset: u64, bytes: &[u8]) -> Result<(), u64> {
        let first = offset / BLOCK_BYTES;
        for (number, block) in (first..).zip(bytes.chunks(BLOCK_BYTES as usize)) {
            let expected = usize::try_from(number).ok().and_then(|number| self.blocks.get(number));
            if expected != Some(&crc32c::crc32c(block)) {
                return Err(number * BLOCK_BYTES);
            }
        }
        Ok(())
    }
}

/// Checksums of a file that comes in parts.
#[derive(Debug, Default)]
pub(crate) struct Summing {
    file_bytes: u64,
    blocks: Vec<u32>,
    open: u32,
}

impl Summing {
    pub(crate) fn add(&mut self, mut part: &[u8]) {
        while !part.is_empty() {
            let room = BLOCK_BYTES - self.file_bytes % BLOCK_BYTES;
            let taken = part.len().min(room as usize);
            self.open = crc32c::crc32c_append(self.open, &part[..taken]);
            self.file_bytes += taken as u64;
            if self.file_bytes.is_multiple_of(BLOCK_BYTES) {
                self.blocks.push(std::mem::take(&mut self.open));
            }
            part = &part[taken..];
        }
    }

    pub(crate) fn finish(mut self) -> Sums {
        if !self.file_bytes.is_multiple_of(BLOCK_BYTES) {
            self.blocks.push(self.open);
        }
        Sums { file_bytes: self.file_bytes, blocks: self.blocks }
    }
}

#[cfg(test)]
mod tests;
