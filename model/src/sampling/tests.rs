use proto::TraceId;

use super::{rate, trace_fraction};

fn trace(low: u64) -> TraceId {
    let mut id = [7; 16];
    id[8..].copy_from_slice(&low.to_be_bytes());
    TraceId(id)
}

#[test]
fn the_fraction_is_the_low_half_without_its_last_bit() {
    assert_eq!(trace_fraction(trace(0b111)), 0b11);
    assert_eq!(trace_fraction(trace(u64::MAX)), (1 << 63) - 1);
}

#[test]
fn the_rate_is_read_off_the_largest_fraction() {
    assert_eq!(rate(1 << 60, 99), None, "too few spans");
    assert_eq!(rate((1 << 63) - 1, 100), Some(1.0));
    let tenth = rate((1 << 63) / 10, 100_000).unwrap();
    assert!((tenth - 0.1).abs() < 0.001, "{tenth}");
}
