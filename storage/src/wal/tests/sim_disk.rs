//! A disk in memory that can fail, lose power, and be looked into.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::wal::disk::{Disk, DiskFile, Lock};

const SECTOR_BYTES: usize = 512;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Create,
    Write,
    Sync,
    Names,
}

#[derive(Debug, Clone, Default)]
pub(super) struct SimDisk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    inodes: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    pending_names: Vec<(PathBuf, Option<PathBuf>, usize)>,
    lock: Option<Arc<AtomicBool>>,
    /// Rises with every power cut and kill; handles of an earlier life fail.
    life: u64,
    operations: u64,
    dies_at: Option<u64>,
    fails: BTreeMap<u8, (u64, io::ErrorKind)>,
}

#[derive(Debug, Default)]
struct Inode {
    current: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<(usize, Vec<u8>)>,
    has_failed: bool,
}

#[derive(Debug)]
struct SimFile {
    disk: SimDisk,
    inode: usize,
    life: u64,
}

#[derive(Debug)]
struct SimLock(Arc<AtomicBool>);

impl Lock for SimLock {}

impl Drop for SimLock {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// A small generator, so that a seed tells the whole story.
#[derive(Debug)]
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

impl SimDisk {
    /// The next `times` operations of that sort fail.
    pub(super) fn fail(&self, operation: Operation, times: u64, kind: io::ErrorKind) {
        self.0.lock().fails.insert(operation as u8, (times, kind));
    }

    /// From the `operation`-th operation of this life on, nothing works any more.
    pub(super) fn die_at(&self, operation: u64) {
        self.0.lock().dies_at = Some(operation);
    }

    pub(super) fn operations(&self) -> u64 {
        self.0.lock().operations
    }

    /// The process is gone, the page cache stays.
    pub(super) fn kill(&self) {
        let mut state = self.0.lock();
        state.life += 1;
        state.lock = None;
        (state.operations, state.dies_at) = (0, None);
        state.fails.clear();
    }

    /// The machine is gone: of what was not synced, any sector and any change of names may or may not survive.
    pub(super) fn cut_power(&self, dice: &mut Dice) {
        self.kill();
        let mut state = self.0.lock();
        let luck = dice.roll(3);
        let survives = |dice: &mut Dice| if luck == 2 { dice.roll(2) == 0 } else { luck == 0 };
        for inode in &mut state.inodes {
            for (offset, bytes) in std::mem::take(&mut inode.pending) {
                for (number, sector) in bytes.chunks(SECTOR_BYTES).enumerate() {
                    if survives(dice) {
                        put(&mut inode.durable, offset + number * SECTOR_BYTES, sector);
                    }
                }
            }
            inode.current.clone_from(&inode.durable);
        }
        for (from, to, inode) in std::mem::take(&mut state.pending_names) {
            if survives(dice) {
                change(&mut state.durable_names, &from, to, inode);
            }
        }
        state.names = state.durable_names.clone();
    }

    pub(super) fn names(&self) -> Vec<String> {
        let name = |path: &PathBuf| path.to_string_lossy().into_owned();
        self.0.lock().names.keys().map(name).collect()
    }

    pub(super) fn segments(&self) -> Vec<PathBuf> {
        let is_segment = |name: &String| name.ends_with(".wal") && !name.contains("quarantine");
        self.names().into_iter().filter(is_segment).map(PathBuf::from).collect()
    }

    pub(super) fn content(&self, path: &Path) -> Vec<u8> {
        let state = self.0.lock();
        state.inodes[state.names[path]].current.clone()
    }

    pub(super) fn set_content(&self, path: &Path, bytes: Vec<u8>) {
        let mut state = self.0.lock();
        let inode = state.names[path];
        state.inodes[inode] = Inode { current: bytes.clone(), durable: bytes, ..Inode::default() };
    }

    /// Another disk with the same content.
    pub(super) fn copy(&self) -> Self {
        let copy = Self::default();
        {
            let (from, mut to) = (self.0.lock(), copy.0.lock());
            for (path, inode) in &from.names {
                let bytes = from.inodes[*inode].current.clone();
                let number = to.inodes.len();
                to.inodes.push(Inode { current: bytes.clone(), durable: bytes, ..Inode::default() });
                to.names.insert(path.clone(), number);
            }
            to.durable_names = to.names.clone();
        }
        copy
    }

    fn begin(&self, operation: Option<Operation>, life: Option<u64>) -> io::Result<()> {
        let mut state = self.0.lock();
        if life.is_some_and(|life| life != state.life) {
            return Err(io::Error::other("the process is dead"));
        }
        state.operations += 1;
        if state.dies_at.is_some_and(|dies_at| state.operations >= dies_at) {
            return Err(io::Error::other("the machine is dead"));
        }
        let Some((times, kind)) = operation.and_then(|operation| state.fails.get_mut(&(operation as u8)))
        else {
            return Ok(());
        };
        if *times == 0 {
            return Ok(());
        }
        *times -= 1;
        Err((*kind).into())
    }

    fn change_name(&self, from: &Path, to: Option<&Path>) -> io::Result<()> {
        self.begin(Some(Operation::Names), None)?;
        let mut state = self.0.lock();
        let inode = *state.names.get(from).ok_or(io::ErrorKind::NotFound)?;
        change(&mut state.names, from, to.map(Path::to_owned), inode);
        state.pending_names.push((from.to_owned(), to.map(Path::to_owned), inode));
        Ok(())
    }
}

fn change(names: &mut BTreeMap<PathBuf, usize>, from: &Path, to: Option<PathBuf>, inode: usize) {
    if from.as_os_str().is_empty() || names.get(from) == Some(&inode) {
        names.remove(from);
        if let Some(to) = to {
            names.insert(to, inode);
        }
    }
}

fn put(target: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    if target.len() < offset + bytes.len() {
        target.resize(offset + bytes.len(), 0);
    }
    target[offset..offset + bytes.len()].copy_from_slice(bytes);
}

impl Disk for SimDisk {
    fn create_directory(&self, _: &Path) -> io::Result<()> {
        self.begin(None, None)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<(String, u64)>> {
        self.begin(None, None)?;
        let state = self.0.lock();
        let here = state.names.iter().filter(|(path, _)| path.parent() == Some(directory));
        let describe = |(path, inode): (&PathBuf, &usize)| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, state.inodes[*inode].current.len() as u64)
        };
        Ok(here.map(describe).collect())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.begin(Some(Operation::Create), None)?;
        let mut state = self.0.lock();
        let inode = state.inodes.len();
        state.inodes.push(Inode::default());
        state.names.insert(path.to_owned(), inode);
        state.pending_names.push((PathBuf::new(), Some(path.to_owned()), inode));
        Ok(Box::new(SimFile { disk: self.clone(), inode, life: state.life }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.begin(None, None)?;
        let state = self.0.lock();
        let inode = *state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(SimFile { disk: self.clone(), inode, life: state.life }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change_name(from, Some(to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.change_name(path, None)
    }

    fn sync_directory(&self, _: &Path) -> io::Result<()> {
        self.begin(Some(Operation::Names), None)?;
        let mut state = self.0.lock();
        state.pending_names.clear();
        state.durable_names = state.names.clone();
        Ok(())
    }

    fn lock(&self, _: &Path) -> io::Result<Option<Box<dyn Lock>>> {
        self.begin(None, None)?;
        let mut state = self.0.lock();
        if state.lock.as_ref().is_some_and(|held| held.load(Ordering::SeqCst)) {
            return Ok(None);
        }
        let held = Arc::new(AtomicBool::new(true));
        state.lock = Some(Arc::clone(&held));
        Ok(Some(Box::new(SimLock(held))))
    }
}

impl DiskFile for SimFile {
    fn length(&self) -> io::Result<u64> {
        self.disk.begin(None, Some(self.life))?;
        Ok(self.disk.0.lock().inodes[self.inode].current.len() as u64)
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.disk.begin(None, Some(self.life))?;
        let state = self.disk.0.lock();
        let bytes = &state.inodes[self.inode].current;
        let offset = offset as usize;
        buffer.copy_from_slice(bytes.get(offset..offset + buffer.len()).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let outcome = self.disk.begin(Some(Operation::Write), Some(self.life));
        let mut state = self.disk.0.lock();
        if self.life != state.life {
            return outcome;
        }
        let inode = &mut state.inodes[self.inode];
        assert!(!inode.has_failed, "a file is written again after it failed");
        // A write that fails may still have happened, in part.
        let done = if outcome.is_ok() { bytes } else { &bytes[..bytes.len() / 2] };
        put(&mut inode.current, offset as usize, done);
        inode.pending.push((offset as usize, done.to_vec()));
        inode.has_failed = outcome.is_err();
        outcome
    }

    fn sync_data(&self) -> io::Result<()> {
        let outcome = self.disk.begin(Some(Operation::Sync), Some(self.life));
        let mut state = self.disk.0.lock();
        let is_dying = state.dies_at.is_some_and(|dies_at| state.operations >= dies_at);
        if self.life != state.life || is_dying {
            return outcome;
        }
        let inode = &mut state.inodes[self.inode];
        assert!(!inode.has_failed, "a file is synced again after it failed");
        if outcome.is_ok() {
            for (offset, bytes) in std::mem::take(&mut inode.pending) {
                put(&mut inode.durable, offset, &bytes);
            }
        } else {
            // As Linux does: the pages count as clean, the page cache keeps them, the disk never got them.
            inode.pending.clear();
            inode.has_failed = true;
        }
        outcome
    }
}

impl SimDisk {
    /// A new process may write files that failed an old one.
    pub(super) fn forgive(&self) {
        for inode in &mut self.0.lock().inodes {
            inode.has_failed = false;
        }
    }
}
