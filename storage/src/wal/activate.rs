//! Makes segments ready: pre-writes spares, and turns a spare or a new file into the segment being written.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use proto::ErrorKind;

use super::directory::{Directory, Layout, LiveSegment};
use super::disk::DiskFile;
use super::record::ALIGNMENT_BYTES;
use super::segment::{
    ActiveSegment, SEGMENT_HEADER_BYTES, SegmentHeader, SegmentName, boundary_reserve_bytes,
};
use crate::Error;

const ZEROS_BYTES: u64 = 1 << 20;
/// Pre-writing syncs this often, so that it does not hold up the appends' own syncs for long.
const PREWRITE_SYNC_BYTES: u64 = 4 << 20;
const BLOCK_BYTES: u64 = 4096;

/// Why there is no new segment.
#[derive(Debug)]
pub(super) enum ActivateError {
    /// The log has reached its size: a trim helps.
    Full(Error),
    /// The disk failed or is full: only time helps.
    Failed(Error),
}

impl Directory {
    /// A new segment whose first record is `first_sequence` and that has room for a frame of `frame_bytes`.
    /// It is durable, header and name, before this returns.
    pub(super) fn activate(
        &self,
        first_sequence: u64,
        frame_bytes: u64,
    ) -> Result<ActiveSegment, ActivateError> {
        let segment_bytes = self.segment_bytes_for(frame_bytes);
        let (path, is_new, name) = self.claim(first_sequence, segment_bytes).map_err(ActivateError::Full)?;
        let live_path = self.segment_path(name);
        let make = || {
            let file = if is_new { self.prewrite(&path, segment_bytes)? } else { self.disk.open(&path)? };
            file.write_all_at(&SegmentHeader { wal_id: self.id, name, segment_bytes }.encode(), 0)?;
            file.sync_data()?;
            self.disk.rename(&path, &live_path)?;
            self.disk.sync_directory(&self.path)?;
            Ok(file)
        };
        let file = make().map_err(|error| {
            self.abandon(&[&path, &live_path], segment_bytes);
            ActivateError::Failed(Error::io("open a new WAL segment in", &self.path, error))
        })?;
        self.layout.lock().live.push_back(LiveSegment { name, bytes: segment_bytes, is_recyclable: true });
        Ok(ActiveSegment { file, name, epoch: name.epoch, offset: SEGMENT_HEADER_BYTES, segment_bytes })
    }

    /// Whether a spare should be made before it is needed.
    pub(super) fn wants_spare(&self) -> bool {
        let layout = self.layout.lock();
        self.config.segments_spare_max > 0
            && !self.is_space_short.load(Ordering::Acquire)
            && layout.spares.is_empty()
            && self.has_room(&layout, self.config.segment_bytes)
    }

    /// Pre-writes one spare; what trims have recycled meanwhile may make it one too many.
    pub(super) fn prepare_spare(&self) -> crate::Result<()> {
        let segment_bytes = self.config.segment_bytes;
        let path = {
            let mut layout = self.layout.lock();
            layout.disk_bytes += segment_bytes;
            self.next_spare_path(&mut layout)
        };
        let made = self.prewrite(&path, segment_bytes).and_then(|_| self.disk.sync_directory(&self.path));
        match made {
            Ok(()) => {
                self.keep_or_abandon(path);
                Ok(())
            }
            Err(error) => {
                self.abandon(&[&path], segment_bytes);
                Err(Error::io("pre-write the spare WAL segment", &path, error))
            }
        }
    }

    /// Counts the file of a usual segment among the spares, unless others need the room. A trim and the spare maker may both
    /// have found room for one more: whoever comes last removes its own.
    pub(super) fn keep_or_abandon(&self, path: PathBuf) {
        {
            let mut layout = self.layout.lock();
            let is_short = self.is_space_short.load(Ordering::Acquire);
            if !is_short && layout.spares.len() < self.config.segments_spare_max {
                layout.spares.push(path);
                return;
            }
        }
        self.abandon(&[&path], self.config.segment_bytes);
    }

    /// The largest frame that fits into the log once all but the newest segment is trimmed.
    pub(super) fn frame_bytes_max(&self) -> u64 {
        let usual = self.config.segment_bytes;
        let usual_max = usual - SEGMENT_HEADER_BYTES - boundary_reserve_bytes(usual);
        let overhead = SEGMENT_HEADER_BYTES + boundary_reserve_bytes(u64::MAX) + BLOCK_BYTES;
        let own_segment_max = self.config.bytes_max.saturating_sub(usual + overhead);
        usual_max.max(own_segment_max).min(u64::from(u32::MAX) - ALIGNMENT_BYTES)
    }

    /// The size of the segment that can hold a frame of `frame_bytes`.
    fn segment_bytes_for(&self, frame_bytes: u64) -> u64 {
        let usual = self.config.segment_bytes;
        if SEGMENT_HEADER_BYTES + frame_bytes + boundary_reserve_bytes(usual) <= usual {
            return usual;
        }
        let reserve = boundary_reserve_bytes(u64::MAX);
        (SEGMENT_HEADER_BYTES + frame_bytes + reserve).next_multiple_of(BLOCK_BYTES)
    }

    /// Chooses the file, its size accounted for, and the name it will have.
    fn claim(&self, first_sequence: u64, segment_bytes: u64) -> Result<(PathBuf, bool, SegmentName), Error> {
        let mut layout = self.layout.lock();
        let spare = if segment_bytes == self.config.segment_bytes { layout.spares.pop() } else { None };
        let (path, is_new) = match spare {
            Some(path) => (path, false),
            None => {
                self.make_room(&mut layout, segment_bytes)?;
                layout.disk_bytes += segment_bytes;
                (self.next_spare_path(&mut layout), true)
            }
        };
        // The upper half counts, the lower half is random: no sender can guess it and forge frames in a body.
        let random = u64::from(self.env.random_uuid().as_fields().0);
        layout.epoch = (((layout.epoch >> 32) + 1) << 32) | random;
        Ok((path, is_new, SegmentName { epoch: layout.epoch, first_sequence }))
    }

    fn make_room(&self, layout: &mut Layout, segment_bytes: u64) -> Result<(), Error> {
        while !self.has_room(layout, segment_bytes) {
            let removed = layout.spares.pop().filter(|spare| self.disk.remove(spare).is_ok());
            if removed.is_none() {
                let message = format!(
                    "the WAL is full: {} of at most {} bytes wait for a flush; retry later or raise the limit",
                    layout.disk_bytes, self.config.bytes_max
                );
                return Err(Error::new(ErrorKind::Unavailable, message));
            }
            layout.disk_bytes = layout.disk_bytes.saturating_sub(self.config.segment_bytes);
        }
        Ok(())
    }

    fn has_room(&self, layout: &Layout, segment_bytes: u64) -> bool {
        layout.disk_bytes.saturating_add(segment_bytes) <= self.config.bytes_max
    }

    /// Fills a new file with zeros, so that later writes change neither its length nor its extents.
    fn prewrite(&self, path: &Path, segment_bytes: u64) -> std::io::Result<Box<dyn DiskFile>> {
        let file = self.disk.create(path)?;
        let zeros = vec![0; ZEROS_BYTES.min(segment_bytes) as usize];
        let mut offset = 0;
        while offset < segment_bytes {
            let chunk = &zeros[..(segment_bytes - offset).min(ZEROS_BYTES) as usize];
            file.write_all_at(chunk, offset)?;
            offset += chunk.len() as u64;
            if offset.is_multiple_of(PREWRITE_SYNC_BYTES) {
                file.sync_data()?;
            }
        }
        file.sync_data()?;
        Ok(file)
    }

    /// Removes what a failure left under one of `paths`. If even that fails, its bytes stay accounted for until
    /// the next start.
    fn abandon(&self, paths: &[&Path], segment_bytes: u64) {
        let removed = paths.iter().filter(|path| self.disk.remove(path).is_ok()).count();
        if removed > 0 {
            let mut layout = self.layout.lock();
            layout.disk_bytes = layout.disk_bytes.saturating_sub(segment_bytes);
        } else {
            tracing::warn!(path = %self.path.display(), "an unfinished WAL segment could not be removed");
        }
    }
}
