//! Segment files as Delta's add and remove actions, and back.

use std::collections::HashMap;

use arrow::temporal_conversions::timestamp_ms_to_datetime;
use deltalake_core::kernel::{Action, Add, CommitInfo, Remove, Transaction};
use proto::{ErrorKind, Tenant, UnixNanos};
use serde_json::{Value, json};

use super::definition::{PARTITION_COLUMNS, STATISTICS_COLUMN};
use super::{Commit, SegmentFile, SegmentKind, SegmentTimes};
use crate::checksums::CHECKED_ENTRY;
use crate::rollup::RollupSlots;
use crate::{Error, Result};

/// The tag that holds the kind of a segment.
const KIND_TAG: &str = "tailplane.kind";

/// The tag, `true`, of a segment whose spans may be elsewhere too.
const POSSIBLE_DUPLICATES_TAG: &str = "tailplane.possible_duplicates";

/// The tag that holds the size of a segment's rollup.
const ROLLUP_BYTES_TAG: &str = "tailplane.rollup_bytes";

/// The tag that holds the lengths of slots of a rollup, beside its segment or archived.
const ROLLUP_SLOTS_TAG: &str = "tailplane.rollup_slots";

/// The tag that holds how many rows were dropped from a segment although a rollup counts them.
const THINNED_TAG: &str = "tailplane.thinned";

/// The tag that holds the path of the segment whose rows outlive it here.
const REMAINS_OF_TAG: &str = "tailplane.remains_of";

/// The tag that holds the version of the table that a segment's rows came with.
const WINDOW_TAG: &str = "tailplane.window";

const NANOS_PER_MILLI: u64 = 1_000_000;

/// The program that wrote an entry, in its `commitInfo`.
const ENGINE: &str = concat!("tailplane/", env!("CARGO_PKG_VERSION"));

/// All the actions of `commit`, to be written at `now` on top of version `read_version`.
pub(super) fn actions(
    commit: &Commit,
    read_version: u64,
    with_statistics: bool,
    now: UnixNanos,
) -> Result<Vec<Action>> {
    let now_ms = signed(now / NANOS_PER_MILLI);
    let mut actions = vec![Action::CommitInfo(CommitInfo {
        timestamp: Some(now_ms),
        operation: Some(commit.operation.to_owned()),
        operation_parameters: Some(HashMap::new()),
        read_version: Some(read_version),
        is_blind_append: Some(commit.remove.is_empty() && commit.restate.is_empty()),
        engine_info: Some(ENGINE.to_owned()),
        info: HashMap::from([(CHECKED_ENTRY.to_owned(), json!(1))]),
        ..CommitInfo::default()
    })];
    if let Some(watermark) = commit.watermark {
        let version = i64::try_from(watermark.sequence).map_err(|e| {
            let message = format!("sequence {} is above Delta's 2^63 - 1", watermark.sequence);
            Error::new(ErrorKind::Invalid, message).caused_by(e)
        })?;
        actions.push(Action::Txn(Transaction::new_with_last_update(watermark.app, version, Some(now_ms))));
    }
    for file in &commit.remove {
        actions.push(Action::Remove(remove(file, commit.data_change, now_ms)));
    }
    for file in &commit.add {
        actions.push(Action::Add(add(file, read_version + 1, commit.data_change, with_statistics, now_ms)?));
    }
    for file in &commit.restate {
        actions.push(Action::Add(add(file, read_version + 1, false, with_statistics, now_ms)?));
    }
    Ok(actions)
}

fn add(
    file: &SegmentFile,
    version: u64,
    data_change: bool,
    with_statistics: bool,
    now_ms: i64,
) -> Result<Add> {
    let file = &SegmentFile { window: if file.window == 0 { version } else { file.window }, ..file.clone() };
    Ok(Add {
        path: file.path.clone(),
        partition_values: partition_values(file),
        size: signed(file.bytes),
        modification_time: now_ms,
        data_change,
        stats: Some(statistics(file, with_statistics)?.to_string()),
        tags: Some(tags(file)),
        ..Add::default()
    })
}

fn remove(file: &SegmentFile, data_change: bool, now_ms: i64) -> Remove {
    Remove {
        path: file.path.clone(),
        data_change,
        deletion_timestamp: Some(now_ms),
        extended_file_metadata: Some(true),
        partition_values: Some(partition_values(file)),
        size: Some(signed(file.bytes)),
        tags: Some(tags(file)),
        ..Remove::default()
    }
}

fn partition_values(file: &SegmentFile) -> HashMap<String, Option<String>> {
    let [tenant, date] = PARTITION_COLUMNS.map(str::to_owned);
    HashMap::from([(tenant, Some(file.tenant.to_string())), (date, Some(file.date.clone()))])
}

/// Delta's own statistics, for other engines. Some writers and readers cut timestamps to whole milliseconds, so the
/// minimum is rounded down to one and the maximum up: what they say is then never too narrow.
fn statistics(file: &SegmentFile, with_statistics: bool) -> Result<Value> {
    let mut statistics = json!({ "numRecords": file.rows });
    if with_statistics {
        let first = iso_millis(file.times.start_min / NANOS_PER_MILLI)?;
        let last = iso_millis(file.times.start_max.div_ceil(NANOS_PER_MILLI))?;
        statistics["minValues"] = json!({ STATISTICS_COLUMN: first });
        statistics["maxValues"] = json!({ STATISTICS_COLUMN: last });
        statistics["nullCount"] = json!({ STATISTICS_COLUMN: 0 });
    }
    Ok(statistics)
}

fn iso_millis(millis: u64) -> Result<String> {
    let time = timestamp_ms_to_datetime(signed(millis));
    time.map(|time| time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
        .ok_or_else(|| Error::new(ErrorKind::Invalid, format!("{millis} ms since 1970 is no date")))
}

fn tags(file: &SegmentFile) -> HashMap<String, Option<String>> {
    let times = TIME_TAGS.iter().map(|tag| (tag.name.to_owned(), Some((tag.get)(&file.times).to_string())));
    let duplicates =
        file.possible_duplicates.then(|| (POSSIBLE_DUPLICATES_TAG.to_owned(), Some("true".to_owned())));
    let rollup = file.rollup_bytes.map(|bytes| (ROLLUP_BYTES_TAG.to_owned(), Some(bytes.to_string())));
    let slots = (file.rollup_slots != RollupSlots::UNSAID)
        .then(|| (ROLLUP_SLOTS_TAG.to_owned(), Some(file.rollup_slots.to_string())));
    let kind = (KIND_TAG.to_owned(), Some(file.kind.name().to_owned()));
    let window = (file.window > 0).then(|| (WINDOW_TAG.to_owned(), Some(file.window.to_string())));
    let thinned = file.thinned.map(|rows| (THINNED_TAG.to_owned(), Some(rows.to_string())));
    let remains_of = file.remains_of.clone().map(|path| (REMAINS_OF_TAG.to_owned(), Some(path)));
    let optional = [duplicates, rollup, slots, window, thinned, remains_of].into_iter().flatten();
    times.chain([kind]).chain(optional).collect()
}

/// One of the six times, by the name of its tag.
struct TimeTag {
    name: &'static str,
    get: fn(&SegmentTimes) -> UnixNanos,
    set: fn(&mut SegmentTimes, UnixNanos),
}

const TIME_TAGS: [TimeTag; 6] = [
    TimeTag { name: "tailplane.start_min", get: |t| t.start_min, set: |t, v| t.start_min = v },
    TimeTag { name: "tailplane.start_max", get: |t| t.start_max, set: |t, v| t.start_max = v },
    TimeTag { name: "tailplane.end_min", get: |t| t.end_min, set: |t, v| t.end_min = v },
    TimeTag { name: "tailplane.end_max", get: |t| t.end_max, set: |t, v| t.end_max = v },
    TimeTag { name: "tailplane.arrival_min", get: |t| t.arrival_min, set: |t, v| t.arrival_min = v },
    TimeTag { name: "tailplane.arrival_max", get: |t| t.arrival_max, set: |t, v| t.arrival_max = v },
];

/// The segment file of an add action.
pub(super) fn segment_file(add: &Add) -> Result<SegmentFile> {
    let corrupt = |what: String| {
        Error::new(ErrorKind::Corrupt, format!("the table's log has a file {:?} {what}", add.path))
    };
    let partition = |column: &str| add.partition_values.get(column).and_then(Option::as_deref);
    let tenant = partition("tenant").ok_or_else(|| corrupt("without a tenant".to_owned()))?;
    let date = partition("date").ok_or_else(|| corrupt("without a date".to_owned()))?;
    let statistics: Option<Value> = add.stats.as_deref().and_then(|stats| serde_json::from_str(stats).ok());
    let rows = statistics.as_ref().and_then(|stats| stats["numRecords"].as_u64());
    let tag = |name: &str| add.tags.as_ref().and_then(|tags| tags.get(name)).and_then(Option::as_deref);
    let mut times = SegmentTimes::UNKNOWN;
    for time in &TIME_TAGS {
        if let Some(text) = tag(time.name) {
            let value = text.parse().map_err(|_| corrupt(format!("whose tag {} is {text:?}", time.name)))?;
            (time.set)(&mut times, value);
        }
    }
    let kind = match tag(KIND_TAG) {
        Some("long") => SegmentKind::Long,
        Some("main") | None => SegmentKind::Main,
        Some(other) => return Err(corrupt(format!("of the unknown kind {other:?}"))),
    };
    Ok(SegmentFile {
        path: add.path.clone(),
        tenant: Tenant::new(tenant).map_err(|e| corrupt(format!("of a bad tenant: {e}")))?,
        date: date.to_owned(),
        bytes: u64::try_from(add.size).map_err(|_| corrupt(format!("of {} bytes", add.size)))?,
        rows: rows.ok_or_else(|| corrupt("without a row count".to_owned()))?,
        times,
        kind,
        possible_duplicates: tag(POSSIBLE_DUPLICATES_TAG) == Some("true"),
        window: tag(WINDOW_TAG).and_then(|version| version.parse().ok()).unwrap_or(0),
        rollup_bytes: tag(ROLLUP_BYTES_TAG).and_then(|bytes| bytes.parse().ok()),
        rollup_slots: tag(ROLLUP_SLOTS_TAG).map_or(RollupSlots::UNSAID, RollupSlots::parse),
        thinned: tag(THINNED_TAG).and_then(|rows| rows.parse().ok()),
        remains_of: tag(REMAINS_OF_TAG).map(str::to_owned),
    })
}

/// Refuses a commit that contradicts itself.
pub(super) fn check(commit: &Commit) -> Result<()> {
    let invalid = |path: &str, what: &str| {
        Error::new(ErrorKind::Invalid, format!("cannot add the file {path:?} to the table: {what}"))
    };
    for file in commit.add.iter().chain(&commit.restate) {
        let folder = format!("tenant={}/date={}/", file.tenant, file.date);
        let name = file.path.strip_prefix(&folder);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if !name.is_some_and(|name| !name.is_empty() && name.bytes().all(plain)) {
            return Err(invalid(&file.path, &format!("it is not directly in {folder}, or has an odd name")));
        }
        let digits = |(index, byte): (usize, u8)| {
            if index == 4 || index == 7 { byte == b'-' } else { byte.is_ascii_digit() }
        };
        if file.date.len() != 10 || !file.date.bytes().enumerate().all(digits) {
            return Err(invalid(&file.path, "its date is not YYYY-MM-DD"));
        }
        let times = &file.times;
        if times.start_min > times.start_max
            || times.end_min > times.end_max
            || times.arrival_min > times.arrival_max
        {
            return Err(invalid(&file.path, "one of its times has a minimum above its maximum"));
        }
    }
    Ok(())
}

/// A count as Delta's signed number; what is above 2^63 - 1 is held there.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
