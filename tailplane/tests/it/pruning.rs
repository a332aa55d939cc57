//! Which files a question about five minutes opens of days of spans, with watches and spans of a week among them: those
//! that can match, and no other. All others are then removed, and the answer stays what it was.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use bytesize::ByteSize;
use proto::otlp::{RequestEncoder, Resource, Scope, Span, SpanSink};
use proto::{SpanId, Tenant, TraceId};
use query::Engine;
use query::latency::{LatencyAnswer, LatencyQuery, Source, Step};
use query::trace::TraceQuery;
use storage::Storage;
use storage::catalog::SegmentFile;
use storage::wal::{RecordMeta, Transport};

use crate::damage::open;
use crate::pipeline::{Pipeline, Place, block_on, filter};

const SECOND_NS: u64 = 1_000_000_000;
const MINUTE_NS: u64 = 60 * SECOND_NS;
const HOUR_NS: u64 = 60 * MINUTE_NS;
const DAY_NS: u64 = 24 * HOUR_NS;
/// 2026-11-20T12:00:00Z.
const NOON: u64 = 1_795_176_000 * SECOND_NS;
const DAYS: u64 = 4;
/// Of each day, from noon on.
const HOURS: u64 = 4;
/// Spans come in requests of so many minutes each.
const REQUEST_MINUTES: u64 = 3;
/// Ordinary spans of an hour: two a minute.
const ORDINARY: u64 = 120;
/// The hour of the day in which a span of a week ends.
const WEEKLY_HOUR: u64 = 2;
/// The minute of the hour in which it does.
const WEEKLY_MINUTE: u64 = 22;
/// The minutes in which a watch of three quarters of an hour ends.
const WATCH_MINUTES: [u64; 2] = [10, 40];

fn hour(day: u64, hour: u64) -> u64 {
    NOON + day * DAY_NS + hour * HOUR_NS
}

/// Spans that are told from each other by when they end and how long they took.
fn span(end: u64, duration_ns: u64) -> Span<'static> {
    let number = (u128::from(end) << 64) | u128::from(duration_ns);
    Span {
        trace_id: TraceId(number.to_be_bytes()),
        span_id: SpanId((end ^ duration_ns).to_be_bytes()),
        name: if duration_ns < SECOND_NS { "ordinary" } else { "watch" }.into(),
        kind: 2,
        start: end - duration_ns,
        end,
        ..Span::default()
    }
}

fn week_long(day: u64) -> Span<'static> {
    span(hour(day, WEEKLY_HOUR) + WEEKLY_MINUTE * MINUTE_NS + SECOND_NS, 7 * DAY_NS)
}

/// Every span that ends in the minute from `start` on.
fn spans_of_minute(day: u64, of_day: u64, minute: u64) -> Vec<Span<'static>> {
    let start = hour(day, of_day) + minute * MINUTE_NS;
    let mut spans: Vec<_> =
        [5, 35].map(|second| span(start + second * SECOND_NS, 20_000_000)).into_iter().collect();
    if WATCH_MINUTES.contains(&minute) {
        spans.push(span(start + SECOND_NS, 45 * MINUTE_NS));
    }
    if (of_day, minute) == (WEEKLY_HOUR, WEEKLY_MINUTE) {
        spans.push(week_long(day));
    }
    spans
}

fn request(spans: &[Span<'static>]) -> Bytes {
    let mut encoder = RequestEncoder::default();
    encoder.resource(&Resource::new(Vec::new(), ""));
    encoder.scope(&Scope::new("pruning", "1", ""));
    spans.iter().for_each(|span| encoder.span(span));
    encoder.finish().into()
}

/// Days of spans, flushed each half hour, each request as soon as its spans have ended.
async fn fill(storage: &Storage) {
    for (day, of_day) in (0..DAYS).flat_map(|day| (0..HOURS).map(move |hour| (day, hour))) {
        for first in (0..60).step_by(REQUEST_MINUTES as usize) {
            let minutes = first..first + REQUEST_MINUTES;
            let spans: Vec<_> = minutes.flat_map(|minute| spans_of_minute(day, of_day, minute)).collect();
            let meta = RecordMeta {
                tenant: Tenant::default(),
                arrival: hour(day, of_day) + (first + REQUEST_MINUTES) * MINUTE_NS - 1,
                peer: None,
                transport: Transport::Grpc,
                user_agent: String::new(),
                body_hash: 0,
            };
            storage.append(meta, request(&spans)).await.expect("an append");
            if (first + REQUEST_MINUTES).is_multiple_of(30) {
                storage.flush().await.expect("a flush");
            }
        }
    }
}

/// Five minutes of the day before the last, in which a span of a week ends and no watch does; by spans, not rollups.
fn question() -> LatencyQuery {
    let start = hour(DAYS - 2, WEEKLY_HOUR) + 20 * MINUTE_NS;
    let mut question = LatencyQuery::new(filter("{}"), start, start + 5 * MINUTE_NS);
    question.step = Step::Nanos(10 * SECOND_NS);
    question
}

fn check(answer: &LatencyAnswer, files: u64, rows: u64) {
    assert!(answer.stats.completeness.is_complete(), "{:?}", answer.stats);
    let points = &answer.series[0].points;
    assert_eq!(answer.series[0].count, 10 + 1, "ten ordinary spans and one of a week");
    let slowest = answer.series[0].exemplars.iter().map(|exemplar| exemplar.duration_ns).max();
    assert_eq!(slowest, Some(7 * DAY_NS));
    assert!(points.len() >= 10, "{} slots", points.len());
    assert_eq!(
        (answer.stats.source, answer.stats.files_read, answer.stats.rows_read),
        (Source::Scan, files, rows)
    );
}

/// The files that arrived in the hour of the question.
fn of_the_hour(storage: &Storage, minutes: u64) -> Vec<Arc<SegmentFile>> {
    let start = hour(DAYS - 2, WEEKLY_HOUR);
    let hour = start..start + minutes * MINUTE_NS;
    let files = storage.snapshot().table.files.clone();
    files.into_iter().filter(|file| hour.contains(&file.times.arrival_min)).collect()
}

/// Removes every segment of the folder but these.
fn keep_only(folder: &Path, kept: &[Arc<SegmentFile>]) -> usize {
    let kept: BTreeSet<_> = kept.iter().map(|file| folder.join("spans").join(&file.path)).collect();
    let segments = crate::damage::files(&folder.join("spans/tenant=default"), ".parquet");
    let removed: Vec<_> = segments.iter().filter(|path| !kept.contains(*path)).collect();
    removed.iter().for_each(|path| std::fs::remove_file(path).expect("removed"));
    removed.len()
}

#[test]
fn five_minutes_open_only_what_can_match_and_find_what_lasted_a_week() {
    block_on(async {
        let config = storage::Config {
            compaction_memory: ByteSize(0),
            retention: std::time::Duration::from_secs(100 * 365 * 86_400),
            ..Pipeline::storage_config()
        };
        let pipeline = Pipeline::with_storage(&[], Place::Live, config, query::Config::default()).await;
        fill(&pipeline.storage).await;
        let flushed = pipeline.storage.snapshot().table.files.len() as u64;
        assert_eq!(flushed, 2 * 2 * DAYS * HOURS, "a main and a long file for each half hour");
        let answer = pipeline.engine.latency(question()).await.expect("an answer");
        check(&answer, 2, ORDINARY / 2 + 2);
        assert_eq!(of_the_hour(&pipeline.storage, 30).len(), 2);
        let folder = pipeline.stop().await;

        // What is merged is merged by hour and kind, so that it stays so.
        let (storage, engine) = open(folder.path()).await.expect("it opens");
        while storage.compact().await.expect("a merge").is_some() {}
        assert_eq!(storage.snapshot().table.files.len() as u64, 2 * DAYS * HOURS);
        check(&engine.latency(question()).await.expect("an answer"), 2, ORDINARY + 3);
        nobody_else_is_opened(&storage, &engine, folder.path()).await;
        storage.stop().await;
    });
}

async fn nobody_else_is_opened(storage: &Arc<Storage>, engine: &Engine, folder: &Path) {
    let kept = of_the_hour(storage, 60);
    assert_eq!(kept.len(), 2, "{kept:?}");
    // A trace is looked for around an instant that it is known to touch: two days before this one ended.
    let day = DAYS - 2;
    let lasting = TraceQuery {
        tenant: Tenant::default(),
        trace_id: week_long(day).trace_id,
        near: Some(week_long(day).end - 2 * DAY_NS + 12 * HOUR_NS),
    };
    let found = engine.trace(lasting).await.expect("it is found");
    assert_eq!((found.spans.len(), found.completeness.is_complete()), (1, true));

    assert!(keep_only(folder, &kept) >= 2 * (DAYS * HOURS - 1) as usize);
    check(&engine.latency(question()).await.expect("an answer"), 2, ORDINARY + 3);
    let mut other = question();
    (other.range.start, other.range.end) = (other.range.start + HOUR_NS, other.range.end + HOUR_NS);
    let other = engine.latency(other).await.expect("an answer");
    assert!(!other.stats.completeness.is_complete(), "the others are gone indeed");
}
