//! Merged segments hold what one flush of all their spans would have written.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::compute::concat_batches;
use object_store::ObjectStoreExt;
use object_store::memory::InMemory;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use proto::Tenant;

use super::*;
use crate::catalog::{SegmentKind, SegmentTimes};
use crate::live::LiveBatch;
use crate::segment::encode;
use crate::testing::{Row, span_batch};

const OUTPUT: &str = "merged.parquet";

fn batch(rows: &[Row]) -> Arc<LiveBatch> {
    let spans = span_batch(rows);
    Arc::new(LiveBatch { tenant: Tenant::default(), arrival_min: 0, arrival_max: 0, sequence: 1, spans })
}

fn flushed(rows: &[Row]) -> bytes::Bytes {
    encode(&[batch(rows)], 100).unwrap().remove(0).bytes.into()
}

async fn put(store: &InMemory, name: &str, bytes: bytes::Bytes, rows: usize) -> Arc<SegmentFile> {
    let size = bytes.len() as u64;
    store.put(&ObjectPath::from(name), bytes.into()).await.unwrap();
    Arc::new(SegmentFile {
        path: name.to_owned(),
        tenant: Tenant::default(),
        date: "1970-01-01".to_owned(),
        bytes: size,
        rows: rows as u64,
        times: SegmentTimes::UNKNOWN,
        kind: SegmentKind::Main,
        possible_duplicates: false,
        window: 0,
        rollup_bytes: None,
        rollup_slots: crate::rollup::RollupSlots::UNSAID,
        thinned: None,
        remains_of: None,
    })
}

fn read(bytes: bytes::Bytes) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    let schema = file_schema();
    let rows: Vec<RecordBatch> = batches
        .iter()
        .map(|batch| {
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            RecordBatch::try_new_with_options(Arc::clone(&schema), batch.columns().to_vec(), &options)
                .unwrap()
        })
        .collect();
    concat_batches(&schema, &rows).unwrap()
}

/// Merges segments of these spans: what was written, and what is known of it.
async fn merged(parts: &[Vec<Row>]) -> (RecordBatch, MergedSegment) {
    let memory = InMemory::new();
    let mut inputs = Vec::new();
    for (number, rows) in parts.iter().enumerate() {
        inputs.push(put(&memory, &format!("{number}.parquet"), flushed(rows), rows.len()).await);
    }
    let store: Arc<dyn ObjectStore> = Arc::new(memory);
    let known = merge(&store, &inputs, &ObjectPath::from(OUTPUT), || true).await.unwrap();
    let bytes = store.get(&ObjectPath::from(OUTPUT)).await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes.len() as u64, known.bytes);
    (read(bytes), known)
}

fn any_row() -> impl Strategy<Value = Row> {
    let name = prop::sample::select(vec!["get", "list", ""]);
    let peer_address = prop::sample::select(vec!["10.0.0.1", "10.0.0.2"]);
    (0_u8..4, 0_u64..6, 0_i64..3, 0_i64..2, name, peer_address).prop_map(
        |(trace, span_id, start_us, duration_ns, name, peer_address)| Row {
            trace,
            span_id,
            start_us,
            duration_ns,
            name,
            peer_address,
            ..Row::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_merge_is_what_one_flush_of_all_would_be(
        parts in prop::collection::vec(prop::collection::vec(any_row(), 1..40), 1..6)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (rows, known) = runtime.block_on(merged(&parts));
        let batches: Vec<Arc<LiveBatch>> = parts.iter().map(|rows| batch(rows)).collect();
        let whole = encode(&batches, 100).unwrap().remove(0);
        prop_assert_eq!(known.rows, whole.rows);
        prop_assert_eq!(rows.num_rows() as u64, whole.rows);
        prop_assert_eq!(known.times, whole.times);
        let written: usize = parts.iter().map(|rows| flushed_rows(rows)).sum();
        prop_assert_eq!(known.duplicates, written as u64 - known.rows);
        // Which of two copies stays is open: they differ in who brought them, and nothing else does.
        let of_the_span: Vec<usize> = (0..rows.num_columns())
            .filter(|at| rows.schema().field(*at).name() != crate::schema::column::PEER_ADDRESS)
            .collect();
        prop_assert_eq!(rows.project(&of_the_span).unwrap(), read(whole.bytes.into()).project(&of_the_span).unwrap());
    }
}

fn flushed_rows(rows: &[Row]) -> usize {
    read(flushed(rows)).num_rows()
}

#[tokio::test]
async fn batches_and_row_groups_end_anywhere() {
    let part = |from: u64| -> Vec<Row> {
        let row = |number: u64| Row { trace: (number % 251) as u8, span_id: number, ..Row::default() };
        (from..from + 30_000).map(row).collect()
    };
    let (rows, known) = merged(&[part(0), part(20_000), part(100_000)]).await;
    assert_eq!((known.rows, known.duplicates, rows.num_rows()), (80_000, 10_000, 80_000));
}

#[tokio::test]
async fn an_older_segment_lacks_columns_that_are_then_null() {
    let all = read(flushed(&[Row { span_id: 1, name: "get", ..Row::default() }]));
    let kept: Vec<usize> = (0..all.num_columns() - 3).collect();
    let older = all.project(&kept).unwrap();
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, older.schema(), None).unwrap();
    writer.write(&older).unwrap();
    writer.close().unwrap();
    let memory = InMemory::new();
    let newer = flushed(&[Row { span_id: 2, name: "get", ..Row::default() }]);
    let inputs = [put(&memory, "old", bytes.into(), 1).await, put(&memory, "new", newer, 1).await];
    let store: Arc<dyn ObjectStore> = Arc::new(memory);
    merge(&store, &inputs, &ObjectPath::from(OUTPUT), || true).await.unwrap();
    let rows = read(store.get(&ObjectPath::from(OUTPUT)).await.unwrap().bytes().await.unwrap());
    assert_eq!(rows.num_rows(), 2);
    assert_eq!(rows.slice(0, 1).project(&kept).unwrap(), older);
}

#[tokio::test]
async fn an_input_that_is_not_sorted_is_refused_and_nothing_is_left() {
    let rows = read(flushed(&[Row { span_id: 1, ..Row::default() }, Row { span_id: 2, ..Row::default() }]));
    let turned = concat_batches(&rows.schema(), [&rows.slice(1, 1), &rows.slice(0, 1)]).unwrap();
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, turned.schema(), None).unwrap();
    writer.write(&turned).unwrap();
    writer.close().unwrap();
    let memory = InMemory::new();
    let inputs = [put(&memory, "turned", bytes.into(), 2).await];
    let store: Arc<dyn ObjectStore> = Arc::new(memory);
    let refused = merge(&store, &inputs, &ObjectPath::from(OUTPUT), || true).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Corrupt);
    assert!(refused.message.contains("turned"), "{refused}");
    assert!(store.head(&ObjectPath::from(OUTPUT)).await.is_err());
}

#[tokio::test]
async fn a_merge_that_is_told_to_stop_leaves_nothing() {
    let memory = InMemory::new();
    let inputs = [put(&memory, "one", flushed(&[Row::default()]), 1).await];
    let store: Arc<dyn ObjectStore> = Arc::new(memory);
    let stopped = merge(&store, &inputs, &ObjectPath::from(OUTPUT), || false).await.unwrap_err();
    assert_eq!(stopped.kind, ErrorKind::Unavailable);
    assert!(store.head(&ObjectPath::from(OUTPUT)).await.is_err());
}
