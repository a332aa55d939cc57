//! A store that gives back what was written, or an error: each block of an immutable file is checked as it is read.
//!
//! Parquet and JSON have no checksums of their own here, and their readers may panic on, or believe, a flipped bit.
//! The checksums lie in a store beside the table (sidecars), written durably before the file gets its name, so that
//! no version of the table names a file without them.

mod read;
mod upload;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, future};
use object_store::path::Path as ObjectPath;
use object_store::{
    CopyMode, CopyOptions, Error as StoreError, GetOptions, GetResult, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult,
    Result as StoreResult,
};
use parking_lot::Mutex;

use super::CachedStore;
use crate::checksums::{BLOCK_BYTES, Sums};
use crate::damage::{Damage, DamageSink};
use upload::CheckedUpload;

/// The checksums of so many files are kept in memory, some 8 KiB for a large one; above, they are read again.
const SUMS_CACHED_MAX: usize = 1024;

/// An [`ObjectStore`] whose immutable files are checked on every read.
#[derive(Clone)]
pub(crate) struct CheckedStore {
    inner: Arc<Inner>,
}

struct Inner {
    files: Arc<dyn ObjectStore>,
    sums: Arc<dyn ObjectStore>,
    sink: Arc<dyn DamageSink>,
    /// Sidecar and file are written together: of two creators in this process the later sees the file.
    creating: tokio::sync::Mutex<()>,
    cached: Mutex<HashMap<ObjectPath, Arc<Sums>>>,
    /// What `files` reads through, if it does.
    cache: Option<CachedStore>,
    /// Damaged checkpoints that an older one makes needless.
    hidden: Mutex<HashSet<ObjectPath>>,
}

/// What a path holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Segment,
    LogEntry,
    Checkpoint,
    /// Replaced in place: not covered.
    Mutable,
}

impl Kind {
    pub(crate) fn of(path: &str) -> Self {
        let in_log = path.starts_with("_delta_log/");
        match path.rsplit_once('.') {
            Some((_, "parquet")) if in_log => Self::Checkpoint,
            Some((_, "parquet")) => Self::Segment,
            Some((_, "json")) if in_log => Self::LogEntry,
            _ => Self::Mutable,
        }
    }
}

/// Where the sidecar of `path` lies.
pub(crate) fn sidecar_path(path: &str) -> String {
    format!("{path}.crc")
}

impl CheckedStore {
    /// The files of `files`, whose checksums lie in `sums`; damage is told to `sink`.
    pub(crate) fn new(
        files: Arc<dyn ObjectStore>,
        sums: Arc<dyn ObjectStore>,
        sink: Arc<dyn DamageSink>,
    ) -> Self {
        Self::over(files, None, sums, sink)
    }

    /// The same of files that a cache stands before: what is wrong is read again past it before it counts as damage.
    pub(crate) fn over_cache(
        files: CachedStore,
        sums: Arc<dyn ObjectStore>,
        sink: Arc<dyn DamageSink>,
    ) -> Self {
        Self::over(Arc::new(files.clone()), Some(files), sums, sink)
    }

    fn over(
        files: Arc<dyn ObjectStore>,
        cache: Option<CachedStore>,
        sums: Arc<dyn ObjectStore>,
        sink: Arc<dyn DamageSink>,
    ) -> Self {
        let inner = Inner {
            files,
            cache,
            sums,
            sink,
            creating: tokio::sync::Mutex::default(),
            cached: Mutex::default(),
            hidden: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Leaves damaged checkpoints out of sight down to the newest that is whole: the log before them may do.
    pub(crate) async fn hide_damaged_checkpoints(&self) -> StoreResult<()> {
        let listed: Vec<ObjectMeta> = self.list(Some(&ObjectPath::from("_delta_log"))).try_collect().await?;
        let mut paths: Vec<ObjectPath> = listed.into_iter().map(|meta| meta.location).collect();
        paths.retain(|path| Kind::of(path.as_ref()) == Kind::Checkpoint);
        paths.sort();
        for path in paths.into_iter().rev() {
            match read_through(self, &path).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Generic { source, .. }) if source.is::<Damage>() => {
                    self.inner.hidden.lock().insert(path);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Reads all of a file, which checks it.
pub(crate) async fn read_through(store: &dyn ObjectStore, path: &ObjectPath) -> StoreResult<()> {
    let mut chunks = store.get(path).await?.into_stream();
    while chunks.try_next().await?.is_some() {}
    Ok(())
}

impl Inner {
    /// Writes the sidecar of a file that is about to be.
    async fn put_sums(&self, location: &ObjectPath, sums: Sums) -> StoreResult<()> {
        let sidecar = ObjectPath::parse(sidecar_path(location.as_ref()))?;
        self.sums.put(&sidecar, sums.encode(location.as_ref()).into()).await?;
        self.remember(location, Arc::new(sums));
        Ok(())
    }

    /// Whether these are the bytes of a file. No two programs write the same log entry: it says when and by whom.
    async fn holds(&self, location: &ObjectPath, payload: PutPayload) -> StoreResult<bool> {
        let held = self.files.get(location).await?.bytes().await?;
        Ok(held == Bytes::from(payload))
    }

    async fn delete_sums(&self, location: &ObjectPath) -> StoreResult<()> {
        self.cached.lock().remove(location);
        match self.sums.delete(&ObjectPath::parse(sidecar_path(location.as_ref()))?).await {
            Err(StoreError::NotFound { .. }) => Ok(()),
            outcome => outcome,
        }
    }

    fn remember(&self, location: &ObjectPath, sums: Arc<Sums>) {
        let mut cached = self.cached.lock();
        if cached.len() >= SUMS_CACHED_MAX {
            cached.clear();
        }
        cached.insert(location.clone(), sums);
    }

    /// The error that stands for damage, which is told.
    fn damage(&self, location: &ObjectPath, byte: u64, reason: impl Into<String>) -> StoreError {
        let damage = Damage { path: location.to_string(), byte, reason: reason.into() };
        self.sink.found(&damage);
        StoreError::Generic { store: "CheckedStore", source: Box::new(damage) }
    }
}

impl fmt::Debug for CheckedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedStore").field("files", &self.inner.files).finish_non_exhaustive()
    }
}

impl fmt::Display for CheckedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.files.fmt(f)
    }
}

#[async_trait::async_trait]
impl ObjectStore for CheckedStore {
    async fn put_opts(
        &self,
        to: &ObjectPath,
        payload: PutPayload,
        options: PutOptions,
    ) -> StoreResult<PutResult> {
        let inner = &self.inner;
        if Kind::of(to.as_ref()) == Kind::Mutable {
            return inner.files.put_opts(to, payload, options).await;
        }
        let _one_at_a_time = inner.creating.lock().await;
        if matches!(options.mode, PutMode::Create) && inner.files.head(to).await.is_ok() {
            let path = to.to_string();
            return Err(StoreError::AlreadyExists { path, source: "the name is taken".into() });
        }
        inner.put_sums(to, Sums::of(payload.iter())).await?;
        let put = inner.files.put_opts(to, payload.clone(), options).await;
        if let Err(StoreError::AlreadyExists { .. }) = &put {
            // The answer to an attempt of ours may have been lost.
            if inner.holds(to, payload).await? {
                return Ok(PutResult { e_tag: None, version: None });
            }
            // Another program was quicker: these are not the checksums of its file.
            inner.delete_sums(to).await?;
        }
        put
    }

    async fn put_multipart_opts(
        &self,
        to: &ObjectPath,
        options: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        let upload = self.inner.files.put_multipart_opts(to, options).await?;
        if Kind::of(to.as_ref()) == Kind::Mutable {
            return Ok(upload);
        }
        Ok(Box::new(CheckedUpload::new(Arc::clone(&self.inner), upload, to.clone())))
    }

    async fn get_opts(&self, location: &ObjectPath, options: GetOptions) -> StoreResult<GetResult> {
        self.inner.get(location, options).await
    }

    async fn get_ranges(&self, location: &ObjectPath, ranges: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, StoreResult<ObjectPath>>,
    ) -> BoxStream<'static, StoreResult<ObjectPath>> {
        let inner = Arc::clone(&self.inner);
        let deleted = self.inner.files.delete_stream(locations);
        deleted
            .and_then(move |location| {
                let inner = Arc::clone(&inner);
                async move { inner.delete_sums(&location).await.map(|()| location) }
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&ObjectPath>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        let inner = Arc::clone(&self.inner);
        let listed = self.inner.files.list(prefix);
        listed.try_filter(move |meta| future::ready(!inner.hidden.lock().contains(&meta.location))).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&ObjectPath>) -> StoreResult<ListResult> {
        let mut listed = self.inner.files.list_with_delimiter(prefix).await?;
        listed.objects.retain(|meta| !self.inner.hidden.lock().contains(&meta.location));
        Ok(listed)
    }

    async fn copy_opts(&self, from: &ObjectPath, to: &ObjectPath, options: CopyOptions) -> StoreResult<()> {
        let mode = match options.mode {
            CopyMode::Create => PutMode::Create,
            CopyMode::Overwrite => PutMode::Overwrite,
        };
        let bytes = self.get(from).await?.bytes().await?;
        self.put_opts(to, bytes.into(), mode.into()).await.map(drop)
    }
}

/// The whole blocks around `range` of a file of `file_bytes`.
fn whole_blocks(range: &Range<u64>, file_bytes: u64) -> Range<u64> {
    let end = range.end.div_ceil(BLOCK_BYTES).saturating_mul(BLOCK_BYTES);
    range.start / BLOCK_BYTES * BLOCK_BYTES..end.min(file_bytes)
}

#[cfg(test)]
mod tests;
