//! The room's error.

use proto::ErrorKind;

/// What went wrong in storage, and what the caller should do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What the caller should do.
    pub kind: ErrorKind,
    /// What happened, with the path or value, and the way out.
    pub message: String,
    /// The cause.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// A result of this room.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind` without a cause.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// This error, with its cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whether the disk has no room left.
    #[must_use]
    pub(crate) fn is_disk_full(&self) -> bool {
        self.io_kinds()
            .any(|kind| matches!(kind, std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded))
    }

    /// Whether the disk lets files only be read.
    #[must_use]
    pub(crate) fn is_read_only(&self) -> bool {
        use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
        self.io_kinds().any(|kind| matches!(kind, ReadOnlyFilesystem | PermissionDenied))
    }

    /// The kinds of the operating-system errors that caused this.
    pub(crate) fn io_kinds(&self) -> impl Iterator<Item = std::io::ErrorKind> {
        let first: Option<&(dyn std::error::Error + 'static)> = Some(self);
        std::iter::successors(first, |error| error.source())
            .filter_map(|error| error.downcast_ref::<std::io::Error>())
            .map(std::io::Error::kind)
    }

    /// An operating-system error on `path`, met while doing `what`.
    pub fn io(what: &str, path: &std::path::Path, source: std::io::Error) -> Self {
        let kind = match source.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            _ => ErrorKind::Unavailable,
        };
        Self::new(kind, format!("cannot {what} {}: {source}", path.display())).caused_by(source)
    }
}
