//! What a caller should do about an error: the one list every room's errors are sorted into.

use std::time::Duration;

/// The kinds of failure, each named after what the caller should do.
///
/// [`ErrorKind::grpc_code`] and [`ErrorKind::http_status`] are the only mapping to wire statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request is wrong and will stay wrong: fix it.
    Invalid,
    /// Nobody knows who asks: give a valid token or certificate.
    Unauthenticated,
    /// Whoever asks is known and may not: ask for the right, or leave it.
    Forbidden,
    /// What was asked for is not here.
    NotFound,
    /// The request is larger than a limit: split it or raise the limit.
    TooLarge,
    /// The method, content type or encoding is not spoken here.
    Unsupported,
    /// Too busy now: retry after the given time.
    Overloaded {
        /// How long to wait before the retry.
        retry_after: Duration,
    },
    /// The sender is over a rate that was set for it: retry after the given time.
    RateLimited {
        /// How long to wait before the retry.
        retry_after: Duration,
    },
    /// Not able now (disk full, closing, starting): retry.
    Unavailable,
    /// The deadline passed before the answer was ready.
    DeadlineExceeded,
    /// Stored bytes are damaged: stop and look.
    Corrupt,
    /// Our bug.
    Internal,
}

impl ErrorKind {
    /// The gRPC status code (<https://grpc.github.io/grpc/core/md_doc_statuscodes.html>).
    #[must_use]
    pub const fn grpc_code(self) -> i32 {
        match self {
            Self::Invalid => 3,
            Self::DeadlineExceeded => 4,
            Self::NotFound => 5,
            Self::Forbidden => 7,
            Self::TooLarge | Self::RateLimited { .. } => 8,
            Self::Unsupported => 12,
            Self::Internal => 13,
            Self::Overloaded { .. } | Self::Unavailable => 14,
            Self::Corrupt => 15,
            Self::Unauthenticated => 16,
        }
    }

    /// The HTTP status code.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::Invalid => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::TooLarge => 413,
            Self::Unsupported => 415,
            Self::Overloaded { .. } | Self::RateLimited { .. } => 429,
            Self::Internal | Self::Corrupt => 500,
            Self::Unavailable => 503,
            Self::DeadlineExceeded => 504,
        }
    }

    /// A stable lower-case word for logs, metrics and JSON errors.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::TooLarge => "too_large",
            Self::Unsupported => "unsupported",
            Self::Overloaded { .. } => "overloaded",
            Self::RateLimited { .. } => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::Corrupt => "corrupt",
            Self::Internal => "internal",
        }
    }
}
