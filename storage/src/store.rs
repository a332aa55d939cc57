//! A local folder as an object store whose writes survive a power cut.
//!
//! object_store 0.13 never calls fsync: after a put returns, a power cut may leave an empty file, or none. This store
//! stands between it and everything that writes a table (segments, log entries, checkpoints), so that the WAL may be
//! trimmed once a commit returned. Reads, listings and deletions are [`LocalFileSystem`]'s own.
//!
//! The order of every write: the folders above, each synced in its parent; the bytes into a staged file; fsync of that
//! file; link or rename to the final name; fsync of the folder. A name therefore never shows bytes that are not durable.

mod cached;
mod checked;
mod folder;
mod leased;
mod read_cache;
mod remote;
mod requests;
mod upload;

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{
    CopyMode, CopyOptions, Error as StoreError, GetOptions, GetResult, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult,
    Result as StoreResult,
};

use crate::env::Env;
use crate::{Error, Result};
pub(crate) use cached::CachedStore;
pub(crate) use checked::{CheckedStore, Kind, read_through, sidecar_path};
use folder::{Folder, Placement};
pub(crate) use folder::{sync_folder, sync_name};
pub(crate) use leased::LeasedStore;
pub(crate) use read_cache::ReadCache;
pub(crate) use remote::Remote;
pub(crate) use requests::RequestMetrics;
use upload::DurableUpload;

/// An [`ObjectStore`] over a local folder; what it has written survives a power cut.
///
/// One process writes a folder at a time (the WAL's lock sees to that): opening removes what an earlier one left staged.
#[derive(Clone)]
pub(crate) struct DurableLocalStore {
    files: LocalFileSystem,
    folder: Arc<Folder>,
    env: Env,
}

impl DurableLocalStore {
    /// The store of the folder `root`, made when absent. What an earlier process left staged is
    /// removed, and the names that it left are synced.
    ///
    /// # Errors
    /// When the folder cannot be made, read or cleaned.
    pub(crate) fn open(root: &Path, env: Env) -> Result<Self> {
        let folder = Folder::open(root).map_err(|e| Error::io("open the folder", root, e))?;
        let files = LocalFileSystem::new_with_prefix(folder.root())
            .map_err(|e| Error::io("open the folder", root, e.into()))?;
        let removed = folder.recover().map_err(|e| Error::io("recover the folder", root, e))?;
        if removed > 0 {
            tracing::info!(removed, folder = %root.display(), "removed files that an earlier process left staged");
        }
        Ok(Self { files, folder: Arc::new(folder), env })
    }

    /// The store of the folder `root` as it is, to be read only.
    ///
    /// # Errors
    /// When the folder is not there.
    pub(crate) fn look_into(root: &Path, env: Env) -> Result<Self> {
        let unreadable = |error: std::io::Error| Error::io("look into the folder", root, error);
        let root = root.canonicalize().map_err(unreadable)?;
        let files = LocalFileSystem::new_with_prefix(&root).map_err(|error| unreadable(error.into()))?;
        Ok(Self { files, folder: Arc::new(Folder::at(root)), env })
    }

    /// The folder.
    #[must_use]
    pub(crate) fn root(&self) -> &Path {
        self.folder.root()
    }

    /// Runs `work` on the blocking pool, its I/O errors told as the store's errors on `path`.
    async fn blocking<T, F>(&self, path: PathBuf, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Folder, &Path) -> std::io::Result<T> + Send + 'static,
    {
        let folder = Arc::clone(&self.folder);
        let done = self.env.spawn_blocking(move || work(&folder, &path).map_err(|e| store_error(&path, e)));
        done.await?
    }
}

impl fmt::Debug for DurableLocalStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableLocalStore").field("root", &self.root()).finish_non_exhaustive()
    }
}

impl fmt::Display for DurableLocalStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.root().display())
    }
}

#[async_trait::async_trait]
impl ObjectStore for DurableLocalStore {
    async fn put_opts(
        &self,
        to: &ObjectPath,
        payload: PutPayload,
        options: PutOptions,
    ) -> StoreResult<PutResult> {
        let placement = match options.mode {
            PutMode::Create => Placement::New,
            PutMode::Overwrite => Placement::Replace,
            PutMode::Update(_) => return Err(self.unsupported("a conditional update")),
        };
        if !options.attributes.is_empty() {
            return Err(self.unsupported("a put with attributes"));
        }
        let staged_name = self.env.random_uuid();
        let path = self.files.path_to_filesystem(to)?;
        self.blocking(path, move |folder, path| {
            let (mut file, staged) = folder.stage(path, staged_name)?;
            let written = payload.iter().try_for_each(|bytes| std::io::Write::write_all(&mut file, bytes));
            let placed = written.and_then(|()| folder.place(&file, &staged, path, placement));
            folder.discard_if_failed(placed, &staged)
        })
        .await?;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn put_multipart_opts(
        &self,
        to: &ObjectPath,
        options: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        if !options.attributes.is_empty() {
            return Err(self.unsupported("an upload with attributes"));
        }
        let staged_name = self.env.random_uuid();
        let path = self.files.path_to_filesystem(to)?;
        let (file, staged) =
            self.blocking(path.clone(), move |folder, path| folder.stage(path, staged_name)).await?;
        Ok(Box::new(DurableUpload::new(self.clone(), file, staged, path)))
    }

    async fn get_opts(&self, location: &ObjectPath, options: GetOptions) -> StoreResult<GetResult> {
        self.files.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &ObjectPath, ranges: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        self.files.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, StoreResult<ObjectPath>>,
    ) -> BoxStream<'static, StoreResult<ObjectPath>> {
        self.files.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&ObjectPath>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.files.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&ObjectPath>,
        offset: &ObjectPath,
    ) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.files.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&ObjectPath>) -> StoreResult<ListResult> {
        self.files.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &ObjectPath, to: &ObjectPath, options: CopyOptions) -> StoreResult<()> {
        let placement = match options.mode {
            CopyMode::Create => Placement::New,
            CopyMode::Overwrite => Placement::Replace,
        };
        let staged_name = self.env.random_uuid();
        let from = self.files.path_to_filesystem(from)?;
        let to = self.files.path_to_filesystem(to)?;
        let source = self.blocking(from.clone(), |_, from| std::fs::File::open(from)).await?;
        self.blocking(to, move |folder, to| {
            let staged = folder.stage_link(&from, to, staged_name)?;
            let placed = folder.place(&source, &staged, to, placement);
            folder.discard_if_failed(placed, &staged)
        })
        .await
    }
}

impl DurableLocalStore {
    fn unsupported(&self, operation: &str) -> StoreError {
        StoreError::NotImplemented { operation: operation.to_owned(), implementer: self.to_string() }
    }
}

fn store_error(path: &Path, source: std::io::Error) -> StoreError {
    let path = path.display().to_string();
    match source.kind() {
        std::io::ErrorKind::AlreadyExists => StoreError::AlreadyExists { path, source: source.into() },
        std::io::ErrorKind::NotFound => StoreError::NotFound { path, source: source.into() },
        std::io::ErrorKind::PermissionDenied => StoreError::PermissionDenied { path, source: source.into() },
        _ => StoreError::Generic { store: "DurableLocalStore", source: format!("{path}: {source}").into() },
    }
}

#[cfg(test)]
mod tests;
