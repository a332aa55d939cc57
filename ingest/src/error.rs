//! The room's error, and how long an exporter should wait because of it.

use std::time::Duration;

use proto::ErrorKind;
use proto::otlp::StatusDetails;

/// What exporters are asked to wait before they try again. The Go exporter, which all of Kubernetes uses, waits
/// longer by itself; more than a second would cost it its batch.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What went wrong with a request or a port, and what the caller should do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What the caller should do.
    pub kind: ErrorKind,
    /// What happened, with the offending value, and the way out.
    pub message: String,
    /// The field at fault of a bad request, as `google.rpc.BadRequest` names it.
    pub field: Option<String>,
    /// The cause.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// A result of this room.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), field: None, source: None }
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// What a panic is answered with: exporters would throw the batch away because of our bug if it were INTERNAL.
    pub(crate) fn panicked() -> Self {
        Self::new(ErrorKind::Unavailable, "the request could not be processed")
    }

    /// A request over `bytes_max`; `bytes` is its size as far as it is known.
    pub(crate) fn too_large(what: &str, bytes: Option<u64>, bytes_max: u64) -> Self {
        let size = bytes.map_or_else(String::new, |bytes| format!(" of {bytes} bytes"));
        Self::new(
            ErrorKind::TooLarge,
            format!(
                "{what}{size} is over the limit of {bytes_max} bytes (ingest.request_bytes_max); \
                 send smaller batches or raise the limit"
            ),
        )
    }

    pub(crate) fn overloaded(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Overloaded { retry_after: RETRY_AFTER }, message)
    }

    /// How long the exporter should wait before it tries again; `None` when it should not, or when it knows best.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            ErrorKind::Overloaded { retry_after } | ErrorKind::RateLimited { retry_after } => {
                Some(retry_after)
            }
            ErrorKind::Unavailable | ErrorKind::DeadlineExceeded => Some(RETRY_AFTER),
            _ => None,
        }
    }

    /// What `google.rpc.Status` says beyond code and message.
    pub(crate) fn details(&self) -> StatusDetails<'_> {
        let is_invalid = self.kind == ErrorKind::Invalid;
        let field = is_invalid.then(|| self.field.as_deref().unwrap_or("body"));
        StatusDetails { retry_after: self.retry_after(), field }
    }
}

impl From<door::Error> for Error {
    fn from(error: door::Error) -> Self {
        Self::new(error.kind, error.message.clone()).caused_by(error)
    }
}
