//! Data of earlier versions, before rollups and derived tables or before rollups of five minutes: opened, answered, rolled up,
//! derived and compacted by this one.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use proto::Tenant;
use query::latency::{LatencyAnswer, LatencyQuery, Source, Step};
use query::{Deriver, Engine};
use storage::Storage;
use storage::verify::verify;
use tempfile::TempDir;

use crate::damage::{files, open};
use crate::pipeline::{append, block_on, filter, fixture, plain_spans, range_of, rekeyed};
use crate::replay::{captures, succeed};
use crate::server::{Server, folder};
use crate::versions::{copy, crc32c};

const HOUR_NS: u64 = 3_600_000_000_000;
const FIVE_MINUTES_NS: u64 = HOUR_NS / 12;
/// What the version before rollups and derived tables knew nothing of.
const NEWER_TAGS: [&str; 3] = ["tailplane.window", "tailplane.rollup_bytes", SLOTS_TAG];
/// What the version before rollups of five minutes knew nothing of.
const SLOTS_TAG: &str = "tailplane.rollup_slots";
/// A block that one checksum covers.
const BLOCK_BYTES: usize = 64 << 10;
const REQUESTS: &str = "SELECT count(*), count(DISTINCT span_id), sum(duration_ns) FROM requests";

/// The folder of a server that took a capture in, with several segments.
fn written() -> TempDir {
    let folder = folder();
    let server = Server::start(folder.path(), &["--set", "storage.flush_bytes=1MiB"]);
    let to = format!("http://{}", server.grpc);
    let captures = captures();
    let mut replay = vec!["replay", "--to", &to, "--speed", "max", "--now"];
    replay.extend(captures.iter().map(String::as_str));
    succeed(&replay);
    assert!(server.stop("TERM").success());
    folder
}

/// Takes away what the version before rollups and derived tables could not have written.
fn strip(data: &Path) {
    for gone in ["spans/_rollups", "checksums/spans/_rollups", "derived", "checksums/derived"] {
        std::fs::remove_dir_all(data.join(gone)).expect(gone);
    }
    untag(data, &NEWER_TAGS);
}

/// Takes `tags` away from the table's log.
fn untag(data: &Path, tags: &[&str]) {
    for entry in files(&data.join("spans/_delta_log"), ".json") {
        let text = std::fs::read_to_string(&entry).expect("an entry");
        let older: Vec<String> = text.lines().map(|action| untagged(action, tags)).collect();
        std::fs::write(&entry, older.join("\n") + "\n").expect("written");
        seal(data, entry.strip_prefix(data.join("spans")).expect("below").to_str().expect("UTF-8"));
    }
}

fn untagged(action: &str, gone: &[&str]) -> String {
    let mut action: serde_json::Value = serde_json::from_str(action).expect("an action");
    for kind in ["add", "remove"] {
        if let Some(tags) = action.pointer_mut(&format!("/{kind}/tags")).and_then(|tags| tags.as_object_mut())
        {
            tags.retain(|name, _| !gone.contains(&name.as_str()));
        }
    }
    action.to_string()
}

/// Writes the checksums of a file of the table, as `docs/formats.md` says.
fn seal(data: &Path, path: &str) {
    let bytes = std::fs::read(data.join("spans").join(path)).expect("a file");
    let mut sums = b"TPLNSUM\0".to_vec();
    sums.extend(1_u32.to_le_bytes());
    sums.extend((BLOCK_BYTES as u32).to_le_bytes());
    sums.extend((bytes.len() as u64).to_le_bytes());
    sums.extend(crc32c(path.as_bytes()).to_le_bytes());
    bytes.chunks(BLOCK_BYTES).for_each(|block| sums.extend(crc32c(block).to_le_bytes()));
    let own = crc32c(&sums);
    sums.extend(own.to_le_bytes());
    std::fs::write(data.join("checksums/spans").join(format!("{path}.crc")), sums).expect("written");
}

async fn latency(engine: &Engine) -> LatencyAnswer {
    let mut question = LatencyQuery::new(filter("{}"), 0, 2_000_000_000_000_000_000);
    question.step = Step::Nanos(100_000 * HOUR_NS);
    question.quantiles = vec![1.0];
    let answer = engine.latency(question).await.expect("an answer");
    assert!(answer.stats.completeness.is_complete(), "{:?}", answer.stats.completeness);
    answer
}

/// Every span, and how long the slowest took.
fn figures(answer: &LatencyAnswer) -> (u64, Vec<u64>) {
    let slowest = answer.series[0].exemplars.iter().map(|exemplar| exemplar.duration_ns).max();
    (answer.series[0].count, slowest.into_iter().collect())
}

async fn derive(storage: &Arc<Storage>) {
    storage.keep_derived(Arc::new(Deriver::default())).await.expect("derived tables");
    while storage.derive_next().await.expect("a window").is_some() {}
}

async fn requests(engine: &Engine) -> Vec<i64> {
    let answer = engine.sql(Tenant::default(), REQUESTS.to_owned()).await.expect("rows");
    let row = answer.batches.iter().find(|batch| batch.num_rows() == 1).expect("a row");
    (0..3).map(|column| row.column(column).as_primitive::<Int64Type>().value(0)).collect()
}

async fn assert_intact(data: &Path) {
    let found = verify(data, &mut |_, _| {}).await.expect("it can be checked");
    assert!(found.is_intact(), "{:#?}", found.findings);
    assert!(found.rollups == found.segments && found.derived_rows > 0, "{found:?}");
}

#[test]
fn the_version_before_rollups_and_derived_tables_is_taken_over() {
    let folder = written();
    let data = folder.path().join("data");
    block_on(async {
        let (storage, engine) = open(&data).await.expect("it opens");
        derive(&storage).await;
        let right = latency(&engine).await;
        let rows = requests(&engine).await;
        assert_eq!(right.stats.source, Source::Rollup);
        assert!(rows[0] > 500 && rows[0] == rows[1], "{rows:?}");
        storage.flush().await.expect("a flush");
        storage.stop().await;
        strip(&data);
        let by_hand = tempfile::tempdir().expect("a folder");
        copy(&data, by_hand.path());

        let (storage, engine) = open(&data).await.expect("it opens");
        assert!(
            storage.snapshot().table.files.iter().all(|file| (file.window, file.rollup_bytes) == (0, None))
        );
        let scanned = latency(&engine).await;
        assert_eq!((scanned.stats.source, figures(&scanned)), (Source::Scan, figures(&right)));
        assert!(storage.roll_up().await.expect("rollups") > 1);
        let rolled_up = latency(&engine).await;
        assert_eq!((rolled_up.stats.source, figures(&rolled_up)), (Source::Rollup, figures(&right)));
        derive(&storage).await;
        assert_eq!(requests(&engine).await, rows, "each row once");
        let files = storage.snapshot().table.files.len();
        while storage.compact().await.expect("a merge").is_some() {}
        assert!(storage.snapshot().table.files.len() < files);
        assert_eq!(figures(&latency(&engine).await), figures(&right));
        storage.stop().await;
        assert_intact(&data).await;

        // One command does all of it.
        let text = by_hand.path().display().to_string();
        let said = succeed(&["compact", &text]);
        assert!(said.stderr.contains("rollups that an earlier version had not"), "{}", said.stderr);
        assert!(said.stderr.contains("derived") && said.stderr.contains("merged"), "{}", said.stderr);
        assert_intact(by_hand.path()).await;
        let (storage, engine) = open(by_hand.path()).await.expect("it opens");
        assert_eq!(requests(&engine).await, rows);
        storage.stop().await;
    });
}

#[test]
fn rollups_without_five_minutes_answer_by_the_minute_alone_and_beside_others() {
    let folder = written();
    let data = folder.path().join("data");
    let by_five_minutes = async |engine: &Engine| {
        let ends = engine.ends(&Tenant::default()).expect("spans");
        let mut question = LatencyQuery::new(filter("{}"), ends.end - HOUR_NS, ends.end);
        question.step = Step::Nanos(FIVE_MINUTES_NS);
        question.by = vec![query::traceql::parse_attribute("name").expect("an attribute")];
        engine.latency(question).await.expect("an answer")
    };
    let told = |answer: &LatencyAnswer| -> Vec<_> {
        let points = |series: &query::latency::Series| {
            series.points.iter().map(|point| (point.slot, point.figures.clone())).collect::<Vec<_>>()
        };
        answer.series.iter().map(|series| (series.count, points(series))).collect()
    };
    block_on(async {
        let (storage, engine) = open(&data).await.expect("it opens");
        let right = by_five_minutes(&engine).await;
        assert_eq!(right.stats.source, Source::Rollup);
        assert!(right.explanation.to_string().contains(" rows of 300s\n"), "{}", right.explanation);
        storage.stop().await;
        untag(&data, &[SLOTS_TAG]);

        let (storage, engine) = open(&data).await.expect("it opens");
        let older = by_five_minutes(&engine).await;
        assert_eq!(older.stats.source, Source::Rollup);
        assert!(older.explanation.to_string().contains(" rows of 60s\n"), "{}", older.explanation);
        assert_eq!(told(&older), told(&right));
        // More segments, with all slots: minutes are what all have.
        let (more, ends) = (fixture("calm"), engine.ends(&Tenant::default()).expect("spans"));
        let shift = Duration::from_nanos(ends.end - range_of(&plain_spans(&more)).end);
        for key in [0x33, 0x34, 0x35] {
            append(&storage, &rekeyed(&more, key, shift)).await;
            storage.flush().await.expect("a flush");
        }
        let mixed = by_five_minutes(&engine).await;
        assert!(mixed.explanation.to_string().contains(" rows of 60s\n"), "{}", mixed.explanation);
        while storage.compact().await.expect("a merge").is_some() {}
        let counts =
            |answer: &LatencyAnswer| answer.series.iter().map(|series| series.count).collect::<Vec<_>>();
        assert_eq!(counts(&by_five_minutes(&engine).await), counts(&mixed));
        storage.stop().await;
    });
}
