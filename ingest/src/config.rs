//! The `[ingest]` section of the configuration.

use std::time::Duration;

use proto::ErrorKind;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

const MIB: u64 = 1024 * 1024;
/// No single request may be larger, whatever the configuration says: Arrow's offsets and the budget end there.
const REQUEST_BYTES_CEILING: u64 = 1024 * MIB;
/// The smallest request limit that still takes the default batch of every exporter.
const REQUEST_BYTES_FLOOR: u64 = MIB;
/// Exporters of Kubernetes components give up after 10 s: a longer wait for the budget cannot help them.
const BUDGET_WAIT_MS_CEILING: u64 = 10_000;

/// How spans are received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address of OTLP/gRPC, `host:port`; port 0 takes any free one.
    pub grpc_listen: String,
    /// Address of OTLP/HTTP, `host:port`; port 0 takes any free one.
    pub http_listen: String,
    /// Whether the two addresses may be reachable from other machines although nothing protects them.
    pub insecure_listen: bool,
    /// The largest request, before and after inflation, in bytes. OTLP recommends 64 MiB.
    pub request_bytes_max: u64,
    /// Bytes of requests that are being received, decoded and written at a time; more have to wait.
    pub bytes_in_flight_max: u64,
    /// How long a request waits for room among the bytes in flight before it is refused, in ms.
    pub budget_wait_ms: u64,
    /// How long an exporter may take to send the body of one request, in ms.
    pub body_timeout_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            grpc_listen: "127.0.0.1:4317".to_owned(),
            http_listen: "127.0.0.1:4318".to_owned(),
            insecure_listen: false,
            request_bytes_max: 64 * MIB,
            bytes_in_flight_max: 256 * MIB,
            budget_wait_ms: 4_000,
            body_timeout_ms: 10_000,
        }
    }
}

impl Config {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// `Invalid`, naming the key, its value and what is allowed. Addresses are checked when they are bound.
    pub fn validate(&self) -> Result<()> {
        within("request_bytes_max", self.request_bytes_max, REQUEST_BYTES_FLOOR, REQUEST_BYTES_CEILING)?;
        // A compressed request counts twice while it is inflated.
        let in_flight_floor = 2 * self.request_bytes_max;
        within("bytes_in_flight_max", self.bytes_in_flight_max, in_flight_floor, u64::from(u32::MAX))?;
        within("budget_wait_ms", self.budget_wait_ms, 0, BUDGET_WAIT_MS_CEILING)?;
        within("body_timeout_ms", self.body_timeout_ms, 1, u64::from(u32::MAX))
    }

    pub(crate) fn budget_wait(&self) -> Duration {
        Duration::from_millis(self.budget_wait_ms)
    }

    pub(crate) fn body_timeout(&self) -> Duration {
        Duration::from_millis(self.body_timeout_ms)
    }
}

fn within(key: &str, value: u64, least: u64, most: u64) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Invalid, format!("ingest.{key} = {value} must be {least} to {most}")))
}

#[cfg(test)]
mod tests;
