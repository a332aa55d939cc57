//! Reading the answer to an export: success, partial success, or a status that may be retried.

use std::time::Duration;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Limited};
use proto::otlp::{decode_partial_success, decode_retry_after};

use crate::grpc::PREFIX_BYTES;

/// The largest answer read: what OTLP recommends to clients.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Values of `-bin` headers may be padded or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const UNKNOWN: i32 = 2;
const INVALID_ARGUMENT: i32 = 3;
const DEADLINE_EXCEEDED: i32 = 4;
const RESOURCE_EXHAUSTED: i32 = 8;
const UNAVAILABLE: i32 = 14;

/// An export that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (gRPC status {code})")]
pub struct ExportError {
    /// The gRPC status code, the server's or our own for a connection that failed.
    pub code: i32,
    /// What the server said, or what happened to the connection.
    pub message: String,
    /// Whether OTLP allows to try again.
    pub retryable: bool,
    /// The least time the server wants to be left alone.
    pub retry_after: Option<Duration>,
}

impl ExportError {
    fn new(code: i32, message: String, retry_after: Option<Duration>) -> Self {
        Self { code, message, retryable: is_retryable(code, retry_after), retry_after }
    }

    pub(super) fn local(error: &crate::Error) -> Self {
        Self::new(INVALID_ARGUMENT, error.to_string(), None)
    }

    pub(super) fn lost(error: &door::Error) -> Self {
        Self::new(UNAVAILABLE, error.to_string(), None)
    }

    pub(super) fn timed_out(after: Duration) -> Self {
        Self::new(DEADLINE_EXCEEDED, format!("no answer within {after:?}"), None)
    }
}

/// OTLP's table of retryable codes.
fn is_retryable(code: i32, retry_after: Option<Duration>) -> bool {
    match code {
        // CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS.
        1 | DEADLINE_EXCEEDED | 10 | 11 | UNAVAILABLE | 15 => true,
        RESOURCE_EXHAUSTED => retry_after.is_some(),
        _ => false,
    }
}

/// The rejected spans and the message of a successful answer.
pub(super) async fn read<B>(response: Response<B>) -> Result<(u64, String), ExportError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (head, body) = response.into_parts();
    if head.status != StatusCode::OK {
        let code = match head.status.as_u16() {
            429 | 502 | 503 | 504 => UNAVAILABLE,
            _ => UNKNOWN,
        };
        return Err(ExportError::new(
            code,
            format!("HTTP status {}: is this an OTLP/gRPC port?", head.status),
            None,
        ));
    }
    let body = Limited::new(body, ANSWER_BYTES_MAX)
        .collect()
        .await
        .map_err(|error| ExportError::new(UNAVAILABLE, format!("the answer was cut off: {error}"), None))?;
    check_status(body.trailers().unwrap_or(&head.headers))?;
    let frame = body.to_bytes();
    let unreadable =
        || ExportError::new(UNKNOWN, "the answer is not an ExportTraceServiceResponse".to_owned(), None);
    match frame.split_at_checked(PREFIX_BYTES) {
        Some((prefix, message)) if prefix[0] == 0 => {
            decode_partial_success(message).map_err(|_| unreadable())
        }
        _ => Err(unreadable()),
    }
}

fn check_status(trailers: &HeaderMap) -> Result<(), ExportError> {
    let text = |name: &str| trailers.get(name).and_then(|value| value.to_str().ok());
    let code = text("grpc-status").and_then(|code| code.parse().ok()).unwrap_or(UNKNOWN);
    if code == 0 {
        return Ok(());
    }
    let message = percent_decoded(text("grpc-message").unwrap_or("no status"));
    let retry_after = text("grpc-status-details-bin")
        .and_then(|details| BASE64.decode(details).ok())
        .and_then(|status| decode_retry_after(&status));
    Err(ExportError::new(code, message, retry_after))
}

fn percent_decoded(message: &str) -> String {
    let mut bytes = Vec::with_capacity(message.len());
    let mut rest = message.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let decoded = escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| byte == b'%');
        bytes.push(decoded.unwrap_or(byte));
        rest = if decoded.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
