//! The rows of each segment: their order, what the tags in the table's log say of them, and the rollup beside.

use std::fs::File;
use std::ops::Range;
use std::path::Path;

use arrow::array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proto::{ErrorKind, UnixNanos};

use super::Check;
use super::table::CheckedTable;
use crate::catalog::{SegmentFile, SegmentKind, SegmentTimes};
use crate::flush::utc_date;
use crate::rollup::{COLUMNS_OF_A_SPAN, RollupCheck, rollup_path};
use crate::schema::rollup::KEYS;
use crate::segment::{LONG_SPAN_NS, RowKey, row_keys, runs};
use crate::{Error, Result, SpanTimes};

/// Rows that are columns at once.
const BATCH_ROWS: usize = 8_192;
pub(super) const RESTORE_LOG: &str =
    "restore the table's _delta_log from a copy; until then questions by time may pass over these rows";
const OPENED_FOR_NOTHING: &str = "nothing: questions open the file more often than they need to";
const RESTORE: &str = "restore the file from a copy; until then answers are without it and say so";
const REMOVE_ROLLUP: &str = "remove the rollup: answers come from the spans then, and a merge makes it anew";

/// Checks every segment that is there.
pub(super) fn check(check: &mut Check<'_>, table: &CheckedTable) {
    for file in &table.whole {
        let path = table.root.join(&file.path);
        let rollup = rollup_of(check, table, file);
        let rows = read(&path, rollup, &file.path);
        (check.progress)(&path, file.bytes);
        let rows = match rows {
            Ok(rows) => rows,
            Err(error) => {
                check.damage(&path, format!("its rows cannot be read: {}", error.message), RESTORE);
                continue;
            }
        };
        if let Some(row) = rows.unsorted {
            let meaning =
                format!("row {row} is before the one above it: rows are not sorted by trace and start");
            check.damage(&path, meaning, "restore the file from a copy; it is read, and never merged");
        }
        tags(check, &path, file, &rows.times);
        manifest(check, &path, file, table);
        if let Some(rollup) = rows.rollup {
            check.found.rollups += 1;
            if let Some(meaning) = rollup.differs(file.thinned.unwrap_or(0)) {
                check.damage(table.root.join(rollup_path(&file.path)), meaning, REMOVE_ROLLUP);
            }
        }
    }
}

fn rollup_of(check: &mut Check<'_>, table: &CheckedTable, file: &SegmentFile) -> Option<RollupCheck> {
    let path = rollup_path(&file.path);
    if !table.whole_rollups.contains(&path) {
        return None;
    }
    let path = table.root.join(path);
    let read = std::fs::read(&path).map_err(|error| Error::io("read the rollup", &path, error));
    match read.and_then(|bytes| RollupCheck::of(bytes.into(), file.rollup_slots)) {
        Ok(rollup) => Some(rollup),
        Err(error) => {
            check.damage(&path, error.message, REMOVE_ROLLUP);
            None
        }
    }
}

/// What the rows of a segment are.
struct Rows {
    times: SpanTimes,
    /// The first that is not in its place.
    unsorted: Option<u64>,
    rollup: Option<RollupCheck>,
}

fn read(path: &Path, rollup: Option<RollupCheck>, name: &str) -> Result<Rows> {
    let mut rows = Rows { times: SpanTimes::NONE, unsorted: None, rollup };
    let (mut last, mut number) = (None, 0);
    let runs = starts_of_runs(path, name)?;
    let keys: &[&str] = if rows.rollup.is_some() { &KEYS } else { &[] };
    for_each_batch(path, name, keys, |batch| {
        for key in row_keys(batch, 0)? {
            rows.times = rows.times.including(key.start, key.end);
            let place = order(&key);
            if last > Some(place) && !runs.contains(&number) && rows.unsorted.is_none() {
                rows.unsorted = Some(number);
            }
            (last, number) = (Some(place), number + 1);
        }
        rows.rollup.as_mut().map_or(Ok(()), |rollup| rollup.add(batch))
    })?;
    Ok(rows)
}

/// The rows with which runs begin.
fn starts_of_runs(path: &Path, name: &str) -> Result<Vec<u64>> {
    let builder = open(path, name)?;
    let metadata = builder.metadata();
    let runs = runs(metadata).map_err(|error| unreadable(name, &error))?;
    let rows = |run: Range<usize>| (0..run.start).map(|at| metadata.row_group(at).num_rows() as u64).sum();
    Ok(runs.into_iter().map(rows).collect())
}

fn order(key: &RowKey) -> (u128, UnixNanos, u64) {
    let (trace_id, start, span_id, _) = key.sort_key();
    (trace_id, start, span_id)
}

/// Hands over the rows of the file at `path`, some at a time: ids, times, and the columns `more` that it has.
pub(super) fn for_each_batch(
    path: &Path,
    name: &str,
    more: &[&str],
    mut take: impl FnMut(&RecordBatch) -> Result<()>,
) -> Result<()> {
    let builder = open(path, name)?;
    let wanted = COLUMNS_OF_A_SPAN.into_iter().chain(more.iter().copied());
    let wanted = ProjectionMask::columns(builder.parquet_schema(), wanted);
    let batches = builder.with_projection(wanted).with_batch_size(BATCH_ROWS).build();
    for batch in batches.map_err(|error| unreadable(name, &error))? {
        take(&batch.map_err(|error| unreadable(name, &error))?)?;
    }
    Ok(())
}

fn open(path: &Path, name: &str) -> Result<ParquetRecordBatchReaderBuilder<File>> {
    let file = File::open(path).map_err(|error| Error::io("open", path, error))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| unreadable(name, &error))
}

fn unreadable(name: &str, error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Corrupt, format!("{name} cannot be read: {error}"))
}

/// The times in the tags against those of the rows.
pub(super) fn tags(check: &mut Check<'_>, path: &Path, file: &SegmentFile, rows: &SpanTimes) {
    let said = &file.times;
    if *said == SegmentTimes::UNKNOWN {
        return;
    }
    // Of one that was thinned they are those of what its rollup counts.
    let may_be_wider = file.is_thinned();
    let minima = [("start_min", said.start_min, rows.start_min), ("end_min", said.end_min, rows.end_min)];
    let maxima = [("start_max", said.start_max, rows.start_max), ("end_max", said.end_max, rows.end_max)];
    for (tag, said, is) in minima {
        time_tag(check, path, (tag, said, is), said > is, may_be_wider);
    }
    for (tag, said, is) in maxima {
        time_tag(check, path, (tag, said, is), said < is, may_be_wider);
    }
}

fn time_tag(
    check: &mut Check<'_>,
    path: &Path,
    (tag, said, is): (&str, u64, u64),
    is_too_narrow: bool,
    may_be_wider: bool,
) {
    let meaning = format!("its tag tailplane.{tag} says {said}, its rows say {is}");
    if is_too_narrow {
        check.damage(path, meaning, RESTORE_LOG);
    } else if said != is && !may_be_wider {
        check.note(path, meaning, OPENED_FOR_NOTHING);
    }
}

/// What the log says of a segment beside its rows.
fn manifest(check: &mut Check<'_>, path: &Path, file: &SegmentFile, table: &CheckedTable) {
    let times = &file.times;
    if *times == SegmentTimes::UNKNOWN {
        return;
    }
    if utc_date(times.arrival_min) != file.date {
        let meaning = format!(
            "it is filed under {}, its tag tailplane.arrival_min is of {}",
            file.date,
            utc_date(times.arrival_min)
        );
        check.damage(path, meaning, RESTORE_LOG);
    }
    let other = match file.kind {
        SegmentKind::Main => SegmentKind::Long,
        SegmentKind::Long => SegmentKind::Main,
    };
    let is_wrong_kind = match file.kind {
        SegmentKind::Main => times.start_min.saturating_add(LONG_SPAN_NS) < times.arrival_min,
        SegmentKind::Long => times.start_max.saturating_add(LONG_SPAN_NS) >= times.arrival_max,
    };
    if is_wrong_kind || file.path.contains(&format!("-{other}.")) {
        let meaning = format!("its tag tailplane.kind says {}, its name or its rows say {other}", file.kind);
        check.damage(path, meaning, RESTORE_LOG);
    }
    if file.window > table.version.version {
        let meaning = format!(
            "its tag tailplane.window says {}, and the table is at version {}",
            file.window, table.version.version
        );
        check.damage(path, meaning, RESTORE_LOG);
    }
}
