//! Reading: whole blocks, each checked before a byte of it is given away.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, stream};
use object_store::path::Path as ObjectPath;
use object_store::{
    Error as StoreError, GetOptions, GetResult, GetResultPayload, ObjectStoreExt, Result as StoreResult,
};

use super::{Inner, Kind, sidecar_path, whole_blocks};
use crate::checksums::{CHECKED_ENTRY, CHECKED_SEGMENT, Sums};

/// A stream reads and checks so much at a time: whole blocks.
const CHUNK_BYTES: u64 = 1 << 20;
/// What readers of the log begin with: a hint only, that may be stale or damaged. The listing says the same.
const CHECKPOINT_HINT: &str = "_last_checkpoint";
/// The error of a bad sector.
const EIO: i32 = 5;

impl Inner {
    pub(super) async fn get(
        self: &Arc<Self>,
        location: &ObjectPath,
        options: GetOptions,
    ) -> StoreResult<GetResult> {
        if self.hidden.lock().contains(location) || location.filename() == Some(CHECKPOINT_HINT) {
            let path = location.to_string();
            return Err(StoreError::NotFound { path, source: "it is not to be read".into() });
        }
        let kind = Kind::of(location.as_ref());
        if options.head || kind == Kind::Mutable {
            return self.files.get_opts(location, options).await;
        }
        let meta = match self.files.head(location).await {
            Ok(meta) => meta,
            Err(error) => return Err(self.unreadable(location, error).await),
        };
        options.check_preconditions(&meta)?;
        let range = match options.range {
            None => 0..meta.size,
            Some(range) => range
                .as_range(meta.size)
                .map_err(|error| StoreError::Generic { store: "CheckedStore", source: error.into() })?,
        };
        let payload = match self.sums(location).await? {
            Some(sums) if sums.file_bytes != meta.size => return Err(self.length(location, &sums, meta.size)),
            Some(sums) => self.stream(location, &range, sums),
            None => GetResultPayload::Stream(
                stream::once(self.unchecked(location.clone(), kind, range.clone()).await?).boxed(),
            ),
        };
        Ok(GetResult { payload, meta, range, attributes: object_store::Attributes::default() })
    }

    fn stream(
        self: &Arc<Self>,
        location: &ObjectPath,
        range: &Range<u64>,
        sums: Arc<Sums>,
    ) -> GetResultPayload {
        let (end, first) = (range.end, range.start / CHUNK_BYTES);
        let chunks = (first..end.div_ceil(CHUNK_BYTES)).map(|chunk| chunk * CHUNK_BYTES);
        let start = range.start;
        let chunks: Vec<Range<u64>> =
            chunks.map(|from| from.max(start)..from.saturating_add(CHUNK_BYTES).min(end)).collect();
        let (inner, location) = (Arc::clone(self), location.clone());
        let read = stream::iter(chunks).then(move |chunk| {
            let (inner, location, sums) = (Arc::clone(&inner), location.clone(), Arc::clone(&sums));
            async move {
                let mut read = inner.checked(&location, std::slice::from_ref(&chunk), &sums).await?;
                Ok(read.pop().unwrap_or_default())
            }
        });
        GetResultPayload::Stream(read.boxed())
    }

    /// A file that no checksums were written of: an earlier version's, or another program's.
    async fn unchecked(
        &self,
        location: ObjectPath,
        kind: Kind,
        range: Range<u64>,
    ) -> StoreResult<std::future::Ready<StoreResult<Bytes>>> {
        let bytes = self.files.get(&location).await?.bytes().await?;
        let marked = || bytes.windows(CHECKED_ENTRY.len()).any(|window| window == CHECKED_ENTRY.as_bytes());
        if kind == Kind::LogEntry && marked() {
            return Err(self.damage(&location, 0, "its checksums are gone"));
        }
        Ok(std::future::ready(Ok(bytes.slice(range.start as usize..range.end as usize))))
    }

    pub(super) async fn get_ranges(
        &self,
        location: &ObjectPath,
        ranges: &[Range<u64>],
    ) -> StoreResult<Vec<Bytes>> {
        if Kind::of(location.as_ref()) == Kind::Mutable {
            return self.files.get_ranges(location, ranges).await;
        }
        match self.sums(location).await? {
            Some(sums) => self.checked(location, ranges, &sums).await,
            None => match self.files.get_ranges(location, ranges).await {
                Ok(read) => Ok(read),
                Err(error) => Err(self.unreadable(location, error).await),
            },
        }
    }

    async fn blocks(&self, location: &ObjectPath, blocks: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        match self.files.get_ranges(location, blocks).await {
            Ok(read) => Ok(read),
            Err(error) => Err(self.unreadable(location, error).await),
        }
    }

    /// `ranges`, out of whole blocks that are right.
    async fn checked(
        &self,
        location: &ObjectPath,
        ranges: &[Range<u64>],
        sums: &Sums,
    ) -> StoreResult<Vec<Bytes>> {
        let blocks = merged(ranges.iter().map(|range| whole_blocks(range, sums.file_bytes)).collect());
        let mut read = self.blocks(location, &blocks).await?;
        let is_right = |read: &[Bytes]| {
            blocks.iter().zip(read).all(|(range, bytes)| fault(range, bytes, sums).is_none())
        };
        if let Some(cache) = &self.cache
            && !is_right(&read)
            && cache.forget(location, &blocks)
        {
            tracing::warn!(%location, "the read cache held something else than what was written: it is read again");
            read = self.blocks(location, &blocks).await?;
        }
        for (range, bytes) in blocks.iter().zip(&read) {
            match fault(range, bytes, sums) {
                None => {}
                Some(Fault::Length(found)) => return Err(self.length(location, sums, found)),
                Some(Fault::Sum(byte)) => {
                    return Err(self.damage(location, byte, "the block's checksum is wrong"));
                }
            }
        }
        let slice = |range: &Range<u64>| {
            let within = blocks.partition_point(|blocks| blocks.start <= range.start).checked_sub(1)?;
            let (from, end) = (range.start - blocks[within].start, range.end - blocks[within].start);
            (end <= read[within].len() as u64).then(|| read[within].slice(from as usize..end as usize))
        };
        let beyond = || StoreError::Generic {
            store: "CheckedStore",
            source: format!("a range beyond the {} bytes of {location}", sums.file_bytes).into(),
        };
        ranges.iter().map(|range| slice(range).ok_or_else(beyond)).collect()
    }

    /// The checksums of a file; `None` when it has, and need have, none.
    async fn sums(&self, location: &ObjectPath) -> StoreResult<Option<Arc<Sums>>> {
        if let Some(sums) = self.cached.lock().get(location) {
            return Ok(Some(Arc::clone(sums)));
        }
        let path = location.as_ref();
        let bytes = match self.sums.get(&ObjectPath::parse(sidecar_path(path))?).await {
            Ok(found) => found.bytes().await?,
            Err(StoreError::NotFound { .. }) if path.ends_with(CHECKED_SEGMENT) => {
                return Err(self.damage(location, 0, "its checksums are gone"));
            }
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let sums = Sums::decode(path, &bytes).map_err(|fault| self.damage(location, 0, fault.to_string()))?;
        let sums = Arc::new(sums);
        self.remember(location, Arc::clone(&sums));
        Ok(Some(sums))
    }

    /// What it means that a file cannot be read: damage, if it is gone, too short or on a bad sector.
    async fn unreadable(&self, location: &ObjectPath, error: StoreError) -> StoreError {
        let is_segment = Kind::of(location.as_ref()) == Kind::Segment;
        if let StoreError::NotFound { .. } = error {
            if is_segment {
                drop(self.damage(location, 0, "the file is gone"));
            }
            return error;
        }
        if is_bad_sector(&error) {
            return self.damage(location, 0, format!("the disk cannot read it: {error}"));
        }
        match (self.files.head(location).await, self.sums(location).await) {
            (Ok(meta), Ok(Some(sums))) if meta.size != sums.file_bytes => {
                self.length(location, &sums, meta.size)
            }
            _ => error,
        }
    }

    fn length(&self, location: &ObjectPath, sums: &Sums, found: u64) -> StoreError {
        let reason = format!("the file has {found} bytes, its checksums say {}", sums.file_bytes);
        self.damage(location, found.min(sums.file_bytes), reason)
    }
}

/// What is wrong with blocks.
enum Fault {
    /// The file ends before, at this byte.
    Length(u64),
    /// The block that begins at this byte.
    Sum(u64),
}

fn fault(range: &Range<u64>, bytes: &Bytes, sums: &Sums) -> Option<Fault> {
    if bytes.len() as u64 != range.end - range.start {
        return Some(Fault::Length(range.start + bytes.len() as u64));
    }
    sums.check(range.start, bytes).err().map(Fault::Sum)
}

fn is_bad_sector(error: &StoreError) -> bool {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes
        .filter_map(|error| error.downcast_ref::<std::io::Error>())
        .any(|error| error.raw_os_error() == Some(EIO))
}

/// Sorted and without overlaps.
fn merged(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<u64>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}
