//! A file written in parts, summed as they come.

use std::fmt;
use std::sync::Arc;

use object_store::path::Path as ObjectPath;
use object_store::{MultipartUpload, PutPayload, PutResult, Result as StoreResult, UploadPart};

use super::Inner;
use crate::checksums::Summing;

/// An upload whose sidecar is written before it is complete.
pub(super) struct CheckedUpload {
    inner: Arc<Inner>,
    upload: Box<dyn MultipartUpload>,
    to: ObjectPath,
    summing: Summing,
}

impl CheckedUpload {
    pub(super) fn new(inner: Arc<Inner>, upload: Box<dyn MultipartUpload>, to: ObjectPath) -> Self {
        Self { inner, upload, to, summing: Summing::default() }
    }
}

impl fmt::Debug for CheckedUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedUpload").field("to", &self.to).finish_non_exhaustive()
    }
}

#[async_trait::async_trait]
impl MultipartUpload for CheckedUpload {
    fn put_part(&mut self, part: PutPayload) -> UploadPart {
        part.iter().for_each(|bytes| self.summing.add(bytes));
        self.upload.put_part(part)
    }

    async fn complete(&mut self) -> StoreResult<PutResult> {
        let sums = std::mem::take(&mut self.summing).finish();
        self.inner.put_sums(&self.to, sums).await?;
        self.upload.complete().await
    }

    async fn abort(&mut self) -> StoreResult<()> {
        self.upload.abort().await
    }
}
