use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use arrow::array::AsArray;
use tempfile::tempdir;

use super::*;
use crate::schema::column;
use crate::storage::tests::support::{append, body, once, open, segments, spans};

/// Erases spans with even numbers: whole, or nothing of them but that they are written anew.
struct Even {
    is_whole: bool,
}

fn numbers(rows: &RecordBatch) -> Vec<u64> {
    let ids = rows.column_by_name(column::SPAN_ID).unwrap().as_fixed_size_binary();
    ids.iter().flatten().map(|id| u64::from_be_bytes(id.try_into().unwrap())).collect()
}

impl Erase for Even {
    fn columns(&self) -> Vec<&'static str> {
        vec![column::SPAN_ID]
    }

    fn meets(&self, rows: &RecordBatch) -> Result<BooleanArray> {
        if rows.column_by_name(column::SPAN_ID).is_none() {
            return Ok(BooleanArray::new_null(rows.num_rows()));
        }
        Ok(numbers(rows).iter().map(|number| Some(number % 2 == 0)).collect())
    }

    fn left_of(&self, rows: &RecordBatch) -> Result<Left> {
        let numbers = numbers(rows);
        let erased = vec![true; numbers.len()].into();
        Ok(Left { erased, request: (!self.is_whole).then(|| body(&numbers, 0).to_vec()) })
    }
}

async fn planned(storage: &Storage, is_whole: bool) -> (PurgePlan, Arc<dyn Erase>) {
    let erase: Arc<dyn Erase> = Arc::new(Even { is_whole });
    let plan = storage.look_for(&Tenant::default(), &erase, &mut |_, _, _| {}).await.unwrap();
    (plan, erase)
}

async fn purge(storage: &Storage, plan: &PurgePlan, erase: Arc<dyn Erase>) -> Purged {
    storage.purge(plan, &erase, &mut |_, _, _| {}).await.unwrap()
}

/// The files of the tables' logs and of the log of requests.
fn logs(folder: &Path) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for part in ["spans/_delta_log", "wal"] {
        for entry in fs::read_dir(folder.join(part)).unwrap().map(|entry| entry.unwrap()) {
            let name = format!("{part}/{}", entry.file_name().to_string_lossy());
            found.insert(name, entry.metadata().unwrap().len());
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_erased_is_in_no_file_and_the_rest_stays() {
    let folder = tempdir().unwrap();
    let storage = open(folder.path()).await;
    for number in 1..=23 {
        append(&storage, number).await;
        if number % 5 == 0 {
            storage.flush().await.unwrap();
        }
    }
    let (plan, erase) = planned(&storage, true).await;
    assert_eq!((plan.spans(), plan.files.len(), plan.files_read), (11, 5, 5));
    let purged = purge(&storage, &plan, erase).await;
    assert_eq!((purged.spans, purged.files), (11, 5));
    let swept = storage.sweep_and_stop().await.unwrap();
    assert!(swept.log_files > 10, "{swept:?}");

    let logs = logs(folder.path());
    let count = |ending: &str| logs.keys().filter(|name| name.ends_with(ending)).count();
    assert_eq!((count(".json"), count(".checkpoint.parquet"), count(".wal")), (1, 1, 1), "{logs:?}");
    assert!(!logs.keys().any(|name| name.contains("spare-")), "{logs:?}");
    assert_eq!(segments(folder.path()).len(), 5);

    let storage = open(folder.path()).await;
    assert_eq!(spans(&storage, folder.path()), once((1..=23).filter(|number| number % 2 == 1)));
    append(&storage, 25).await;
    storage.flush().await.unwrap();
    storage.stop().await;
    let storage = open(folder.path()).await;
    assert_eq!(spans(&storage, folder.path()), once((1..=25).filter(|number| number % 2 == 1)));
    let (plan, _) = planned(&storage, true).await;
    assert_eq!(plan.spans(), 0);
    storage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_that_was_cut_short_is_finished_by_the_next_one() {
    let folder = tempdir().unwrap();
    let storage = open(folder.path()).await;
    for number in 1..=12 {
        append(&storage, number).await;
        if number % 4 == 0 {
            storage.flush().await.unwrap();
        }
    }
    let (mut plan, erase) = planned(&storage, true).await;
    plan.files.truncate(1);
    purge(&storage, &plan, erase).await;
    // What a kill between two steps leaves.
    let stray = folder.path().join("spans/tenant=default/date=2026-11-20/x-merged-y-main.checked.parquet");
    fs::write(&stray, "22").unwrap();
    storage.stop().await;

    let storage = open(folder.path()).await;
    let (plan, erase) = planned(&storage, true).await;
    assert_eq!((plan.spans(), plan.files.len()), (4, 2));
    purge(&storage, &plan, erase).await;
    let swept = storage.sweep_and_stop().await.unwrap();
    assert_eq!((swept.files, stray.exists()), (1, false));
    let storage = open(folder.path()).await;
    assert_eq!(spans(&storage, folder.path()), once((1..=12).filter(|number| number % 2 == 1)));
    storage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_that_are_written_anew_stay_in_their_place() {
    let folder = tempdir().unwrap();
    let storage = open(folder.path()).await;
    for number in 1..=9 {
        append(&storage, number).await;
    }
    let (plan, erase) = planned(&storage, false).await;
    assert_eq!(purge(&storage, &plan, erase).await.spans, 4);
    assert_eq!(spans(&storage, folder.path()), once(1..=9));
    let table = storage.snapshot().table;
    assert_eq!(table.files.len(), 1);
    assert_eq!((table.files[0].rows, table.files[0].window), (9, plan.files[0].0.window));
    assert!(table.files[0].rollup_bytes.is_some());
    storage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_set_aside_go_and_notes_of_damage_stay() {
    let folder = tempdir().unwrap();
    let storage = open(folder.path()).await;
    append(&storage, 1).await;
    let quarantine = folder.path().join("quarantine");
    fs::create_dir_all(&quarantine).unwrap();
    fs::write(quarantine.join("record-0000000000000001.otlp"), "secret").unwrap();
    fs::write(quarantine.join("x.damage.json"), "{}").unwrap();
    assert_eq!(storage.sweep_and_stop().await.unwrap().requests, 1);
    let left: Vec<_> = fs::read_dir(&quarantine).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["x.damage.json"]);
}
