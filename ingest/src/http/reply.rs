//! OTLP/HTTP's answers: ExportTraceServiceResponse, or google.rpc.Status with the right HTTP status.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;
use proto::ErrorKind;
use proto::otlp::{encode_partial_success, encode_status, partial_success_json, status_json};

use super::content::Format;
use crate::Error;
use crate::inflate::ACCEPTED_CODINGS;
use crate::ingester::{Accepted, MESSAGE_BYTES_MAX, truncate};

/// A request that is not accepted.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) error: Error,
    hint: Option<Hint>,
}

/// What HTTP wants to be said beside the status.
#[derive(Debug, Clone, Copy)]
enum Hint {
    /// 405, and the method that is served.
    Method,
    /// The codings that are known.
    Codings,
    /// That a token is asked for.
    Bearer,
}

impl Hint {
    const fn header(self) -> (&'static str, &'static str) {
        match self {
            Self::Method => ("allow", "POST"),
            Self::Codings => ("accept-encoding", ACCEPTED_CODINGS),
            Self::Bearer => ("www-authenticate", "Bearer realm=\"tailplane\""),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let hint = matches!(error.kind, ErrorKind::Unauthenticated).then_some(Hint::Bearer);
        Self { error, hint }
    }
}

impl Refusal {
    pub(super) fn method(method: &Method) -> Self {
        let message = format!("{method} is not supported here, use POST");
        Self { error: Error::new(ErrorKind::Unsupported, message), hint: Some(Hint::Method) }
    }

    pub(super) fn content_type(headers: &HeaderMap) -> Self {
        let found = match headers.get(header::CONTENT_TYPE) {
            Some(value) => format!("content-type {value:?} is not supported"),
            None => "the request has no content-type".to_owned(),
        };
        let known = [Format::Protobuf, Format::Json].map(Format::content_type).join(" or ");
        Error::new(ErrorKind::Unsupported, format!("{found}, use {known}")).into()
    }

    pub(super) fn coding(error: Error) -> Self {
        Self { error, hint: Some(Hint::Codings) }
    }
}

/// Status 200 with what was accepted.
pub(super) fn success(format: Option<&Format>, accepted: &Accepted) -> Response<Full<Bytes>> {
    let body = match format {
        Some(Format::Protobuf | Format::PlainProtobuf) => {
            encode_partial_success(accepted.rejected, &accepted.message)
        }
        Some(Format::Json) | None => partial_success_json(accepted.rejected, &accepted.message),
    };
    answer(format, StatusCode::OK, body)
}

/// The status of `refusal`, with the details in the body.
pub(super) fn refusal(format: Option<&Format>, refusal: &Refusal) -> Response<Full<Bytes>> {
    let error = &refusal.error;
    let mut message = error.message.clone();
    truncate(&mut message, MESSAGE_BYTES_MAX);
    let (code, details) = (error.kind.grpc_code(), error.details());
    let body = match format {
        Some(Format::Protobuf | Format::PlainProtobuf) => encode_status(code, &message, details),
        Some(Format::Json) | None => status_json(code, &message, details),
    };
    let status = match refusal.hint {
        Some(Hint::Method) => StatusCode::METHOD_NOT_ALLOWED,
        Some(Hint::Codings | Hint::Bearer) | None => {
            StatusCode::from_u16(error.kind.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
        }
    };
    let mut response = answer(format, status, body);
    if let Some(retry_after) = details.retry_after {
        // Whole seconds, never 0: some clients read that as no delay at all.
        let seconds = retry_after.as_millis().div_ceil(1000).max(1) as u64;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some((name, value)) = refusal.hint.map(Hint::header) {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn answer(format: Option<&Format>, status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let content_type = format.copied().unwrap_or(Format::Json).content_type();
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
