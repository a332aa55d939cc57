//! One immutable file against its checksums.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::Finding;
use crate::Error;
use crate::checksums::{BLOCK_BYTES, CHECKED_ENTRY, CHECKED_SEGMENT, Sums, SumsFault};
use crate::store::{Kind, sidecar_path};

const RESTORE: &str = "restore the file from a copy; until then answers are without it and say so";
const RESTORE_SUMS: &str =
    "restore the checksums from a copy; the file itself may be whole, but nothing can tell";
/// So much is read at a time: whole blocks.
const CHUNK_BLOCKS: u64 = 16;

/// Checks the file `path`, relative to the folder of the table `table` (`spans`, or one below `derived/`) in the data folder
/// `folder`, block by block. Blocking.
///
/// # Errors
/// What is wrong with it, if something is.
pub fn verify_file(folder: &Path, table: &str, path: &str) -> Result<u64, Box<Finding>> {
    let file = folder.join(table).join(path);
    let sidecar = folder.join("checksums").join(table).join(sidecar_path(path));
    let damage = |byte, meaning: String| Box::new(Finding::damage(&file, byte, meaning, RESTORE));
    let unreadable = |error: std::io::Error| damage(0, format!("it cannot be read: {error}"));
    let sums = match std::fs::read(&sidecar) {
        Ok(bytes) => Sums::decode(path, &bytes).map(Some).map_err(|fault| {
            let at_fault = if fault == SumsFault::OfAnotherFile { &file } else { &sidecar };
            Box::new(Finding::damage(at_fault, 0, fault.to_string(), RESTORE_SUMS))
        })?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(unreadable(error)),
    };
    let Some(sums) = sums else { return without_sums(&file, path) };
    let mut opened = File::open(&file).map_err(unreadable)?;
    let (mut offset, mut chunk) = (0, Vec::new());
    loop {
        chunk.clear();
        let taken = (&mut opened).take(CHUNK_BLOCKS * BLOCK_BYTES).read_to_end(&mut chunk);
        let bytes = taken.map_err(|error| damage(offset, format!("it cannot be read: {error}")))? as u64;
        let known = sums.file_bytes.saturating_sub(offset).min(bytes);
        if bytes == known || known.is_multiple_of(BLOCK_BYTES) {
            sums.check(offset, &chunk[..known as usize])
                .map_err(|byte| damage(byte, "the block's checksum is wrong".to_owned()))?;
        }
        offset += bytes;
        if bytes == 0 || bytes != known {
            break;
        }
    }
    if offset == sums.file_bytes {
        return Ok(offset);
    }
    let reason = format!("it has {offset} bytes or more, its checksums say {}", sums.file_bytes);
    Err(damage(offset.min(sums.file_bytes), reason))
}

/// A file of an earlier version, or of another program; one of ours has lost them.
fn without_sums(file: &Path, path: &str) -> Result<u64, Box<Finding>> {
    let unreadable = |error| {
        let meaning = Error::io("read", file, error).message;
        Box::new(Finding::damage(file, 0, meaning, RESTORE))
    };
    file.metadata().map_err(unreadable)?;
    let is_ours = match Kind::of(path) {
        Kind::Segment => path.ends_with(CHECKED_SEGMENT),
        Kind::LogEntry => {
            let text = std::fs::read(file).map_err(unreadable)?;
            text.windows(CHECKED_ENTRY.len()).any(|window| window == CHECKED_ENTRY.as_bytes())
        }
        Kind::Checkpoint | Kind::Mutable => false,
    };
    if is_ours {
        return Err(Box::new(Finding::damage(file, 0, "its checksums are gone", RESTORE_SUMS)));
    }
    let meaning = "it has no checksums: an earlier version or another program wrote it";
    let remedy = "nothing: it is read, and damage to it is found only where Parquet finds it";
    Err(Box::new(Finding::note(file, meaning, remedy)))
}
