//! A document as a file: a line with version, length and checksum, then JSON (`docs/formats.md`).

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path as ObjectPath;
use object_store::{Error as StoreError, ObjectStore, ObjectStoreExt};
use proto::ErrorKind;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::stores::TableStores;
use crate::{Error, Result};

/// The folder of documents, beside those of the tables.
pub(crate) const FOLDER: &str = "documents";
const MAGIC: &str = "tailplane-document";
/// The version this binary writes, and the newest it reads.
const FORMAT_VERSION: u32 = 1;
/// No document is read or written that is larger.
pub(crate) const BYTES_MAX: usize = 16 << 20;

/// The documents of a data folder.
#[derive(Debug)]
pub(super) struct Documents {
    /// None where nothing was ever written and nothing can be.
    store: Option<Arc<dyn ObjectStore>>,
    pub(super) is_writable: bool,
}

impl Documents {
    /// Those beside the tables of `stores`.
    pub(super) fn open(stores: &TableStores) -> Result<Self> {
        Ok(Self { store: stores.files(FOLDER)?, is_writable: stores.is_writable })
    }

    /// Those of the data folder `folder`, which has some, to look at.
    pub(super) fn look_into(folder: &Path) -> Result<Self> {
        let folder = folder.join(FOLDER);
        let store = LocalFileSystem::new_with_prefix(&folder)
            .map_err(|error| Error::io("look into", &folder, error.into()))?;
        Ok(Self { store: Some(Arc::new(store)), is_writable: false })
    }

    /// None yet, and gone with the process.
    pub(super) fn in_memory() -> Self {
        Self { store: Some(Arc::new(InMemory::new())), is_writable: true }
    }

    /// The document called `name`, if there is one.
    ///
    /// # Errors
    /// `Corrupt` when it is not what was written; `Unsupported` when a newer version wrote it; `Unavailable` when it cannot be
    /// read.
    pub(super) async fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        self.examine(name).await?.map_err(|fault| fault.of(name))
    }

    /// The same, with a fault of the document told apart from one of the store.
    pub(super) async fn examine<T: DeserializeOwned>(
        &self,
        name: &str,
    ) -> Result<std::result::Result<Option<T>, Fault>> {
        let Some(store) = &self.store else { return Ok(Ok(None)) };
        let read = async { store.get(&ObjectPath::from(name)).await?.bytes().await };
        match read.await {
            Ok(bytes) => Ok(parsed(&bytes).map(Some)),
            Err(StoreError::NotFound { .. }) => Ok(Ok(None)),
            Err(error) => {
                let message = format!("cannot read {FOLDER}/{name}: {error}");
                Err(Error::new(ErrorKind::Unavailable, message).caused_by(error))
            }
        }
    }

    /// The names of all documents and their bytes, in order.
    pub(super) async fn list(&self) -> Result<Vec<(String, u64)>> {
        let Some(store) = &self.store else { return Ok(Vec::new()) };
        let listed: Vec<_> = store.list(None).try_collect().await.map_err(|error: StoreError| {
            let message = format!("cannot list {FOLDER}/: {error}");
            Error::new(ErrorKind::Unavailable, message).caused_by(error)
        })?;
        let is_staged = |name: &str| name.starts_with(".tmp-");
        let whole = listed.into_iter().filter(|file| !file.location.filename().is_some_and(is_staged));
        let mut names: Vec<_> = whole.map(|file| (file.location.to_string(), file.size)).collect();
        names.sort();
        Ok(names)
    }

    /// Writes the document called `name` in the place of the one before, durably.
    ///
    /// # Errors
    /// `TooLarge` when it is too large for a document; `Unavailable` when it cannot be written: then the one before is there.
    pub(super) async fn write<T: Serialize + Sync>(&self, name: &str, document: &T) -> Result<()> {
        let store = self.writable()?;
        let body = serde_json::to_vec(document).map_err(|error| {
            Error::new(ErrorKind::Internal, format!("cannot write {FOLDER}/{name}: {error}")).caused_by(error)
        })?;
        if body.len() > BYTES_MAX {
            let message =
                format!("{FOLDER}/{name} would have {} bytes, and at most {BYTES_MAX} are kept", body.len());
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        store.put(&ObjectPath::from(name), Bytes::from(encode(&body)).into()).await.map(drop).map_err(
            |error| {
                Error::new(ErrorKind::Unavailable, format!("cannot write {FOLDER}/{name}: {error}"))
                    .caused_by(error)
            },
        )
    }

    /// Removes the document called `name`, if there is one.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be removed.
    pub(super) async fn remove(&self, name: &str) -> Result<()> {
        match self.writable()?.delete(&ObjectPath::from(name)).await {
            Ok(()) | Err(StoreError::NotFound { .. }) => Ok(()),
            Err(error) => {
                let message = format!("cannot remove {FOLDER}/{name}: {error}");
                Err(Error::new(ErrorKind::Unavailable, message).caused_by(error))
            }
        }
    }

    fn writable(&self) -> Result<&Arc<dyn ObjectStore>> {
        self.store.as_ref().filter(|_| self.is_writable).ok_or_else(|| {
            Error::new(ErrorKind::Unavailable, "this server only answers queries and saves nothing")
        })
    }
}

/// Why a document cannot be believed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is not what was written.
    Damaged(String),
    /// A newer version has written it: this is its format's.
    Newer(u32),
}

impl Fault {
    /// What to do about it in the document called `name`.
    pub(super) fn remedy(&self, name: &str) -> &'static str {
        match self {
            Self::Newer(_) => "start the version that wrote it, or a newer one",
            Self::Damaged(_) if name.contains('/') => {
                "restore it from a copy, or remove the notebook; its other revisions can be read"
            }
            Self::Damaged(_) => "restore it from a copy, or remove it to begin anew",
        }
    }

    fn of(&self, name: &str) -> Error {
        let remedy = self.remedy(name);
        match self {
            Self::Damaged(_) => {
                Error::new(ErrorKind::Corrupt, format!("{FOLDER}/{name} is damaged: {self}; {remedy}"))
            }
            Self::Newer(_) => {
                Error::new(ErrorKind::Unsupported, format!("cannot read {FOLDER}/{name}: {self}; {remedy}"))
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(what) => formatter.write_str(what),
            Self::Newer(version) => {
                write!(
                    formatter,
                    "it has format version {version}, newer than this binary's {FORMAT_VERSION}"
                )
            }
        }
    }
}

fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> std::result::Result<T, Fault> {
    serde_json::from_slice(body_of(bytes)?).map_err(|error| Fault::Damaged(error.to_string()))
}

fn checksum(version: u32, body: &[u8]) -> u32 {
    let head = format!("{MAGIC} {version} {}\n", body.len());
    crc32c::crc32c_append(crc32c::crc32c(head.as_bytes()), body)
}

/// The bytes of the file.
fn encode(body: &[u8]) -> Vec<u8> {
    let sum = checksum(FORMAT_VERSION, body);
    let mut bytes = format!("{MAGIC} {FORMAT_VERSION} {} {sum:08x}\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// The body of a file. Its checksum comes first, so that damage never passes for a new version.
fn body_of(bytes: &[u8]) -> std::result::Result<&[u8], Fault> {
    let damaged = || Fault::Damaged("its first line is none of ours".to_owned());
    let end = bytes.iter().take(128).position(|byte| *byte == b'\n').ok_or_else(damaged)?;
    let (head, body) = (std::str::from_utf8(&bytes[..end]).map_err(|_| damaged())?, &bytes[end + 1..]);
    let words: Vec<&str> = head.split(' ').collect();
    let [MAGIC, version, length, sum] = words[..] else { return Err(damaged()) };
    let version: u32 = version.parse().map_err(|_| damaged())?;
    if length.parse() != Ok(body.len()) {
        return Err(Fault::Damaged("it is longer or shorter than it says".to_owned()));
    }
    if u32::from_str_radix(sum, 16) != Ok(checksum(version, body)) {
        return Err(Fault::Damaged("its checksum is wrong".to_owned()));
    }
    if version > FORMAT_VERSION {
        return Err(Fault::Newer(version));
    }
    Ok(body)
}

#[cfg(test)]
mod tests;
