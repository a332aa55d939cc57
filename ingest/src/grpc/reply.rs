//! gRPC's answers: a message and its trailers, or trailers only.

use std::convert::Infallible;
use std::fmt::Write;
use std::pin::Pin;
use std::task::{Context, Poll};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use proto::ErrorKind;
use proto::otlp::{StatusDetails, encode_retry_info, encode_status};

use super::frame::framed;
use crate::Error;
use crate::inflate::ACCEPTED_CODINGS;
use crate::ingester::{MESSAGE_BYTES_MAX, truncate};

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/grpc");

/// The body of an answer: at most one frame, then trailers.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    data: Option<Bytes>,
    trailers: Option<HeaderMap>,
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let data = self.data.take().map(Frame::data);
        Poll::Ready(data.or_else(|| self.trailers.take().map(Frame::trailers)).map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_none() && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.data.as_ref().map_or(0, |data| data.len() as u64))
    }
}

/// Status OK with `message`.
pub(super) fn success(message: &[u8]) -> Response<Reply> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from(0));
    answer(HeaderMap::new(), Reply { data: Some(framed(message)), trailers: Some(trailers) })
}

/// The status of `error`. A retry is announced twice: Go and Rust read it in the details, Python in a trailer.
pub(super) fn refusal(error: &Error) -> Response<Reply> {
    trailers_only(status(error.kind.grpc_code(), &error.message, error.details()))
}

/// INTERNAL, which gRPC asks for when a caller breaks its framing.
pub(super) fn internal(message: &str) -> Response<Reply> {
    trailers_only(status(ErrorKind::Internal.grpc_code(), message, StatusDetails::default()))
}

/// UNIMPLEMENTED.
pub(super) fn unimplemented(message: &str) -> Response<Reply> {
    trailers_only(status(ErrorKind::Unsupported.grpc_code(), message, StatusDetails::default()))
}

/// UNIMPLEMENTED, with the codings that are spoken here.
pub(super) fn unsupported_coding(name: &str) -> Response<Reply> {
    let mut name = name.to_owned();
    truncate(&mut name, 80);
    let mut headers = status(
        ErrorKind::Unsupported.grpc_code(),
        &format!("grpc-encoding {name:?} is not supported, use one of: {ACCEPTED_CODINGS}"),
        StatusDetails::default(),
    );
    headers.insert("grpc-accept-encoding", HeaderValue::from_static(ACCEPTED_CODINGS));
    trailers_only(headers)
}

/// An HTTP status for what is no gRPC call.
pub(super) fn plain(status: StatusCode) -> Response<Reply> {
    let mut response = Response::new(Reply::default());
    *response.status_mut() = status;
    response
}

/// The same with a sentence for whoever reads it.
pub(super) fn hint(status: StatusCode, sentence: &'static str) -> Response<Reply> {
    let mut response = plain(status);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response.body_mut().data = Some(Bytes::from_static(sentence.as_bytes()));
    response
}

/// The whole answer UNIMPLEMENTED, for a port that answers with other bodies.
pub(crate) fn unimplemented_headers(message: &str) -> HeaderMap {
    let mut headers = status(ErrorKind::Unsupported.grpc_code(), message, StatusDetails::default());
    headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
    headers
}

fn status(code: i32, message: &str, details: StatusDetails<'_>) -> HeaderMap {
    let mut message = message.to_owned();
    truncate(&mut message, MESSAGE_BYTES_MAX);
    let mut headers = HeaderMap::new();
    headers.insert("grpc-status", HeaderValue::from(code));
    insert(&mut headers, "grpc-message", percent_encoded(&message));
    if details != StatusDetails::default() {
        let encoded = STANDARD_NO_PAD.encode(encode_status(code, &message, details));
        insert(&mut headers, "grpc-status-details-bin", encoded);
    }
    if let Some(retry_after) = details.retry_after {
        let retry_info = STANDARD_NO_PAD.encode(encode_retry_info(retry_after));
        insert(&mut headers, "google.rpc.retryinfo-bin", retry_info);
    }
    headers
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: String) {
    let value = HeaderValue::try_from(value).expect("base64 and percent-encoded text are visible ASCII");
    headers.insert(name, value);
}

fn trailers_only(headers: HeaderMap) -> Response<Reply> {
    answer(headers, Reply::default())
}

fn answer(mut headers: HeaderMap, body: Reply) -> Response<Reply> {
    headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
    let mut response = Response::new(body);
    *response.headers_mut() = headers;
    response
}

/// `grpc-message` holds printable ASCII; everything else, and `%`, as `%` and two hex digits.
fn percent_encoded(message: &str) -> String {
    let mut encoded = String::with_capacity(message.len());
    for byte in message.bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => encoded.push(char::from(byte)),
            // Writing into a string does not fail.
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests;
