//! The `[ingest]` section of the configuration.

use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use proto::ErrorKind;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// No single request may be larger, whatever the configuration says: Arrow's offsets and the budget end there.
const REQUEST_BYTES_CEILING: ByteSize = ByteSize::gib(1);
/// The smallest request limit that still takes the default batch of every exporter.
const REQUEST_BYTES_FLOOR: ByteSize = ByteSize::mib(1);
/// Permits of the budget are counted in 32 bits.
const IN_FLIGHT_BYTES_CEILING: ByteSize = ByteSize::b(u32::MAX as u64);
/// Exporters of Kubernetes components give up after 10 s: a longer wait for the budget cannot help them.
const BUDGET_WAIT_CEILING: Duration = Duration::from_secs(10);

/// How spans are received: `[ingest]` in the configuration file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address of OTLP/gRPC, `host:port` or `unix:/path`; port 0 takes any free one.
    pub grpc_listen: String,
    /// Address of OTLP/HTTP, `host:port` or `unix:/path`; port 0 takes any free one.
    pub http_listen: String,
    /// Whether the two addresses may be reachable from other machines although nothing protects them: without TLS, or
    /// with neither `door.tokens_file` nor `tls_client_ca_file`.
    pub insecure_listen: bool,
    /// The server's certificates for both ports, PEM, its own first: they speak TLS then. Read again when it changes.
    pub tls_cert_file: Option<PathBuf>,
    /// The key of the server's certificate, PEM.
    pub tls_key_file: Option<PathBuf>,
    /// The CAs of clients, PEM: every client has to show a certificate that one of them signed (mTLS). Its common name
    /// is who it is: without `door.tokens_file` it may do everything, with it what the line `cn:<name>` says.
    pub tls_client_ca_file: Option<PathBuf>,
    /// The largest request, before and after inflation. OTLP recommends 64 MiB.
    pub request_bytes_max: ByteSize,
    /// Requests that are being received, decoded and written may hold so much memory together; more have to wait.
    pub bytes_in_flight_max: ByteSize,
    /// How long a request waits for room among the bytes in flight before it is refused.
    #[serde(with = "humantime_serde")]
    pub budget_wait: Duration,
    /// How long an exporter may take to send the body of one request.
    #[serde(with = "humantime_serde")]
    pub body_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            grpc_listen: "127.0.0.1:4317".to_owned(),
            http_listen: "127.0.0.1:4318".to_owned(),
            insecure_listen: false,
            tls_cert_file: None,
            tls_key_file: None,
            tls_client_ca_file: None,
            request_bytes_max: ByteSize::mib(64),
            bytes_in_flight_max: ByteSize::mib(256),
            budget_wait: Duration::from_secs(4),
            body_timeout: Duration::from_secs(10),
        }
    }
}

impl Config {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// `Invalid`, naming the key, its value and what is allowed. Addresses are checked when they are bound.
    pub fn validate(&self) -> Result<()> {
        let request = self.request_bytes_max;
        within("request_bytes_max", request, REQUEST_BYTES_FLOOR, REQUEST_BYTES_CEILING)?;
        // A compressed request counts twice while it is inflated.
        let in_flight_floor = ByteSize::b(2 * request.as_u64());
        within("bytes_in_flight_max", self.bytes_in_flight_max, in_flight_floor, IN_FLIGHT_BYTES_CEILING)?;
        if self.budget_wait > BUDGET_WAIT_CEILING {
            let (wait, most) = (self.budget_wait, BUDGET_WAIT_CEILING);
            return Err(invalid(format!("ingest.budget_wait = {wait:?} must be at most {most:?}")));
        }
        if self.body_timeout.is_zero() {
            return Err(invalid("ingest.body_timeout is 0: give a time such as \"10s\"".to_owned()));
        }
        Ok(())
    }
}

fn within(key: &str, value: ByteSize, least: ByteSize, most: ByteSize) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(invalid(format!("ingest.{key} = {value} must be {least} to {most}")))
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Invalid, message)
}

#[cfg(test)]
mod tests;
