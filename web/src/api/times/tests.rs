//! Times in all their forms.

use proptest::prelude::*;

use super::*;
use crate::testing::NOW;

const NOON: u64 = NOW;
const MINUTE: u64 = 60_000_000_000;

fn time(text: &str) -> Result<u64, String> {
    parse_time("start", text, NOW).map_err(|failure| failure.message)
}

#[test]
fn every_form_of_a_time() {
    for (text, expected) in [
        ("1769860800", NOON),
        ("1769860800000", NOON),
        ("1769860800000000000", NOON),
        ("1769860800000000001", NOON + 1),
        ("0", 0),
        ("2026-01-31T12:00:00Z", NOON),
        ("2026-01-31T13:00:00+01:00", NOON),
        ("2026-01-31T12:00:00.000000001Z", NOON + 1),
        ("now", NOON),
        ("now-15m", NOON - 15 * MINUTE),
        ("now-1h30m", NOON - 90 * MINUTE),
        ("now-1ns", NOON - 1),
        ("now-1d", NOON - 24 * 60 * MINUTE),
    ] {
        assert_eq!(time(text), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_no_time_is_refused_with_the_forms_that_are() {
    for text in [
        "yesterday",
        "now-",
        "now-15",
        "now+1h",
        "now 15m",
        "-5",
        "1.5",
        "1769860800000000",
        "99999999999999999999",
        "2026-01-31",
        "2026-01-31T12:00:00",
        "1969-12-31T23:59:59Z",
        "now-100y",
        "9999-01-01T00:00:00Z",
    ] {
        let message = time(text).expect_err(text);
        assert!(
            message.starts_with(&format!("start is {text:?}, which is not a time: write unix seconds")),
            "{message}"
        );
    }
}

#[test]
fn durations() {
    let duration = |text| parse_duration_ns("step", text).map_err(|failure| failure.message);
    assert_eq!(duration("10s"), Ok(10_000_000_000));
    assert_eq!(duration("1m30s"), Ok(90_000_000_000));
    assert_eq!(duration("250ms"), Ok(250_000_000));
    for text in ["10", "s", "-1s", "1 fortnight", "1000y"] {
        let message = duration(text).expect_err(text);
        assert!(message.starts_with(&format!("step is {text:?}, which is not a duration")), "{message}");
    }
}

proptest! {
    /// One instant, written in each form, is read as itself.
    #[test]
    fn forms_of_one_instant_agree(seconds in 100_000_000_u64..9_000_000_000, nanos in 0_u64..1_000_000_000) {
        let instant = seconds * 1_000_000_000 + nanos;
        prop_assert_eq!(time(&seconds.to_string()), Ok(seconds * 1_000_000_000));
        prop_assert_eq!(time(&(instant / 1_000_000).to_string()), Ok(instant - instant % 1_000_000));
        prop_assert_eq!(time(&instant.to_string()), Ok(instant));
        let timestamp = Timestamp::from_nanosecond(i128::from(instant)).unwrap();
        prop_assert_eq!(time(&timestamp.to_string()), Ok(instant));
    }

    #[test]
    fn a_duration_before_now(nanos in 1..NOW) {
        let written = humantime::format_duration(Duration::from_nanos(nanos)).to_string();
        prop_assert_eq!(parse_duration_ns("step", &written).unwrap(), nanos);
        prop_assert_eq!(time(&format!("now-{written}")), Ok(NOW - nanos));
    }

    #[test]
    fn no_text_is_a_panic(text in ".{0,40}", digits in "[0-9]{1,25}") {
        let _any = (time(&text), time(&digits), time(&format!("now{text}")));
    }
}
