//! How messages and retries are written.

use std::time::Duration;

use proto::otlp::{decode_retry_after, decode_retry_info};

use super::*;

#[test]
fn messages_are_percent_encoded() {
    assert_eq!(percent_encoded("100 % é\n~"), "100 %25 %C3%A9%0A~");
}

#[test]
fn long_messages_are_cut_between_characters() {
    let error = Error::new(ErrorKind::Invalid, "é".repeat(2000));
    let response = refusal(&error);
    assert_eq!(response.headers()["grpc-message"].len(), MESSAGE_BYTES_MAX / 2 * "%C3%A9".len());
}

/// What each kind of error means to an exporter: its gRPC status, and whether a retry is announced.
#[test]
fn the_table_of_statuses() {
    let second = Duration::from_secs(1);
    for (kind, code, retry_after) in [
        (ErrorKind::Invalid, "3", None),
        (ErrorKind::DeadlineExceeded, "4", Some(second)),
        (ErrorKind::RateLimited { retry_after: 2 * second }, "8", Some(2 * second)),
        (ErrorKind::TooLarge, "8", None),
        (ErrorKind::Unsupported, "12", None),
        (ErrorKind::Overloaded { retry_after: second }, "14", Some(second)),
        (ErrorKind::Unavailable, "14", Some(second)),
    ] {
        let response = refusal(&Error::new(kind, "why"));
        assert!(response.body().is_end_stream(), "trailers only");
        let headers = response.headers();
        assert_eq!(headers["grpc-status"], code, "{kind:?}");
        let decoded = |name: &str| headers.get(name).map(|value| STANDARD_NO_PAD.decode(value).unwrap());
        let details = decoded("grpc-status-details-bin");
        assert_eq!(details.and_then(|status| decode_retry_after(&status)), retry_after, "{kind:?}");
        let trailer = decoded("google.rpc.retryinfo-bin");
        assert_eq!(trailer.and_then(|retry_info| decode_retry_info(&retry_info)), retry_after, "{kind:?}");
    }
}
