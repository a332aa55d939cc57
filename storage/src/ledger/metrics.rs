//! The ledger for `/metrics`, read when it is asked for.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use super::{
    ACK_BOUNDS_SECONDS, Acks, Counts, Current, Ledger, Measure, Refusals, TenantTotals, TransportCounts,
};

const RECEIVER: &str = "tailplane_receiver";
const STORAGE: &str = "tailplane_storage";
/// The label of counts without a component.
const NO_COMPONENT: &str = "unknown";

/// The families by tenant and component: name, what it says, what it counts.
const BY_COMPONENT: [(&str, &str, Measure); 13] = [
    ("received_spans", "Spans of request bodies that were read", Measure::ReceivedSpans),
    ("accepted_spans", "Spans acknowledged: durable and found by queries", Measure::AcknowledgedSpans),
    ("accepted_requests", "Requests acknowledged, partial successes included", Measure::AcknowledgedRequests),
    ("accepted_bytes", "Bytes of acknowledged bodies after inflation", Measure::AcknowledgedBytes),
    ("rejected_spans", "Spans refused by partial success because of their ids", Measure::RejectedSpans),
    ("duplicate_spans", "Spans of retries that were kept before, and not again", Measure::DuplicateSpans),
    ("late_spans", "Acknowledged spans that arrived more than 60 s after their end", Measure::LateSpans),
    ("truncated_items", "Attributes, events and links left out", Measure::TruncatedItems),
    ("truncated_values", "Values and names cut for length, lists for depth", Measure::TruncatedValues),
    ("masked_values", "Values in which something secret was masked", Measure::MaskedValues),
    ("repaired_strings", "Strings that were not UTF-8 and were repaired", Measure::RepairedStrings),
    ("dropped_links", "Links left out because their ids are faulty", Measure::DroppedLinks),
    ("spans_ended_before_start", "Spans that end before they start, kept", Measure::EndedBeforeStart),
];

/// The families of storage, by tenant.
const BY_TENANT: [(&str, &str, Measure); 2] = [
    ("flushed_spans", "Spans written to segments", Measure::FlushedSpans),
    ("thinned_spans", "Spans that rules of storage.thin dropped from segments", Measure::ThinnedSpans),
];

type Refused = (&'static str, &'static str, fn(&Refusals) -> u64);

/// The families by tenant and reason.
const BY_REASON: [Refused; 3] = [
    ("refused_requests", "Requests refused, by reason", |refusals| refusals.requests),
    ("refused_spans", "Spans of refused requests that were read, by reason", |refusals| refusals.spans),
    ("refused_bytes", "Bytes of refused bodies that were read, by reason", |refusals| refusals.bytes),
];

/// A collector over a [`Ledger`], to be registered once.
#[derive(Debug)]
pub struct LedgerMetrics {
    ledger: Ledger,
}

impl LedgerMetrics {
    /// The figures of `ledger`.
    #[must_use]
    pub const fn new(ledger: Ledger) -> Self {
        Self { ledger }
    }
}

impl Collector for LedgerMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let tenants = self.ledger.totals();
        transports(&mut encoder, &self.ledger.transports())?;
        for (name, help, measure) in BY_COMPONENT {
            let rows = tenants.iter().flat_map(|totals| by_component(totals, measure));
            family(&mut encoder, &format!("{RECEIVER}_{name}"), help, rows)?;
        }
        for (name, help, value) in BY_REASON {
            let rows = tenants.iter().flat_map(|totals| by_reason(totals, value));
            family(&mut encoder, &format!("{RECEIVER}_{name}"), help, rows)?;
        }
        for (name, help, measure) in BY_TENANT {
            let label = |totals: &'_ TenantTotals| [("tenant", totals.tenant.clone())];
            let rows = tenants.iter().map(|totals| (label(totals), totals.in_all().get(measure)));
            family(&mut encoder, &format!("{STORAGE}_{name}"), help, rows)?;
        }
        acks(&mut encoder, &tenants)?;
        gauge(
            &mut encoder,
            &format!("{RECEIVER}_in_flight"),
            Some(&Unit::Bytes),
            "Memory of requests that are being received, decoded and written",
            self.ledger.bytes_in_flight().get() as f64,
        )?;
        self.ledger.current().map_or(Ok(()), |current| gauges(&mut encoder, &current))
    }
}

fn transports(encoder: &mut DescriptorEncoder<'_>, rows: &[TransportCounts]) -> fmt::Result {
    let labels = |row: &TransportCounts| [("transport", row.transport), ("outcome", row.outcome)];
    let requests = rows.iter().map(|row| (labels(row), row.requests));
    let help = "Requests by transport and outcome (ok, partial, duplicate, or a reason)";
    family(encoder, &format!("{RECEIVER}_requests"), help, requests)?;
    let bytes = rows.iter().map(|row| (labels(row), row.bytes));
    let help = "Bytes of bodies after inflation, by transport and outcome";
    family(encoder, &format!("{RECEIVER}_body_bytes"), help, bytes)
}

fn by_component(
    totals: &TenantTotals,
    measure: Measure,
) -> impl Iterator<Item = ([(&'static str, &str); 2], u64)> {
    totals.components.iter().map(move |(component, counts): &(_, Counts)| {
        let component = component.map_or(NO_COMPONENT, model::Component::name);
        ([("tenant", totals.tenant.as_str()), ("component", component)], counts.get(measure))
    })
}

fn by_reason(
    totals: &TenantTotals,
    value: fn(&Refusals) -> u64,
) -> impl Iterator<Item = ([(&'static str, &str); 2], u64)> {
    let all = totals.in_all();
    let rows: Vec<_> = all.refused().map(|(reason, refusals)| (reason, value(refusals))).collect();
    rows.into_iter().map(|(reason, value)| ([("tenant", totals.tenant.as_str()), ("reason", reason)], value))
}

/// A counter family; it is shown without rows too, so that its name is known before its first.
fn family<L: EncodeLabelSet>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    rows: impl Iterator<Item = (L, u64)>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, value) in rows {
        ConstCounter::new(value).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

fn acks(encoder: &mut DescriptorEncoder<'_>, tenants: &[TenantTotals]) -> fmt::Result {
    let help = "Time from the head of an accepted request to its durable acknowledgement";
    let name = format!("{RECEIVER}_ack");
    let mut family = encoder.encode_descriptor(&name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
    for totals in tenants {
        let Acks { buckets, total } = &totals.acks;
        let bounds = ACK_BOUNDS_SECONDS.into_iter().chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> = bounds.zip(buckets.iter().copied()).collect();
        let labels = [("tenant", totals.tenant.as_str())];
        let mut histogram = family.encode_family(&labels)?;
        histogram.encode_histogram::<NoLabelSet>(total.as_secs_f64(), totals.acks.count(), &buckets, None)?;
    }
    Ok(())
}

fn gauges(encoder: &mut DescriptorEncoder<'_>, current: &Current) -> fmt::Result {
    let bytes = Some(&Unit::Bytes);
    let help = "Acknowledged requests that are not in columns yet";
    gauge(encoder, &format!("{STORAGE}_unsettled"), bytes, help, current.unsettled_bytes as f64)?;
    let help = "Age of the oldest request that no segment holds yet";
    gauge(
        encoder,
        &format!("{STORAGE}_flush_lag"),
        Some(&Unit::Seconds),
        help,
        current.flush_lag.as_secs_f64(),
    )?;
    let help = "Records of the write-ahead log that no segment holds yet";
    gauge(encoder, &format!("{STORAGE}_wal_lag_records"), None, help, current.wal_lag_records as f64)?;
    // Of a disk that cannot be asked nothing is said: 0 would be an alarm.
    let Some((free_bytes, all_bytes)) = current.disk_bytes else { return Ok(()) };
    let help = "What is free on the disk of the local folder";
    gauge(encoder, &format!("{STORAGE}_disk_free"), bytes, help, free_bytes as f64)?;
    gauge(
        encoder,
        &format!("{STORAGE}_disk"),
        bytes,
        "Size of the disk of the local folder",
        all_bytes as f64,
    )
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    unit: Option<&Unit>,
    help: &str,
    value: f64,
) -> fmt::Result {
    let gauge = ConstGauge::new(value);
    gauge.encode(encoder.encode_descriptor(name, help, unit, gauge.metric_type())?)
}
