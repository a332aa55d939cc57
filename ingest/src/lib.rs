//! OTLP in: gRPC and HTTP receivers, decode into columns.
//!
//! - [`Config`] -> [`Receivers::start`] -> [`Receivers::stop`]: both ports
//! - [`Ingester`]: a request's bytes to an acknowledgement, through a [`SpansLog`]
//! - [`decode_requests`]: the bytes of durable requests to columns
//! - [`Exporter`]: the other direction, for replay of captures and for load
//!
//! What all of it counts stands in [`storage::ledger`].

mod arrival;
mod body;
mod budget;
pub mod columns;
mod config;
mod decode;
mod error;
mod export;
mod grpc;
mod http;
mod inflate;
mod ingester;
mod offload;
mod patience;
mod rates;
mod receivers;
mod redact;
mod spans_log;

pub use config::Config;
pub use decode::decode_requests;
pub use error::{Error, Result};
pub use export::{Ack, ExportError, Exporter, RetryPolicy};
pub use ingester::{Accepted, Ingester, Sender};
pub use receivers::Receivers;
pub use spans_log::SpansLog;

#[cfg(test)]
mod testing;
