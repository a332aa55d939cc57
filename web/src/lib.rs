//! HTTP API and the UI: JSON in front of the engine, and the built page.
//!
//! - [`Config`]: `[web]` in the configuration file
//! - [`start`] -> [`door::Server`]: everything below on one port
//! - [`router`]: the same without a port
//!   - `/api/v1/…`: latency, traces, attributes, info; the room that speaks JSON
//!   - `/healthz`, `/readyz`, `/metrics`
//!   - everything else: the UI, embedded at build time
//!
//! Whoever gets this far is on this machine or came through something that checked; [`start`] listens on loopback
//! only, and requests that a foreign web page could have caused are refused.

mod api;
mod assets;
mod config;
mod engine;
mod error;
mod guard;
mod headers;
mod metrics;
mod server;
mod services;

pub use config::Config;
pub use error::{Error, Result};
pub use metrics::Metrics;
pub use server::{router, start};
pub use services::{About, Readiness, Services};

#[cfg(test)]
mod testing;
