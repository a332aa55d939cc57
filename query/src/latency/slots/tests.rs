use proto::TimeRange;

use super::{SECOND_NS, Slots, Step};

fn seconds(start: u64, end: u64) -> TimeRange {
    TimeRange { start: start * SECOND_NS, end: end * SECOND_NS }
}

#[test]
fn slots_are_whole_and_aligned_to_the_epoch() {
    let slots = Slots::cover(seconds(103, 127), Step::Nanos(10 * SECOND_NS), 100).unwrap();
    assert_eq!(slots.range, seconds(100, 130));
    assert_eq!(slots.start_of(2), 120 * SECOND_NS);
}

#[test]
fn an_automatic_step_is_round() {
    for (hours, step_s) in [(1, 30), (24, 600), (24 * 7, 3_600)] {
        let slots = Slots::cover(seconds(0, hours * 3_600), Step::Auto, 1_500).unwrap();
        assert_eq!(slots.step_ns, step_s * SECOND_NS, "{hours} h");
    }
}

#[test]
fn few_spans_make_longer_slots_but_not_too_few_points() {
    let range = seconds(0, 600);
    let fine = Slots::cover(range, Step::Auto, 1_500).unwrap();
    assert_eq!(fine.step_ns, 5 * SECOND_NS);
    assert_eq!(fine.coarser(range, &[60_000, 60_000]), None, "500 spans a point are enough");
    assert_eq!(fine.coarser(range, &[6_000, 6_000]).map(|slots| slots.step_ns), Some(10 * SECOND_NS));
    assert_eq!(
        fine.coarser(range, &[1]).map(|slots| slots.step_ns),
        Some(30 * SECOND_NS),
        "24 points at least"
    );
    assert_eq!(fine.coarser(range, &[]), None, "nothing to show");
}

#[test]
fn wrong_questions_are_refused() {
    let message = |range, step| Slots::cover(range, step, 100).unwrap_err().message;
    assert!(message(seconds(5, 5), Step::Auto).contains("empty"));
    assert!(message(seconds(0, 5), Step::Nanos(0)).contains("step is 0"));
    assert!(message(seconds(0, 500), Step::Nanos(SECOND_NS)).contains("query.slots_max"));
}
