//! A request that failed, as JSON: `{"error":{"kind","message","position"?}}` with the status that fits.

use std::error::Error;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::response::{IntoResponse, Response};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use proto::ErrorKind;
use query::traceql::Position;
use serde::Serialize;

/// What status 401 asks for.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"tailplane\"");

/// What the client is told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    pub(crate) position: Option<Position>,
    status: StatusCode,
}

impl Failure {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(kind.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { kind, message: message.into(), position: None, status }
    }

    /// A request that has to be changed.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// A request that this client may not make.
    pub(crate) fn forbidden(message: &str) -> Self {
        Self::new(ErrorKind::Forbidden, message)
    }

    /// A path that leads nowhere.
    pub(crate) fn no_such_route(path: &str) -> Self {
        let path: String = path.chars().take(200).collect();
        Self::new(
            ErrorKind::NotFound,
            format!("there is nothing at {path}; the API is under /api/v1/, the page at /"),
        )
    }

    /// A path that is asked in another way.
    pub(crate) fn method_not_allowed() -> Self {
        let message = "this path does not take this method: the header Allow says which it takes";
        Self { status: StatusCode::METHOD_NOT_ALLOWED, ..Self::new(ErrorKind::Unsupported, message) }
    }
}

impl From<query::Error> for Failure {
    fn from(error: query::Error) -> Self {
        if matches!(error.kind, ErrorKind::Internal | ErrorKind::Corrupt) {
            tracing::error!(
                kind = error.kind.name(),
                cause = error.source().map(tracing::field::display),
                "{error}"
            );
        }
        Self { position: error.position, ..Self::new(error.kind, error.message) }
    }
}

impl From<storage::documents::Error> for Failure {
    fn from(error: storage::documents::Error) -> Self {
        Self::new(error.kind, error.message)
    }
}

impl From<door::Error> for Failure {
    fn from(error: door::Error) -> Self {
        Self::new(error.kind, error.message)
    }
}

impl From<PathRejection> for Failure {
    fn from(rejection: PathRejection) -> Self {
        Self::invalid(format!("the path cannot be read: {rejection}"))
    }
}

impl From<QueryRejection> for Failure {
    fn from(rejection: QueryRejection) -> Self {
        Self::invalid(format!("the query parameters cannot be read: {rejection}"))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let position = self.position.map(|Position { offset, length }| PositionJson { offset, length });
        let error = ErrorJson { kind: self.kind.name(), message: &self.message, position };
        let mut response = (self.status, Json(BodyJson { error })).into_response();
        if let ErrorKind::Overloaded { retry_after } = self.kind {
            response.headers_mut().insert(RETRY_AFTER, seconds(retry_after));
        }
        if self.kind == ErrorKind::Unauthenticated {
            response.headers_mut().insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        response
    }
}

/// Whole seconds, rounded up, so that nobody comes back too early.
fn seconds(wait: Duration) -> HeaderValue {
    HeaderValue::from(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}

#[derive(Serialize)]
struct BodyJson<'a> {
    error: ErrorJson<'a>,
}

#[derive(Serialize)]
struct ErrorJson<'a> {
    kind: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<PositionJson>,
}

#[derive(Serialize)]
struct PositionJson {
    offset: usize,
    length: usize,
}
