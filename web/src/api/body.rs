//! The JSON body of a request: of a question that is too long for a URL, of a notebook. Every field known, every fault named.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use door::{Principal, Scope};
use http::StatusCode;
use proto::{ErrorKind, TimeRange, UnixNanos};
use query::traceql::{SpanFilter, parse_filter};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use storage::documents::Heading;

use super::Failure;
use super::times::{parse_time, range_of};
use crate::notebook;
use crate::services::Shared;

/// The longest question that is read. Texts in it have limits of their own.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// A question.
#[derive(Debug)]
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Asked<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let bytes = Bytes::from_request(request, state).await?;
        if bytes.len() > BODY_BYTES_MAX {
            let message =
                format!("the question is {} bytes long: at most {BODY_BYTES_MAX} are read", bytes.len());
            return Err(Failure::new(ErrorKind::TooLarge, message));
        }
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            Failure::invalid(format!("the question is not the JSON that this path takes: {error}"))
        })
    }
}

/// A notebook's document, checked.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) heading: Heading,
    pub(super) body: Box<RawValue>,
}

impl FromRequest<Arc<Shared>> for Document {
    type Rejection = Failure;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Failure> {
        // Before the body is read, which may be large.
        if let Some(principal) = request.extensions().get::<Principal>() {
            principal.require(Scope::Edit)?;
        }
        let bytes_max = shared.notebooks.limits().bytes_max;
        // What is a little too large is refused by whoever keeps it, with its size.
        let bytes = to_bytes(request.into_body(), bytes_max.saturating_mul(2)).await.map_err(|error| {
            let message = format!("the notebook cannot be read, or is far above storage.notebook_bytes_max ({bytes_max}): {error}");
            Failure::new(ErrorKind::TooLarge, message)
        })?;
        let wrong = |fault: String| Failure::invalid(format!("this is no notebook: {fault}"));
        let text = std::str::from_utf8(&bytes).map_err(|error| wrong(error.to_string()))?;
        let heading = notebook::heading(text).map_err(wrong)?;
        let body = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        Ok(Self { heading, body })
    }
}

impl From<BytesRejection> for Failure {
    fn from(rejection: BytesRejection) -> Self {
        let kind = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ErrorKind::TooLarge,
            _ => ErrorKind::Invalid,
        };
        Self::new(kind, format!("the question cannot be read: {rejection}"))
    }
}

/// An instant, as everywhere in the API: as a text, or seconds, milliseconds or nanoseconds as a number.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Time {
    /// RFC 3339, `now-15m`, or digits.
    Text(String),
    /// Unix seconds, milliseconds or nanoseconds.
    Number(serde_json::Number),
}

impl Time {
    fn read(&self, name: &str, now: UnixNanos) -> Result<UnixNanos, Failure> {
        match self {
            Self::Text(text) => parse_time(name, text, now),
            Self::Number(number) => parse_time(name, &number.to_string(), now),
        }
    }
}

/// A time range.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Range {
    start: Option<Time>,
    end: Option<Time>,
}

impl Range {
    pub(super) fn read(&self, now: UnixNanos) -> Result<TimeRange, Failure> {
        range(self.start.as_ref(), self.end.as_ref(), now)
    }
}

/// From `start` to `end`; the hour before `end` when there is no start, up to now when there is no end.
pub(super) fn range(start: Option<&Time>, end: Option<&Time>, now: UnixNanos) -> Result<TimeRange, Failure> {
    let end = end.map(|end| end.read("end", now)).transpose()?;
    range_of(start.map(|start| start.read("start", now)).transpose()?, end, now)
}

/// The filter in the field `name`; every span when it is not given. Its faults name the field: a position would not say in
/// which of the texts it is.
pub(super) fn filter(name: &str, text: Option<&str>) -> Result<SpanFilter, Failure> {
    let text = text.filter(|text| !text.trim().is_empty()).unwrap_or("{}");
    parse_filter(text).map_err(|error| {
        let position = Some(error.position);
        query::Error { position, ..query::Error::invalid(format!("{name}: {}", error.message)) }.into()
    })
}
