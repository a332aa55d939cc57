//! The words on the wire: OTLP traces, ids, times, error kinds and the capture format.
//!
//! The only room that knows protobuf. It does no I/O and knows no Arrow.

#![forbid(unsafe_code)]

pub mod capture;
mod error;
pub mod health;
mod id;
pub mod otlp;
mod tenant;
mod time;

pub use error::ErrorKind;
pub use id::{ParseIdError, SpanId, TraceId};
pub use tenant::{InvalidTenant, Tenant};
pub use time::{TimeRange, UnixNanos};
