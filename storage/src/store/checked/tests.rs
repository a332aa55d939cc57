//! It behaves as a store does, and gives back what was written or an error that names file and byte.

use object_store::local::LocalFileSystem;
use tempfile::TempDir;

use super::*;
use crate::store::tests::behaves;

#[derive(Default)]
struct Heard(Mutex<Vec<Damage>>);

impl DamageSink for Heard {
    fn found(&self, damage: &Damage) {
        self.0.lock().push(damage.clone());
    }
}

struct Fixture {
    folder: TempDir,
    store: CheckedStore,
    heard: Arc<Heard>,
}

const SEGMENT: &str = "tenant=a/date=2026-01-01/x-main.checked.parquet";

impl Fixture {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let heard = Arc::new(Heard::default());
        let store = Self::open(&folder, &heard);
        Self { folder, store, heard }
    }

    fn open(folder: &TempDir, heard: &Arc<Heard>) -> CheckedStore {
        let part = |name: &str| {
            let folder = folder.path().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            Arc::new(LocalFileSystem::new_with_prefix(folder).unwrap())
        };
        CheckedStore::new(part("files"), part("sums"), Arc::clone(heard) as Arc<dyn DamageSink>)
    }

    async fn put(&self, path: &str, bytes: Vec<u8>) {
        self.store.put(&ObjectPath::from(path), bytes.into()).await.unwrap();
    }

    async fn get(&self, path: &str) -> StoreResult<Bytes> {
        self.store.get(&ObjectPath::from(path)).await?.bytes().await
    }

    fn change(&self, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let path = self.folder.path().join(path);
        let mut bytes = std::fs::read(&path).unwrap();
        change(&mut bytes);
        std::fs::write(path, bytes).unwrap();
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
async fn any_range_is_what_was_written() {
    let fixture = Fixture::new();
    let whole = bytes(200_001);
    fixture.put(SEGMENT, whole.clone()).await;
    let mut upload = fixture.store.put_multipart(&ObjectPath::from("p.parquet")).await.unwrap();
    for part in whole.chunks(70_000) {
        upload.put_part(part.to_vec().into()).await.unwrap();
    }
    upload.complete().await.unwrap();
    for path in [SEGMENT, "p.parquet"].map(ObjectPath::from) {
        assert_eq!(fixture.store.get(&path).await.unwrap().bytes().await.unwrap(), whole);
        let ranges = [5..9, 65_535..65_537, 0..200_001, 131_072..131_073, 199_999..200_001];
        let read = fixture.store.get_ranges(&path, &ranges).await.unwrap();
        for (range, read) in ranges.iter().zip(read) {
            let expected = &whole[range.start as usize..range.end as usize];
            assert_eq!(read, expected, "{range:?}");
            assert_eq!(fixture.store.get_range(&path, range.clone()).await.unwrap(), expected);
        }
    }
    assert!(fixture.heard.0.lock().is_empty());
}

#[tokio::test]
async fn damage_is_an_error_that_names_file_and_block_and_only_that_block() {
    let fixture = Fixture::new();
    fixture.put(SEGMENT, bytes(200_001)).await;
    fixture.change(&format!("files/{SEGMENT}"), |bytes| bytes[70_000] ^= 1);
    let path = ObjectPath::from(SEGMENT);
    assert!(fixture.store.get_range(&path, 0..65_536).await.is_ok(), "the block before");
    let error = fixture.store.get_range(&path, 65_536..65_537).await.unwrap_err();
    assert!(error.to_string().contains(&format!("{SEGMENT} is damaged at byte 65536")), "{error}");
    assert!(fixture.store.get_ranges(&path, &[0..1, 65_535..65_537]).await.is_err());
    assert_eq!(fixture.heard.0.lock()[0].byte, 65_536);
}

#[tokio::test]
async fn what_is_cut_longer_gone_or_without_checksums_is_damaged() {
    type Change = fn(&Fixture);
    let changes: [Change; 5] = [
        |fixture| fixture.change(&format!("files/{SEGMENT}"), |bytes| bytes.truncate(65_536)),
        |fixture| fixture.change(&format!("files/{SEGMENT}"), |bytes| bytes.push(0)),
        |fixture| std::fs::remove_file(fixture.folder.path().join("files").join(SEGMENT)).unwrap(),
        |fixture| fixture.change(&format!("sums/{SEGMENT}.crc"), |bytes| bytes[30] ^= 1),
        |fixture| {
            std::fs::remove_file(fixture.folder.path().join("sums").join(sidecar_path(SEGMENT))).unwrap();
        },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut fixture = Fixture::new();
        fixture.put(SEGMENT, bytes(150_000)).await;
        change(&fixture);
        fixture.store = Fixture::open(&fixture.folder, &fixture.heard);
        assert!(fixture.get(SEGMENT).await.is_err(), "change {number}");
        assert_eq!(fixture.heard.0.lock().len(), 1, "change {number}");
    }
}

#[tokio::test]
async fn files_of_others_are_read_and_our_log_entries_need_checksums() {
    let fixture = Fixture::new();
    std::fs::create_dir_all(fixture.folder.path().join("files/_delta_log")).unwrap();
    let entry = "_delta_log/00000000000000000001.json";
    for (path, text, is_fine) in [
        ("theirs.parquet", "bytes", true),
        (entry, "{\"commitInfo\":{\"engineInfo\":\"theirs\"}}", true),
        (entry, "{\"commitInfo\":{\"tailplane.checksums\":1}}", false),
    ] {
        std::fs::write(fixture.folder.path().join("files").join(path), text).unwrap();
        assert_eq!(fixture.get(path).await.is_ok(), is_fine, "{text}");
    }
}

#[tokio::test]
async fn a_sidecar_goes_with_its_file_and_stays_with_the_first_creator() {
    let fixture = Fixture::new();
    let entry = ObjectPath::from("_delta_log/00000000000000000001.json");
    fixture.store.put_opts(&entry, "first".into(), PutMode::Create.into()).await.unwrap();
    fixture.store.put_opts(&entry, "second".into(), PutMode::Create.into()).await.unwrap_err();
    assert_eq!(fixture.get(entry.as_ref()).await.unwrap(), "first");
    let sidecar = fixture.folder.path().join("sums").join(sidecar_path(entry.as_ref()));
    assert!(sidecar.is_file());
    fixture.store.delete(&entry).await.unwrap();
    assert!(!sidecar.exists());
}

#[tokio::test]
async fn damaged_checkpoints_are_hidden_down_to_a_whole_one() {
    let fixture = Fixture::new();
    let checkpoint = |version: u32| format!("_delta_log/{version:020}.checkpoint.parquet");
    for version in [100, 200, 300] {
        fixture.put(&checkpoint(version), bytes(1_000)).await;
    }
    for version in [100, 300] {
        fixture.change(&format!("files/{}", checkpoint(version)), |bytes| bytes[5] ^= 1);
    }
    fixture.store.hide_damaged_checkpoints().await.unwrap();
    let listed: Vec<_> =
        fixture.store.list(None).map_ok(|meta| meta.location.to_string()).try_collect().await.unwrap();
    let expected: HashSet<_> = [100, 200].map(checkpoint).into();
    assert_eq!(listed.into_iter().collect::<HashSet<String>>(), expected);
    assert!(matches!(fixture.get(&checkpoint(300)).await, Err(StoreError::NotFound { .. })));
}
