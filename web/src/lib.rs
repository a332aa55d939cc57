//! HTTP API and the UI: JSON in front of the engine, and the built page.
//!
//! - [`Config`]: `[web]` in the configuration file
//! - [`start`] -> [`door::Server`]: everything below on one port
//! - [`router`]: the same without a port
//!   - `/api/v1/…`: latency, traces, attributes, info, session; the room that speaks JSON
//!   - `/healthz`, `/livez`, `/readyz`, `/metrics`
//!   - everything else: the UI, embedded at build time
//!
//! Everything that shows spans or figures is for those who may read, by token or session, and is about their tenant.
//! Without a tokens file [`start`] listens on loopback only and nobody is asked. Requests that a foreign web page could
//! have caused are refused.

mod access;
mod api;
mod assets;
mod config;
mod engine;
mod error;
mod guard;
mod headers;
mod metrics;
mod notebook;
mod server;
mod services;
mod sessions;

pub use config::Config;
pub use error::{Error, Result};
pub use metrics::Metrics;
pub use server::{router, start};
pub use services::{About, Readiness, Services};

#[cfg(test)]
mod testing;
