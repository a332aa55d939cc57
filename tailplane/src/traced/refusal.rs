//! What the proxy answers itself, as the API server would: a `Status`, of which kubectl prints the message.

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, UPGRADE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde_json::json;

/// Why exec and its like are not carried.
pub(super) const CHANGES_PROTOCOL: &str = "exec, attach, port-forward and cp change the protocol of their connection, \
                                           which cannot be traced: run them without `tailplane trace --`";

/// Whether a request wants another protocol than HTTP.
#[must_use]
pub(super) fn changes_protocol(headers: &HeaderMap) -> bool {
    let connection = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let mut options = connection.flat_map(|value| value.split(',')).map(str::trim);
    headers.contains_key(UPGRADE) || options.any(|option| option.eq_ignore_ascii_case("upgrade"))
}

/// An answer with `status` and `message`.
#[must_use]
pub(super) fn answer(status: StatusCode, message: &str) -> Response<Full<Bytes>> {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": status.canonical_reason().unwrap_or_default().replace(' ', ""), "code": status.as_u16(),
    });
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests;
