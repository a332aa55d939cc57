//! The names operators build their alerts on.

use super::*;

#[test]
fn the_names_and_the_sums() {
    let mut registry = Registry::default();
    let metrics = Metrics::register(&mut registry, "tailplane_ingest");
    metrics.count_request("grpc", "partial");
    metrics.count_body("grpc", 100);
    let summary = DecodeSummary {
        spans: 7,
        rejected: 2,
        repaired_strings: 1,
        truncated_events: 3,
        truncated_links: 1,
        long_values: 2,
        long_names: 1,
        deep_lists: 1,
        ..DecodeSummary::default()
    };
    metrics.count_ack(&summary, false, Duration::from_millis(2));
    metrics.count_ack(&summary, true, Duration::from_millis(1));
    metrics.bytes_in_flight.set(5);
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    for line in [
        "requests_total{transport=\"grpc\",outcome=\"partial\"} 1",
        "request_body_bytes_total{transport=\"grpc\"} 100",
        "ack_seconds_count 2",
        "in_flight_bytes 5",
        "spans_accepted_total 7",
        "spans_duplicate_total 7",
        "spans_rejected_total 2",
        "strings_repaired_total 1",
        "items_truncated_total 4",
        "values_truncated_total 4",
    ] {
        assert!(text.contains(&format!("\ntailplane_ingest_{line}\n")), "{line} is missing from\n{text}");
    }
}
