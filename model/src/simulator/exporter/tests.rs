//! The exporter behaves as the Go SDK's does.

use super::*;

const SECOND: u64 = 1_000_000_000;

fn any(_: &u32, _: &u32) -> bool {
    true
}

fn filled(spans: u32) -> Exporter<u32> {
    let mut exporter = Exporter::new(0);
    (0..spans).for_each(|span| {
        exporter.offer(span);
    });
    exporter
}

#[test]
fn a_full_batch_goes_at_once_and_a_small_one_after_five_seconds() {
    let mut exporter = filled(511);
    assert_eq!(exporter.poll(4 * SECOND, any), None);
    assert_eq!(exporter.due(), Some(5 * SECOND));
    exporter.offer(511);
    assert_eq!(exporter.poll(4 * SECOND, any), Some(Sending::Batch((0..512).collect())));
    exporter.answer(4 * SECOND, Outcome::Acknowledged, 0.5);
    exporter.offer(7);
    assert_eq!(exporter.due(), Some(9 * SECOND), "the timer starts again with each export");
    assert_eq!(exporter.poll(9 * SECOND, any), Some(Sending::Batch(vec![7])));
}

#[test]
fn one_export_is_in_flight_and_the_queue_overflows_behind_it() {
    let mut exporter = filled(512);
    assert!(exporter.poll(0, any).is_some());
    let kept = (0..3_000).filter(|span| exporter.offer(*span)).count();
    assert_eq!((kept, exporter.dropped()), (2_048, 952));
    assert_eq!(exporter.poll(60 * SECOND, any), None, "no second export while one is in flight");
    exporter.answer(60 * SECOND, Outcome::Acknowledged, 0.5);
    assert_eq!(exporter.due(), Some(0));
}

#[test]
fn a_failed_export_is_repeated_within_ten_seconds_and_then_given_up() {
    let mut exporter = filled(512);
    exporter.poll(0, any).unwrap();
    exporter.answer(SECOND, Outcome::Retryable { retry_after_ns: 0 }, 0.5);
    assert_eq!(exporter.due(), Some(6 * SECOND), "5 s backoff");
    assert_eq!(exporter.poll(6 * SECOND, any), Some(Sending::Again(2)));
    exporter.answer(7 * SECOND, Outcome::Retryable { retry_after_ns: 0 }, 0.5);
    assert_eq!(exporter.discarded(), 512, "another 7.5 s would go beyond the timeout");
    assert_eq!(exporter.due(), Some(5 * SECOND));
}

#[test]
fn a_longer_retry_info_wins_and_a_shorter_one_does_not() {
    let due = |retry_after_ns| {
        let mut exporter = filled(512);
        exporter.poll(0, any).unwrap();
        exporter.answer(0, Outcome::Retryable { retry_after_ns }, 0.0);
        exporter.due()
    };
    assert_eq!(due(SECOND), Some(5 * SECOND / 2));
    assert_eq!(due(8 * SECOND), Some(8 * SECOND));
}

#[test]
fn a_refused_batch_is_lost() {
    let mut exporter = filled(600);
    exporter.poll(0, any).unwrap();
    exporter.answer(1, Outcome::Refused, 0.5);
    assert_eq!((exporter.discarded(), exporter.waiting()), (512, 88));
}

#[test]
fn spans_of_two_resources_never_share_a_request() {
    let mut exporter = filled(20);
    let batch = exporter.poll(5 * SECOND, |a, b| (*a < 10) == (*b < 10));
    assert_eq!(batch, Some(Sending::Batch((0..10).collect())));
}
