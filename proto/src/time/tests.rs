//! Half-open ranges and their edges.

use super::*;

const RANGE: TimeRange = TimeRange { start: 10, end: 20 };

#[test]
fn the_start_is_inside_and_the_end_is_not() {
    assert_eq!([9, 10, 19, 20].map(|time| RANGE.contains(time)), [false, true, true, false]);
    assert!(TimeRange::ALL.contains(0) && TimeRange::ALL.contains(u64::MAX - 1));
}

#[test]
fn a_closed_interval_touches() {
    let touches = |first, last| RANGE.touches(first, last);
    assert!(touches(0, 10) && touches(19, 30) && touches(12, 13) && touches(0, 30));
    assert!(!touches(0, 9) && !touches(20, 30));
}

#[test]
fn a_range_stops_at_the_ends_of_time() {
    assert_eq!(RANGE.widened(15), TimeRange { start: 0, end: 35 });
    assert_eq!(TimeRange::ALL.widened(1), TimeRange::ALL);
    assert_eq!((RANGE.duration_ns(), TimeRange { start: 5, end: 4 }.duration_ns()), (10, 0));
}
