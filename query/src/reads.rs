//! What one query reads of files: counted, and held to a limit.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use bytesize::ByteSize;
use datafusion::datasource::object_store::ObjectStoreUrl;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::path::Path as ObjectPath;
use object_store::{
    CopyOptions, Error as StoreError, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as StoreResult,
};
use proto::ErrorKind;

use crate::{Error, Progress};

/// The bytes that a query has read, footers from memory left out.
#[derive(Debug)]
pub(crate) struct Reads {
    progress: Progress,
    bytes_max: u64,
}

impl Reads {
    /// What `progress` counts, and no more than `bytes_max`.
    pub(crate) const fn new(progress: Progress, bytes_max: u64) -> Self {
        Self { progress, bytes_max }
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.progress.bytes_read()
    }

    /// How far the query has come.
    pub(crate) const fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Why nothing more may be read, if so.
    pub(crate) fn refusal(&self) -> Option<Error> {
        let message = || {
            format!(
                "the query has to read more of files than the {} of query.read_bytes_max: ask for a shorter time range or a narrower filter",
                ByteSize(self.bytes_max)
            )
        };
        (self.bytes() > self.bytes_max).then(|| Error::new(ErrorKind::TooLarge, message()))
    }

    fn count(&self, bytes: u64) -> StoreResult<()> {
        self.progress.count(bytes);
        match self.refusal() {
            Some(refusal) => Err(StoreError::Generic { store: "query", source: Box::new(refusal) }),
            None => Ok(()),
        }
    }
}

/// A store whose files a query reads. It writes none.
#[derive(Debug)]
pub(crate) struct CountedStore {
    files: Arc<dyn ObjectStore>,
    /// What tells it from the query's other stores.
    url: ObjectStoreUrl,
    reads: Arc<Reads>,
}

impl CountedStore {
    pub(crate) const fn new(files: Arc<dyn ObjectStore>, url: ObjectStoreUrl, reads: Arc<Reads>) -> Self {
        Self { files, url, reads }
    }
}

/// What a file of a query's store is called among those of all its stores.
pub(crate) fn name_of(store: &ObjectStoreUrl, path: &str) -> String {
    format!("{}{path}", store.as_str())
}

impl fmt::Display for CountedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files.fmt(f)
    }
}

fn read_only() -> StoreError {
    StoreError::NotImplemented { operation: "writing".to_owned(), implementer: "a query".to_owned() }
}

#[async_trait]
impl ObjectStore for CountedStore {
    async fn get_opts(&self, location: &ObjectPath, options: GetOptions) -> StoreResult<GetResult> {
        let is_head = options.head;
        let found = self.files.get_opts(location, options).await?;
        if !is_head {
            self.reads.count(found.range.end - found.range.start)?;
        }
        Ok(found)
    }

    async fn get_ranges(&self, location: &ObjectPath, ranges: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        self.reads.count(ranges.iter().map(|range| range.end - range.start).sum())?;
        // So row groups are read, one after the other; footers and filters come by `get_opts`.
        if let Some(end) = ranges.iter().map(|range| range.end).max() {
            self.reads.progress.has_read_to(&name_of(&self.url, location.as_ref()), end);
        }
        self.files.get_ranges(location, ranges).await
    }

    fn list(&self, prefix: Option<&ObjectPath>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.files.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&ObjectPath>) -> StoreResult<ListResult> {
        self.files.list_with_delimiter(prefix).await
    }

    async fn put_opts(&self, _: &ObjectPath, _: PutPayload, _: PutOptions) -> StoreResult<PutResult> {
        Err(read_only())
    }

    async fn put_multipart_opts(
        &self,
        _: &ObjectPath,
        _: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        Err(read_only())
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, StoreResult<ObjectPath>>,
    ) -> BoxStream<'static, StoreResult<ObjectPath>> {
        locations.map(|_| Err(read_only())).boxed()
    }

    async fn copy_opts(&self, _: &ObjectPath, _: &ObjectPath, _: CopyOptions) -> StoreResult<()> {
        Err(read_only())
    }
}

#[cfg(test)]
mod tests;
