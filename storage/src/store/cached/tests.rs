//! It behaves as a store does; what it gives is checked above it, and what was damaged on the local disk is read again.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::StreamExt;
use object_store::ObjectStoreExt;
use object_store::local::LocalFileSystem;
use parking_lot::Mutex;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::damage::{Damage, DamageSink};
use crate::env::Env;
use crate::store::CheckedStore;
use crate::store::tests::behaves;

const SEGMENT: &str = "tenant=a/date=2026-01-01/x-main.checked.parquet";

#[derive(Default)]
struct Heard(Mutex<Vec<Damage>>);

impl DamageSink for Heard {
    fn found(&self, damage: &Damage) {
        self.0.lock().push(damage.clone());
    }
}

/// A store that counts what it is asked for.
#[derive(Debug)]
struct Asked {
    files: LocalFileSystem,
    reads: AtomicU64,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files.fmt(f)
    }
}

#[async_trait::async_trait]
impl ObjectStore for Asked {
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
        self.reads.fetch_add(u64::from(!options.head), Ordering::SeqCst);
        self.files.get_opts(location, options).await
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

    async fn list_with_delimiter(&self, prefix: Option<&ObjectPath>) -> StoreResult<ListResult> {
        self.files.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &ObjectPath, to: &ObjectPath, options: CopyOptions) -> StoreResult<()> {
        self.files.copy_opts(from, to, options).await
    }
}

struct Fixture {
    folder: TempDir,
    asked: Arc<Asked>,
    store: CheckedStore,
    cache: Arc<ReadCache>,
    heard: Arc<Heard>,
}

impl Fixture {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let part = |name: &str| {
            let folder = folder.path().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            LocalFileSystem::new_with_prefix(folder).unwrap()
        };
        let asked = Arc::new(Asked { files: part("files"), reads: AtomicU64::new(0) });
        let cache = ReadCache::open(&folder.path().join("cache"), 64 << 20, Env::system()).unwrap();
        let cache = Arc::new(cache);
        let files = CachedStore::new(Arc::clone(&asked) as Arc<dyn ObjectStore>, "spans", Arc::clone(&cache));
        let heard = Arc::new(Heard::default());
        let sink = Arc::clone(&heard) as Arc<dyn DamageSink>;
        let store = CheckedStore::over_cache(files, Arc::new(part("sums")), sink);
        Self { folder, asked, store, cache, heard }
    }

    async fn put(&self, path: &str, bytes: &[u8]) {
        self.store.put(&ObjectPath::from(path), bytes.to_vec().into()).await.unwrap();
    }

    fn reads(&self) -> u64 {
        self.asked.reads.swap(0, Ordering::SeqCst)
    }

    fn in_cache(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path().join("cache")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 % 253) as u8).collect()
}

#[tokio::test]
async fn behaves_as_the_stock_local_store() {
    behaves(&Fixture::new().store).await;
}

#[tokio::test]
async fn segments_are_read_from_the_disk_and_the_log_is_not() {
    let fixture = Fixture::new();
    let whole = bytes(700_000);
    for path in [SEGMENT, "_delta_log/0.json", "_delta_log/1.checkpoint.parquet"] {
        fixture.put(path, &whole).await;
        let range = 1000..500_000;
        let expected = &whole[1000..500_000];
        assert_eq!(fixture.store.get_range(&ObjectPath::from(path), range.clone()).await.unwrap(), expected);
        fixture.reads();
        assert_eq!(fixture.store.get_range(&ObjectPath::from(path), range).await.unwrap(), expected);
        assert_eq!(fixture.reads() == 0, path == SEGMENT, "{path}");
    }
}

#[tokio::test]
async fn damage_on_the_local_disk_is_read_again_and_damage_in_the_store_is_told() {
    let fixture = Fixture::new();
    let whole = bytes(300_000);
    fixture.put(SEGMENT, &whole).await;
    let path = ObjectPath::from(SEGMENT);
    let read = || async { fixture.store.get_ranges(&path, &[0..100, 290_000..300_000]).await };
    read().await.unwrap();
    for block in fixture.in_cache() {
        let mut held = std::fs::read(&block).unwrap();
        held[50] ^= 1;
        std::fs::write(&block, held).unwrap();
    }
    let again = read().await.unwrap();
    assert_eq!((&again[0][..], &again[1][..]), (&whole[..100], &whole[290_000..]));
    assert_eq!(fixture.cache.stats().damaged, 2);
    assert!(fixture.heard.0.lock().is_empty(), "the store's file is whole");
    assert_eq!(read().await.unwrap(), again);
    assert_eq!(fixture.cache.stats().damaged, 2);

    // From now on the store's own file is wrong.
    fixture.cache.retain(|_| false);
    let file = fixture.folder.path().join("files").join(SEGMENT);
    let mut held = std::fs::read(&file).unwrap();
    held[50] ^= 1;
    std::fs::write(&file, &held).unwrap();
    read().await.unwrap_err();
    assert_eq!(fixture.heard.0.lock().len(), 1);
    held.truncate(262_144 + 10);
    std::fs::write(&file, &held).unwrap();
    read().await.unwrap_err();
    // Restored, it is read again, whatever the cache has of it.
    std::fs::write(&file, &whole).unwrap();
    assert_eq!(read().await.unwrap(), again);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_ranges_are_what_was_written(
        length in 1_usize..900_000,
        ranges in prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64), 1..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let fixture = Fixture::new();
            let whole = bytes(length);
            fixture.put(SEGMENT, &whole).await;
            let ranges: Vec<Range<u64>> = ranges.iter().map(|(from, part)| {
                let from = (from * length as f64) as u64;
                from..from + 1 + (part * (length as u64 - from - 1) as f64) as u64
            }).collect();
            for _ in 0..2 {
                let read = fixture.store.get_ranges(&ObjectPath::from(SEGMENT), &ranges).await.unwrap();
                for (range, read) in ranges.iter().zip(read) {
                    assert_eq!(read, &whole[range.start as usize..range.end as usize]);
                }
            }
            let mut stream = fixture.store.get(&ObjectPath::from(SEGMENT)).await.unwrap().into_stream();
            let mut all = Vec::new();
            while let Some(chunk) = stream.next().await {
                all.extend_from_slice(&chunk.unwrap());
            }
            assert_eq!(all, whole);
        });
    }
}
