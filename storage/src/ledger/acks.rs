//! How long acknowledgements took.

use std::time::Duration;

/// The upper bounds of all buckets but the last, in seconds: from a fast fdatasync to the longest wait before a refusal.
pub const ACK_BOUNDS_SECONDS: [f64; 16] = [
    0.000_25, 0.000_5, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048,
    4.096, 8.192,
];

/// A histogram of the time from a request's head to its durable acknowledgement.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Acks {
    /// Acknowledgements by bucket of [`ACK_BOUNDS_SECONDS`]; the last holds what is slower than all bounds.
    pub buckets: [u64; ACK_BOUNDS_SECONDS.len() + 1],
    /// The sum of all of them.
    pub total: Duration,
}

impl Acks {
    pub(super) fn observe(&mut self, latency: Duration) {
        let seconds = latency.as_secs_f64();
        let bucket = ACK_BOUNDS_SECONDS.partition_point(|bound| *bound < seconds);
        self.buckets[bucket] += 1;
        self.total += latency;
    }

    /// All of them.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}
