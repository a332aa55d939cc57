use std::time::Duration;

use super::Tally;

#[test]
fn the_line_says_how_much_how_fast_and_how_answered() {
    let tally = Tally::default();
    for milliseconds in 1..=100 {
        tally.acknowledged(
            512,
            150_000,
            Duration::from_millis(milliseconds),
            u32::from(milliseconds == 3) * 2,
        );
    }
    let totals = tally.totals();
    assert!(totals.is_clean());
    assert_eq!(
        totals.line(Duration::from_secs(10)),
        "51,200 spans, 15.0 MB, 5,120 spans/s, 100 acks p50 50.0 ms p99 99.0 ms, 2 retries"
    );
}

#[test]
fn the_first_fault_is_kept() {
    let tally = Tally::default();
    tally.rejected(3, "span 7: trace id is all zero");
    tally.refused("the server is full");
    let totals = tally.totals();
    assert!(!totals.is_clean());
    assert_eq!(totals.first_fault.as_deref(), Some("span 7: trace id is all zero"));
    assert!(totals.line(Duration::from_secs(1)).ends_with("3 spans rejected, 1 requests refused"));
}

#[test]
fn nothing_sent_is_no_fault() {
    let totals = Tally::default().totals();
    assert!(totals.is_clean());
    assert_eq!(totals.line(Duration::ZERO), "0 spans, 0.0 MB, 0 spans/s, 0 acks p50 0 ns p99 0 ns");
}
