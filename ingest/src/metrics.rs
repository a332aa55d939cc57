//! What ingest counts, in the terms of an operator who looks for lost spans.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use proto::otlp::DecodeSummary;

use crate::redact::Masked;

/// The counters of one process. Cheap to clone; clones count together.
#[derive(Debug, Clone)]
pub struct Metrics {
    requests: Family<RequestLabels, Counter>,
    request_bytes: Family<TransportLabels, Counter>,
    ack_seconds: Histogram,
    pub(crate) bytes_in_flight: Gauge,
    spans_accepted: Counter,
    spans_duplicate: Counter,
    spans_rejected: Counter,
    strings_repaired: Counter,
    items_truncated: Counter,
    values_truncated: Counter,
    links_dropped: Counter,
    spans_ended_before_start: Counter,
    masked: Family<ReasonLabels, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    transport: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TransportLabels {
    transport: &'static str,
}

impl Metrics {
    /// New counters, registered under `prefix`, such as `tailplane_ingest`.
    pub fn register(registry: &mut Registry, prefix: &str) -> Self {
        let metrics = Self {
            requests: Family::default(),
            request_bytes: Family::default(),
            // 0.25 ms to 8.2 s: from a fast fdatasync to the longest wait before a refusal.
            ack_seconds: Histogram::new(exponential_buckets(0.000_25, 2.0, 16)),
            bytes_in_flight: Gauge::default(),
            spans_accepted: Counter::default(),
            spans_duplicate: Counter::default(),
            spans_rejected: Counter::default(),
            strings_repaired: Counter::default(),
            items_truncated: Counter::default(),
            values_truncated: Counter::default(),
            links_dropped: Counter::default(),
            spans_ended_before_start: Counter::default(),
            masked: Family::default(),
        };
        let registry = registry.sub_registry_with_prefix(prefix);
        registry.register(
            "requests",
            "Export requests by transport and outcome (ok, partial, or the kind of refusal)",
            metrics.requests.clone(),
        );
        registry.register_with_unit(
            "request_body",
            "Bytes of request bodies after inflation",
            Unit::Bytes,
            metrics.request_bytes.clone(),
        );
        registry.register_with_unit(
            "ack",
            "Time from the head of an accepted request to its durable acknowledgement",
            Unit::Seconds,
            metrics.ack_seconds.clone(),
        );
        registry.register(
            "in_flight_bytes",
            "Bytes of requests that are being received, decoded and written",
            metrics.bytes_in_flight.clone(),
        );
        metrics.register_spans(registry);
        metrics
    }

    fn register_spans(&self, registry: &mut Registry) {
        registry.register("spans_accepted", "Spans acknowledged", self.spans_accepted.clone());
        registry.register(
            "spans_duplicate",
            "Spans of retries that were answered and not kept again",
            self.spans_duplicate.clone(),
        );
        registry.register(
            "spans_rejected",
            "Spans refused because of their ids",
            self.spans_rejected.clone(),
        );
        registry.register(
            "strings_repaired",
            "Strings that were not UTF-8 and have been repaired",
            self.strings_repaired.clone(),
        );
        registry.register(
            "items_truncated",
            "Attributes, events and links beyond what a span may have",
            self.items_truncated.clone(),
        );
        registry.register(
            "values_truncated",
            "Values and names cut because they were too long, and lists because they lay too deep",
            self.values_truncated.clone(),
        );
        registry.register("links_dropped", "Links without valid ids", self.links_dropped.clone());
        registry.register(
            "spans_ended_before_start",
            "Spans that end before they start",
            self.spans_ended_before_start.clone(),
        );
        registry.register(
            "values_masked",
            "Values in which something secret was masked",
            self.masked.clone(),
        );
    }

    pub(crate) fn count_request(&self, transport: &'static str, outcome: &'static str) {
        self.requests.get_or_create(&RequestLabels { transport, outcome }).inc();
    }

    pub(crate) fn count_body(&self, transport: &'static str, bytes: u64) {
        self.request_bytes.get_or_create(&TransportLabels { transport }).inc_by(bytes);
    }

    /// Counts the spans of a request none of whose spans can be kept.
    pub(crate) fn count_rejected(&self, spans: u64) {
        self.spans_rejected.inc_by(spans);
    }

    pub(crate) fn count_masked(&self, masked: &Masked) {
        for (reason, values) in masked.by_reason() {
            self.masked.get_or_create(&ReasonLabels { reason: reason.name() }).inc_by(values);
        }
    }

    /// Counts an answered request; one that is a duplicate was counted when it came first.
    pub(crate) fn count_ack(&self, summary: &DecodeSummary, is_duplicate: bool, latency: Duration) {
        self.ack_seconds.observe(latency.as_secs_f64());
        if is_duplicate {
            self.spans_duplicate.inc_by(summary.spans);
            return;
        }
        self.spans_accepted.inc_by(summary.spans);
        self.spans_rejected.inc_by(summary.rejected);
        self.strings_repaired.inc_by(summary.repaired_strings);
        self.items_truncated.inc_by(truncated_items(summary));
        self.values_truncated.inc_by(summary.long_values + summary.long_names + summary.deep_lists);
        self.links_dropped.inc_by(summary.dropped_links);
        self.spans_ended_before_start.inc_by(summary.ended_before_start);
    }
}

/// Attributes, events and links that were left out because there were too many.
pub(crate) fn truncated_items(summary: &DecodeSummary) -> u64 {
    summary.truncated_attributes + summary.truncated_events + summary.truncated_links
}

#[cfg(test)]
mod tests;
