//! The kernel's requests, one after the other.

use std::ffi::OsStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fuser::{
    BsdFileFlags, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo,
    LockOwner, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty,
    ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};

use super::content::Content;
use super::mount::{LossyDisk, State};
use super::pages::PAGE_BYTES;
use super::tree::{Folder, Node, ROOT};

/// Only we change anything, so the kernel may remember.
const TTL: Duration = Duration::from_secs(60);
const GENERATION: Generation = Generation(0);
/// What a disk without a limit says it has.
const ROOMY_BYTES: u64 = 256 << 30;

type Result<T> = std::result::Result<T, Errno>;

/// A disk as the kernel sees it.
#[derive(Debug)]
pub(super) struct Served(pub(super) LossyDisk);

impl Served {
    fn attributes(state: &State, number: u64) -> Result<FileAttr> {
        let (node, attributes) = state.tree.node(number)?;
        let (size, kind) = match node {
            Node::File(content) => (content.length(), FileType::RegularFile),
            Node::Folder(_) => (PAGE_BYTES, FileType::Directory),
        };
        let changed = UNIX_EPOCH + Duration::from_nanos(attributes.changed);
        Ok(FileAttr {
            ino: INodeNo(number),
            size,
            blocks: size.div_ceil(512),
            atime: changed,
            mtime: changed,
            ctime: changed,
            crtime: changed,
            kind,
            perm: attributes.mode,
            nlink: attributes.links,
            uid: 0,
            gid: 0,
            rdev: 0,
            blksize: 4096,
            flags: 0,
        })
    }

    fn make(&self, parent: INodeNo, name: &OsStr, node: Node, mode: u32) -> Result<FileAttr> {
        let mut state = self.0.state.lock();
        state.writable()?;
        let mode = u16::try_from(mode & 0o7777).unwrap_or(0o600);
        let number = state.tree.create(parent.0, name, node, mode, self.0.env.now())?;
        Self::attributes(&state, number)
    }

    fn change_names(&self, change: impl FnOnce(&mut State) -> Result<()>) -> Result<()> {
        let mut state = self.0.state.lock();
        state.writable()?;
        change(&mut state)
    }

    /// A sync, which is where faults happen.
    fn sync(&self, number: u64, reply: ReplyEmpty) {
        let delay = self.0.state.lock().faults.sync_delay;
        if delay.is_zero() {
            return answer(reply, self.sync_now(number));
        }
        let disk = Self(self.0.clone());
        let slow = move || {
            std::thread::sleep(delay);
            answer(reply, disk.sync_now(number));
        };
        // Without a thread the reply is dropped, which the kernel takes for EIO.
        let _thread = self.0.env.spawn_thread("slow-sync", slow);
    }

    fn sync_now(&self, number: u64) -> Result<()> {
        let mut state = self.0.state.lock();
        state.powered()?;
        state.syncs += 1;
        if state.faults.cut_at_sync == Some(state.syncs) {
            drop(state);
            self.0.cut();
            return Err(Errno::EIO);
        }
        let is_folder = matches!(state.tree.node(number)?.0, Node::Folder(_));
        if state.faults.failing_syncs > 0 {
            state.faults.failing_syncs = state.faults.failing_syncs.saturating_sub(1);
            if !is_folder {
                state.tree.content_mut(number, self.0.env.now())?.fail_sync();
            }
            return Err(Errno::EIO);
        }
        if is_folder {
            return state.tree.sync_folder(number);
        }
        state.tree.content_mut(number, self.0.env.now())?.sync();
        Ok(())
    }

    fn resize(&self, number: u64, mode: Option<u32>, size: Option<u64>) -> Result<FileAttr> {
        let mut state = self.0.state.lock();
        state.writable()?;
        if let Some(size) = size {
            let length = state.tree.content(number)?.length();
            state.room_for(size.saturating_sub(length))?;
            state.tree.content_mut(number, self.0.env.now())?.truncate(size);
        }
        if let Some(mode) = mode {
            state.tree.attributes_mut(number)?.mode = u16::try_from(mode & 0o7777).unwrap_or(0o600);
        }
        Self::attributes(&state, number)
    }

    fn put(&self, number: u64, offset: u64, bytes: &[u8]) -> Result<u32> {
        let mut state = self.0.state.lock();
        state.writable()?;
        let length = state.tree.content(number)?.length();
        state.room_for((offset + bytes.len() as u64).saturating_sub(length))?;
        state.tree.content_mut(number, self.0.env.now())?.write(offset, bytes);
        u32::try_from(bytes.len()).map_err(|_| Errno::EFBIG)
    }

    fn list(&self, number: u64) -> Result<FileHandle> {
        let mut state = self.0.state.lock();
        state.powered()?;
        let kind = |number: u64| match state.tree.node(number) {
            Ok((Node::Folder(_), _)) => FileType::Directory,
            Ok((Node::File(_), _)) | Err(_) => FileType::RegularFile,
        };
        let names = state.tree.folder(number)?.names.iter();
        let mut entries: Vec<_> =
            [".", ".."].into_iter().map(|dots| (number, FileType::Directory, dots.into())).collect();
        entries.extend(names.map(|(name, child)| (*child, kind(*child), name.clone())));
        state.listings_opened += 1;
        let handle = state.listings_opened;
        state.listings.insert(handle, entries);
        Ok(FileHandle(handle))
    }
}

fn answer(reply: ReplyEmpty, result: Result<()>) {
    match result {
        Ok(()) => reply.ok(),
        Err(error) => reply.error(error),
    }
}

impl Filesystem for Served {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let state = self.0.state.lock();
        let found = state.powered().and_then(|()| state.tree.lookup(parent.0, name));
        match found.and_then(|number| Self::attributes(&state, number)) {
            Ok(attributes) => reply.entry(&TTL, &attributes, GENERATION),
            Err(error) => reply.error(error),
        }
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        let state = self.0.state.lock();
        // The root can always be looked at, so that unmounting finds it.
        let powered = if ino.0 == ROOT { Ok(()) } else { state.powered() };
        match powered.and_then(|()| Self::attributes(&state, ino.0)) {
            Ok(attributes) => reply.attr(&TTL, &attributes),
            Err(error) => reply.error(error),
        }
    }

    fn setattr(
        &self,
        _: &Request,
        ino: INodeNo,
        mode: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        _: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        match self.resize(ino.0, mode, size) {
            Ok(attributes) => reply.attr(&TTL, &attributes),
            Err(error) => reply.error(error),
        }
    }

    fn mkdir(&self, _: &Request, parent: INodeNo, name: &OsStr, mode: u32, _: u32, reply: ReplyEntry) {
        match self.make(parent, name, Node::Folder(Folder::default()), mode) {
            Ok(attributes) => reply.entry(&TTL, &attributes, GENERATION),
            Err(error) => reply.error(error),
        }
    }

    fn create(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        _: u32,
        _: i32,
        reply: ReplyCreate,
    ) {
        match self.make(parent, name, Node::File(Content::default()), mode) {
            Ok(attributes) => {
                reply.created(&TTL, &attributes, GENERATION, FileHandle(0), FopenFlags::empty());
            }
            Err(error) => reply.error(error),
        }
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        answer(reply, self.change_names(|state| state.tree.remove(parent.0, name, false)));
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        answer(reply, self.change_names(|state| state.tree.remove(parent.0, name, true)));
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        newparent: INodeNo,
        newname: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        let renamed = self.change_names(|state| {
            if flags.contains(RenameFlags::RENAME_EXCHANGE) {
                return Err(Errno::EINVAL);
            }
            if flags.contains(RenameFlags::RENAME_NOREPLACE)
                && state.tree.lookup(newparent.0, newname).is_ok()
            {
                return Err(Errno::EEXIST);
            }
            state.tree.rename((parent.0, name), (newparent.0, newname))
        });
        answer(reply, renamed);
    }

    fn link(&self, _: &Request, ino: INodeNo, newparent: INodeNo, newname: &OsStr, reply: ReplyEntry) {
        let linked = self.change_names(|state| state.tree.link(ino.0, newparent.0, newname));
        match linked.and_then(|()| Self::attributes(&self.0.state.lock(), ino.0)) {
            Ok(attributes) => reply.entry(&TTL, &attributes, GENERATION),
            Err(error) => reply.error(error),
        }
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.0.state.lock().powered() {
            Ok(()) => reply.opened(FileHandle(0), FopenFlags::empty()),
            Err(error) => reply.error(error),
        }
    }

    fn read(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let state = self.0.state.lock();
        match state.powered().and_then(|()| state.tree.content(ino.0)) {
            Ok(content) => reply.data(&content.read(offset, size.into())),
            Err(error) => reply.error(error),
        }
    }

    fn write(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match self.put(ino.0, offset, data) {
            Ok(count) => reply.written(count),
            Err(error) => reply.error(error),
        }
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        self.sync(ino.0, reply);
    }

    fn fsyncdir(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        self.sync(ino.0, reply);
    }

    fn opendir(&self, _: &Request, ino: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.list(ino.0) {
            Ok(handle) => reply.opened(handle, FopenFlags::empty()),
            Err(error) => reply.error(error),
        }
    }

    fn readdir(&self, _: &Request, _: INodeNo, fh: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let state = self.0.state.lock();
        let entries = state.listings.get(&fh.0).map(Vec::as_slice).unwrap_or_default();
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        for (index, (number, kind, name)) in (1..).zip(entries).skip(from) {
            if reply.add(INodeNo(*number), index, *kind, name) {
                break;
            }
        }
        reply.ok();
    }

    fn releasedir(&self, _: &Request, _: INodeNo, fh: FileHandle, _: OpenFlags, reply: ReplyEmpty) {
        self.0.state.lock().listings.remove(&fh.0);
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        let state = self.0.state.lock();
        let used = state.tree.used_bytes();
        let free = state.faults.capacity_bytes.unwrap_or(ROOMY_BYTES).saturating_sub(used) / PAGE_BYTES;
        let blocks = free + used.div_ceil(PAGE_BYTES);
        reply.statfs(blocks, free, free, 1 << 20, 1 << 20, 4096, 255, 4096);
    }
}
