//! Which segments are merged, and when.

use super::*;
use crate::catalog::SegmentTimes;
use crate::flush::utc_date;

const MINUTE_NS: u64 = 60 * 1_000_000_000;
/// 2026-11-20T12:00:00Z.
const NOON: u64 = 1_795_176_000_000_000_000;
const POLICY: Policy = Policy { full_bytes: 64 << 20, memory_bytes: 192 << 20 };
const LONG_AFTER: u64 = NOON + 48 * HOUR_NS;

fn file(minute: u64, bytes: u64) -> SegmentFile {
    let arrival = NOON + minute * MINUTE_NS;
    SegmentFile {
        path: format!("{minute:04}-{bytes}"),
        tenant: Tenant::default(),
        date: utc_date(arrival),
        bytes,
        rows: bytes.div_ceil(44),
        times: SegmentTimes {
            arrival_min: arrival,
            arrival_max: arrival + MINUTE_NS - 1,
            ..SegmentTimes::UNKNOWN
        },
        kind: SegmentKind::Main,
        possible_duplicates: false,
        window: 0,
        rollup_bytes: None,
        rollup_slots: crate::rollup::RollupSlots::UNSAID,
        thinned: None,
        remains_of: None,
    }
}

fn files(all: impl IntoIterator<Item = SegmentFile>) -> Vec<Arc<SegmentFile>> {
    all.into_iter().map(Arc::new).collect()
}

fn paths(job: &Job) -> Vec<&str> {
    job.inputs.iter().map(|file| file.path.as_str()).collect()
}

/// Lets merges happen as long as any is due, each as large as its inputs; the files at the end and the bytes written.
fn run(mut files: Vec<Arc<SegmentFile>>, now: u64) -> (Vec<Arc<SegmentFile>>, u64) {
    let mut written = 0;
    while let Some(job) = POLICY.next(&files, now, now) {
        let (first, last) = (&job.inputs[0], &job.inputs[job.inputs.len() - 1]);
        let mut merged = SegmentFile::clone(first);
        merged.path = format!("{}+{}", first.path, last.path);
        merged.bytes = job.inputs.iter().map(|file| file.bytes).sum();
        merged.rows = job.inputs.iter().map(|file| file.rows).sum();
        merged.times.arrival_max = job.inputs.iter().map(|file| file.times.arrival_max).max().unwrap();
        written += merged.bytes;
        files.retain(|file| !job.inputs.contains(file));
        files.push(Arc::new(merged));
    }
    (files, written)
}

#[test]
fn one_small_file_or_large_ones_are_left_alone() {
    assert_eq!(POLICY.next(&files([file(1, 1000)]), LONG_AFTER, LONG_AFTER), None);
    assert_eq!(POLICY.next(&files([file(1, 64 << 20), file(2, 70 << 20)]), LONG_AFTER, LONG_AFTER), None);
}

#[test]
fn an_hour_that_is_over_becomes_one_file() {
    let all = files([file(1, 1000), file(2, 9_000_000), file(59, 50)]);
    let over = NOON + HOUR_NS + SETTLED_AFTER_NS;
    assert_eq!(POLICY.next(&all, over - 1, over), None);
    let job = POLICY.next(&all, over, over).unwrap();
    assert_eq!(paths(&job), ["0001-1000", "0002-9000000", "0059-50"]);
}

#[test]
fn hours_tenants_kinds_thinned_files_and_those_of_others_never_mix() {
    let other_tenant = SegmentFile { tenant: Tenant::new("other").unwrap(), ..file(2, 1000) };
    let long = SegmentFile { kind: SegmentKind::Long, ..file(3, 1000) };
    let foreign = SegmentFile { times: SegmentTimes::UNKNOWN, ..file(4, 1000) };
    let thinned = SegmentFile { thinned: Some(0), ..file(5, 1000) };
    let all = files([file(1, 1000), other_tenant, long, foreign, thinned, file(60, 1000)]);
    assert_eq!(POLICY.next(&all, LONG_AFTER, LONG_AFTER), None);
}

#[test]
fn while_the_hour_runs_sixteen_alike_become_one() {
    let now = NOON + 30 * MINUTE_NS;
    let fifteen = || (0..15).map(|minute| file(minute, 1000 + minute));
    assert_eq!(POLICY.next(&files(fifteen()), now, now), None);
    assert_eq!(POLICY.next(&files(fifteen().chain([file(15, 1_000_000)])), now, now), None);
    let job = POLICY.next(&files(fifteen().chain([file(15, 1000)])), now, now).unwrap();
    assert_eq!(job.inputs.len(), 16);
}

#[test]
fn what_is_read_at_once_is_bounded() {
    let all: Vec<Arc<SegmentFile>> = files((0..60).map(|minute| file(minute, 8 << 20)));
    let job = POLICY.next(&all, LONG_AFTER, LONG_AFTER).unwrap();
    assert_eq!(job.inputs.len(), 24);
    let none = Policy { memory_bytes: 0, ..POLICY };
    assert_eq!(none.next(&all, LONG_AFTER, LONG_AFTER), None);
}

/// 10 spans/s: a flush a minute of 26 kB. 100,000 spans/s: one each 1.5 s of 6.6 MB.
#[test]
fn files_stay_few_and_each_byte_is_written_a_few_times() {
    for (flushes, bytes, files_max, times_max) in [(60, 26_000, 1, 3), (2_400, 6_600_000, 170, 2)] {
        let mut all = Vec::new();
        let mut written = 0;
        let mut most = 0;
        for flush in 0..flushes {
            let at = NOON + HOUR_NS * flush / flushes;
            let mut next = file(0, bytes);
            (next.times.arrival_min, next.times.arrival_max) = (at, at + HOUR_NS / flushes - 1);
            next.path = format!("{flush}");
            all.push(Arc::new(next));
            let (after, more) = run(all, at);
            written += more;
            most = most.max(after.iter().filter(|file| file.bytes < POLICY.full_bytes).count());
            all = after;
        }
        let (all, more) = run(all, LONG_AFTER);
        written += more;
        assert!(most <= 30, "{most} small files at once");
        assert!(all.len() <= files_max, "{} files", all.len());
        assert!(written <= times_max * flushes * bytes, "{written} bytes written for {}", flushes * bytes);
    }
}

#[test]
fn a_mark_of_possible_copies_goes_once_they_cannot_be_elsewhere() {
    let marked = |minute| SegmentFile { possible_duplicates: true, ..file(minute, 1000) };
    let next = |all: &[SegmentFile], settled| {
        POLICY.next(&files(all.to_vec()), LONG_AFTER, settled).unwrap().possible_duplicates
    };
    assert!(!next(&[file(1, 1000), file(2, 1000)], LONG_AFTER));
    assert!(!next(&[marked(1), marked(2), file(30, 1000)], LONG_AFTER));
    assert!(next(&[marked(1), file(2, 1000)], NOON + 11 * MINUTE_NS), "a copy may still come");
    assert!(next(&[marked(1), file(2, 1000), file(11, 64 << 20)], LONG_AFTER), "one may lie in a large file");
    assert!(next(&[marked(1), marked(55), file(62, 1000)], LONG_AFTER), "one may lie in the next hour");
    assert!(!next(&[marked(1), file(2, 1000), file(12, 64 << 20)], LONG_AFTER));
}
