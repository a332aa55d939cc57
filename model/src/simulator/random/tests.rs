//! The distributions are what they say, and the stream is the same on every machine.

use super::*;

#[test]
fn the_stream_is_reproducible() {
    let numbers = |seed| {
        let mut random = Random::new(seed);
        [random.next(), random.next(), random.next()]
    };
    assert_eq!(numbers(7), numbers(7));
    assert_ne!(numbers(7), numbers(8));
}

#[test]
fn durations_have_their_median_and_a_long_tail() {
    let mut random = Random::new(1);
    let mut durations: Vec<u64> = (0..100_000).map(|_| random.duration(1_000_000)).collect();
    durations.sort_unstable();
    let quantile = |q: f64| durations[(q * 100_000.0) as usize] as f64 / 1e6;
    assert!((0.97..1.05).contains(&quantile(0.5)), "{}", quantile(0.5));
    assert!((2.5..6.0).contains(&quantile(0.99)), "{}", quantile(0.99));
    assert!(quantile(0.9999) > 15.0, "{}", quantile(0.9999));
    assert!(durations[0] > 0);
}

#[test]
fn a_poisson_process_keeps_its_rate() {
    let mut random = Random::new(2);
    let total: u64 = (0..100_000).map(|_| random.exponential(1000.0)).sum();
    assert!((98_000_000..102_000_000).contains(&total), "{total}");
}

#[test]
fn uuids_are_version_four() {
    let uuid = Random::new(3).uuid();
    assert_eq!(uuid.len(), 36);
    assert_eq!(uuid.as_bytes()[14], b'4');
    assert!(uuid.bytes().enumerate().all(|(i, byte)| (byte == b'-') == matches!(i, 8 | 13 | 18 | 23)));
}
