//! Data of other versions: what an older one wrote is read, replayed and flushed; what a newer one wrote is left alone.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::AsArray;
use proto::Tenant;
use query::Engine;
use storage::Storage;
use storage::env::Env;
use tempfile::TempDir;

use crate::command::run;
use crate::pipeline::block_on;

/// The length that the fixture's log had; the zeros at its end are not kept.
const SEGMENT_BYTES: u64 = 64 << 20;

/// A folder as the version before checksums of files, boundaries and hash logs left it when it was killed: five requests
/// of three spans each, three of them in two segments, two in the log.
fn before_checksums() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/before_checksums");
    copy(&fixture, folder.path());
    let log = log_segment(folder.path());
    File::options()
        .write(true)
        .open(log)
        .and_then(|log| log.set_len(SEGMENT_BYTES))
        .expect("its full length");
    folder
}

fn log_segment(data: &Path) -> PathBuf {
    let entries =
        fs::read_dir(data.join("wal")).expect("the log").map(|entry| entry.expect("an entry").path());
    entries.into_iter().find(|path| path.extension().is_some_and(|end| end == "wal")).expect("a segment")
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the fixture").map(|entry| entry.expect("an entry")) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// Every file and what is in it.
fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            found.extend(content(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).expect("a file"));
        }
    }
    found
}

/// The names of the spans, in order.
async fn names(storage: &Arc<Storage>) -> Vec<String> {
    let engine = Engine::new(query::Config::default(), Arc::clone(storage)).expect("an engine");
    let text = "SELECT name FROM spans ORDER BY name";
    let answer = engine.sql(Tenant::default(), text.to_owned()).await.expect("the names");
    assert!(answer.completeness.is_complete());
    let texts = |batch: &arrow::array::RecordBatch| {
        let column = arrow::compute::cast(batch.column(0), &arrow::datatypes::DataType::Utf8).expect("text");
        column.as_string::<i32>().iter().flatten().map(str::to_owned).collect::<Vec<_>>()
    };
    answer.batches.iter().flat_map(texts).collect()
}

#[test]
fn what_the_version_before_wrote_is_read_replayed_and_flushed() {
    let folder = before_checksums();
    let expected: Vec<String> =
        (1..=5).flat_map(|request| (0..3).map(move |span| format!("span-{request}-{span}"))).collect();
    block_on(async {
        for flushed in [false, true] {
            let config = storage::Config {
                url: folder.path().display().to_string(),
                retention: Duration::from_secs(100 * 365 * 24 * 3600),
                ..storage::Config::default()
            };
            let decode = Arc::new(ingest::decode_requests);
            let storage = Storage::open(config, Env::system(), decode).await.expect("it opens");
            storage.replayed().await.expect("its log can be read");
            assert_eq!(names(&storage).await, expected, "flushed: {flushed}");
            assert_eq!(storage.stats().live_rows, if flushed { 0 } else { 6 });
            storage.flush().await.expect("a flush");
            assert_eq!(names(&storage).await, expected);
            storage.stop().await;
        }
    });
}

#[test]
fn what_the_version_before_wrote_is_rolled_up_derived_and_compacted() {
    let folder = before_checksums();
    block_on(async {
        let (storage, engine) = crate::damage::open(folder.path()).await.expect("it opens");
        storage.flush().await.expect("a flush");
        assert_eq!(storage.roll_up().await.expect("rollups"), 2, "those of the flush have theirs");
        storage.keep_derived(Arc::new(query::Deriver::default())).await.expect("derived tables");
        while storage.derive_next().await.expect("a window").is_some() {}
        let before = storage.snapshot().table.files.len();
        while storage.compact().await.expect("a merge").is_some() {}
        assert!(storage.snapshot().table.files.len() < before, "of {before}");
        assert_eq!(names(&storage).await.len(), 15);
        let answer = engine.sql(Tenant::default(), "SELECT * FROM requests".to_owned()).await.expect("rows");
        assert_eq!(
            answer.batches.iter().map(|batch| batch.num_rows()).sum::<usize>(),
            0,
            "no API server's spans"
        );
        storage.stop().await;
        let found = storage::verify::verify(folder.path(), &mut |_, _| {}).await.expect("it can be checked");
        assert!(found.is_intact(), "{:#?}", found.findings);
    });
}

fn serve(data: &Path) -> crate::command::Run {
    let listen =
        ["ingest.grpc_listen", "ingest.http_listen", "web.listen"].map(|key| format!("{key}=127.0.0.1:0"));
    let url = format!("storage.url={}", data.display());
    let [grpc, http, web] = &listen;
    run(&["serve", "--set", &url, "--set", grpc, "--set", http, "--set", web])
}

fn is_one_line(text: &str) -> bool {
    text.lines().filter(|line| line.starts_with("error:")).count() == 1
}

#[test]
fn a_newer_log_is_left_alone() {
    let folder = before_checksums();
    let log = log_segment(folder.path());
    let mut bytes = fs::read(&log).expect("the log");
    bytes[8..12].copy_from_slice(&2_u32.to_le_bytes());
    let checksum = crc32c(&bytes[..60]);
    bytes[60..64].copy_from_slice(&checksum.to_le_bytes());
    fs::write(&log, bytes).expect("written");
    let before = content(folder.path());
    let refused = serve(folder.path());
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("format version 2") && is_one_line(&refused.stderr),
        "{}",
        refused.stderr
    );
    assert!(content(folder.path()) == before, "something was changed");
}

#[test]
fn a_newer_table_is_left_alone() {
    let folder = before_checksums();
    let entry = folder.path().join("spans/_delta_log/00000000000000000000.json");
    let text = fs::read_to_string(&entry).expect("the entry");
    let newer = text.replace(r#""tailplane.format_version":"1""#, r#""tailplane.format_version":"2""#);
    assert_ne!(newer, text, "the entry has the version");
    fs::write(&entry, newer).expect("written");
    let before = content(&folder.path().join("spans"));
    let refused = serve(folder.path());
    assert!(matches!(refused.code, Some(1 | 2)), "{}", refused.stderr);
    assert!(refused.stderr.contains("version 2") && is_one_line(&refused.stderr), "{}", refused.stderr);
    assert!(content(&folder.path().join("spans")) == before, "something was changed");
}

pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _: u32| (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}
