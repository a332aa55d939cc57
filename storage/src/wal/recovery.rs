//! Finds where the log ends, tells a torn tail from damage, and takes up the last segment again.

use std::path::Path;

use proto::ErrorKind;

use super::activate::ActivateError;
use super::directory::Directory;
use super::record::{self, HEADER_BYTES};
use super::scan::{Chain, SegmentReader};
use super::segment::{
    ActiveSegment, HeaderFault, RESUMES_MAX, SEGMENT_HEADER_BYTES, SegmentHeader, SegmentName,
};
use crate::{Error, Result};

const REWRITE_CHUNK_BYTES: u64 = 1 << 20;

/// A segment and the sequence after its last record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) name: SegmentName,
    pub(super) end: u64,
}

/// What a directory was found to hold.
#[derive(Debug)]
pub(super) struct Recovered {
    /// Where the writer goes on; none if the next append has to open a new segment.
    pub(super) active: Option<ActiveSegment>,
    pub(super) next_sequence: u64,
    /// Where the newest segment's records end.
    pub(super) tail_offset: u64,
    pub(super) spans: Vec<Span>,
}

/// Reads the headers' order and the last segment. The segments before it are verified by the replay.
pub(super) fn recover(directory: &Directory) -> Result<Recovered> {
    let Some((mut found, chain)) = survey(directory)? else {
        let active = directory.activate(1, 0).map_err(|error| match error {
            ActivateError::Full(error) | ActivateError::Failed(error) => error,
        })?;
        let tail_offset = active.offset;
        return Ok(Recovered { active: Some(active), next_sequence: 1, tail_offset, spans: Vec::new() });
    };
    if let Some(last) = found.spans.last() {
        found.active = resume(directory, last.name, chain)?;
    }
    if let Some(active) = &found.active {
        found.tail_offset = active.offset;
    }
    Ok(found)
}

/// The same without taking anything up again.
pub(super) fn look(directory: &Directory) -> Result<Recovered> {
    let nothing = Recovered { active: None, next_sequence: 1, tail_offset: 0, spans: Vec::new() };
    Ok(survey(directory)?.map_or(nothing, |(found, _)| found))
}

/// What there is, and the last segment's records; none where there is no segment.
fn survey(directory: &Directory) -> Result<Option<(Recovered, Chain)>> {
    let names: Vec<_> = directory.layout.lock().live.iter().map(|segment| segment.name).collect();
    let Some(last) = names.last() else { return Ok(None) };
    let chain = find_tail(directory, *last)?;
    let (next_sequence, tail_offset) = (chain.sequence.max(chain.confirmed_sequence), chain.offset);
    let ends = names.iter().skip(1).map(|name| name.first_sequence).chain([next_sequence]);
    let spans = names.iter().zip(ends).map(|(name, end)| Span { name: *name, end }).collect();
    {
        let mut layout = directory.layout.lock();
        layout.epoch = layout.epoch.max(chain.epoch);
    }
    Ok(Some((Recovered { active: None, next_sequence, tail_offset, spans }, chain)))
}

/// Opens a segment and checks its header against its name, its length and the log's id.
pub(super) fn open_chain(directory: &Directory, name: SegmentName) -> Result<Chain> {
    let path = directory.segment_path(name);
    let unreadable = |error| Error::io("read the WAL segment", &path, error);
    let file = directory.disk.open(&path).map_err(unreadable)?;
    let mut reader = SegmentReader::new(file, directory.seed()).map_err(unreadable)?;
    let file_bytes = reader.file_bytes();
    let block = reader.view(0, SEGMENT_HEADER_BYTES).map_err(unreadable)?;
    let fault = match block.and_then(|block| block.try_into().ok()).map(SegmentHeader::decode) {
        None => Some((file_bytes, format!("the file has only {file_bytes} bytes"))),
        Some(Err(fault @ HeaderFault::NewerVersion(_))) => return Err(newer_version(&path, fault)),
        Some(Err(fault @ HeaderFault::Damaged)) => Some((0, fault.to_string())),
        Some(Ok(header)) => disagreement(directory, name, &header, file_bytes),
    };
    let mut chain = Chain::new(reader, name);
    if let Some((offset, reason)) = fault {
        on_damage(directory, name, offset, &reason)?;
        chain.is_damaged = true;
    }
    Ok(chain)
}

/// What happens at damage: an error, unless it is to be quarantined; then a copy is kept and reading may go on.
pub(super) fn on_damage(directory: &Directory, name: SegmentName, offset: u64, reason: &str) -> Result<()> {
    let path = directory.segment_path(name);
    if !directory.config.quarantine_damage {
        let message = format!(
            "the WAL segment {} is damaged at byte {offset}: {reason}; restore what is missing, or set \
             storage.wal_quarantine_damage = true to keep a copy aside and go on with what is readable",
            path.display()
        );
        return Err(Error::new(ErrorKind::Corrupt, message));
    }
    let copy = directory.copy_aside(name)?;
    tracing::error!(segment = %path.display(), offset, reason, copy = %copy.display(), "damaged WAL segment set aside");
    Ok(())
}

fn newer_version(path: &Path, fault: HeaderFault) -> Error {
    let message =
        format!("cannot read {}: {fault}; start the version that wrote it, or a newer one", path.display());
    Error::new(ErrorKind::Unsupported, message)
}

fn disagreement(
    directory: &Directory,
    name: SegmentName,
    header: &SegmentHeader,
    file_bytes: u64,
) -> Option<(u64, String)> {
    if header.wal_id != directory.id {
        return Some((0, format!("it belongs to the WAL {}, this is {}", header.wal_id, directory.id)));
    }
    if header.name != name {
        return Some((0, format!("its header calls it {}", header.name)));
    }
    let reason = format!("the file has {file_bytes} bytes, its header says {}", header.segment_bytes);
    (header.segment_bytes != file_bytes).then_some((file_bytes.min(header.segment_bytes), reason))
}

/// Follows the last segment to its end. Bad bytes there are a torn tail, unless a later round was begun: a round
/// begins only after the sync of the one before, so what is missing was durable once.
fn find_tail(directory: &Directory, name: SegmentName) -> Result<Chain> {
    let path = directory.segment_path(name);
    let unreadable = |error| Error::io("read the WAL segment", &path, error);
    let mut chain = open_chain(directory, name)?;
    loop {
        while chain.next().map_err(unreadable)?.is_some() {}
        let Some(witness) = chain.find_witness().map_err(unreadable)? else { return Ok(chain) };
        let reason = format!(
            "record {} is missing, but byte {} shows that it was durable",
            chain.sequence, witness.offset
        );
        on_damage(directory, name, chain.offset, &reason)?;
        chain.skip_damage(u64::MAX).map_err(unreadable)?;
    }
}

/// Makes the last segment's end durable and takes it up again under a higher epoch, so that nothing the torn
/// tail left behind can follow a new record. Gives none if that segment has no room, or is damaged.
fn resume(directory: &Directory, name: SegmentName, chain: Chain) -> Result<Option<ActiveSegment>> {
    if chain.is_damaged {
        return Ok(None);
    }
    let (tail, epoch, next_sequence) = (chain.offset, chain.epoch + 1, chain.sequence);
    let rewrite_from = chain.unconfirmed_offset;
    let file = chain.into_reader().into_file();
    let make = || {
        let segment_bytes = file.length()?;
        // After a failed sync the page cache may hold what the disk does not, and believe it clean.
        let mut offset = rewrite_from;
        while offset < tail {
            let mut chunk = vec![0; REWRITE_CHUNK_BYTES.min(tail - offset) as usize];
            file.read_exact_at(&mut chunk, offset)?;
            file.write_all_at(&chunk, offset)?;
            offset += chunk.len() as u64;
        }
        let has_room = tail + HEADER_BYTES as u64 <= segment_bytes && epoch - name.epoch < RESUMES_MAX;
        let mut mark = Vec::with_capacity(HEADER_BYTES);
        if has_room {
            record::encode_mark(&mut mark, directory.seed(), epoch, next_sequence);
            file.write_all_at(&mark, tail)?;
        }
        file.sync_data()?;
        Ok((has_room, segment_bytes, tail + mark.len() as u64))
    };
    let (has_room, segment_bytes, offset) =
        make().map_err(|error| Error::io("make durable the end of", &directory.segment_path(name), error))?;
    Ok(has_room.then_some(ActiveSegment { file, name, epoch, offset, segment_bytes }))
}
