//! Derived tables: how far they follow the spans, and that each of their files is of its window.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::segments::{for_each_batch, tags};
use super::table::CheckedTable;
use super::{Check, repeated, table};
use crate::catalog::SegmentFile;
use crate::derive::{DERIVER, DerivedTable};
use crate::rollup::RollupCheck;
use crate::segment::row_keys;
use crate::{Error, Result, SpanTimes};

/// Without `derived/rollups`, which holds what no spans tell any more.
pub(super) const REMAKE: &str = "stop the server and remove derived/requests, derived/pod_starts and derived/instances: it makes \
                                 again what the spans still tell";

/// Checks the derived tables that there are against `spans`, if that can be read.
pub(super) async fn check(check: &mut Check<'_>, spans: Option<&CheckedTable>) -> Result<()> {
    let is_there = |of: &DerivedTable| check.folder.join(of.folder()).join("_delta_log").is_dir();
    let (there, missing): (Vec<_>, Vec<_>) = DerivedTable::ALL.into_iter().partition(is_there);
    if there.is_empty() {
        if spans.is_some_and(|spans| !spans.version.files.is_empty()) {
            let remedy = "nothing: the server makes them; if there were some, latency of spans that are gone is in a copy of derived/rollups";
            check.note(check.folder.join("derived"), "there are no derived tables", remedy);
        }
        return Ok(());
    }
    for of in missing {
        let meaning = format!("the derived table {} is not there", of.name());
        let remedy = match of {
            DerivedTable::Rollups => {
                "nothing, unless there was one: then restore it, or latency of spans that are gone is lost"
            }
            _ => "nothing: the server makes it",
        };
        check.note(check.folder.join(of.folder()), meaning, remedy);
    }
    for of in there {
        let Some(table) = table::check(check, &of.folder(), &of.definition()).await? else { continue };
        if of == DerivedTable::Rollups {
            archived(check, &table);
            continue;
        }
        if let Some(spans) = spans {
            windows(check, &table, spans)?;
        }
        rows(check, &table);
        repeated::check(check, &table, spans);
    }
    Ok(())
}

/// Whether rollups that outlived their segments can be read.
fn archived(check: &mut Check<'_>, table: &CheckedTable) {
    for file in &table.whole {
        let path = table.root.join(&file.path);
        let read = std::fs::read(&path).map_err(|error| Error::io("read the rollup", &path, error));
        if let Err(error) = read.and_then(|bytes| RollupCheck::of(bytes.into(), file.rollup_slots)) {
            check.damage(&path, error.message, "restore it from a copy: its spans are gone");
        }
        (check.progress)(&path, file.bytes);
    }
}

/// Whether every window up to the watermark was derived, and every file is of one of them.
fn windows(check: &mut Check<'_>, table: &CheckedTable, spans: &CheckedTable) -> Result<()> {
    let log = table.root.join("_delta_log");
    let through = table.version.watermark(DERIVER).unwrap_or(0);
    // A running server may have gone on since the spans were looked at.
    if through > spans.version.version && !check.found.is_held {
        let meaning = format!(
            "it holds windows up to {through}, and spans/ is at version {}: spans/ is an older copy",
            spans.version.version
        );
        check.damage(&log, meaning, REMAKE);
    }
    for file in &table.version.files {
        if let Some(meaning) = outside_its_window(file, through, spans) {
            check.damage(table.root.join(&file.path), meaning, REMAKE);
        }
    }
    let committed = Committed::read(&log)?;
    if let Some(falling) = committed.windows.windows(2).find(|pair| pair[0] >= pair[1]) {
        let meaning = format!("window {} was committed after window {}", falling[1], falling[0]);
        check.damage(&log, meaning, REMAKE);
    }
    let derived: BTreeSet<u64> = committed.windows.iter().copied().collect();
    let first = if committed.is_whole { Some(1) } else { derived.first().copied() };
    let Some(first) = first.filter(|first| *first <= through) else { return Ok(()) };
    let of_spans: BTreeSet<u64> = spans.version.files.iter().map(|file| file.window).collect();
    for window in of_spans.range(first..=through).filter(|window| !derived.contains(window)) {
        let meaning = format!("window {window} of spans/ was passed over: its rows are missing");
        check.damage(&log, meaning, REMAKE);
    }
    Ok(())
}

/// What is wrong with the window of a file.
fn outside_its_window(file: &SegmentFile, through: u64, spans: &CheckedTable) -> Option<String> {
    let tag = file.window;
    if tag == 0 || tag > through {
        return Some(format!(
            "its tag tailplane.window says {tag}, and the table holds windows up to {through}"
        ));
    }
    let named = file.path.rsplit_once("-window-").and_then(|(_, rest)| rest.split_once('.'));
    let named = named.and_then(|(number, _)| number.parse::<u64>().ok())?;
    if named != tag {
        return Some(format!("its tag tailplane.window says {tag}, its name {named}"));
    }
    let of_window =
        spans.version.files.iter().filter(|span| span.window == tag && span.tenant == file.tenant);
    let newest = of_window.map(|span| span.times.arrival_max).max()?;
    let is_later = file.times.arrival_max > newest;
    is_later.then(|| {
        format!(
            "its tag tailplane.arrival_max says {}, the newest span of window {tag} arrived at {newest}",
            file.times.arrival_max
        )
    })
}

/// The windows that the entries of a derived table's log say they brought, in order of entry.
struct Committed {
    windows: Vec<u64>,
    /// Whether no entry has expired.
    is_whole: bool,
}

impl Committed {
    fn read(log: &Path) -> Result<Self> {
        let unreadable = |error| Error::io("read", log, error);
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(log).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|ending| ending == "json") {
                entries.push(path);
            }
        }
        entries.sort();
        let is_whole = entries.first().is_some_and(|first| {
            first.file_stem().is_some_and(|stem| stem.to_string_lossy().bytes().all(|digit| digit == b'0'))
        });
        let mut windows = Vec::new();
        for path in entries {
            let text = std::fs::read_to_string(&path).map_err(|error| Error::io("read", &path, error))?;
            windows.extend(text.lines().filter_map(window));
        }
        Ok(Self { windows, is_whole })
    }
}

/// The window that an action says it brings the table to.
fn window(action: &str) -> Option<u64> {
    let action: Value = serde_json::from_str(action).ok()?;
    let transaction = action.get("txn")?;
    (transaction["appId"] == DERIVER.to_string()).then(|| transaction["version"].as_u64())?
}

/// The rows of each file: their order, and the times in its tags.
fn rows(check: &mut Check<'_>, table: &CheckedTable) {
    for file in &table.whole {
        check.found.derived_rows += file.rows;
        let path = table.root.join(&file.path);
        let (mut times, mut last, mut is_sorted) = (SpanTimes::NONE, 0, true);
        let read = for_each_batch(&path, &file.path, &[], |batch| {
            for row in row_keys(batch, 0)? {
                times = times.including(row.start, row.end);
                // Sorted by the column, which has no nanoseconds.
                is_sorted &= last <= row.start / 1_000;
                last = row.start / 1_000;
            }
            Ok(())
        });
        (check.progress)(&path, file.bytes);
        match read {
            Err(error) => check.damage(&path, format!("its rows cannot be read: {}", error.message), REMAKE),
            Ok(()) if !is_sorted => check.damage(&path, "its rows are not sorted by start", REMAKE),
            Ok(()) => tags(check, &path, file, &times),
        }
    }
}
