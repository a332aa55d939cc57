//! One sentence for each sender.

use storage::ledger::{CLOCK_AHEAD_NS, CLOCK_BEHIND_NS, Sender};

/// What can be said of an outcome. Words of the door and of refusals ([`proto::ErrorKind::name`]) alike.
const OUTCOMES: [(&str, &str); 22] = [
    ("ok", "Nothing to do."),
    ("partial", "Some of its spans have faulty ids and were refused; the answers it got name the first."),
    ("duplicate", "It sends requests again that were kept: its answers get lost or come too late."),
    ("cancelled", "It went away before the answer: its timeout is too short, or the disk here too slow."),
    ("invalid", "What it sends is no OTLP trace request; the answer it got says where it breaks."),
    (
        "too_large",
        "Its requests are over ingest.request_bytes_max: have it send smaller batches, or raise the limit.",
    ),
    (
        "unsupported",
        "It uses a content type or compression that is not spoken here: use protobuf with gzip or none.",
    ),
    ("not_found", "It asks for a path or method that is not served here: point it at the base address."),
    (
        "overloaded",
        "More came than memory allows: give this server more CPU, or raise ingest.bytes_in_flight_max.",
    ),
    (
        "rate_limited",
        "Its tenant sends more than it may: raise the tenant's rate, or lower the sampling rate.",
    ),
    ("unavailable", "Spans could not be kept: look at the disk and at this server's log."),
    (
        "deadline_exceeded",
        "Its deadline passed before its spans were written: raise its timeout, or look at the disk.",
    ),
    (
        "unauthenticated",
        "Its token is missing or unknown: set OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN.",
    ),
    (
        "forbidden",
        "Its token has no scope to write, or not for this tenant: make one with `tailplane token new`.",
    ),
    (
        "bad_token",
        "Its token is missing or unknown: set OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN.",
    ),
    ("said_nothing", "It connected and said nothing: probably a port probe."),
    ("too_many_connections", "door.connections_max are open: raise it, or find out who opens so many."),
    (
        "tls_on_plain_port",
        "It speaks TLS to a plain port: use an http:// endpoint, or set ingest.tls_cert_file here.",
    ),
    (
        "plain_on_tls_port",
        "It speaks plain text to a TLS port: set OTEL_EXPORTER_OTLP_CERTIFICATE and https:// there.",
    ),
    ("handshake_failed", "The TLS handshake failed: compare the certificate and the CA on both sides."),
    ("grpc_on_http_port", "It speaks OTLP/gRPC to the HTTP port: use the port of ingest.grpc_listen."),
    ("http_on_grpc_port", "It speaks OTLP/HTTP to the gRPC port: use the port of ingest.http_listen."),
];

pub(super) fn of(sender: &Sender) -> &'static str {
    let of_outcome =
        OUTCOMES.iter().find(|(outcome, _)| *outcome == sender.outcome).map(|(_, advice)| *advice);
    match (sender.outcome, sender.clock_offset_ns) {
        ("ok" | "partial" | "duplicate", Some(offset)) if offset < -CLOCK_AHEAD_NS => {
            "Its clock is ahead: its spans end in the future; set its clock by NTP."
        }
        ("ok" | "partial" | "duplicate", Some(offset)) if offset > CLOCK_BEHIND_NS => {
            "Its clock is behind, or it holds spans back for more than a minute; set its clock by NTP."
        }
        _ => of_outcome
            .unwrap_or("It did not speak the protocol of this port; the log of this server says more."),
    }
}
