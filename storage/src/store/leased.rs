//! An object store that is written to only while this process holds its lease. Reading is free.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::path::Path as ObjectPath;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as StoreResult,
};

use crate::lease::Lease;

/// A store behind a lease. A write that is under way when the lease is lost is given up.
///
/// The parts of an upload go on: a segment has a name that only its writer uses, and no table without a commit.
#[derive(Debug, Clone)]
pub(crate) struct LeasedStore {
    files: Arc<dyn ObjectStore>,
    lease: Arc<Lease>,
}

impl LeasedStore {
    pub(crate) const fn new(files: Arc<dyn ObjectStore>, lease: Arc<Lease>) -> Self {
        Self { files, lease }
    }
}

impl fmt::Display for LeasedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files.fmt(f)
    }
}

#[async_trait::async_trait]
impl ObjectStore for LeasedStore {
    async fn put_opts(
        &self,
        to: &ObjectPath,
        payload: PutPayload,
        options: PutOptions,
    ) -> StoreResult<PutResult> {
        self.lease.while_held(self.files.put_opts(to, payload, options)).await
    }

    async fn put_multipart_opts(
        &self,
        to: &ObjectPath,
        options: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        self.lease.while_held(self.files.put_multipart_opts(to, options)).await
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
        let lease = Arc::clone(&self.lease);
        self.files.delete_stream(locations.map(move |location| lease.check().and(location)).boxed())
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
        self.lease.while_held(self.files.copy_opts(from, to, options)).await
    }
}
