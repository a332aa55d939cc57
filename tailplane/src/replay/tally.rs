//! What was sent and how it was answered, counted while it happens.

use std::time::Duration;

use model::latency::{Limits, SpanReference, State};
use parking_lot::Mutex;
use proto::{SpanId, TraceId};

use crate::format;

/// The counts, shared by all connections.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    totals: Totals,
    acks: State,
}

/// The counts at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Requests that were acknowledged.
    pub requests: u64,
    /// Spans in them.
    pub spans: u64,
    /// Their bytes, before compression.
    pub bytes: u64,
    /// Spans that an acknowledgement said were left out.
    pub rejected_spans: u64,
    /// Requests that were refused for good.
    pub refused_requests: u64,
    /// Attempts beyond the first.
    pub retries: u64,
    /// From an attempt to its acknowledgement: the median, in ns.
    pub ack_p50_ns: u64,
    /// The same: the 99th percentile.
    pub ack_p99_ns: u64,
    /// What the receiver said first when it rejected or refused something.
    pub first_fault: Option<String>,
}

impl Tally {
    /// A request of `spans` and `bytes` was acknowledged, `took` after the last of its attempts began.
    pub(crate) fn acknowledged(&self, spans: u64, bytes: usize, took: Duration, retries: u32) {
        let counts = &mut *self.counts.lock();
        counts.totals.requests += 1;
        counts.totals.spans += spans;
        counts.totals.bytes += bytes as u64;
        counts.totals.retries += u64::from(retries);
        let duration_ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let (trace_id, span_id) = (TraceId::default(), SpanId::default());
        let ack = SpanReference { duration_ns, start: 0, trace_id, span_id, error: false };
        counts.acks.add(ack, Limits::default());
    }

    /// The acknowledgement said that `spans` were left out, and why.
    pub(crate) fn rejected(&self, spans: u64, reason: &str) {
        let totals = &mut self.counts.lock().totals;
        totals.rejected_spans += spans;
        totals.first_fault.get_or_insert_with(|| reason.to_owned());
    }

    /// A request was refused for good.
    pub(crate) fn refused(&self, reason: &str) {
        let totals = &mut self.counts.lock().totals;
        totals.refused_requests += 1;
        totals.first_fault.get_or_insert_with(|| reason.to_owned());
    }

    /// The counts now.
    #[must_use]
    pub(crate) fn totals(&self) -> Totals {
        let counts = self.counts.lock();
        let quantiles = counts.acks.point(&[0.5, 0.99]).quantiles;
        let value = |place: usize| quantiles.get(place).map_or(0, |quantile| quantile.value_ns);
        Totals { ack_p50_ns: value(0), ack_p99_ns: value(1), ..counts.totals.clone() }
    }
}

impl Totals {
    /// Whether everything sent was taken.
    #[must_use]
    pub(crate) fn is_clean(&self) -> bool {
        self.rejected_spans == 0 && self.refused_requests == 0
    }

    /// One line: how much, how fast, how answered.
    #[must_use]
    pub(crate) fn line(&self, elapsed: Duration) -> String {
        let per_second = (self.spans as f64 / elapsed.as_secs_f64().max(1e-3)).round() as u64;
        let mut line = format!(
            "{} spans, {}, {} spans/s, {} acks p50 {} p99 {}",
            format::count(self.spans),
            format::megabytes(self.bytes),
            format::count(per_second),
            format::count(self.requests),
            format::duration(self.ack_p50_ns),
            format::duration(self.ack_p99_ns),
        );
        for (number, what) in [
            (self.retries, "retries"),
            (self.rejected_spans, "spans rejected"),
            (self.refused_requests, "requests refused"),
        ] {
            if number > 0 {
                line.push_str(&format!(", {} {what}", format::count(number)));
            }
        }
        line
    }
}

#[cfg(test)]
mod tests;
