//! A concatenated segment has the row groups of its inputs, and is read as what it was made of.

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::concat_batches;
use object_store::ObjectStoreExt;
use object_store::memory::InMemory;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::ParquetStatisticsPolicy;
use proptest::prelude::*;
use proto::Tenant;

use super::*;
use crate::catalog::SegmentKind;
use crate::live::LiveBatch;
use crate::schema::{column, file_schema};
use crate::segment::{SortedSpans, Traces, copy, encode, merge, rewrite};
use crate::testing::{Row, span_batch};

/// A segment of these rows, at `name`.
async fn put(store: &dyn ObjectStore, name: &str, rows: &[Row]) -> Arc<SegmentFile> {
    let spans = span_batch(rows);
    let batch = LiveBatch { tenant: Tenant::default(), arrival_min: 0, arrival_max: 9, sequence: 1, spans };
    let encoded = encode(&[Arc::new(batch)], 100).unwrap().remove(0);
    let SpanTimes { start_min, start_max, end_min, end_max } = encoded.times;
    let bytes = encoded.bytes.len() as u64;
    store.put(&ObjectPath::from(name), encoded.bytes.into()).await.unwrap();
    let times = SegmentTimes { start_min, start_max, end_min, end_max, arrival_min: 0, arrival_max: 9 };
    Arc::new(file(name, bytes, encoded.rows, times))
}

fn file(name: &str, bytes: u64, rows: u64, times: SegmentTimes) -> SegmentFile {
    SegmentFile {
        path: name.to_owned(),
        tenant: Tenant::default(),
        date: "1970-01-01".to_owned(),
        bytes,
        rows,
        times,
        kind: SegmentKind::Main,
        possible_duplicates: false,
        window: 0,
        rollup_bytes: None,
        rollup_slots: crate::rollup::RollupSlots::UNSAID,
        thinned: None,
        remains_of: None,
    }
}

/// `inputs` one after the other, at `name`; row groups of one row are large enough.
async fn concatenated(
    store: &Arc<dyn ObjectStore>,
    inputs: &[Arc<SegmentFile>],
    name: &str,
) -> Arc<SegmentFile> {
    let sources = Sources::of(store, inputs, 1).await.unwrap().unwrap();
    let written = sources.write(store, &ObjectPath::from(name), || true).await.unwrap();
    let SpanTimes { start_min, start_max, end_min, end_max } = written.times;
    let times = SegmentTimes { start_min, start_max, end_min, end_max, arrival_min: 0, arrival_max: 9 };
    Arc::new(file(name, written.bytes, written.rows, times))
}

async fn bytes_of(store: &Arc<dyn ObjectStore>, name: &str) -> Bytes {
    store.get(&ObjectPath::from(name)).await.unwrap().bytes().await.unwrap()
}

async fn rows_of(store: &Arc<dyn ObjectStore>, name: &str) -> RecordBatch {
    let bytes = bytes_of(store, name).await;
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

async fn sorted(store: &Arc<dyn ObjectStore>, files: &[Arc<SegmentFile>]) -> Vec<RecordBatch> {
    let mut rows = SortedSpans::open(store, files, file_schema()).await.unwrap();
    let mut batches = Vec::new();
    while let Some(batch) = rows.next().await.unwrap() {
        batches.push(batch);
    }
    batches
}

/// Rows of a part that are no copies of those of another.
fn parts() -> impl Strategy<Value = Vec<Vec<Row>>> {
    let row = (0_u8..6, 0_i64..5, 0_i64..3, prop::sample::select(vec!["get", "list", ""]));
    prop::collection::vec(prop::collection::vec(row, 1..30), 2..5).prop_map(|parts| {
        let mut span_id = 0;
        let mut row = |(trace, start_us, duration_ns, name)| {
            span_id += 1;
            Row { trace, span_id, start_us, duration_ns, name, ..Row::default() }
        };
        parts.into_iter().map(|part| part.into_iter().map(&mut row).collect()).collect()
    })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn prop_it_reads_as_its_inputs_and_can_be_merged_like_them(parts in parts()) {
        runtime().block_on(async {
            let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
            let mut inputs = Vec::new();
            for (number, rows) in parts.iter().enumerate() {
                inputs.push(put(store.as_ref(), &format!("{number}.parquet"), rows).await);
            }
            let two = concatenated(&store, &inputs[..2], "two.parquet").await;
            let all = [&[two], &inputs[2..]].concat();
            let whole = concatenated(&store, &all, "whole.parquet").await;

            let mut rows = Vec::new();
            for input in &inputs {
                rows.push(rows_of(&store, &input.path).await);
            }
            let one_after_the_other = concat_batches(&rows[0].schema(), &rows).unwrap();
            prop_assert_eq!(rows_of(&store, "whole.parquet").await, one_after_the_other);
            prop_assert_eq!(sorted(&store, &[Arc::clone(&whole)]).await, sorted(&store, &inputs).await);

            let metadata = ArrowReaderMetadata::load(&bytes_of(&store, "whole.parquet").await, ArrowReaderOptions::new());
            let runs = runs(metadata.unwrap().metadata()).unwrap();
            prop_assert_eq!(runs, (0..parts.len()).map(|run| run..run + 1).collect::<Vec<_>>());

            let again = |batch| Ok(batch);
            let sorted = rewrite(&store, &[Arc::clone(&whole)], &ObjectPath::from("sorted.parquet"), again).await.unwrap();
            prop_assert_eq!((sorted.rows, sorted.times), (whole.rows, whole.times.of_spans()));
            Ok(())
        })?;
    }

    #[test]
    fn prop_some_of_its_traces_can_be_copied(parts in parts(), trace in 0_u8..7) {
        runtime().block_on(async {
            let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
            let mut inputs = Vec::new();
            for (number, rows) in parts.iter().enumerate() {
                inputs.push(put(store.as_ref(), &format!("{number}.parquet"), rows).await);
            }
            let whole = concatenated(&store, &inputs, "whole.parquet").await;
            let id = u128::from_be_bytes([trace; 16]);
            let (of_the_trace, output) = (parts.iter().flatten().filter(|row| row.trace == trace), ObjectPath::from("out"));
            let expected = of_the_trace.count() as u64;
            let only = copy(&store, &whole, &Traces::Only([id].into()), &output, || true).await.unwrap();
            prop_assert_eq!(only.map_or(0, |only| only.rows), expected);
            let rest = copy(&store, &whole, &Traces::AllBut([id].into()), &output, || true).await.unwrap();
            prop_assert_eq!(rest.unwrap().rows, whole.rows - expected);
            let written = Arc::new(file("out", bytes_of(&store, "out").await.len() as u64, whole.rows - expected, whole.times));
            // Sorted, or this would refuse it.
            let read: usize = sorted(&store, &[written]).await.iter().map(RecordBatch::num_rows).sum();
            prop_assert_eq!(read as u64, whole.rows - expected);
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn what_finds_rows_is_taken_along() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let rows = |traces: std::ops::Range<u8>| -> Vec<Row> {
        traces
            .map(|trace| Row { trace, span_id: u64::from(trace) + 1, name: "get", ..Row::default() })
            .collect()
    };
    let one = put(store.as_ref(), "one", &rows(0..20)).await;
    let other = put(store.as_ref(), "other", &rows(20..50)).await;
    concatenated(&store, &[Arc::clone(&one), Arc::clone(&other)], "whole").await;
    let read = |bytes: Bytes| {
        let options = ArrowReaderOptions::new()
            .with_page_index_policy(PageIndexPolicy::Required)
            .with_column_stats_policy(ParquetStatisticsPolicy::KeepAll);
        ParquetRecordBatchReaderBuilder::try_new_with_options(bytes, options).unwrap()
    };
    let whole = read(bytes_of(&store, "whole").await);
    for (group, input) in [one, other].iter().enumerate() {
        let input = read(bytes_of(&store, &input.path).await);
        let (ours, theirs) = (whole.metadata(), input.metadata());
        assert_eq!(ours.column_index().unwrap()[group], theirs.column_index().unwrap()[0]);
        for (column, (ours, theirs)) in
            ours.row_group(group).columns().iter().zip(theirs.row_group(0).columns()).enumerate()
        {
            assert_eq!(ours.statistics(), theirs.statistics(), "column {column}");
            let bloom = whole.get_row_group_column_bloom_filter(group, column).unwrap();
            let of_input = input.get_row_group_column_bloom_filter(0, column).unwrap();
            assert_eq!(bloom.is_some(), of_input.is_some(), "column {column}");
        }
        let place = whole.schema().index_of(column::TRACE_ID).unwrap();
        let bloom = whole.get_row_group_column_bloom_filter(group, place).unwrap().unwrap();
        let rows = rows_of(&store, if group == 0 { "one" } else { "other" }).await;
        let ids = rows.column(place).as_fixed_size_binary();
        assert!(ids.iter().flatten().all(|id| bloom.check(id)));
    }
}

#[tokio::test]
async fn what_must_be_merged_row_by_row_is_not_concatenated() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let rows = [Row { trace: 1, span_id: 1, ..Row::default() }];
    let (one, other) = (put(store.as_ref(), "one", &rows).await, put(store.as_ref(), "other", &rows).await);
    let changed = |change: fn(&mut SegmentFile)| {
        let mut file = (*other).clone();
        change(&mut file);
        [Arc::clone(&one), Arc::new(file)]
    };
    let is_taken = async |inputs: &[Arc<SegmentFile>], large_rows: usize| {
        Sources::of(&store, inputs, large_rows).await.unwrap().is_some()
    };
    assert!(is_taken(&changed(|_| {}), 1).await);
    assert!(!is_taken(&changed(|_| {}), 2).await, "its row groups are small");
    assert!(!is_taken(&changed(|file| file.possible_duplicates = true), 1).await);
    assert!(!is_taken(&changed(|file| file.times = SegmentTimes::UNKNOWN), 1).await);
    merge(&store, &[one, other], &ObjectPath::from("merged"), || true).await.unwrap();
    assert_eq!(rows_of(&store, "merged").await.num_rows(), 1, "the copy is left out");
}

#[tokio::test]
async fn one_that_is_told_to_stop_leaves_nothing() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let rows = [Row { trace: 1, span_id: 1, ..Row::default() }];
    let inputs = [put(store.as_ref(), "one", &rows).await, put(store.as_ref(), "other", &rows).await];
    let sources = Sources::of(&store, &inputs, 1).await.unwrap().unwrap();
    let stopped = sources.write(&store, &ObjectPath::from("whole"), || false).await.unwrap_err();
    assert_eq!(stopped.kind, ErrorKind::Unavailable);
    assert!(store.head(&ObjectPath::from("whole")).await.is_err());
}
