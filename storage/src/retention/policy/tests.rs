use bytesize::ByteSize;

use super::*;
use crate::catalog::{SegmentKind, SegmentTimes};

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
        rollup_slots: crate::rollup::RollupSlots::UNSAID,
        thinned: None,
        remains_of: None,
    })
}

fn file_of(tenant: &str, days_ago: u64, bytes: u64) -> Arc<SegmentFile> {
    let path = format!("{tenant}-{days_ago}-{bytes}.parquet");
    Arc::new(SegmentFile { tenant: Tenant::new(tenant).unwrap(), path, ..(*file(days_ago, bytes)).clone() })
}

fn allowance(retention: Duration, bytes_max: u64) -> Allowance<'static> {
    Allowance { bytes_max, ..Allowance::of_age(retention) }
}

fn paths(files: &[Arc<SegmentFile>]) -> Vec<String> {
    files.iter().map(|file| file.path.clone()).collect()
}

fn removed(files: &[Arc<SegmentFile>], retention: Duration, bytes_max: u64) -> Vec<String> {
    paths(&allowance(retention, bytes_max).expired(files, NOON))
}

/// What leaves where tenant `a` is kept for `retention` and up to `max_bytes`, the others for a week and up to 1,000 bytes.
fn removed_with_own(
    files: &[Arc<SegmentFile>],
    retention: Option<Duration>,
    max_bytes: Option<u64>,
) -> Vec<String> {
    let own = TenantConfig { retention, max_bytes: max_bytes.map(ByteSize) };
    let tenants = BTreeMap::from([("a".to_owned(), own)]);
    let allowance = Allowance { tenants: &tenants, ..allowance(7 * DAY, 1_000) };
    paths(&allowance.expired(files, NOON))
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
    let kept = allowance(week, u64::MAX);
    assert!(kept.expired(&files, NOON + ten_years).is_empty(), "it is ahead");
    assert!(kept.expired(&files, NOON - ten_years).is_empty(), "it is behind");
    assert!(kept.expired(&files, 0).is_empty() && allowance(week, 0).expired(&[], u64::MAX).is_empty());
    // Spans that arrived while it was ahead make it credible: then one date goes, and no more for an hour.
    let lead = Arc::new(SegmentFile {
        date: "2036-11-20".to_owned(),
        times: SegmentTimes { arrival_max: NOON + ten_years, ..SegmentTimes::UNKNOWN },
        ..(*file(0, 2)).clone()
    });
    let files = [file(6, 1), file(3, 1), lead];
    assert_eq!(kept.expired(&files, NOON + ten_years).len(), 1);
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

#[test]
fn a_tenant_s_own_age_is_its_own_and_the_others_keep_theirs() {
    let files =
        [file_of("a", 5, 1), file_of("a", 0, 1), file_of("b", 9, 1), file_of("b", 5, 1), file_of("c", 8, 1)];
    assert_eq!(removed_with_own(&files, None, None), ["b-9-1.parquet"], "one date of all of them");
    let (shorter, longer) = (Some(3 * DAY), Some(30 * DAY));
    assert_eq!(removed_with_own(&files, shorter, None), ["a-5-1.parquet", "b-9-1.parquet"]);
    let files = [file_of("a", 9, 1), file_of("b", 8, 1), file_of("b", 0, 1)];
    assert_eq!(removed_with_own(&files, longer, None), ["b-8-1.parquet"], "what is old of `a` may stay");
}

#[test]
fn while_no_date_may_age_none_does() {
    let files = [file_of("a", 9, 10), file_of("b", 8, 10)];
    let own = TenantConfig { retention: Some(DAY), max_bytes: Some(ByteSize(5)) };
    let tenants = BTreeMap::from([("a".to_owned(), own)]);
    let allowance = Allowance { retention: None, bytes_max: u64::MAX, tenants: &tenants };
    assert_eq!(paths(&allowance.expired(&files, NOON)), ["a-9-10.parquet"], "by size alone");
}

#[test]
fn above_a_tenant_s_own_size_its_oldest_files_go_and_the_size_of_all_holds_over_them() {
    let files = [file_of("a", 0, 300), file_of("a", 1, 200), file_of("b", 2, 400)];
    assert!(removed_with_own(&files, None, Some(500)).is_empty());
    assert_eq!(removed_with_own(&files, None, Some(499)), ["a-1-200.parquet"], "`b` has older ones");
    assert_eq!(removed_with_own(&files, None, Some(1)), ["a-1-200.parquet", "a-0-300.parquet"]);
    let files = [file_of("a", 0, 300), file_of("a", 1, 200), file_of("b", 2, 900)];
    assert_eq!(removed_with_own(&files, None, Some(400)), ["a-1-200.parquet", "b-2-900.parquet"]);
}
