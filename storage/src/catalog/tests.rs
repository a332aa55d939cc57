//! Commits are kept, counted once and lost by nobody: over reopening, checkpoints and concurrent writers.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use arrow::datatypes::{DataType, Field, Fields, Schema, TimeUnit};
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::env::{Env, ManualClock};
use crate::store::DurableLocalStore;
use crate::{Error, RollupSlots};
use proto::ErrorKind;

/// 2026-11-21T00:00:00Z.
const NOW: UnixNanos = 1_795_219_200_000_000_000;

fn schema() -> Schema {
    let field = Field::new;
    let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let keys = Field::new("keys", DataType::Utf8, false);
    let values = Field::new("values", DataType::Utf8, true);
    let entries = Field::new("key_value", DataType::Struct(Fields::from(vec![keys, values])), false);
    let event = Fields::from(vec![field("time", time(), false), field("name", DataType::Utf8, false)]);
    let events = Field::new("element", DataType::Struct(event), false);
    Schema::new(vec![
        field("trace_id", DataType::FixedSizeBinary(16), false),
        field("span_id", DataType::FixedSizeBinary(8), false),
        field("start_time", time(), false),
        field("start_nanos", DataType::Int16, false),
        field("duration_ns", DataType::Int64, false),
        field("arrival_time", time(), false),
        field("kind", DataType::Int8, false),
        field("flags", DataType::Int32, true),
        field("name", DataType::Utf8, false),
        field("residual", DataType::Binary, true),
        field("watch", DataType::Boolean, true),
        field("attributes", DataType::Map(Arc::new(entries), false), true),
        field("events", DataType::List(Arc::new(events)), true),
    ])
}

fn definition() -> TableDefinition {
    TableDefinition { name: "spans", description: "one row per span", schema: Arc::new(schema()) }
}

fn store(folder: &Path) -> Arc<dyn ObjectStore> {
    Arc::new(DurableLocalStore::open(folder, Env::system()).unwrap())
}

async fn open(store: &Arc<dyn ObjectStore>) -> DeltaCatalog {
    let env = Env::with_clock(Arc::new(ManualClock::at(NOW)));
    DeltaCatalog::open(Arc::clone(store), definition(), env).await.unwrap()
}

/// A segment file called `name`, put into the store: the catalog never looks inside.
async fn segment(store: &Arc<dyn ObjectStore>, name: &str, seed: u64) -> SegmentFile {
    let bytes = format!("the rows of {name}");
    let path = format!("tenant=default/date=2026-11-21/{name}.parquet");
    store.put(&ObjectPath::from(path.as_str()), bytes.clone().into()).await.unwrap();
    let start_min = NOW + seed * 1_000_000_007;
    SegmentFile {
        path,
        tenant: Tenant::default(),
        date: "2026-11-21".to_owned(),
        bytes: bytes.len() as u64,
        rows: seed + 1,
        times: SegmentTimes {
            start_min,
            start_max: start_min + 1,
            end_min: start_min + 2,
            end_max: start_min + 3,
            arrival_min: start_min + 4,
            arrival_max: start_min + 5,
        },
        kind: if seed.is_multiple_of(3) { SegmentKind::Long } else { SegmentKind::Main },
        possible_duplicates: seed.is_multiple_of(2),
        window: 0,
        rollup_bytes: Some(seed),
        rollup_slots: if seed.is_multiple_of(2) { RollupSlots::UNSAID } else { RollupSlots::ALL },
        thinned: None,
        remains_of: None,
    }
}

fn write(add: Vec<SegmentFile>, watermark: Option<Watermark>) -> Commit {
    Commit { add, remove: Vec::new(), restate: Vec::new(), watermark, operation: "WRITE", data_change: true }
}

fn committed(outcome: CommitOutcome) -> Arc<TableVersion> {
    match outcome {
        CommitOutcome::Committed(table) => table,
        other => panic!("not committed: {other:?}"),
    }
}

fn sorted(table: &TableVersion) -> Vec<SegmentFile> {
    let mut files: Vec<SegmentFile> = table.files.iter().map(|file| file.as_ref().clone()).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

#[tokio::test]
async fn an_empty_folder_becomes_an_empty_table() {
    let folder = TempDir::new().unwrap();
    let store = store(folder.path());
    let made = open(&store).await.current().await.unwrap();
    assert_eq!(*made, TableVersion::default());
    assert_eq!(*open(&store).await.current().await.unwrap(), *made);
}

#[tokio::test]
async fn commits_survive_reopening_with_times_kind_and_watermark() {
    let folder = TempDir::new().unwrap();
    let store = store(folder.path());
    let catalog = open(&store).await;
    let (app, other) = (Uuid::new_v4(), Uuid::new_v4());
    let files = [segment(&store, "a-main", 1).await, segment(&store, "b-long", 3).await];
    let mark = |app, sequence| Some(Watermark { app, sequence });
    committed(catalog.commit(write(files[..1].to_vec(), mark(app, 7))).await.unwrap());
    committed(catalog.commit(write(Vec::new(), mark(other, 1))).await.unwrap());
    let table = committed(catalog.commit(write(files[1..].to_vec(), mark(app, 9))).await.unwrap());
    assert_eq!(table.version, 3);
    assert_eq!(table.watermarks, BTreeMap::from([(app, 9), (other, 1)]));
    // The first has the number of the commit that it came with, the second that of the third.
    let [first, second] = files;
    let files = [SegmentFile { window: 1, ..first }, SegmentFile { window: 3, ..second }];
    assert_eq!(sorted(&table), files);

    let reopened = open(&store).await.current().await.unwrap();
    assert_eq!((reopened.version, &reopened.watermarks), (table.version, &table.watermarks));
    assert_eq!(sorted(&reopened), files);

    let remove = vec![Arc::clone(&table.files[0])];
    let retire = Commit { remove, operation: "DELETE", ..write(Vec::new(), None) };
    let after = committed(catalog.commit(retire.clone()).await.unwrap());
    assert_eq!(sorted(&after), files[1..]);
    assert_eq!(*open(&store).await.current().await.unwrap(), *after);
    assert!(
        matches!(catalog.commit(retire).await.unwrap(), CommitOutcome::Conflicted { path, .. } if path == files[0].path)
    );
}

#[tokio::test]
async fn a_replacement_that_is_committed_again_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let catalog = open(&store).await;
    let files = [segment(&store, "a-main", 1).await, segment(&store, "b-main", 3).await];
    let table = committed(catalog.commit(write(files[..1].to_vec(), None)).await.unwrap());
    let merge = Commit {
        remove: vec![Arc::clone(&table.files[0])],
        operation: "OPTIMIZE",
        ..write(files[1..].to_vec(), None)
    };
    let after = committed(catalog.commit(merge.clone()).await.unwrap());
    // As after an attempt whose answer was lost.
    let again = catalog.commit(merge).await.unwrap();
    assert!(matches!(again, CommitOutcome::AlreadyCommitted(known) if *known == *after));
    assert_eq!(open(&store).await.current().await.unwrap().version, after.version);
}

#[tokio::test]
async fn a_commit_at_or_below_the_watermark_is_not_written_again() {
    let folder = TempDir::new().unwrap();
    let store = store(folder.path());
    let app = Uuid::new_v4();
    let file = segment(&store, "once-main", 1).await;
    let first = write(vec![file.clone()], Some(Watermark { app, sequence: 5 }));
    let table = committed(open(&store).await.commit(first.clone()).await.unwrap());
    for sequence in [0, 4, 5] {
        let again = Commit { watermark: Some(Watermark { app, sequence }), ..first.clone() };
        let outcome = open(&store).await.commit(again).await.unwrap();
        assert!(matches!(outcome, CommitOutcome::AlreadyCommitted(found) if *found == *table));
    }
    let twice = open(&store).await.commit(write(vec![file], None)).await.unwrap_err();
    assert_eq!(twice.kind, ErrorKind::Invalid, "{twice}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_committers_lose_nothing() {
    const WRITERS: u64 = 4;
    const COMMITS: u64 = 30;
    let folder = TempDir::new().unwrap();
    let store = store(folder.path());
    let tasks: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = Arc::clone(&store);
            Env::system().spawn(async move {
                // Each its own catalog, as another process would have; the first of them makes the table.
                let catalog =
                    DeltaCatalog::open(Arc::clone(&store), definition(), Env::system()).await.unwrap();
                let app = Uuid::new_v4();
                for sequence in 0..COMMITS {
                    let file = segment(&store, &format!("w{writer}-c{sequence}-main"), sequence).await;
                    let commit = write(vec![file], Some(Watermark { app, sequence }));
                    committed(catalog.commit(commit).await.unwrap());
                }
                app
            })
        })
        .collect();
    let mut apps = BTreeSet::new();
    for task in tasks {
        apps.insert(task.await.unwrap());
    }
    let table = open(&store).await.current().await.unwrap();
    assert_eq!(table.version, WRITERS * COMMITS);
    assert_eq!(table.files.len() as u64, WRITERS * COMMITS);
    let paths: BTreeSet<&str> = table.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths.len() as u64, WRITERS * COMMITS);
    assert!(apps.iter().all(|app| table.watermark(*app) == Some(COMMITS - 1)));
}

#[tokio::test]
async fn a_checkpoint_keeps_tags_times_and_watermarks() {
    let folder = TempDir::new().unwrap();
    let store = store(folder.path());
    let catalog = open(&store).await;
    let (app, quiet) = (Uuid::new_v4(), Uuid::new_v4());
    committed(catalog.commit(write(Vec::new(), Some(Watermark { app: quiet, sequence: 42 }))).await.unwrap());
    let mut newest = catalog.current().await.unwrap();
    while newest.version < CHECKPOINT_INTERVAL_COMMITS + 2 {
        let sequence = newest.version;
        let file = segment(&store, &format!("{sequence}-main"), sequence).await;
        let mut commit = write(vec![file], Some(Watermark { app, sequence }));
        if sequence.is_multiple_of(10) {
            commit.remove = vec![Arc::clone(newest.files.last().unwrap())];
        }
        newest = committed(catalog.commit(commit).await.unwrap());
    }
    let log = folder.path().join("_delta_log");
    assert!(log.join(format!("{CHECKPOINT_INTERVAL_COMMITS:020}.checkpoint.parquet")).is_file());
    // Without the entries below the checkpoint, what is read can only come from the checkpoint.
    for version in 0..CHECKPOINT_INTERVAL_COMMITS {
        std::fs::remove_file(log.join(format!("{version:020}.json"))).unwrap();
    }
    let reopened = open(&store).await;
    let table = reopened.current().await.unwrap();
    assert_eq!(sorted(&table), sorted(&newest));
    assert_eq!(table.watermarks, BTreeMap::from([(app, CHECKPOINT_INTERVAL_COMMITS + 1), (quiet, 42)]));
    let file = segment(&store, "after-main", 1).await;
    committed(reopened.commit(write(vec![file], None)).await.unwrap());
    assert_eq!(catalog.current().await.unwrap().files.len(), table.files.len() + 1);
}

#[tokio::test]
async fn superseded_log_entries_go_after_their_retention() {
    let folder = TempDir::new().unwrap();
    let store = store(folder.path());
    // A clock far ahead of the files' own: every entry below the checkpoint is old.
    let clock = ManualClock::at(Env::system().now());
    clock.advance(Duration::from_secs(30 * 24 * 3600));
    let catalog =
        DeltaCatalog::open(Arc::clone(&store), definition(), Env::with_clock(Arc::new(clock))).await.unwrap();
    for sequence in 0..=CHECKPOINT_INTERVAL_COMMITS {
        let file = segment(&store, &format!("{sequence}-main"), sequence).await;
        committed(catalog.commit(write(vec![file], None)).await.unwrap());
    }
    assert!(!folder.path().join("_delta_log/00000000000000000001.json").exists());
    let files = open(&store).await.current().await.unwrap().files.len() as u64;
    assert_eq!(files, CHECKPOINT_INTERVAL_COMMITS + 1);
}

/// Replaces `from` by `to` in the first entry of the log.
fn forge(folder: &Path, from: &str, to: &str) {
    let first = folder.join("_delta_log/00000000000000000000.json");
    let text = std::fs::read_to_string(&first).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(first, text.replace(from, to)).unwrap();
}

async fn refusal(folder: &Path) -> Error {
    let error = DeltaCatalog::open(store(folder), definition(), Env::system()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid, "{error}");
    assert!(!error.message.contains('\n'), "{error}");
    error
}

#[tokio::test]
async fn tables_it_cannot_read_are_refused_in_one_line() {
    let version = r#""tailplane.format_version":"1""#;
    let cases = [
        (version, r#""tailplane.format_version":"2""#, "has format version 2 and this program reads up to 1"),
        (version, r#""someone":"else""#, "is not Tailplane's"),
        (r#""minReaderVersion":1"#, r#""minReaderVersion":2"#, "asks for Delta reader 2"),
        (r#"\"duration_ns\""#, r#"\"duration_ms\""#, "column \"duration_ns\""),
    ];
    for (from, to, expected) in cases {
        let folder = TempDir::new().unwrap();
        open(&store(folder.path())).await;
        forge(folder.path(), from, to);
        let error = refusal(folder.path()).await;
        assert!(error.message.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn commits_that_contradict_themselves_are_refused() {
    let folder = TempDir::new().unwrap();
    let store = store(folder.path());
    let catalog = open(&store).await;
    let good = segment(&store, "good-main", 1).await;
    let bad = [
        SegmentFile { path: "tenant=other/date=2026-11-21/good-main.parquet".to_owned(), ..good.clone() },
        SegmentFile { path: "tenant=default/date=2026-11-21/../up.parquet".to_owned(), ..good.clone() },
        SegmentFile { path: "tenant=default/date=2026-11-21/absent-main.parquet".to_owned(), ..good.clone() },
        SegmentFile { bytes: good.bytes + 1, ..good.clone() },
        SegmentFile { times: SegmentTimes { end_min: u64::MAX, ..good.times }, ..good.clone() },
    ];
    for file in bad {
        let error = catalog.commit(write(vec![file.clone()], None)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid, "{file:?}: {error}");
        assert!(error.message.contains(&file.path), "{error}");
    }
    assert_eq!(catalog.current().await.unwrap().version, 0);
}

#[tokio::test]
async fn statistics_are_rounded_outwards() {
    let folder = TempDir::new().unwrap();
    let store = store(folder.path());
    let mut file = segment(&store, "stats-main", 1).await;
    file.times.start_min = NOW + 1_999_999;
    file.times.start_max = NOW + 2_000_001;
    open(&store).await.commit(write(vec![file], None)).await.unwrap();
    let entry = std::fs::read_to_string(folder.path().join("_delta_log/00000000000000000001.json")).unwrap();
    assert!(entry.contains(r#"\"minValues\":{\"start_time\":\"2026-11-21T00:00:00.001Z\"}"#), "{entry}");
    assert!(entry.contains(r#"\"maxValues\":{\"start_time\":\"2026-11-21T00:00:00.003Z\"}"#), "{entry}");
    assert!(entry.contains(r#"\"nullCount\":{\"start_time\":0}"#), "{entry}");
}

#[tokio::test]
async fn a_table_of_an_older_program_gets_the_nullable_columns_it_lacks() {
    let folder = TempDir::new().unwrap();
    let store = store(folder.path());
    let older = |lacks: &str| {
        let fields: Vec<_> =
            schema().fields().iter().filter(|field| field.name() != lacks).cloned().collect();
        TableDefinition { schema: Arc::new(Schema::new(fields)), ..definition() }
    };
    let env = Env::with_clock(Arc::new(ManualClock::at(NOW)));
    drop(DeltaCatalog::open(Arc::clone(&store), older("watch"), env.clone()).await.unwrap());
    let widened = open(&store).await.current().await.unwrap();
    assert_eq!(widened.version, 1);
    assert_eq!(open(&store).await.current().await.unwrap().version, 1, "columns are added once");
    let error = DeltaCatalog::open(Arc::clone(&store), older("watch"), env.clone()).await.unwrap_err();
    assert!(error.to_string().contains("\"watch\""), "{error}");

    let folder = TempDir::new().unwrap();
    let store = self::store(folder.path());
    drop(DeltaCatalog::open(Arc::clone(&store), older("name"), env.clone()).await.unwrap());
    let error = DeltaCatalog::open(store, definition(), env).await.unwrap_err();
    assert!(error.to_string().contains("\"name\""), "{error}");
}

#[tokio::test]
async fn a_file_of_another_program_is_read_and_never_skipped() {
    let folder = TempDir::new().unwrap();
    let store = store(folder.path());
    let catalog = open(&store).await;
    let entry = r#"{"add":{"path":"tenant=default/date=2026-11-21/part%201.parquet","partitionValues":{"tenant":"default","date":"2026-11-21"},"size":10,"modificationTime":1,"dataChange":true,"stats":"{\"numRecords\":3}"}}"#;
    std::fs::write(folder.path().join("_delta_log/00000000000000000001.json"), entry).unwrap();
    let table = catalog.current().await.unwrap();
    assert_eq!(table.files[0].path, "tenant=default/date=2026-11-21/part 1.parquet");
    assert_eq!((table.files[0].rows, table.files[0].times), (3, SegmentTimes::UNKNOWN));
    assert_eq!(*open(&store).await.current().await.unwrap(), *table);
}

/// A minimum and a maximum, in order.
fn span_of_time() -> impl Strategy<Value = (UnixNanos, UnixNanos)> {
    (any::<u64>(), any::<u64>()).prop_map(|(a, b)| (a.min(b), a.max(b)))
}

proptest! {
    #[test]
    fn a_file_comes_back_from_its_log_line_as_it_was(
        name in "[a-zA-Z0-9._-]{1,40}",
        tenant in "[a-zA-Z0-9_-]{1,64}",
        (bytes, rows) in (0..=i64::MAX as u64, any::<u64>()),
        (start, end, arrival) in (span_of_time(), span_of_time(), span_of_time()),
        kind in prop_oneof![Just(SegmentKind::Main), Just(SegmentKind::Long)],
        possible_duplicates in any::<bool>(),
    ) {
        let file = SegmentFile {
            path: format!("tenant={tenant}/date=2026-11-21/{name}"),
            tenant: Tenant::new(&tenant).unwrap(),
            date: "2026-11-21".to_owned(),
            bytes,
            rows,
            times: SegmentTimes {
                start_min: start.0,
                start_max: start.1,
                end_min: end.0,
                end_max: end.1,
                arrival_min: arrival.0,
                arrival_max: arrival.1,
            },
            kind,
            possible_duplicates,
            window: bytes.saturating_add(1),
            rollup_bytes: possible_duplicates.then_some(7),
            rollup_slots: if possible_duplicates { RollupSlots::HOURS } else { RollupSlots::ALL },
            thinned: possible_duplicates.then_some(rows),
            remains_of: possible_duplicates.then(|| format!("tenant={tenant}/date=2026-11-21/{name}-source")),
        };
        let commit = write(vec![file.clone()], None);
        action::check(&commit).unwrap();
        let actions = action::actions(&commit, 0, true, NOW).unwrap();
        let lines = actions.iter().map(|action| serde_json::to_string(action).unwrap());
        let read = lines.map(|line| serde_json::from_str(&line).unwrap()).collect::<Vec<_>>();
        let table = load::apply(&TableVersion::default(), &read, "a test").unwrap();
        prop_assert_eq!(table.files[0].as_ref(), &file);
    }
}
