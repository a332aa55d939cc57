use proptest::prelude::*;
use proto::TimeRange;

use super::{one_slot, range, read, shown};

const NOW: u64 = 1_790_000_000_000_000_000;

#[test]
fn every_way_to_write_a_time() {
    for (text, time) in [
        ("now", NOW),
        ("now-15m", NOW - 900_000_000_000),
        ("1790000000", NOW),
        ("1790000000000", NOW),
        ("1790000000000000000", NOW),
        ("2026-09-21T14:13:20Z", NOW),
        ("2026-09-21T16:13:20.5+02:00", NOW + 500_000_000),
    ] {
        assert_eq!(read(text, NOW), Some(time), "{text}");
    }
    for text in ["", "yesterday", "now-", "now-1x", "2026-09-21", "-5"] {
        assert_eq!(read(text, NOW), None, "{text}");
    }
}

#[test]
fn ranges_say_what_is_wrong_with_them() {
    assert!(range("soon", "now", NOW).is_err_and(|message| message.contains("--start \"soon\"")));
    assert!(range("now", "now-1h", NOW).is_err_and(|message| message.contains("not before")));
    assert_eq!(range("now-1h", "now", NOW), Ok(TimeRange { start: NOW - 3_600_000_000_000, end: NOW }));
}

proptest! {
    #[test]
    fn prop_one_slot_holds_the_range_and_little_more(
        end in NOW / 2..NOW,
        length_ns in 1_000_000_000_u64..100_000_000_000_000_000,
    ) {
        let range = TimeRange { start: end - length_ns, end };
        let slot = one_slot(range);
        let slot_ns = slot.end - slot.start;
        prop_assert!(slot.start <= range.start && slot.end >= range.end);
        // It is a slot of the engine: it begins at a multiple of its length.
        prop_assert_eq!(slot.start % slot_ns, 0);
        prop_assert!(slot_ns - length_ns < 5_000_000_000 + length_ns / 2, "{} of {}", slot_ns - length_ns, length_ns);
    }
}

#[test]
fn instants_are_shown_to_the_second() {
    assert_eq!(shown("1769860800999999999"), "2026-01-31T12:00:00Z");
    assert_eq!(shown("soon"), "soon");
}
