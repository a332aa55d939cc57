use std::collections::BTreeMap;

use arrow::array::AsArray;
use arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::tempdir;

use super::*;
use crate::segment::encode;
use crate::storage::tests::support::{append, open};
use crate::testing::{Row, span_batch};

const MINUTE_US: i64 = 60_000_000;

/// What a rollup file says: name of the spans, length and start of the slot in seconds, spans.
fn told(bytes: Vec<u8>) -> BTreeMap<(String, i32, i64), i64> {
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap().build().unwrap();
    let mut told = BTreeMap::new();
    for batch in reader.map(|batch| batch.unwrap()) {
        let column = |name: &str| batch.column_by_name(name).unwrap();
        for row in 0..batch.num_rows() {
            let name = column("name").as_string::<i32>().value(row).to_owned();
            let seconds = column("slot_seconds").as_primitive::<Int32Type>().value(row);
            let start =
                column("slot_start").as_primitive::<TimestampMicrosecondType>().value(row) / 1_000_000;
            let count = column("span_count").as_primitive::<Int64Type>().value(row);
            assert!(told.insert((name, seconds, start), count).is_none(), "a series has one row a slot");
        }
    }
    told
}

fn rows(count: u64) -> Vec<Row> {
    let row = |span_id: u64| Row {
        span_id,
        start_us: (span_id as i64 % 90) * MINUTE_US,
        name: if span_id.is_multiple_of(3) { "a" } else { "b" },
        duration_ns: 1_000_000 * span_id as i64,
        ..Row::default()
    };
    (1..=count).map(row).collect()
}

fn batch(rows: &[Row]) -> std::sync::Arc<crate::live::LiveBatch> {
    std::sync::Arc::new(crate::live::LiveBatch {
        tenant: proto::Tenant::default(),
        arrival_min: 0,
        arrival_max: 0,
        sequence: 0,
        spans: span_batch(rows),
    })
}

#[test]
fn a_rollup_counts_every_span_in_each_length_of_slots() {
    let rows = rows(1_000);
    let segment = encode(&[batch(&rows[..400]), batch(&rows[400..])], 100).unwrap().remove(0);
    let told = told(segment.rollup);
    for seconds in [60, 300, 3600] {
        let mut expected: BTreeMap<(String, i32, i64), i64> = BTreeMap::new();
        for row in &rows {
            let end_s = (row.start_us + row.duration_ns / 1_000) / 1_000_000;
            let slot = end_s - end_s % i64::from(seconds);
            *expected.entry((row.name.to_owned(), seconds, slot)).or_default() += 1;
        }
        let found: BTreeMap<_, _> = told
            .iter()
            .filter(|(key, _)| key.1 == seconds)
            .map(|(key, count)| (key.clone(), *count))
            .collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn spans_of_series_beyond_the_limit_are_counted_together() {
    let segment = encode(&[batch(&rows(90))], 1).unwrap().remove(0);
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(segment.rollup))
        .unwrap()
        .build()
        .unwrap();
    let (mut overflow, mut all) = (0, 0);
    for batch in reader.map(|batch| batch.unwrap()) {
        let is_overflow = batch.column_by_name("is_overflow").unwrap().as_boolean();
        let counts = batch.column_by_name("span_count").unwrap().as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            all += counts.value(row);
            overflow += if is_overflow.value(row) { counts.value(row) } else { 0 };
        }
    }
    assert_eq!(all, 3 * 90, "by minute, five minutes and hour");
    assert!(overflow == 3 * 30 || overflow == 3 * 60, "{overflow}: one name of the two");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollup_made_of_a_segment_or_of_rollups_says_what_that_of_the_flush_says() {
    let folder = tempdir().unwrap();
    let storage = open(folder.path()).await;
    for number in 1..=20 {
        append(&storage, number).await;
        if number % 5 == 0 {
            storage.flush().await.unwrap();
        }
    }
    let table = storage.snapshot().table;
    let read = |path: &str| std::fs::read(folder.path().join("spans").join(rollup_path(path))).unwrap();
    let mut sum = 0;
    for file in &table.files {
        let flushed = read(&file.path);
        assert_eq!(file.rollup_bytes, Some(flushed.len() as u64));
        let made = of_segment(&storage.segment_store(), file, 100).await.unwrap();
        assert_eq!(told(made), told(flushed.clone()));
        sum += told(flushed).values().sum::<i64>();
    }
    let merged = merge_files(&storage.segment_store(), &table.files, 100).await.unwrap();
    assert_eq!(told(merged).values().sum::<i64>(), sum);
    assert_eq!(sum, 3 * 20);
    storage.stop().await;
}

#[test]
fn a_check_believes_what_is_beyond_the_limit_and_misses_no_span() {
    let rows = rows(600);
    let (first, second) = rows.split_at(300);
    // Each knows another series by name: together some spans of each are beyond the limit.
    let of = |rows: &[Row], name: &str| {
        let mut rows = rows.to_vec();
        rows.sort_by_key(|row| row.name != name);
        encode(&[batch(&rows)], 1).unwrap().remove(0).rollup
    };
    let (mut series, mut sum) = (Series::new(100), Rollup::default());
    for rollup in [of(first, "a"), of(second, "b")] {
        sum.read(rollup.into(), &mut series).unwrap();
    }
    let merged = sum.encode(&series).unwrap();
    for (bytes, what) in [(of(&rows, "a"), "flushed"), (merged, "merged")] {
        let mut check = RollupCheck::of(bytes.clone().into(), RollupSlots::ALL).unwrap();
        check.add(&batch(&rows).spans.rows).unwrap();
        assert_eq!(check.differs(0), None, "{what}");
        let mut check = RollupCheck::of(bytes.into(), RollupSlots::ALL).unwrap();
        check.add(&batch(&rows[1..]).spans.rows).unwrap();
        assert!(check.differs(0).is_some_and(|differs| differs.contains("the segment has")), "{what}");
        // The same where that row was dropped from the segment.
        assert_eq!(check.differs(1), None, "{what}");
        assert!(
            check.differs(2).is_some_and(|differs| differs.contains("lacks 2 that were dropped")),
            "{what}"
        );
        let unknown = Row { start_us: 1_000 * MINUTE_US, ..rows[0] };
        check.add(&batch(&[unknown]).spans.rows).unwrap();
        assert!(check.differs(0).is_some() && check.differs(1).is_some(), "{what}");
    }
}

#[test]
fn a_rollup_of_the_first_version_has_no_slots_of_five_minutes_and_lacks_none() {
    let rows = rows(200);
    let rollup = encode(&[batch(&rows)], 100).unwrap().remove(0).rollup;
    let is_five = |batch: &arrow::array::RecordBatch| {
        let seconds = batch.column_by_name("slot_seconds").unwrap();
        Ok(arrow::compute::kernels::cmp::eq(seconds, &arrow::array::Int32Array::new_scalar(300)).unwrap())
    };
    let (first, _) = without(rollup.clone().into(), is_five).unwrap().unwrap();
    let differs = |bytes: &[u8], slots| {
        let mut check = RollupCheck::of(bytes.to_vec().into(), slots).unwrap();
        check.add(&batch(&rows).spans.rows).unwrap();
        check.differs(0)
    };
    assert_eq!(differs(&first, RollupSlots::UNSAID), None);
    assert_eq!(differs(&rollup, RollupSlots::ALL), None);
    let said = differs(&first, RollupSlots::ALL);
    assert!(said.as_ref().is_some_and(|said| said.starts_with("in the 5 minutes from ")), "{said:?}");
    let error = RollupCheck::of(rollup.into(), RollupSlots::UNSAID).unwrap_err();
    assert_eq!(error.message, "it has slots of 300 s");
    for slots in [RollupSlots::ALL, RollupSlots::UNSAID, RollupSlots::HOURS] {
        assert_eq!(RollupSlots::parse(&slots.to_string()), slots);
    }
    assert_eq!(RollupSlots::parse("3600,86400"), RollupSlots::HOURS, "of a later version");
    assert_eq!(RollupSlots::ALL.and(RollupSlots::UNSAID).to_string(), "60,3600");
}
