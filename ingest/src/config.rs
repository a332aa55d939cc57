//! The `[ingest]` section of the configuration.

use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use model::redaction::{Redaction, RedactionRules};
use proto::ErrorKind;
use proto::otlp::DecodeLimits;
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

/// Kubernetes kills a container 30 s after it asked it to end, and requests in flight and the last flush need time too.
const SHUTDOWN_DELAY_CEILING: Duration = Duration::from_secs(10);
/// The shortest limit of a text that leaves room for the mark of what is cut.
const TEXT_BYTES_FLOOR: ByteSize = ByteSize::b(256);

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
    /// Origins of web pages that may export to the HTTP port, such as `["https://*.example.com"]`; `*` stands for any
    /// characters. Without any, browsers of other origins are not answered.
    pub cors_allowed_origins: Vec<String>,
    /// A compressed request over 1 MiB may become at most so many times its size.
    pub inflation_ratio_max: u64,
    /// How long a request waits, for memory, for its tenant's rate or while too many spans are live, before it is refused.
    #[serde(with = "humantime_serde")]
    pub budget_wait: Duration,
    /// How long an exporter may take to send the body of one request.
    #[serde(with = "humantime_serde")]
    pub body_timeout: Duration,
    /// Spans a tenant may send in a second; 0 sets no limit. More are delayed, then refused.
    pub tenant_spans_per_second_max: u64,
    /// Bytes, after inflation, that a tenant may send in a second; 0 sets no limit. More are delayed, then refused.
    pub tenant_bytes_per_second_max: ByteSize,
    /// How long a tenant must have been quiet to send at once what it may send in that time.
    #[serde(with = "humantime_serde")]
    pub tenant_burst: Duration,
    /// Tenants that may send; one more is refused until the next start.
    pub tenants_max: usize,
    /// After the end was asked for, requests are still taken in for this long while `/readyz` says no, so that load
    /// balancers look elsewhere first.
    #[serde(with = "humantime_serde")]
    pub shutdown_delay: Duration,
    /// Whether values in the query strings of exec, attach, portforward, proxy and run are masked before anything is
    /// written: they hold command lines.
    pub redact_queries: bool,
    /// Whether bearer tokens, JSON web tokens, `password=...` and the like, and passwords in URLs are masked.
    pub redact_tokens: bool,
    /// Whether the names of Secret objects are masked, in paths and in etcd keys.
    pub redact_secret_names: bool,
    /// Attributes whose values are masked whole, such as `["http.request.header.cookie"]`; at most 64.
    pub redact_keys: Vec<String>,
    /// Regular expressions whose first group (without one: whose match) is masked in every text; at most 64 of 1 KiB.
    /// Each of them is tried on every text.
    pub redact_patterns: Vec<String>,
    /// The longest attribute value or status message; longer ones are cut and end with a mark. A list counts as it is encoded.
    pub value_bytes_max: ByteSize,
    /// The longest name, key, trace state or schema URL; longer ones are cut and end with a mark.
    pub name_bytes_max: ByteSize,
    /// How many lists of attribute values may lie in each other; deeper ones become the text `(nested too deep)`.
    pub value_depth_max: usize,
    /// Attributes that a span, its events and its links may have together; also, that a resource or a scope may have. More
    /// are left out and counted in the span.
    pub attributes_per_span_max: usize,
    /// Events that a span may have. More are left out and counted in the span.
    pub events_per_span_max: usize,
    /// Links that a span may have. More are left out and counted in the span.
    pub links_per_span_max: usize,
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
            cors_allowed_origins: Vec::new(),
            inflation_ratio_max: 250,
            tenant_spans_per_second_max: 0,
            tenant_bytes_per_second_max: ByteSize::b(0),
            tenant_burst: Duration::from_secs(2),
            tenants_max: 1024,
            shutdown_delay: Duration::from_millis(200),
            redact_queries: true,
            redact_tokens: true,
            redact_secret_names: false,
            redact_keys: Vec::new(),
            redact_patterns: Vec::new(),
            value_bytes_max: ByteSize::kib(64),
            name_bytes_max: ByteSize::kib(4),
            value_depth_max: 32,
            attributes_per_span_max: 4096,
            events_per_span_max: 4096,
            links_per_span_max: 4096,
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
        if self.shutdown_delay > SHUTDOWN_DELAY_CEILING {
            let (delay, most) = (self.shutdown_delay, SHUTDOWN_DELAY_CEILING);
            return Err(invalid(format!("ingest.shutdown_delay = {delay:?} must be at most {most:?}")));
        }
        if self.body_timeout.is_zero() {
            return Err(invalid("ingest.body_timeout is 0: give a time such as \"10s\"".to_owned()));
        }
        for (key, value, is_zero) in [
            ("inflation_ratio_max", "a number such as 250", self.inflation_ratio_max == 0),
            ("tenant_burst", "a time such as \"2s\"", self.tenant_burst.is_zero()),
            ("tenants_max", "a number such as 1024", self.tenants_max == 0),
        ] {
            if is_zero {
                return Err(invalid(format!("ingest.{key} is 0: give {value}")));
            }
        }
        self.validate_limits()?;
        self.redaction().map(drop)
    }

    /// The rules of the `redact_` settings.
    ///
    /// # Errors
    /// `Invalid` when one cannot be used.
    pub(crate) fn redaction(&self) -> Result<Redaction> {
        Redaction::new(&RedactionRules {
            queries: self.redact_queries,
            tokens: self.redact_tokens,
            secret_names: self.redact_secret_names,
            keys: self.redact_keys.clone(),
            patterns: self.redact_patterns.clone(),
        })
        .map_err(|error| {
            invalid(format!("ingest.redact_keys or ingest.redact_patterns: {error}")).caused_by(error)
        })
    }

    fn validate_limits(&self) -> Result<()> {
        within("value_bytes_max", self.value_bytes_max, TEXT_BYTES_FLOOR, self.request_bytes_max)?;
        within("name_bytes_max", self.name_bytes_max, TEXT_BYTES_FLOOR, self.value_bytes_max)?;
        let ceiling = DecodeLimits::default();
        for (key, value, most) in [
            ("value_depth_max", self.value_depth_max, ceiling.value_depth_max),
            ("attributes_per_span_max", self.attributes_per_span_max, ceiling.attributes_per_span_max),
            ("events_per_span_max", self.events_per_span_max, ceiling.events_per_span_max),
            ("links_per_span_max", self.links_per_span_max, ceiling.links_per_span_max),
        ] {
            if !(1..=most).contains(&value) {
                return Err(invalid(format!("ingest.{key} = {value} must be 1 to {most}")));
            }
        }
        Ok(())
    }

    /// What a request may hold.
    pub(crate) fn decode_limits(&self) -> DecodeLimits {
        let bytes = |size: ByteSize| usize::try_from(size.as_u64()).unwrap_or(usize::MAX);
        DecodeLimits {
            value_depth_max: self.value_depth_max,
            attributes_per_span_max: self.attributes_per_span_max,
            events_per_span_max: self.events_per_span_max,
            links_per_span_max: self.links_per_span_max,
            value_bytes_max: bytes(self.value_bytes_max),
            name_bytes_max: bytes(self.name_bytes_max),
        }
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
