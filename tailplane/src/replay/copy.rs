//! One sending of a slice: which ids and times it gets, and when each request is due.

use std::sync::Arc;
use std::time::Duration;

use proto::UnixNanos;
use proto::capture::Rewrite;
use storage::env::Env;

use super::slice::Slice;
use crate::cli::Speed;

/// One sending of a slice.
#[derive(Debug, Clone)]
pub(crate) struct Copy {
    /// What is sent.
    pub slice: Arc<Slice>,
    /// The ids and times it gets.
    pub rewrite: Rewrite,
    /// When its first request is due, by the monotonic clock.
    pub begins: Duration,
    /// How fast the others follow.
    pub speed: Speed,
}

impl Copy {
    /// When a request that arrived at `arrival` in the capture is due, by the monotonic clock.
    #[must_use]
    pub(crate) fn due(&self, arrival: UnixNanos) -> Duration {
        self.begins + compressed(arrival.saturating_sub(self.slice.first_arrival), self.speed)
    }
}

/// What `nanos` of the capture take at `speed`.
#[must_use]
pub(crate) fn compressed(nanos: u64, speed: Speed) -> Duration {
    match speed {
        Speed::Max => Duration::ZERO,
        Speed::Times(times) => {
            Duration::try_from_secs_f64(nanos as f64 / 1e9 / times).unwrap_or(Duration::MAX / 4)
        }
    }
}

/// Ids of its own for one copy: fresh random keys, no change of time.
#[must_use]
pub(crate) fn fresh_keys(env: &Env) -> Rewrite {
    let mut span_id_xor = [0; 8];
    span_id_xor.copy_from_slice(&env.random_bytes()[..8]);
    Rewrite { trace_id_xor: env.random_bytes(), span_id_xor, time_shift_ns: 0 }
}

/// What `to - from` adds to a time.
#[must_use]
pub(crate) const fn shift_ns(from: UnixNanos, to: UnixNanos) -> i64 {
    to.wrapping_sub(from).cast_signed()
}

/// The shift that moves a copy to the time it is sent, which begins at `now`: at the original pace or slower
/// its first request is now; faster than that its last request is when it is sent, so that no span lies in
/// the future.
#[must_use]
pub(crate) fn shift_to_now_ns(slice: &Slice, speed: Speed, now: UnixNanos) -> i64 {
    let length_ns = slice.last_arrival - slice.first_arrival;
    let sending_ns = u64::try_from(compressed(length_ns, speed).as_nanos()).unwrap_or(u64::MAX);
    shift_ns(slice.first_arrival, now.saturating_sub(length_ns.saturating_sub(sending_ns)))
}

#[cfg(test)]
mod tests;
