//! Random lives of a storage against a set: every body that was acknowledged is shown once, every other at most once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::array::{AsArray, RecordBatch};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::collection::vec;
use proptest::prelude::*;
use proto::Tenant;
use tempfile::TempDir;

use crate::env::Env;
use crate::schema::column;
use crate::testing::{Row, span_batch};
use crate::wal::{RecordMeta, Transport};
use crate::{Config, LoggedRequest, Result, SpanBatch, Storage};

#[derive(Debug, Clone)]
enum Step {
    /// A body, sent so often at once.
    Append(u64, usize),
    /// The client leaves while its request is being written.
    Leave(u64),
    Flush,
    /// The hashes of a flush are saved, and the process dies before the commit.
    SaveAndKill,
    Kill,
    Stop,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0_u64..12, 1_usize..4).prop_map(|(body, times)| Step::Append(body, times)),
        3 => (0_u64..12).prop_map(Step::Leave),
        3 => Just(Step::Flush),
        1 => Just(Step::SaveAndKill),
        2 => Just(Step::Kill),
        1 => Just(Step::Stop),
    ]
}

/// One span per request. Each has a duration of its own, so that a flush never finds copies and hides a fault.
fn decode(requests: &[LoggedRequest]) -> Result<SpanBatch> {
    static DURATION: AtomicI64 = AtomicI64::new(1);
    let row = |request: &LoggedRequest| Row {
        span_id: u64::from_be_bytes(request.body.as_ref().try_into().unwrap()),
        duration_ns: DURATION.fetch_add(1, Ordering::Relaxed),
        ..Row::default()
    };
    Ok(span_batch(&requests.iter().map(row).collect::<Vec<_>>()))
}

async fn open(folder: &Path) -> Arc<Storage> {
    let config = Config { url: folder.display().to_string(), ..Config::default() };
    Storage::open(config, Env::system(), Arc::new(decode)).await.unwrap()
}

/// Ends the process as a kill would: nothing is flushed.
async fn kill(storage: Arc<Storage>) {
    storage.stopping.send_replace(true);
    let tasks = std::mem::take(&mut *storage.tasks.lock());
    for task in tasks {
        task.await.unwrap();
    }
    storage.wal.stop().await;
}

async fn append(storage: &Storage, number: u64) -> Result<bool> {
    let body = Bytes::copy_from_slice(&number.to_be_bytes());
    let meta = RecordMeta {
        body_hash: storage.body_hasher().hash(&Tenant::default(), &body),
        tenant: Tenant::default(),
        arrival: storage.env().now(),
        peer: None,
        transport: Transport::Grpc,
        user_agent: String::new(),
    };
    Ok(!storage.append(meta, body).await?.is_duplicate())
}

/// How often each body is shown.
fn shown(storage: &Storage, folder: &Path) -> BTreeMap<u64, usize> {
    let snapshot = storage.snapshot();
    let mut batches: Vec<RecordBatch> = snapshot.live.iter().map(|batch| batch.spans.rows.clone()).collect();
    for file in &snapshot.table.files {
        let file = File::open(folder.join("spans").join(&file.path)).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
        batches.extend(reader.map(|batch| batch.unwrap()));
    }
    let mut shown = BTreeMap::new();
    for batch in batches {
        let ids = batch.column_by_name(column::SPAN_ID).unwrap().as_fixed_size_binary();
        for id in ids.iter().flatten() {
            *shown.entry(u64::from_be_bytes(id.try_into().unwrap())).or_default() += 1;
        }
    }
    shown
}

async fn run(steps: Vec<Step>) {
    let folder = TempDir::new().unwrap();
    let (mut acknowledged, mut sent) = (BTreeSet::new(), BTreeSet::new());
    let mut storage = open(folder.path()).await;
    for step in steps {
        match step {
            Step::Append(body, times) => {
                let outcomes = futures::future::join_all((0..times).map(|_| append(&storage, body))).await;
                let kept = outcomes.iter().filter(|outcome| *outcome.as_ref().unwrap()).count();
                assert!(kept <= 1, "body {body} was kept {kept} times");
                acknowledged.insert(body);
                sent.insert(body);
            }
            Step::Leave(body) => {
                let leaving = append(&storage, body);
                futures::pin_mut!(leaving);
                let _pending = futures::poll!(leaving.as_mut());
                sent.insert(body);
            }
            Step::Flush => storage.flush().await.unwrap(),
            Step::SaveAndKill => {
                storage.dedupe.save(storage.wal.next_sequence() - 1).await.unwrap();
                kill(storage).await;
                storage = open(folder.path()).await;
            }
            Step::Kill => {
                kill(storage).await;
                storage = open(folder.path()).await;
            }
            Step::Stop => {
                storage.stop().await;
                drop(storage);
                storage = open(folder.path()).await;
            }
        }
    }
    kill(storage).await;
    let storage = open(folder.path()).await;
    storage.replayed().await.unwrap();
    let shown = shown(&storage, folder.path());
    assert!(shown.values().all(|times| *times == 1), "shown more than once: {shown:?}");
    for body in &acknowledged {
        assert!(shown.contains_key(body), "body {body} was acknowledged and is not shown: {shown:?}");
    }
    assert!(shown.keys().all(|body| sent.contains(body)), "never sent: {shown:?}");
    storage.stop().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn every_body_is_shown_once_whatever_happens(steps in vec(step(), 10..60)) {
        tokio::runtime::Runtime::new().unwrap().block_on(run(steps));
    }
}
