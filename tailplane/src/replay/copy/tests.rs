use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use proto::capture::Rewrite;

use super::{Copy, shift_ns, shift_to_now_ns};
use crate::cli::Speed;
use crate::replay::slice::Slice;

const SECOND: u64 = 1_000_000_000;

fn slice(first_arrival: u64, last_arrival: u64) -> Slice {
    Slice { sources: Vec::new(), first_arrival, last_arrival, requests: 10, spans: 100 }
}

#[test]
fn requests_are_due_at_the_original_pace_divided_by_the_speed() {
    let copy = |speed| Copy {
        slice: Arc::new(slice(100 * SECOND, 140 * SECOND)),
        rewrite: Rewrite::default(),
        begins: Duration::from_secs(7),
        speed,
    };
    assert_eq!(copy(Speed::Times(1.0)).due(120 * SECOND), Duration::from_secs(27));
    assert_eq!(copy(Speed::Times(4.0)).due(120 * SECOND), Duration::from_secs(12));
    assert_eq!(copy(Speed::Times(0.5)).due(120 * SECOND), Duration::from_secs(47));
    assert_eq!(copy(Speed::Max).due(140 * SECOND), Duration::from_secs(7));
}

#[test]
fn copies_follow_each_other_without_overlap() {
    let slice = slice(100 * SECOND, 140 * SECOND);
    assert_eq!(slice.period_ns(), 44 * SECOND);
}

#[test]
fn now_is_the_first_request_at_the_original_pace_and_the_last_one_above() {
    let slice = slice(100 * SECOND, 140 * SECOND);
    let now = 1_000 * SECOND;
    assert_eq!(shift_to_now_ns(&slice, Speed::Times(1.0), now), 900 * SECOND as i64);
    assert_eq!(shift_to_now_ns(&slice, Speed::Times(0.5), now), 900 * SECOND as i64);
    // The last request ends now; at twice the pace it is sent, and ends, in 20 s.
    assert_eq!(shift_to_now_ns(&slice, Speed::Max, now), 860 * SECOND as i64);
    assert_eq!(shift_to_now_ns(&slice, Speed::Times(2.0), now), 880 * SECOND as i64);
}

proptest! {
    #[test]
    fn prop_no_request_is_sent_before_its_spans_end(
        first in 0..u64::MAX / 8,
        length in 0..400 * SECOND,
        part in 0.0..=1.0_f64,
        times in 1.0..50.0_f64,
        now in 500 * SECOND..u64::MAX / 4,
    ) {
        let slice = slice(first, first + length);
        let arrival = first + (length as f64 * part) as u64;
        let shift = shift_to_now_ns(&slice, Speed::Times(times), now);
        let copy = Copy { slice: Arc::new(slice), rewrite: Rewrite::default(), begins: Duration::ZERO, speed: Speed::Times(times) };
        let sent_at = now + copy.due(arrival).as_nanos() as u64;
        // Times in seconds as floats are good to about a tenth of a microsecond here.
        prop_assert!(arrival.wrapping_add_signed(shift) <= sent_at + 1_000);
    }

    #[test]
    fn prop_a_shift_moves_one_time_to_the_other(from in any::<u64>(), to in any::<u64>()) {
        prop_assume!(from.abs_diff(to) <= i64::MAX as u64);
        prop_assert_eq!(from.checked_add_signed(shift_ns(from, to)), Some(to));
    }
}
