use std::sync::Arc;
use std::time::Duration;

use proto::Tenant;

use super::expired;
use crate::catalog::{SegmentFile, SegmentKind, SegmentTimes};
use crate::flush::utc_date;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// 2026-11-20T12:00:00Z.
const NOON: u64 = 1_795_176_000_000_000_000;

fn file(days_ago: u64, bytes: u64) -> Arc<SegmentFile> {
    let arrival = NOON - days_ago * DAY.as_nanos() as u64;
    Arc::new(SegmentFile {
        path: format!("{days_ago}-{bytes}.parquet"),
        tenant: Tenant::default(),
        date: utc_date(arrival),
        bytes,
        rows: 1,
        times: SegmentTimes { arrival_min: arrival, arrival_max: arrival + bytes, ..SegmentTimes::UNKNOWN },
        kind: SegmentKind::Main,
        possible_duplicates: false,
        window: 0,
        rollup_bytes: None,
    })
}

fn removed(files: &[Arc<SegmentFile>], retention: Duration, bytes_max: u64) -> Vec<String> {
    expired(files, NOON, retention, bytes_max).iter().map(|file| file.path.clone()).collect()
}

#[test]
fn dates_are_utc() {
    assert_eq!(utc_date(NOON), "2026-11-20");
    assert_eq!(utc_date(0), "1970-01-01");
}

#[test]
fn whole_dates_go_once_they_ended_longer_ago_than_the_retention() {
    let files = [file(8, 1), file(7, 1), file(0, 1)];
    assert_eq!(removed(&files, 7 * DAY, u64::MAX), ["8-1.parquet"], "seven days ago is still partly inside");
    assert_eq!(removed(&files, DAY, u64::MAX), ["8-1.parquet"], "one date at a time");
    assert_eq!(removed(&files[1..], DAY, u64::MAX), ["7-1.parquet"]);
}

#[test]
fn a_clock_that_is_wrong_by_ten_years_removes_nothing_that_is_young() {
    let files = [file(6, 1), file(3, 1), file(0, 1)];
    let (week, ten_years) = (7 * DAY, 3652 * DAY.as_nanos() as u64);
    assert!(expired(&files, NOON + ten_years, week, u64::MAX).is_empty(), "it is ahead");
    assert!(expired(&files, NOON - ten_years, week, u64::MAX).is_empty(), "it is behind");
    assert!(expired(&files, 0, week, u64::MAX).is_empty() && expired(&[], u64::MAX, week, 0).is_empty());
    // Spans that arrived while it was ahead make it credible: then one date goes, and no more for an hour.
    let lead = Arc::new(SegmentFile {
        date: "2036-11-20".to_owned(),
        times: SegmentTimes { arrival_max: NOON + ten_years, ..SegmentTimes::UNKNOWN },
        ..(*file(0, 2)).clone()
    });
    let files = [file(6, 1), file(3, 1), lead];
    assert_eq!(expired(&files, NOON + ten_years, week, u64::MAX).len(), 1);
}

#[test]
fn above_the_size_whole_oldest_dates_go_first() {
    let files = [file(0, 50), file(2, 10), file(2, 20), file(1, 30)];
    assert!(removed(&files, 30 * DAY, 110).is_empty());
    assert_eq!(removed(&files, 30 * DAY, 109), ["2-10.parquet", "2-20.parquet"], "a date goes whole");
    assert_eq!(removed(&files, 30 * DAY, 79), ["2-10.parquet", "2-20.parquet", "1-30.parquet"]);
}

#[test]
fn the_newest_date_is_cut_file_by_file() {
    let files = [file(0, 50), file(0, 20), file(0, 10)];
    assert_eq!(removed(&files, 30 * DAY, 75), ["0-10.parquet"]);
    assert_eq!(removed(&files, 30 * DAY, 0).len(), 3);
}
