//! Requests that are a list of numbers, a span each, and folders that are looked into.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{AsArray, RecordBatch};
use bytes::Bytes;
use bytesize::ByteSize;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proto::Tenant;

use crate::env::Env;
use crate::live::LoggedRequest;
use crate::schema::column;
use crate::storage::Storage;
use crate::testing::{Row, span_batch};
use crate::wal::{RecordMeta, Transport};
use crate::{Config, Result, SpanBatch};

/// 2026-11-20T12:00:00Z.
pub(crate) const NOON: u64 = 1_795_176_000_000_000_000;

/// A small log; flushes only when they are asked for, and no compaction.
pub(crate) fn config(folder: &Path) -> Config {
    Config {
        url: folder.display().to_string(),
        flush_interval: Duration::from_secs(3600),
        wal_bytes_max: ByteSize::mib(8),
        compaction_memory: ByteSize(0),
        ..Config::default()
    }
}

pub(crate) async fn open(folder: &Path) -> Arc<Storage> {
    let storage = Storage::open(config(folder), Env::system(), Arc::new(decode)).await.unwrap();
    storage.replayed().await.unwrap();
    storage
}

/// From now on nothing is flushed unless the test does it.
pub(crate) async fn end_tasks(storage: &Storage) {
    storage.stopping.send_replace(true);
    let tasks = std::mem::take(&mut *storage.tasks.lock());
    for task in tasks {
        task.await.unwrap();
    }
}

pub(crate) fn meta(tenant: &str) -> RecordMeta {
    RecordMeta {
        tenant: Tenant::new(tenant).unwrap(),
        arrival: NOON,
        peer: None,
        transport: Transport::Grpc,
        user_agent: String::new(),
        body_hash: 0,
    }
}

/// A request of these spans, and `padding` bytes.
pub(crate) fn body(numbers: &[u64], padding: usize) -> Bytes {
    let mut bytes = (numbers.len() as u64).to_le_bytes().to_vec();
    numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes.resize(bytes.len() + padding, 7);
    bytes.into()
}

pub(crate) async fn append(storage: &Storage, number: u64) {
    storage.append(meta("default"), body(&[number], 100)).await.unwrap();
}

/// As ingest does: spans whose ids are the request's numbers.
pub(crate) fn decode(requests: &[LoggedRequest]) -> Result<SpanBatch> {
    let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap());
    let numbers: Vec<u64> = requests
        .iter()
        .flat_map(|request| {
            let count = number(&request.body[..8]) as usize;
            request.body[8..8 + 8 * count].chunks(8).map(number).collect::<Vec<_>>()
        })
        .collect();
    let rows: Vec<Row> = numbers.into_iter().map(|span_id| Row { span_id, ..Row::default() }).collect();
    Ok(span_batch(&rows))
}

/// Every span's number and how often a query would see it.
pub(crate) fn spans(storage: &Storage, folder: &Path) -> BTreeMap<u64, u64> {
    let snapshot = storage.snapshot();
    let mut found = BTreeMap::new();
    let mut add = |rows: &RecordBatch| {
        let ids = rows.column_by_name(column::SPAN_ID).unwrap().as_fixed_size_binary();
        for id in ids.iter().flatten() {
            *found.entry(u64::from_be_bytes(id.try_into().unwrap())).or_default() += 1;
        }
    };
    snapshot.live.iter().for_each(|batch| add(&batch.spans.rows));
    for file in &snapshot.table.files {
        let file = File::open(folder.join("spans").join(&file.path)).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
        reader.for_each(|rows| add(&rows.unwrap()));
    }
    found
}

/// Each of these once.
pub(crate) fn once(numbers: impl IntoIterator<Item = u64>) -> BTreeMap<u64, u64> {
    numbers.into_iter().map(|number| (number, 1)).collect()
}

/// The segments on disk, by name.
pub(crate) fn segments(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.join("spans")];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "parquet")
                && !["_delta_log", "_rollups"].iter().any(|other| entry.to_string_lossy().contains(other))
            {
                found.insert(entry.strip_prefix(folder).unwrap().to_owned(), fs::read(&entry).unwrap());
            }
        }
    }
    found
}

/// What a killed process leaves. Files keep their lengths; zeros at their ends take no room.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target);
            continue;
        }
        // A spare that is just being made may go: its content is never read.
        let Ok(bytes) = fs::read(&path) else { continue };
        let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        fs::write(&target, &bytes[..used]).unwrap();
        File::options().write(true).open(&target).unwrap().set_len(bytes.len() as u64).unwrap();
    }
}
