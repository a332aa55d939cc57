//! An object store whose table files are read through a cache on the local disk.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::stream::BoxStream;
use object_store::path::Path as ObjectPath;
use object_store::{
    CopyOptions, GetOptions, GetRange, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as StoreResult,
};

use super::Kind;
use super::read_cache::{BLOCK_BYTES, ReadCache, blocks_of};

/// The store of a table: what [`ObjectStore::get_ranges`] reads of its segments, rollups included, goes through the cache. Log
/// entries, checkpoints and whatever else can be listed or replaced do not.
#[derive(Debug, Clone)]
pub(crate) struct CachedStore {
    files: Arc<dyn ObjectStore>,
    table: Arc<str>,
    cache: Arc<ReadCache>,
}

impl CachedStore {
    /// `files`, which are those of the table `table`.
    pub(crate) fn new(files: Arc<dyn ObjectStore>, table: &str, cache: Arc<ReadCache>) -> Self {
        Self { files, table: table.into(), cache }
    }

    /// Drops what the cache has of `ranges`, which are not what was written; false when it had nothing of them.
    pub(super) fn forget(&self, location: &ObjectPath, ranges: &[Range<u64>]) -> bool {
        self.cache.forget(&self.file(location), ranges)
    }

    fn file(&self, location: &ObjectPath) -> Arc<str> {
        format!("{}/{location}", self.table).into()
    }

    async fn fetch(&self, location: &ObjectPath, range: Range<u64>) -> StoreResult<Bytes> {
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        self.files.get_opts(location, options).await?.bytes().await
    }
}

impl fmt::Display for CachedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files.fmt(f)
    }
}

/// What `blocks` hold of `range`; less where the file ends before.
fn slice(blocks: &HashMap<u64, Bytes>, range: &Range<u64>) -> Bytes {
    let part = |number: u64| {
        let block = blocks.get(&number).cloned().unwrap_or_default();
        let start = number * BLOCK_BYTES;
        let from = (range.start.saturating_sub(start) as usize).min(block.len());
        let end = (range.end.saturating_sub(start).min(BLOCK_BYTES) as usize).clamp(from, block.len());
        block.slice(from..end)
    };
    let numbers = blocks_of(range);
    if numbers.end - numbers.start == 1 {
        return part(numbers.start);
    }
    let mut bytes = BytesMut::with_capacity((range.end - range.start) as usize);
    numbers.for_each(|number| bytes.extend_from_slice(&part(number)));
    bytes.freeze()
}

#[async_trait::async_trait]
impl ObjectStore for CachedStore {
    async fn put_opts(
        &self,
        to: &ObjectPath,
        payload: PutPayload,
        options: PutOptions,
    ) -> StoreResult<PutResult> {
        self.files.put_opts(to, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        to: &ObjectPath,
        options: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        self.files.put_multipart_opts(to, options).await
    }

    async fn get_opts(&self, location: &ObjectPath, options: GetOptions) -> StoreResult<GetResult> {
        self.files.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &ObjectPath, ranges: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        if Kind::of(location.as_ref()) != Kind::Segment {
            return self.files.get_ranges(location, ranges).await;
        }
        let wanted: BTreeSet<u64> = ranges.iter().flat_map(blocks_of).collect();
        let fetch = |range| self.fetch(location, range);
        let blocks = self.cache.read(&self.file(location), wanted, fetch).await?;
        Ok(ranges.iter().map(|range| slice(&blocks, range)).collect())
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
        self.files.copy_opts(from, to, options).await
    }
}

#[cfg(test)]
mod tests;
