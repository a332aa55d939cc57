use xxhash_rust::xxh3::xxh3_128;

use super::*;
use crate::env::Env;

const WINDOW: Duration = Duration::from_secs(600);

/// 5,000 nodes send 5,000 requests a second. `cargo test -- three_million --nocapture` prints what it costs.
#[test]
fn three_million_requests_take_less_than_a_hundred_megabytes() {
    let mut seen = Seen::new(4_000_000, WINDOW);
    let (clock, requests) = (Env::system(), 3_000_000_u32);
    let began = clock.monotonic();
    let mut now = Duration::ZERO;
    let mut longest = Duration::ZERO;
    for number in 0..requests {
        let hash = xxh3_128(&number.to_le_bytes());
        let before = clock.monotonic();
        assert!(!seen.contains(hash));
        assert!(!seen.contains_kept(hash));
        seen.insert(hash, Origin::Kept, now, now + WINDOW);
        longest = longest.max(clock.monotonic() - before);
        now += Duration::from_micros(200);
    }
    let elapsed = clock.monotonic() - began;
    assert_eq!((seen.entries(), seen.evicted()), (requests as usize, 0));
    assert!(seen.bytes() < 90_000_000, "{} bytes", seen.bytes());
    let began = clock.monotonic();
    assert!((0..requests).all(|number| seen.contains(xxh3_128(&number.to_le_bytes()))));
    println!(
        "{} tables, {} bytes; a new request {:?} (the longest {longest:?}), a retry {:?}",
        seen.slices.len(),
        seen.bytes(),
        elapsed / requests,
        (clock.monotonic() - began) / requests
    );
    seen.expire(now + WINDOW);
    assert_eq!((seen.entries(), seen.bytes()), (0, 0));
}

#[test]
fn frequent_flushes_and_slow_senders_leave_few_tables() {
    let mut seen = Seen::new(4_000_000, WINDOW);
    for number in 0..6_000_u32 {
        let now = Duration::from_millis(u64::from(number) * 100);
        seen.insert(number.into(), Origin::Kept, now, now + WINDOW);
    }
    assert!(seen.slices.len() <= SLICES_MIN as usize + 1, "{}", seen.slices.len());
    assert_eq!(seen.entries(), 6_000);
}
