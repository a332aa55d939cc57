//! A file written in parts: staged, and given its name when complete, as a put is.

use std::fmt;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

use object_store::{MultipartUpload, PutPayload, PutResult, Result as StoreResult, UploadPart};
use parking_lot::Mutex;

use super::DurableLocalStore;
use super::folder::Placement;

/// An upload in parts to a [`DurableLocalStore`]. Dropped before it is complete, it leaves a staged file that the next
/// opening of the store removes.
pub(super) struct DurableUpload {
    store: DurableLocalStore,
    file: Arc<Mutex<File>>,
    staged: PathBuf,
    destination: PathBuf,
    offset_bytes: u64,
}

impl DurableUpload {
    pub(super) fn new(store: DurableLocalStore, file: File, staged: PathBuf, destination: PathBuf) -> Self {
        Self { store, file: Arc::new(Mutex::new(file)), staged, destination, offset_bytes: 0 }
    }
}

impl fmt::Debug for DurableUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableUpload")
            .field("destination", &self.destination)
            .field("offset_bytes", &self.offset_bytes)
            .finish_non_exhaustive()
    }
}

#[async_trait::async_trait]
impl MultipartUpload for DurableUpload {
    fn put_part(&mut self, payload: PutPayload) -> UploadPart {
        let offset = self.offset_bytes;
        self.offset_bytes += payload.content_length() as u64;
        let file = Arc::clone(&self.file);
        let store = self.store.clone();
        let path = self.staged.clone();
        Box::pin(async move {
            store
                .blocking(path, move |_, _| {
                    let mut file = file.lock();
                    file.seek(SeekFrom::Start(offset))?;
                    payload.iter().try_for_each(|bytes| file.write_all(bytes))
                })
                .await
        })
    }

    async fn complete(&mut self) -> StoreResult<PutResult> {
        let file = Arc::clone(&self.file);
        let staged = self.staged.clone();
        self.store
            .blocking(self.destination.clone(), move |folder, to| {
                let placed = folder.place(&file.lock(), &staged, to, Placement::Replace);
                folder.discard_if_failed(placed, &staged)
            })
            .await?;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn abort(&mut self) -> StoreResult<()> {
        self.store.blocking(self.staged.clone(), |_, staged| std::fs::remove_file(staged)).await
    }
}
