//! Each kind of fault planted in a folder that is otherwise whole: it is named, and what is whole is not.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, new_null_array};
use arrow::datatypes::Schema;
use bytes::Bytes;
use bytesize::ByteSize;
use tempfile::{TempDir, tempdir};

use super::*;
use crate::Config;
use crate::checksums::Sums;
use crate::derive::{Arrivals, Derive, DeriveInput, DeriveWindow, Derived, DerivedRows, DerivedTable};
use crate::documents::Heading;
use crate::env::Env;
use crate::rollup::{COLUMNS_OF_A_SPAN, rollup_path};
use crate::segment::encode;
use crate::storage::Storage;
use crate::storage::tests::support::{append, config, decode};
use crate::testing::{Row, span_batch};

/// A row of each derived table for every span.
struct RowPerSpan;

fn rows(of: DerivedTable, spans: &RecordBatch) -> RecordBatch {
    let schema: Arc<Schema> = of.schema();
    let columns = schema.fields().iter().map(|field| -> ArrayRef {
        match spans.column_by_name(field.name()) {
            Some(column) if column.data_type() == field.data_type() && column.null_count() == 0 => {
                Arc::clone(column)
            }
            _ if field.is_nullable() => new_null_array(field.data_type(), spans.num_rows()),
            _ => crate::testing::zeros(field.data_type(), spans.num_rows()),
        }
    });
    let columns: Vec<ArrayRef> = columns.collect();
    RecordBatch::try_new(schema, columns).unwrap()
}

impl Derive for RowPerSpan {
    fn columns(&self) -> &[&'static str] {
        &COLUMNS_OF_A_SPAN
    }

    fn window(&self, _: Arrivals) -> Box<dyn DeriveWindow> {
        Box::new(Self)
    }

    fn committed(&self, _: DerivedTable, _: &proto::Tenant, _: &[RecordBatch]) {}
}

impl DeriveWindow for RowPerSpan {
    fn derive(&mut self, input: &DeriveInput<'_>) -> Result<Derived> {
        let nothing_waits = |rows: &RecordBatch| BooleanArray::from(vec![false; rows.num_rows()]);
        Ok(Derived {
            rows: DerivedTable::FROM_SPANS.map(|of| rows(of, input.arrived)),
            arrived_wait: nothing_waits(input.arrived),
            waiting_wait: nothing_waits(input.waiting),
        })
    }

    fn end(self: Box<Self>) -> Result<DerivedRows> {
        Ok(DerivedTable::FROM_SPANS.map(|of| RecordBatch::new_empty(of.schema())))
    }
}

/// Four windows of five spans each, derived; the first two are merged if that is asked for. Stopped.
async fn folder(merged: bool) -> TempDir {
    let folder = tempdir().unwrap();
    let config = Config { compaction_memory: ByteSize::mib(8), ..config(folder.path()) };
    let storage = Storage::open(config, Env::system(), Arc::new(decode)).await.unwrap();
    storage.replayed().await.unwrap();
    storage.keep_derived(Arc::new(RowPerSpan)).await.unwrap();
    for number in 1..=20 {
        append(&storage, number).await;
        if number % 5 == 0 {
            storage.flush().await.unwrap();
            while storage.derive_next().await.unwrap().is_some() {}
        }
        if merged && number == 10 {
            while storage.compact().await.unwrap().is_some() {}
            while storage.merge_derived_next(u64::MAX).await.unwrap() {}
        }
    }
    storage.stop().await;
    folder
}

async fn found(folder: &Path) -> Verification {
    verify(folder, &mut |_, _| {}).await.unwrap()
}

/// That one of the findings is damage of a file whose path ends so and says this.
async fn assert_found(folder: &Path, file: &str, says: &str) {
    let found = found(folder).await;
    let is_it = |finding: &&Finding| {
        finding.is_damage && finding.file.to_string_lossy().ends_with(file) && finding.meaning.contains(says)
    };
    assert!(found.findings.iter().any(|finding| is_it(&finding)), "{file}: {says}: {:#?}", found.findings);
    assert!(!found.is_intact());
}

/// The files of a table that its folder has, in order.
fn files(folder: &Path, table: &str) -> Vec<String> {
    let root = folder.join(table).join("tenant=default");
    let mut found = Vec::new();
    for date in fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()) {
        for file in fs::read_dir(date).unwrap().map(|entry| entry.unwrap().path()) {
            found.push(file.strip_prefix(folder.join(table)).unwrap().to_str().unwrap().to_owned());
        }
    }
    found.sort();
    found
}

/// Writes a file with right checksums.
fn write(folder: &Path, table: &str, path: &str, bytes: Vec<u8>) {
    let bytes = Bytes::from(bytes);
    let sums = Sums::of([&bytes]).encode(path);
    fs::write(folder.join(table).join(path), &bytes).unwrap();
    fs::write(folder.join("checksums").join(table).join(format!("{path}.crc")), sums).unwrap();
}

/// The entries of a table's log.
fn entries(folder: &Path, table: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join(table).join("_delta_log")).unwrap();
    let mut entries: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    entries.sort();
    entries
}

/// Changes the entry `number` of a table's log.
fn edit_log(folder: &Path, table: &str, number: usize, edit: impl FnOnce(String) -> String) {
    let entry = &entries(folder, table)[number];
    let text = fs::read_to_string(entry).unwrap();
    let edited = edit(text.clone());
    assert_ne!(text, edited, "the edit does something");
    let path = format!("_delta_log/{}", entry.file_name().unwrap().to_str().unwrap());
    write(folder, table, &path, edited.into_bytes());
}

/// `text` with the number behind `before` changed.
fn with_number(text: &str, before: &str, change: impl FnOnce(u64) -> u64) -> String {
    let start = text.find(before).unwrap_or_else(|| panic!("{before} is in {text}")) + before.len();
    let digits = text[start..].find(|digit: char| !digit.is_ascii_digit()).unwrap();
    let number = text[start..start + digits].parse().unwrap();
    format!("{}{}{}", &text[..start], change(number), &text[start + digits..])
}

/// The tag `name` of the first file in an entry of the spans' log.
async fn assert_tag_is_checked(name: &str, change: impl FnOnce(u64) -> u64, says: &str) {
    let folder = folder(false).await;
    let file = files(folder.path(), "spans").remove(0);
    edit_log(folder.path(), "spans", 1, |text| {
        with_number(&text, &format!(r#""tailplane.{name}":""#), change)
    });
    assert_found(folder.path(), &file, says).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_whole_has_no_finding() {
    for merged in [false, true] {
        let folder = folder(merged).await;
        let found = found(folder.path()).await;
        assert_eq!(
            found.findings.iter().filter(|finding| finding.is_damage).count(),
            0,
            "{:#?}",
            found.findings
        );
        assert_eq!(
            (found.rows, found.rollups, found.segments),
            (20, found.segments, if merged { 3 } else { 4 })
        );
        assert_eq!(found.derived_rows, DerivedTable::FROM_SPANS.len() as u64 * 20);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_that_are_not_what_the_rows_say() {
    assert_tag_is_checked("start_min", |time| time + 1, "start_min says 1, its rows say 0").await;
    assert_tag_is_checked("end_min", |time| time + 1, "end_min says 1, its rows say 0").await;
    assert_tag_is_checked("arrival_min", |time| time - DAY_NS, "is of 2026-11-19").await;
    assert_tag_is_checked("window", |_| 99, "tailplane.window says 99").await;
    let folder = folder(false).await;
    let file = files(folder.path(), "spans").remove(0);
    edit_log(folder.path(), "spans", 1, |text| {
        text.replace(r#""tailplane.kind":"long""#, r#""tailplane.kind":"main""#)
    });
    assert_found(folder.path(), &file, "tailplane.kind says main").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_is_wider_than_the_rows_does_no_harm() {
    let folder = folder(false).await;
    edit_log(folder.path(), "spans", 1, |text| {
        with_number(&text, r#""tailplane.end_max":""#, |time| time + 5)
    });
    let found = found(folder.path()).await;
    let notes: Vec<_> = found.findings.iter().filter(|finding| finding.meaning.contains("end_max")).collect();
    assert!(matches!(&notes[..], [note] if !note.is_damage), "{:#?}", found.findings);
    assert!(found.is_intact());
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_and_sizes_that_are_not_those_of_the_files() {
    for (what, says) in
        [(r#"numRecords\":"#, "rows, the table's log says"), (r#""size":"#, "bytes, the table's log says")]
    {
        let folder = folder(false).await;
        let file = files(folder.path(), "spans").remove(0);
        edit_log(folder.path(), "spans", 1, |text| with_number(&text, what, |number| number + 1));
        assert_found(folder.path(), &file, says).await;
    }
    let folder = folder(false).await;
    let rollup = rollup_path(&files(folder.path(), "spans")[0]);
    edit_log(folder.path(), "spans", 1, |text| {
        with_number(&text, r#""tailplane.rollup_bytes":""#, |number| number + 1)
    });
    assert_found(folder.path(), &rollup, "the tag of its segment says").await;
}

/// A segment, and its rollup, of spans that take so many ms.
fn of_durations(durations_ms: &[i64]) -> crate::segment::EncodedSegment {
    let row = |(number, ms): (usize, &i64)| Row {
        span_id: number as u64 + 1,
        duration_ns: ms * 1_000_000,
        ..Row::default()
    };
    let batch = crate::live::LiveBatch {
        tenant: proto::Tenant::default(),
        arrival_min: 0,
        arrival_max: 0,
        sequence: 0,
        spans: span_batch(&durations_ms.iter().enumerate().map(row).collect::<Vec<_>>()),
    };
    encode(&[Arc::new(batch)], 100).unwrap().remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollup_that_is_not_of_its_segment() {
    let wrong: [(&[i64], &str); 4] = [
        (&[0; 6], "it counts 6 spans, the segment has 5"),
        (&[0; 4], "it counts 4 spans, the segment has 5"),
        (&[0, 0, 0, 0, 1], "durations or errors of 5 spans"),
        (
            &[60_000, 0, 0, 0, 0],
            "in the minute from 1970-01-01T00:00:00Z of kind=0 name=\"\": it counts 4 spans, the segment has 5; 3 more",
        ),
    ];
    for (durations_ms, says) in wrong {
        let folder = folder(false).await;
        let rollup = rollup_path(&files(folder.path(), "spans")[0]);
        let forged = of_durations(durations_ms).rollup;
        let bytes = forged.len() as u64;
        write(folder.path(), "spans", &rollup, forged);
        edit_log(folder.path(), "spans", 1, |text| {
            let tag = r#""tailplane.rollup_bytes":""#;
            with_number(&text, tag, |_| bytes) + "\n"
        });
        assert_found(folder.path(), &rollup, says).await;
    }
    let folder = folder(false).await;
    let rollup = rollup_path(&files(folder.path(), "spans")[0]);
    fs::remove_file(folder.path().join("spans").join(&rollup)).unwrap();
    assert_found(folder.path(), &rollup, "the rollup is gone").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_not_in_order() {
    let folder = folder(false).await;
    let file = files(folder.path(), "spans").remove(0);
    let path = folder.path().join("spans").join(&file);
    let opened = fs::File::open(&path).unwrap();
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(opened).unwrap();
    let batch = reader.build().unwrap().next().unwrap().unwrap();
    let order = arrow::array::UInt32Array::from_iter_values((0..batch.num_rows() as u32).rev());
    let reversed = arrow::compute::take_record_batch(&batch, &order).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&reversed).unwrap();
    let bytes = writer.into_inner().unwrap();
    let length = bytes.len() as u64;
    write(folder.path(), "spans", &file, bytes);
    edit_log(folder.path(), "spans", 1, |text| with_number(&text, r#""size":"#, |_| length));
    assert_found(folder.path(), &file, "row 1 is before the one above it").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watermark_below_what_the_table_holds() {
    let folder = folder(false).await;
    let file = files(folder.path(), "spans").remove(3);
    edit_log(folder.path(), "spans", 4, |text| with_number(&text, r#""version":"#, |_| 16));
    assert_found(folder.path(), &file, "the table's watermark of this log is 16").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn derived_files_that_are_gone_or_of_another_window() {
    let table = "derived/requests";
    let gone = folder(false).await;
    let file = files(gone.path(), table).remove(1);
    fs::remove_file(gone.path().join(table).join(&file)).unwrap();
    assert_found(gone.path(), &file, "the file is gone, with 5 rows").await;

    let other = folder(false).await;
    edit_log(other.path(), table, 2, |text| {
        with_number(&text, r#""tailplane.window":""#, |window| window - 1)
    });
    assert_found(other.path(), &file_name(&files(other.path(), table)[1]), "says 1, its name 2").await;

    let beyond = folder(false).await;
    edit_log(beyond.path(), table, 4, |text| with_number(&text, r#""version":"#, |_| 3));
    let file = file_name(&files(beyond.path(), table)[3]);
    assert_found(beyond.path(), &file, "tailplane.window says 4, and the table holds windows up to 3").await;
    assert_found(beyond.path(), "derived/requests/_delta_log", "window 3 was committed after window 3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_that_were_passed_over_or_are_not_there_yet() {
    let table = "derived/pod_starts";
    let passed_over = folder(false).await;
    // As if the third window's entry had been written for the fourth.
    edit_log(passed_over.path(), table, 4, |text| with_number(&text, r#""version":"#, |_| 5));
    edit_log(passed_over.path(), table, 3, |text| with_number(&text, r#""version":"#, |_| 4));
    let log = "derived/pod_starts/_delta_log";
    assert_found(passed_over.path(), log, "window 3 of spans/ was passed over").await;
    assert_found(passed_over.path(), log, "holds windows up to 5, and spans/ is at version 4").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_derived_row_that_is_there_twice() {
    let folder = folder(false).await;
    let table = "derived/requests";
    let file = files(folder.path(), table).remove(0);
    let copy = file.replace("-window-", "-merged-");
    let bytes = fs::read(folder.path().join(table).join(&file)).unwrap();
    write(folder.path(), table, &copy, bytes);
    edit_log(folder.path(), table, 1, |text| {
        let add = text.lines().find(|line| line.starts_with(r#"{"add""#)).unwrap();
        let copied = add.replace("-window-", "-merged-");
        format!("{text}{copied}\n")
    });
    assert_found(folder.path(), &file_name(&copy), "twice, and in").await;
    assert_found(folder.path(), &file_name(&copy), "; 4 more rows are there twice").await;

    let progress = &mut |_: &Path, _| {};
    let mut check = Check { folder: folder.path(), found: Verification::default(), progress };
    let definition = DerivedTable::Requests.definition();
    let table = table::check(&mut check, table, &definition).await.unwrap().unwrap();
    for remembered_max in [1, 7, 1_000] {
        let files: Vec<_> = table.whole.iter().collect();
        assert_eq!(
            repeated::find(&table, &files, remembered_max).unwrap().count,
            5,
            "{remembered_max} at once"
        );
    }
}

/// Flips the last bit of a file.
fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn documents_that_are_damaged_gone_or_in_no_index_are_named() {
    let folder = folder(false).await;
    let storage = Storage::open(config(folder.path()), Env::system(), Arc::new(decode)).await.unwrap();
    let tenant = proto::Tenant::default();
    storage.pins().pin(&tenant, proto::TraceId([1; 16])).await.unwrap();
    let heading = Heading { title: "a".to_owned(), about: String::new(), tags: Vec::new() };
    let body = || serde_json::value::to_raw_value("a notebook").unwrap();
    let id = storage.notebooks().create(&tenant, heading.clone(), body()).await.unwrap().id;
    storage.notebooks().save(&tenant, id, 1, heading, body()).await.unwrap().unwrap();
    storage.stop().await;
    assert_eq!(found(folder.path()).await.findings, []);

    let documents = folder.path().join("documents");
    let revision = |number: u64| format!("notebooks/{id}/{number:010}.json");
    for name in ["pins.json", "notebooks.json", &revision(1)] {
        let whole = fs::read(documents.join(name)).unwrap();
        flip(&documents.join(name));
        assert_found(folder.path(), name, "its checksum is wrong").await;
        fs::write(documents.join(name), whole).unwrap();
    }
    fs::remove_file(documents.join(revision(2))).unwrap();
    assert_found(folder.path(), &revision(2), "gone, though notebooks.json names it").await;
    fs::remove_file(documents.join("notebooks.json")).unwrap();
    let found = found(folder.path()).await;
    assert!(found.is_intact(), "{:#?}", found.findings);
    assert_eq!(found.findings.len(), 1);
    assert!(found.findings[0].file.ends_with(revision(1)), "{:#?}", found.findings);
}

const DAY_NS: u64 = 86_400_000_000_000;

fn file_name(path: &str) -> String {
    path.rsplit_once('/').unwrap().1.to_owned()
}
