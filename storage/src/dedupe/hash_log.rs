//! The hashes of records that the write-ahead log no longer has: small files, written at each flush, gone after the window.
//!
//! The layout is described in `docs/formats.md`, "Hash log". Losing one costs deduplication and nothing else, so a file
//! that cannot be read is reported and passed over.

mod format;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::TryStreamExt;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt};
use parking_lot::Mutex;
use proto::{ErrorKind, UnixNanos};
use uuid::Uuid;

use self::format::{StoredSection, read_sections, start_file, write_section};
use crate::env::Env;
use crate::store::DurableLocalStore;
use crate::{Error, Result};

/// A file below this size is written again with what the next flush adds, so that frequent flushes leave few files.
const TAIL_BYTES_MAX: usize = 64 << 10;
/// The window is cut into so many files at least, so that they can go one by one.
const FILES_MIN: u32 = 8;
const SUFFIX: &str = "hashes";

#[derive(Debug)]
pub(super) struct HashLog {
    folder: PathBuf,
    /// Opened when first needed: on a disk that nobody can write there is nothing to save.
    store: Mutex<Option<DurableLocalStore>>,
    wal_id: Uuid,
    window: Duration,
    env: Env,
    files: Mutex<Files>,
    unreadable_files: AtomicU64,
}

/// The hashes of one flush.
#[derive(Debug)]
pub(super) struct Section {
    /// The last record of the flush.
    pub(super) through: u64,
    /// When they may be forgotten, on the monotonic clock.
    pub(super) expires_at: Duration,
    pub(super) hashes: Vec<u128>,
}

#[derive(Debug, Default)]
struct Files {
    /// Everything in the folder, but for the tail.
    old: Vec<(ObjectPath, Duration)>,
    tail: Option<Tail>,
    /// The highest number that a file has: no name is used twice.
    number: u64,
}

/// The newest file of this process, while it is small.
#[derive(Debug, Clone)]
struct Tail {
    path: ObjectPath,
    bytes: Vec<u8>,
    begun_at: Duration,
    expires_at: Duration,
}

impl HashLog {
    pub(super) fn new(folder: &Path, wal_id: Uuid, window: Duration, env: Env) -> Self {
        let (store, files, unreadable_files) = Default::default();
        Self { folder: folder.to_owned(), store, wal_id, window, env, files, unreadable_files }
    }

    fn store(&self) -> Result<DurableLocalStore> {
        let mut store = self.store.lock();
        match &*store {
            Some(store) => Ok(store.clone()),
            None => Ok(store.insert(DurableLocalStore::open(&self.folder, self.env.clone())?).clone()),
        }
    }

    /// Every hash of the window, oldest flush first. What cannot be read is reported.
    pub(super) async fn read(&self) -> Vec<Section> {
        self.read_folder().await.unwrap_or_else(|error| {
            self.report(&self.folder.display().to_string(), &error.message);
            Vec::new()
        })
    }

    async fn read_folder(&self) -> Result<Vec<Section>> {
        let store = self.store()?;
        let listed: Vec<_> = store.list(None).try_collect().await.map_err(|error| {
            let folder = self.folder.display();
            Error::new(ErrorKind::Unavailable, format!("cannot list {folder}: {error}")).caused_by(error)
        })?;
        let mut paths: Vec<ObjectPath> = listed.into_iter().map(|file| file.location).collect();
        paths.retain(|path| path.extension() == Some(SUFFIX));
        paths.sort();
        let (clock, now) = (self.env.now(), self.env.monotonic());
        let mut sections = Vec::new();
        for path in paths {
            let mut expires_at = now;
            for section in self.read_file(&store, &path).await {
                let section = self.section(section, clock, now);
                expires_at = expires_at.max(section.expires_at);
                if section.expires_at > now {
                    sections.push(section);
                }
            }
            let mut files = self.files.lock();
            files.number = files.number.max(number(&path).unwrap_or(0));
            files.old.push((path, expires_at));
        }
        Ok(sections)
    }

    /// What can be read of one file.
    async fn read_file(&self, store: &DurableLocalStore, path: &ObjectPath) -> Vec<StoredSection> {
        let bytes = async { store.get(path).await?.bytes().await }.await;
        let (sections, fault) = match bytes {
            Ok(bytes) => read_sections(&bytes, self.wal_id),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        if let Some(fault) = fault {
            self.report(&format!("{}/{path}", self.folder.display()), &fault);
        }
        sections
    }

    fn report(&self, file: &str, fault: &str) {
        self.unreadable_files.fetch_add(1, Ordering::Relaxed);
        tracing::error!(%file, fault, "the hash log cannot be read: retries of what it lists are kept again");
    }

    /// A clock that went back makes nothing younger than now.
    fn section(&self, stored: StoredSection, clock: UnixNanos, now: Duration) -> Section {
        let age = Duration::from_nanos(clock.saturating_sub(stored.saved_at));
        let expires_at = now + self.window.saturating_sub(age);
        Section { through: stored.through, expires_at, hashes: stored.hashes }
    }

    /// Adds the hashes of a flush, durably, and removes what is older than the window. One at a time.
    pub(super) async fn append(&self, through: u64, hashes: &[u128]) -> Result<()> {
        if self.store.lock().is_none() {
            // It could not be read at the start; its files have numbers all the same.
            drop(self.read_folder().await?);
        }
        let (store, now) = (self.store()?, self.env.monotonic());
        self.remove_expired(&store, now).await;
        if hashes.is_empty() {
            return Ok(());
        }
        let (before, path) = {
            let mut files = self.files.lock();
            files.number += 1;
            (files.tail.clone(), ObjectPath::from(format!("{:016x}.{SUFFIX}", files.number)))
        };
        let mut bytes = before.as_ref().map_or_else(|| start_file(self.wal_id), |tail| tail.bytes.clone());
        write_section(&mut bytes, through, self.env.now(), hashes);
        store.put(&path, bytes.clone().into()).await.map_err(|error| {
            let folder = self.folder.display();
            Error::new(ErrorKind::Unavailable, format!("cannot write the hash log {folder}/{path}: {error}"))
                .caused_by(error)
        })?;
        let begun_at = before.as_ref().map_or(now, |tail| tail.begun_at);
        let tail = Tail { path, bytes, begun_at, expires_at: now + self.window };
        {
            let mut files = self.files.lock();
            if tail.bytes.len() < TAIL_BYTES_MAX && now < begun_at + self.window / FILES_MIN {
                files.tail = Some(tail);
            } else {
                files.tail = None;
                files.old.push((tail.path, tail.expires_at));
            }
        }
        if let Some(before) = before {
            self.remove(&store, &before.path).await;
        }
        Ok(())
    }

    async fn remove_expired(&self, store: &DurableLocalStore, now: Duration) {
        let expired: Vec<_> = {
            let mut files = self.files.lock();
            files
                .tail
                .take_if(|tail| now >= tail.begun_at + self.window / FILES_MIN)
                .into_iter()
                .for_each(|tail| files.old.push((tail.path, tail.expires_at)));
            files.old.extract_if(.., |(_, expires_at)| *expires_at <= now).collect()
        };
        for (path, _) in expired {
            self.remove(store, &path).await;
        }
    }

    async fn remove(&self, store: &DurableLocalStore, path: &ObjectPath) {
        if let Err(error) = store.delete(path).await {
            tracing::warn!(%error, %path, "a file of the hash log stays behind");
        }
    }

    pub(super) fn unreadable_files(&self) -> u64 {
        self.unreadable_files.load(Ordering::Relaxed)
    }
}

/// The number in a file's name.
fn number(path: &ObjectPath) -> Option<u64> {
    u64::from_str_radix(path.filename()?.strip_suffix(SUFFIX)?.strip_suffix('.')?, 16).ok()
}
