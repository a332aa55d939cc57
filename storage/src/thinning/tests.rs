//! Thinning in a real folder: what is dropped is dropped once, and counted still.

use std::time::Duration;

use bytesize::ByteSize;
use tempfile::tempdir;

use super::*;
use crate::env::Env;
use crate::ledger::Measure;
use crate::live::LoggedRequest;
use crate::rollup::rollup_path;
use crate::storage::tests::support::{NOON, body, config, meta, once, segments, spans};
use crate::testing::{Row, span_batch};
use crate::verify::verify;
use crate::wal::RecordMeta;
use crate::{Config, SpanBatch, ThinRule};

const SECOND_NS: u64 = 1_000_000_000;

/// A trace for each number, that of an even one idle. All end before the last arrival of an hour.
fn decode(requests: &[LoggedRequest]) -> Result<SpanBatch> {
    let mut rows = Vec::new();
    for request in requests {
        for number in request.body[8..].chunks(8) {
            let number = u64::from_le_bytes(number.try_into().unwrap());
            rows.push(Row {
                trace: number as u8,
                span_id: number,
                start_us: (request.meta.arrival / 1_000) as i64,
                name: if number.is_multiple_of(2) { "ListPods" } else { "syncPod" },
                duration_ns: 1_000,
                ..Row::default()
            });
        }
    }
    Ok(span_batch(&rows))
}

async fn thinning(folder: &std::path::Path) -> Arc<Storage> {
    let rule =
        ThinRule { name: "List*".to_owned(), service: "*".to_owned(), max_duration: Duration::from_secs(1) };
    let config = Config { thin: vec![rule], compaction_memory: ByteSize::mib(8), ..config(folder) };
    let storage = Storage::open(config, Env::system(), Arc::new(decode)).await.unwrap();
    storage.replayed().await.unwrap();
    storage
}

async fn append(storage: &Storage, after_s: u64, numbers: &[u64]) {
    let meta = RecordMeta { arrival: NOON + after_s * SECOND_NS, ..meta("default") };
    storage.append(meta, body(numbers, 0)).await.unwrap();
}

async fn thin_all(storage: &Storage) -> Vec<(u64, u64)> {
    let mut all = Vec::new();
    while let Some(thinned) = storage.thin().await.unwrap() {
        all.push((thinned.traces, thinned.rows));
    }
    all
}

fn rollup_of(folder: &std::path::Path, storage: &Storage) -> Vec<u8> {
    let table = storage.snapshot().table;
    assert_eq!(table.files.len(), 1);
    std::fs::read(folder.join("spans").join(rollup_path(&table.files[0].path))).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn traces_that_a_rule_names_go_and_their_rollup_stays() {
    let folder = tempdir().unwrap();
    let storage = thinning(folder.path()).await;
    append(&storage, 0, &[1, 2, 3, 4]).await;
    append(&storage, 100, &[5, 6]).await;
    storage.flush().await.unwrap();
    let (before, rollup) = (storage.snapshot(), rollup_of(folder.path(), &storage));
    assert_eq!(thin_all(&storage).await, [(2, 2)], "what arrived last may go on");
    assert_eq!(spans(&storage, folder.path()), once([1, 3, 5, 6]));
    assert_eq!(rollup_of(folder.path(), &storage), rollup);
    let file = Arc::clone(&storage.snapshot().table.files[0]);
    let old = &before.table.files[0];
    assert_eq!((file.thinned, file.rows, file.times), (Some(2), 4, old.times));
    assert_eq!((file.window, &file.remains_of), (old.window, &None));
    assert!(folder.path().join("spans").join(&old.path).exists(), "it may still be read");
    let totals = storage.ledger().totals();
    assert_eq!(totals[0].in_all().get(Measure::ThinnedSpans), 2);

    storage.stop().await;
    let again = thinning(folder.path()).await;
    assert_eq!(thin_all(&again).await, [], "once is enough");
    assert_eq!(spans(&again, folder.path()), once([1, 3, 5, 6]));
    assert_eq!(segments(folder.path()).len(), 1);
    again.stop().await;
    let found = verify(folder.path(), &mut |_, _| {}).await.unwrap();
    assert!(found.is_intact(), "less than the rollup counts, as the log says: {:#?}", found.findings);
    assert_eq!(found.rollups, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_without_such_traces_are_looked_at_once() {
    let folder = tempdir().unwrap();
    let storage = thinning(folder.path()).await;
    append(&storage, 0, &[1, 3]).await;
    append(&storage, 100, &[5]).await;
    storage.flush().await.unwrap();
    let path = storage.snapshot().table.files[0].path.clone();
    assert_eq!(thin_all(&storage).await, [(0, 0)]);
    let file = Arc::clone(&storage.snapshot().table.files[0]);
    assert_eq!((&file.path, file.thinned, file.is_thinned()), (&path, Some(0), false));
    storage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thinned_segment_is_merged_with_nothing() {
    let folder = tempdir().unwrap();
    let storage = thinning(folder.path()).await;
    append(&storage, 0, &[2, 4]).await;
    append(&storage, 100, &[5]).await;
    storage.flush().await.unwrap();
    // The hour's other file arrives late: the thinned one is merged with nothing.
    thin_all(&storage).await;
    append(&storage, 50, &[7]).await;
    storage.flush().await.unwrap();
    assert!(storage.compact().await.unwrap().is_none());
    let thinned: Vec<_> = storage.snapshot().table.files.iter().map(|file| file.thinned).collect();
    assert_eq!(thinned, [Some(2), None]);
    assert_eq!(spans(&storage, folder.path()), once([5, 7]));
    storage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hour_that_runs_is_left_alone_and_so_is_everything_without_rules() {
    let folder = tempdir().unwrap();
    let storage = thinning(folder.path()).await;
    append(&storage, 0, &[2]).await;
    append(&storage, 100, &[5]).await;
    storage.flush().await.unwrap();
    assert_eq!(storage.thin_next(NOON + HOUR_NS).await.unwrap(), None);
    assert!(storage.thin_next(NOON + 2 * HOUR_NS).await.unwrap().is_some());
    storage.stop().await;

    let folder = tempdir().unwrap();
    let storage = Storage::open(config(folder.path()), Env::system(), Arc::new(decode)).await.unwrap();
    append(&storage, 0, &[2]).await;
    append(&storage, 100, &[5]).await;
    storage.flush().await.unwrap();
    assert_eq!(thin_all(&storage).await, []);
    storage.stop().await;
}
