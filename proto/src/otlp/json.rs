//! OTLP/JSON: requests become their protobuf form, and the answers have a JSON form.

mod message;
mod scalar;

use serde::de::DeserializeSeed;
use serde_json::json;

use super::StatusDetails;
use super::response::{BAD_REQUEST_TYPE_URL, RETRY_INFO_TYPE_URL};
use super::schema::TRACES_DATA;
use message::MessageSeed;

/// A body that is not an OTLP/JSON request.
#[derive(Debug, thiserror::Error)]
#[error("invalid OTLP/JSON: {0}")]
pub struct JsonError(#[from] serde_json::Error);

/// Transcodes an OTLP/JSON `ExportTraceServiceRequest` into its protobuf form, for [`super::decode_request`].
///
/// The mapping is proto3's with OTLP's changes, read leniently: ids are hex of either case, enumerations are integers
/// or names, integers are numbers or strings, bytes are base64 of either alphabet, null is absent (in an array: empty),
/// unknown names are ignored. A key given twice does what protobuf does: the last scalar wins, messages and arrays
/// add up. An id that is not hex is passed on with a wrong length, so that it costs its span only.
///
/// # Errors
/// When the body is not JSON, not an object, or a value does not fit its field; with line and column.
pub fn json_to_request(body: &[u8]) -> Result<Vec<u8>, JsonError> {
    let mut out = Vec::with_capacity(body.len() / 2);
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    // Known messages count their own depth, and unknown values are skipped without recursion.
    deserializer.disable_recursion_limit();
    MessageSeed { message: &TRACES_DATA, out: &mut out, depth: 0 }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(out)
}

/// An `ExportTraceServiceResponse` in JSON: `{}` for full success.
#[must_use]
pub fn partial_success_json(rejected: u64, message: &str) -> Vec<u8> {
    let mut partial = serde_json::Map::new();
    if rejected > 0 {
        partial.insert("rejectedSpans".into(), rejected.to_string().into());
    }
    if !message.is_empty() {
        partial.insert("errorMessage".into(), message.into());
    }
    let response = if partial.is_empty() { json!({}) } else { json!({ "partialSuccess": partial }) };
    response.to_string().into_bytes()
}

/// A `google.rpc.Status` in JSON with its details.
#[must_use]
pub fn status_json(code: i32, message: &str, details: StatusDetails<'_>) -> Vec<u8> {
    let bad_request = details.field.map(|field| {
        let violation = json!({ "field": field, "description": message });
        json!({ "@type": BAD_REQUEST_TYPE_URL, "fieldViolations": [violation] })
    });
    let retry_info = details.retry_after.map(|delay| {
        let delay = format!("{}.{:09}s", delay.as_secs(), delay.subsec_nanos());
        json!({ "@type": RETRY_INFO_TYPE_URL, "retryDelay": delay })
    });
    let mut status = json!({ "code": code, "message": message });
    let details: Vec<_> = bad_request.into_iter().chain(retry_info).collect();
    if !details.is_empty() {
        status["details"] = details.into();
    }
    status.to_string().into_bytes()
}

#[cfg(test)]
mod tests;
