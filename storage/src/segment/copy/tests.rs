use std::collections::BTreeMap;

use arrow::array::AsArray;
use object_store::ObjectStoreExt;
use object_store::memory::InMemory;
use parquet::arrow::ParquetRecordBatchStreamBuilder;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proto::Tenant;

use super::*;
use crate::catalog::{SegmentKind, SegmentTimes};
use crate::live::LiveBatch;
use crate::schema::column;
use crate::segment::{SegmentReader, encode};
use crate::testing::{Row, span_batch};

fn id(trace: u8) -> u128 {
    u128::from_be_bytes([trace; 16])
}

/// A segment of `traces` with `spans` spans each.
async fn segment(traces: &[u8], spans: u64) -> (Arc<dyn ObjectStore>, SegmentFile) {
    let rows: Vec<Row> = traces
        .iter()
        .flat_map(|trace| {
            (1..=spans).map(|span_id| Row { trace: *trace, span_id, name: "x", ..Row::default() })
        })
        .collect();
    let batch = LiveBatch {
        tenant: Tenant::default(),
        arrival_min: 0,
        arrival_max: 0,
        sequence: 1,
        spans: span_batch(&rows),
    };
    let bytes = encode(&[Arc::new(batch)], 100).unwrap().remove(0).bytes;
    let file = SegmentFile {
        path: "source.parquet".to_owned(),
        tenant: Tenant::default(),
        date: "1970-01-01".to_owned(),
        bytes: bytes.len() as u64,
        rows: rows.len() as u64,
        times: SegmentTimes::UNKNOWN,
        kind: SegmentKind::Main,
        window: 0,
        possible_duplicates: false,
        rollup_bytes: None,
        rollup_slots: crate::rollup::RollupSlots::UNSAID,
        thinned: None,
        remains_of: None,
    };
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    store.put(&ObjectPath::from(file.path.as_str()), bytes.into()).await.unwrap();
    (store, file)
}

/// How many rows of each trace are in the copy, if one was written.
async fn copied(
    store: &Arc<dyn ObjectStore>,
    file: &SegmentFile,
    traces: &Traces,
) -> Option<BTreeMap<u8, u64>> {
    let output = ObjectPath::from("copy.parquet");
    let written = copy(store, file, traces, &output, || true).await.unwrap();
    let Some(written) = written else {
        assert!(store.head(&output).await.is_err(), "nothing is there");
        return None;
    };
    let bytes = store.get(&output).await.unwrap().bytes().await.unwrap();
    assert_eq!(written.bytes, bytes.len() as u64);
    let mut found = BTreeMap::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap() {
        let batch = batch.unwrap();
        let ids = batch.column_by_name(column::TRACE_ID).unwrap().as_fixed_size_binary();
        ids.iter().flatten().for_each(|id| *found.entry(id[0]).or_default() += 1);
    }
    assert_eq!(written.rows, found.values().sum::<u64>());
    store.delete(&output).await.unwrap();
    Some(found)
}

#[tokio::test]
async fn the_wanted_traces_are_in_the_copy_and_no_others() {
    let (store, file) = segment(&[1, 3, 5], 3_000).await;
    let ids = |traces: &[u8]| -> Arc<[u128]> { traces.iter().map(|trace| id(*trace)).collect() };
    let only = async |traces: &[u8]| copied(&store, &file, &Traces::Only(ids(traces))).await;
    let all_but = async |traces: &[u8]| copied(&store, &file, &Traces::AllBut(ids(traces))).await;
    assert_eq!(only(&[3]).await, Some(BTreeMap::from([(3, 3_000)])));
    assert_eq!(only(&[0, 1, 4, 5, 9]).await, Some(BTreeMap::from([(1, 3_000), (5, 3_000)])));
    for absent in [&[][..], &[0], &[9], &[2, 4]] {
        assert_eq!(only(absent).await, None, "{absent:?}");
    }
    assert_eq!(all_but(&[3]).await, Some(BTreeMap::from([(1, 3_000), (5, 3_000)])));
    assert_eq!(all_but(&[2]).await.unwrap().len(), 3);
    assert_eq!(all_but(&[1, 3, 5]).await, Some(BTreeMap::new()), "a segment without rows");
}

#[tokio::test]
async fn what_cannot_be_in_a_row_group_is_known_without_reading_it() {
    let (store, file) = segment(&[1, 3, 5], 10).await;
    let has_some = async |trace: u8| {
        let reader = SegmentReader::new(&store, &file);
        let builder = ParquetRecordBatchStreamBuilder::new(reader).await.unwrap();
        Traces::Only([id(trace)].into()).select(builder, 0..1).await.unwrap().is_some()
    };
    assert!(has_some(3).await);
    assert!(!has_some(7).await, "beyond the largest id");
    assert!(!has_some(4).await, "the bloom filter knows");
}

#[tokio::test]
async fn a_copy_that_is_told_to_stop_leaves_nothing() {
    let (store, file) = segment(&[1], 10).await;
    let output = ObjectPath::from("copy.parquet");
    let error = copy(&store, &file, &Traces::AllBut([].into()), &output, || false).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
    assert!(store.head(&output).await.is_err());
}
