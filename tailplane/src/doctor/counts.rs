//! What was refused, late, dropped or cut, and why.

use super::finding::Finding;
use super::recent::Recent;
use super::said::RefusalsJson;
use super::section;
use crate::format;

/// Above this share of late spans something is wrong with a clock or with an exporter's way here.
const LATE_SHARE_SHOWN: f64 = 0.01;
/// What can be done about a refusal. Reasons are the words of [`proto::ErrorKind::name`].
pub(super) const REMEDIES: [(&str, &str); 9] = [
    ("overloaded", "more CPU here, or raise ingest.bytes_in_flight_max; lower the sampling rate there"),
    ("rate_limited", "raise ingest.tenant_spans_per_second_max, or lower the sampling rate there"),
    ("unavailable", "look at this server's disk and log"),
    ("too_large", "have senders make smaller batches, or raise ingest.request_bytes_max"),
    ("invalid", "the answer that the sender got names the field; it is an exporter's fault"),
    (
        "deadline_exceeded",
        "raise the timeout of the exporters (OTEL_EXPORTER_OTLP_TIMEOUT), or get a faster disk",
    ),
    ("cancelled", "raise the timeout of the exporters (OTEL_EXPORTER_OTLP_TIMEOUT), or get a faster disk"),
    ("unauthenticated", "give senders a token: `tailplane token new --name NAME --scope write`"),
    (
        "forbidden",
        "give senders a token for their tenant: `tailplane token new --name NAME --scope write --tenant TENANT`",
    ),
];
const UNKNOWN_REASON: &str = "this server's log says more";

/// A finding for each reason and each figure that should be 0.
pub(super) fn findings(recent: &Recent<'_>) -> Vec<Finding> {
    let refused = recent.refused().into_iter().map(|(reason, refusals)| refused(reason, refusals));
    refused.chain(rejected(recent)).chain(late(recent)).chain(duplicates(recent)).chain(cut(recent)).collect()
}

fn refused(reason: &str, refusals: RefusalsJson) -> Finding {
    let RefusalsJson { requests, spans, unread_requests } = refusals;
    let mut what = format!("{} refused", format::counted(requests, "request"));
    if spans > 0 {
        what.push_str(&format!(" with {}", format::counted(spans, "span")));
    }
    if unread_requests > 0 {
        what.push_str(&format!(", {} of them before they were read", format::count(unread_requests)));
    }
    let remedy =
        REMEDIES.iter().find(|(known, _)| *known == reason).map_or(UNKNOWN_REASON, |(_, remedy)| remedy);
    Finding::fault(reason.replace('_', " "), what, remedy, section::REFUSED)
}

fn rejected(recent: &Recent<'_>) -> Option<Finding> {
    let spans = recent.total("rejected_spans");
    (spans > 0).then(|| {
        let what = format!("{} rejected because of faulty ids", format::count(spans));
        let remedy = "an exporter's fault: /api/v1/senders has the one whose outcome is `partial`";
        Finding::fault("spans", what, remedy, section::REFUSED)
    })
}

fn late(recent: &Recent<'_>) -> Option<Finding> {
    let (late, all) = (recent.total("late_spans"), recent.total("acknowledged_spans"));
    let share = late as f64 / all.max(1) as f64;
    (share > LATE_SHARE_SHOWN).then(|| {
        let what = format!("{:.0} % came more than 60 s after their end", share * 100.0);
        let remedy = "a clock is behind, or an exporter or Collector sends what it held back; old captures are late too";
        Finding::note("spans", what, remedy, section::CLOCKS)
    })
}

fn duplicates(recent: &Recent<'_>) -> Option<Finding> {
    let requests = recent.total("duplicate_requests");
    (requests > 0).then(|| {
        let what = format!("{} came again that were kept, and were counted once", format::count(requests));
        let remedy = "answers get lost or come too late: look at the network and at this server's disk";
        Finding::note("requests", what, remedy, section::ACKNOWLEDGEMENTS)
    })
}

fn cut(recent: &Recent<'_>) -> Vec<Finding> {
    let figures = [
        (
            "truncated_items",
            "attributes, events and links left out",
            "raise ingest.attributes_per_span_max, ingest.events_per_span_max or ingest.links_per_span_max",
        ),
        ("truncated_values", "values cut for their length", "raise ingest.value_bytes_max"),
        ("dropped_links", "links left out because of faulty ids", "mend the exporter that sends them"),
    ];
    let found = figures.into_iter().map(|(figure, what, remedy)| (recent.total(figure), what, remedy));
    found
        .filter(|(count, ..)| *count > 0)
        .map(|(count, what, remedy)| {
            Finding::note("spans", format!("{} {what}", format::count(count)), remedy, section::REFUSED)
        })
        .collect()
}
