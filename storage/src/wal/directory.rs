//! The log's directory: who holds it, which log it is, which segment files it has, and how they are trimmed.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use proto::ErrorKind;
use uuid::Uuid;

use super::WalConfig;
use super::disk::{Disk, Lock};
use super::renewal::Renewal;
use super::segment::SegmentName;
use crate::env::Env;
use crate::{Error, Result};

const LOCK_FILE: &str = "LOCK";
const ID_FILE: &str = "wal-id";
const SPARE_PREFIX: &str = "spare-";
pub(super) const QUARANTINE_DIRECTORY: &str = "quarantine";
const COPY_CHUNK_BYTES: u64 = 1 << 20;

/// The directory of one log, held by this process.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) env: Env,
    pub(super) path: PathBuf,
    pub(super) id: Uuid,
    pub(super) config: WalConfig,
    pub(super) layout: Mutex<Layout>,
    /// Records above this are still to be replayed: trim leaves them.
    pub(super) replayed_through: AtomicU64,
    /// The disk is full: what could become a spare is removed instead, for others to have the room.
    pub(super) is_space_short: AtomicBool,
    pub(super) renewal: Mutex<Renewal>,
    is_read_only: bool,
    trimming: Mutex<()>,
    lock: Mutex<Option<Box<dyn Lock>>>,
}

/// Which files there are.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Segments with records, oldest first; the last one may still grow.
    pub(super) live: VecDeque<LiveSegment>,
    /// Pre-written segments without a use.
    pub(super) spares: Vec<PathBuf>,
    /// Files that were renamed or removed by a trim, and whose folder was not synced since.
    leaving: Vec<Leaving>,
    /// Counts the names of spares.
    pub(super) spares_named: u64,
    /// Bytes of all segment files, spares and unfinished ones included.
    pub(super) disk_bytes: u64,
    /// The highest epoch ever used here.
    pub(super) epoch: u64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct LiveSegment {
    pub(super) name: SegmentName,
    pub(super) bytes: u64,
    /// False after a write or sync of it failed: it is removed after use, never written again.
    pub(super) is_recyclable: bool,
}

/// What becomes of a trimmed segment once its new name is durable.
#[derive(Debug)]
enum Leaving {
    Spare(PathBuf),
    Gone { bytes: u64 },
}

impl Directory {
    /// Takes the directory, making it if needed, and lists its segments.
    pub(super) fn open(disk: Arc<dyn Disk>, env: Env, config: WalConfig) -> Result<Self> {
        let path = config.directory.clone();
        disk.create_directory(&path).map_err(|error| Error::io("create the WAL directory", &path, error))?;
        let lock = disk
            .lock(&path.join(LOCK_FILE))
            .map_err(|error| Error::io("lock the WAL directory", &path, error))?
            .ok_or_else(|| held_by_another(&path))?;
        let files = disk.list(&path).map_err(|error| Error::io("list", &path, error))?;
        let id = match read_id(disk.as_ref(), &path, &files)? {
            Some(id) => id,
            None => create_id(disk.as_ref(), &env, &path)?,
        };
        disk.sync_directory(&path).map_err(|error| Error::io("sync", &path, error))?;
        let directory = Self::new(disk, env, config, id, Some(lock));
        directory.adopt(files)?;
        Ok(directory)
    }

    /// Lists the directory's segments without taking it or changing anything.
    pub(super) fn look_into(disk: Arc<dyn Disk>, env: Env, config: WalConfig) -> Result<Self> {
        let path = config.directory.clone();
        let files = disk.list(&path).map_err(|error| Error::io("list", &path, error))?;
        let id = read_id(disk.as_ref(), &path, &files)?.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("{} holds no write-ahead log", path.display()))
        })?;
        let directory = Self::new(disk, env, config, id, None);
        directory.adopt(files)?;
        Ok(directory)
    }

    fn new(disk: Arc<dyn Disk>, env: Env, config: WalConfig, id: Uuid, lock: Option<Box<dyn Lock>>) -> Self {
        Self {
            disk,
            env,
            path: config.directory.clone(),
            id,
            config,
            layout: Mutex::default(),
            replayed_through: AtomicU64::new(u64::MAX),
            is_space_short: AtomicBool::new(false),
            renewal: Mutex::default(),
            trimming: Mutex::default(),
            is_read_only: lock.is_none(),
            lock: Mutex::new(lock),
        }
    }

    /// Lets another process have the directory.
    pub(super) fn release(&self) {
        drop(self.lock.lock().take());
    }

    /// Where a segment of that name lies.
    pub(super) fn segment_path(&self, name: SegmentName) -> PathBuf {
        self.path.join(name.to_string())
    }

    /// The start of every record's checksum: binds records to this log, so that nobody who does not know the
    /// log's id can send a body that passes for records.
    pub(super) fn seed(&self) -> u32 {
        crc32c::crc32c(self.id.as_bytes())
    }

    /// A name for a new spare.
    pub(super) fn next_spare_path(&self, layout: &mut Layout) -> PathBuf {
        layout.spares_named += 1;
        self.path.join(format!("{SPARE_PREFIX}{:016x}", layout.spares_named))
    }

    /// Recycles or removes every segment whose records are all at or below `through`. The newest stays.
    pub(super) fn trim(&self, through: u64) -> Result<()> {
        let _one_at_a_time = self.trimming.lock();
        let through = through.min(self.replayed_through.load(Ordering::Acquire));
        self.settle_names()?;
        while let Some((segment, spare)) = self.next_to_trim(through) {
            let path = self.segment_path(segment.name);
            let moved = match &spare {
                Some(spare) => self.disk.rename(&path, spare),
                None => self.disk.remove(&path),
            };
            moved.map_err(|error| Error::io("trim", &path, error))?;
            {
                let mut layout = self.layout.lock();
                layout.live.pop_front();
                layout.leaving.push(spare.map_or(Leaving::Gone { bytes: segment.bytes }, Leaving::Spare));
            }
            self.settle_names()?;
        }
        Ok(())
    }

    /// Makes the names durable that trims have given or taken: only then is a file used again, and its room counted
    /// as free. What a failure leaves undone, the next trim does.
    fn settle_names(&self) -> Result<()> {
        if self.layout.lock().leaving.is_empty() {
            return Ok(());
        }
        self.disk.sync_directory(&self.path).map_err(|error| Error::io("sync", &self.path, error))?;
        let left = std::mem::take(&mut self.layout.lock().leaving);
        for left in left {
            match left {
                Leaving::Spare(path) => self.keep_or_abandon(path),
                Leaving::Gone { bytes } => {
                    let mut layout = self.layout.lock();
                    layout.disk_bytes = layout.disk_bytes.saturating_sub(bytes);
                }
            }
        }
        Ok(())
    }

    /// Removes the spares, and makes none, while others need the room.
    pub(super) fn give_room(&self) {
        self.is_space_short.store(true, Ordering::Release);
        let mut layout = self.layout.lock();
        while let Some(spare) = layout.spares.pop() {
            match self.disk.remove(&spare) {
                Ok(()) => layout.disk_bytes = layout.disk_bytes.saturating_sub(self.config.segment_bytes),
                Err(error) => {
                    tracing::warn!(%error, spare = %spare.display(), "a spare WAL segment cannot be removed");
                    layout.spares.push(spare);
                    return;
                }
            }
        }
    }

    fn next_to_trim(&self, through: u64) -> Option<(LiveSegment, Option<PathBuf>)> {
        let mut layout = self.layout.lock();
        let (first, second) = (*layout.live.front()?, layout.live.get(1)?);
        if second.name.first_sequence > through.saturating_add(1) {
            return None;
        }
        let recycle = first.is_recyclable
            && !self.is_space_short.load(Ordering::Acquire)
            && first.bytes == self.config.segment_bytes
            && layout.spares.len() < self.config.segments_spare_max;
        Some((first, recycle.then(|| self.next_spare_path(&mut layout))))
    }

    /// Copies a damaged segment into `quarantine/`, once.
    pub(super) fn copy_aside(&self, name: SegmentName) -> Result<PathBuf> {
        let (from, folder) = (self.segment_path(name), self.path.join(QUARANTINE_DIRECTORY));
        let to = folder.join(name.to_string());
        let copy = || {
            self.disk.create_directory(&folder)?;
            let source = self.disk.open(&from)?;
            let source_bytes = source.length()?;
            if self
                .disk
                .list(&folder)?
                .iter()
                .any(|(file, bytes)| *file == name.to_string() && *bytes == source_bytes)
            {
                return Ok(());
            }
            let target = self.disk.create(&to)?;
            let mut offset = 0;
            while offset < source_bytes {
                let mut chunk = vec![0; COPY_CHUNK_BYTES.min(source_bytes - offset) as usize];
                source.read_exact_at(&mut chunk, offset)?;
                target.write_all_at(&chunk, offset)?;
                offset += chunk.len() as u64;
            }
            target.sync_data()?;
            self.disk.sync_directory(&folder)
        };
        copy().map_err(|error| Error::io("copy aside the damaged segment", &from, error))?;
        Ok(to)
    }

    fn adopt(&self, files: Vec<(String, u64)>) -> Result<()> {
        let mut layout = self.layout.lock();
        for (file, bytes) in files {
            if let Some(name) = SegmentName::parse(&file) {
                layout.live.push_back(LiveSegment { name, bytes, is_recyclable: true });
                layout.disk_bytes += bytes;
            } else if let Some(number) = file.strip_prefix(SPARE_PREFIX) {
                let number = u64::from_str_radix(number, 16).unwrap_or(0);
                layout.spares_named = layout.spares_named.max(number);
                let path = self.path.join(&file);
                if self.is_read_only {
                    continue;
                }
                if bytes == self.config.segment_bytes && layout.spares.len() < self.config.segments_spare_max
                {
                    layout.spares.push(path);
                    layout.disk_bytes += bytes;
                } else {
                    self.disk.remove(&path).map_err(|error| Error::io("remove", &path, error))?;
                }
            }
        }
        layout.live.make_contiguous().sort_by_key(|segment| segment.name);
        layout.epoch = layout.live.back().map_or(0, |segment| segment.name.epoch);
        Ok(())
    }
}

fn held_by_another(path: &Path) -> Error {
    let message = format!(
        "the WAL directory {} is held by another process: stop that one, or give this one a directory of its own",
        path.display()
    );
    Error::new(ErrorKind::Unavailable, message)
}

/// The id of the log in `directory`; none if there is no log yet.
fn read_id(disk: &dyn Disk, directory: &Path, files: &[(String, u64)]) -> Result<Option<Uuid>> {
    let path = directory.join(ID_FILE);
    if let Some((_, bytes)) = files.iter().find(|(name, _)| name == ID_FILE) {
        let mut text = vec![0; (*bytes).min(64) as usize];
        disk.open(&path)
            .and_then(|file| file.read_exact_at(&mut text, 0))
            .map_err(|error| Error::io("read the WAL's id from", &path, error))?;
        let text = String::from_utf8_lossy(&text).trim().to_owned();
        return text.parse().map(Some).map_err(|cause: uuid::Error| {
            let message = format!("{} holds {text:?}, which is not a UUID: restore the file", path.display());
            Error::new(ErrorKind::Corrupt, message).caused_by(cause)
        });
    }
    if files.iter().any(|(name, _)| SegmentName::parse(name).is_some()) {
        let message = format!("{} has segments but no {ID_FILE}: restore the file", directory.display());
        return Err(Error::new(ErrorKind::Corrupt, message));
    }
    Ok(None)
}

fn create_id(disk: &dyn Disk, env: &Env, directory: &Path) -> Result<Uuid> {
    let path = directory.join(ID_FILE);
    let id = env.random_uuid();
    let unfinished = directory.join("wal-id.tmp");
    disk.create(&unfinished)
        .and_then(|file| {
            file.write_all_at(format!("{id}\n").as_bytes(), 0)?;
            file.sync_data()?;
            disk.rename(&unfinished, &path)?;
            disk.sync_directory(directory)
        })
        .map_err(|error| Error::io("write the WAL's id to", &path, error))?;
    Ok(id)
}
