//! The head-sampling rate, read off the trace ids themselves.
//!
//! Go's `TraceIDRatioBased` keeps a trace if and only if `u64be(trace_id[8..16]) >> 1 < rate * 2^63`
//! (opentelemetry-go `sdk/trace/sampling.go`), so the largest such number seen tells the rate. [`SamplingEstimate`] reads it
//! off root spans, with an interval; [`rate`] off whatever spans a histogram has, roughly.

mod estimate;
mod instance_rates;

use proto::TraceId;

pub use estimate::{ROOTS_MIN, Rate, SamplingEstimate, Scaled};
pub use instance_rates::InstanceRates;

use crate::SpanView;

/// `2^63`: what [`trace_fraction`] is a fraction of.
const WHOLE: f64 = 9_223_372_036_854_775_808.0;

/// Fewer spans than this say nothing about the rate.
pub const SPANS_MIN: u64 = 100;

/// The number that the ratio sampler compares, in `0..2^63`.
#[must_use]
pub fn trace_fraction(trace_id: TraceId) -> u64 {
    let [.., a, b, c, d, e, f, g, h] = trace_id.0;
    u64::from_be_bytes([a, b, c, d, e, f, g, h]) >> 1
}

/// The sampling rate in `(0, 1]` told by the largest [`trace_fraction`] of `spans` spans, or `None` when they are
/// too few to tell.
///
/// With n uniform ids the expected maximum is `rate * n / (n + 1)`. Spans of one trace share an id, so n is known
/// only from above, and a largest fraction above 0.98 is read as a rate of one.
#[must_use]
pub fn rate(trace_fraction_max: u64, spans: u64) -> Option<f64> {
    if spans < SPANS_MIN {
        return None;
    }
    let largest = trace_fraction_max as f64 / WHOLE;
    let gap = 1.0 / spans as f64;
    Some(if largest > 0.98 { 1.0 } else { (largest * (1.0 + gap)).max(f64::MIN_POSITIVE) })
}

/// Whether `view` is the root of a trace that its own process decided to keep: one with no parent, neither here nor at a
/// caller (bits 8 and 9 of the flags of opentelemetry/proto/trace/v1, sent since about Kubernetes 1.31).
#[must_use]
pub fn is_own_root(view: SpanView<'_>) -> bool {
    const IS_REMOTE: u32 = 0x200;
    view.span.parent_span_id.is_none() && view.span.flags & IS_REMOTE == 0
}

#[cfg(test)]
mod tests;
