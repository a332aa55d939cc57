//! Damaged files: answers are right or say that they are not complete, and a start names what it cannot read.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use proto::Tenant;
use query::Engine;
use query::latency::{LatencyQuery, Source, Step};
use storage::Storage;
use storage::env::Env;
use tempfile::TempDir;

use crate::pipeline::{Pipeline, Place, block_on, filter, fixture, rekeyed};

/// Every row, by a question that reads several columns whole.
const QUESTION: &str = "SELECT count(*), sum(duration_ns), count(distinct name) FROM spans";

pub(crate) async fn figures(engine: &Engine) -> (Vec<i64>, bool) {
    let answer = engine.sql(Tenant::default(), QUESTION.to_owned()).await.expect("an answer");
    let row = answer.batches.iter().find(|batch| batch.num_rows() == 1).expect("a row");
    let figures = (0..3).map(|column| row.column(column).as_primitive::<Int64Type>().value(0));
    (figures.collect(), answer.completeness.is_complete())
}

/// Every file below `folder` whose path ends so, sorted.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The segments of the default tenant.
fn segments(data: &Path) -> Vec<PathBuf> {
    files(&data.join("spans/tenant=default"), ".checked.parquet")
}

pub(crate) fn flip(path: &Path, bit: usize) {
    let mut bytes = std::fs::read(path).expect("a file");
    bytes[bit / 8] ^= 1 << (bit % 8);
    std::fs::write(path, bytes).expect("written");
}

/// A stopped table of three segments.
pub(crate) async fn table() -> TempDir {
    let requests: Vec<_> = fixture("calm").into_iter().take(6).collect();
    let pipeline = Pipeline::with(&[], Place::Live, query::Config::default()).await;
    for key in 1..=3 {
        pipeline.append(&rekeyed(&requests, key, Duration::from_secs(u64::from(key)))).await;
        pipeline.storage.flush().await.expect("a flush");
    }
    pipeline.stop().await
}

pub(crate) async fn open(folder: &Path) -> storage::Result<(Arc<Storage>, Engine)> {
    let config = storage::Config {
        url: folder.display().to_string(),
        retention: Duration::from_secs(100 * 365 * 24 * 3600),
        ..storage::Config::default()
    };
    let storage = Storage::open(config, Env::system(), Arc::new(ingest::decode_requests)).await?;
    // Until then every answer says that it is not complete.
    storage.replayed().await?;
    let engine = Engine::new(query::Config::default(), Arc::clone(&storage)).expect("an engine");
    Ok((storage, engine))
}

#[test]
fn a_damaged_segment_is_left_out_said_so_and_taken_up_again_when_restored() {
    block_on(async {
        let folder = table().await;
        let (storage, engine) = open(folder.path()).await.expect("it opens");
        let (right, is_complete) = figures(&engine).await;
        assert!(is_complete && right[0] > 0);

        let segment = segments(folder.path()).swap_remove(1);
        // Data, not the footer: that may be known already.
        let bit = 8 * 40;
        flip(&segment, bit);
        let (found, is_complete) = figures(&engine).await;
        assert!(!is_complete && found[0] < right[0], "{found:?} of {right:?}");
        let damaged = storage.damaged_files();
        assert!(matches!(&damaged[..], [one] if segment.ends_with(&one.path)), "{damaged:?}");
        assert_eq!(files(&folder.path().join("quarantine"), ".damage.json").len(), 1);

        flip(&segment, bit);
        storage.look_again().await;
        assert_eq!(figures(&engine).await, (right, true));
        assert_eq!(files(&folder.path().join("quarantine"), ".damage.json").len(), 0);
        storage.stop().await;
    });
}

#[test]
fn what_a_damaged_rollup_counted_is_counted_from_the_spans() {
    block_on(async {
        let folder = table().await;
        let (storage, engine) = open(folder.path()).await.expect("it opens");
        let mut question = LatencyQuery::new(filter("{}"), 0, 2_000_000_000_000_000_000);
        question.step = Step::Nanos(100_000 * 3_600_000_000_000);
        let right = engine.latency(question.clone()).await.expect("an answer");
        assert_eq!((right.stats.source, right.stats.files_read), (Source::Rollup, 3));
        for (at, rollup) in
            files(&folder.path().join("spans/_rollups"), ".checked.parquet").iter().enumerate()
        {
            flip(rollup, 8 * 40);
            let answer = engine.latency(question.clone()).await.expect("an answer");
            let source = if at == 2 { Source::Scan } else { Source::Rollup };
            assert_eq!((answer.stats.source, answer.stats.completeness.is_complete()), (source, true));
            assert_eq!(answer.series[0].count, right.series[0].count);
            assert_eq!(storage.damaged_files().len(), at + 1);
        }
        storage.stop().await;
    });
}

#[test]
fn a_lost_segment_is_said_and_a_damaged_log_entry_stops_the_start_by_name() {
    block_on(async {
        let folder = table().await;
        let segment = segments(folder.path()).swap_remove(0);
        let aside = folder.path().join("aside");
        std::fs::rename(&segment, &aside).expect("moved");
        let (storage, engine) = open(folder.path()).await.expect("it opens");
        assert!(!figures(&engine).await.1, "a lost file");
        storage.stop().await;
        std::fs::rename(&aside, &segment).expect("moved back");

        let entry = files(&folder.path().join("spans/_delta_log"), "2.json").swap_remove(0);
        flip(&entry, 8 * 100);
        let error = open(folder.path()).await.expect_err("it must not open");
        assert_eq!(error.kind, proto::ErrorKind::Corrupt, "{error}");
        for part in ["00000000000000000002.json is damaged at byte 0", "restore", "tailplane verify"] {
            assert!(error.message.contains(part), "{part} is not in: {error}");
        }
        flip(&entry, 8 * 100);
        let (storage, engine) = open(folder.path()).await.expect("it opens again");
        assert!(figures(&engine).await.1);
        storage.stop().await;
    });
}
