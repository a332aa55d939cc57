//! The room's error.

use proto::ErrorKind;

/// Why the API and the UI cannot be served, and the way out.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What the caller should do.
    pub kind: ErrorKind,
    /// What happened, with the config key, and the way out.
    pub message: String,
    /// The cause.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// A result of this room.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }
}

impl From<door::Error> for Error {
    fn from(error: door::Error) -> Self {
        Self { kind: error.kind, message: error.message.clone(), source: Some(Box::new(error)) }
    }
}
