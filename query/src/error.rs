//! The room's error.

use datafusion::error::DataFusionError;
use proto::ErrorKind;

use crate::traceql::{ParseError, Position};

/// What went wrong with a query, and what the caller should do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What the caller should do.
    pub kind: ErrorKind,
    /// What happened, with the offending value, and the way out.
    pub message: String,
    /// Where in the query text, when the text is at fault.
    pub position: Option<Position>,
    /// The cause.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// A result of this room.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind` without a cause.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), position: None, source: None }
    }

    /// A request that has to be changed.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }
}

impl From<ParseError> for Error {
    fn from(error: ParseError) -> Self {
        Self {
            kind: ErrorKind::Invalid,
            message: error.message.clone(),
            position: Some(error.position),
            source: None,
        }
    }
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        Self {
            kind: error.kind,
            message: error.message.clone(),
            position: None,
            source: Some(Box::new(error)),
        }
    }
}

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        if let Some(own) = of_this_room(&error) {
            return Self { source: None, position: own.position, ..Self::new(own.kind, own.message.clone()) };
        }
        match error.find_root() {
            DataFusionError::ResourcesExhausted(reason) => Self::new(
                ErrorKind::TooLarge,
                format!(
                    "the query needs more memory than query.memory allows: {reason}; ask for a shorter time range, a larger step or fewer groups"
                ),
            ),
            DataFusionError::SQL(..) | DataFusionError::Plan(_) | DataFusionError::SchemaError(..) => {
                Self::invalid(error.strip_backtrace())
            }
            _ => Self {
                kind: if is_of_the_store(&error) { ErrorKind::Unavailable } else { ErrorKind::Internal },
                message: format!("the query failed: {}", error.strip_backtrace()),
                position: None,
                source: Some(Box::new(error)),
            },
        }
    }
}

/// What a part of the plan that is ours has said.
fn of_this_room(error: &DataFusionError) -> Option<&Error> {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.into_iter().find_map(|cause| cause.downcast_ref::<Error>())
}

/// Whether it comes from what holds the files, which may be better later.
fn is_of_the_store(error: &DataFusionError) -> bool {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    // Parquet's reader hands some errors on as text alone.
    causes.into_iter().any(|cause| cause.is::<object_store::Error>())
        || error.to_string().contains("Object Store error")
}
