//! A request's bytes to its acknowledgement, whatever port they came in by.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use door::Peer;
use proto::otlp::{DecodeSummary, json_to_request};
use proto::{ErrorKind, Tenant};
use storage::env::Env;
use storage::wal::{RecordMeta, Transport};

use crate::budget::{Budget, Charge};
use crate::decode::{check_request, transport_name};
use crate::metrics::{Metrics, truncated_items};
use crate::{Config, Error, Result, SpansLog, offload};

/// The longest message in an answer, in bytes: clients log it.
pub(crate) const MESSAGE_BYTES_MAX: usize = 1024;
/// What is kept of an exporter's user agent, in bytes.
const USER_AGENT_BYTES_MAX: usize = 256;

/// Who sends a request, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The other end of the connection.
    pub peer: Option<Peer>,
    /// Whose spans they are.
    pub tenant: Tenant,
    /// How the body is to be read; JSON is kept as protobuf.
    pub transport: Transport,
    /// The user agent, cut to 256 bytes when kept.
    pub user_agent: String,
}

/// What became of an acknowledged request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accepted {
    /// Spans kept, durably.
    pub spans: u64,
    /// Spans refused, which the exporter must not send again.
    pub rejected: u64,
    /// For people: what was refused or left out, and why; at most 1 KiB, empty when nothing was.
    pub message: String,
}

/// Takes requests: checks, keeps, acknowledges, counts.
pub struct Ingester<L> {
    log: Arc<L>,
    pub(crate) config: Config,
    pub(crate) budget: Arc<Budget>,
    pub(crate) metrics: Metrics,
    pub(crate) env: Env,
}

impl<L: SpansLog> Ingester<L> {
    /// An ingester that keeps spans in `log`.
    ///
    /// # Errors
    /// `Invalid` for a configuration that [`Config::validate`] refuses.
    pub fn new(config: Config, log: Arc<L>, metrics: Metrics, env: Env) -> Result<Arc<Self>> {
        config.validate()?;
        let in_flight = metrics.bytes_in_flight.clone();
        let budget =
            Budget::new(config.bytes_in_flight_max.as_u64(), config.budget_wait, in_flight, env.clone());
        Ok(Arc::new(Self { log, config, budget, metrics, env }))
    }

    /// Keeps the spans of `body` (inflated) and returns when they are durable.
    ///
    /// # Errors
    /// `Invalid` for a body that is none, `TooLarge` above `request_bytes_max`, `Overloaded` when too much is in
    /// flight, `Unavailable` when nothing can be kept at present.
    pub async fn ingest(&self, sender: Sender, body: Bytes) -> Result<Accepted> {
        let bytes_max = self.config.request_bytes_max.as_u64();
        if body.len() as u64 > bytes_max {
            return Err(Error::too_large("a request", Some(body.len() as u64), bytes_max));
        }
        let began = self.env.monotonic();
        let mut charge = self.budget.open();
        charge.raise_to(body.len() as u64).await?;
        self.ingest_charged(sender, body, charge, began).await
    }

    /// The same for a body that `charge` holds already and whose head arrived at `began`.
    pub(crate) async fn ingest_charged(
        &self,
        sender: Sender,
        body: Bytes,
        charge: Charge,
        began: Duration,
    ) -> Result<Accepted> {
        let body_bytes = body.len() as u64;
        self.metrics.count_body(transport_name(sender.transport), body_bytes);
        let is_unix = matches!(sender.peer, Some(Peer::Unix { .. }));
        let meta = self.meta(sender, &body);
        let checked = offload::run(&self.env, body_bytes, move || check(meta, body, is_unix)).await??;
        let Checked { meta, body, summary } = checked;
        if summary.spans > 0 {
            self.log.append(meta, body).await.map_err(refused_by_storage)?;
        }
        drop(charge);
        self.metrics.count_ack(&summary, self.env.monotonic().saturating_sub(began));
        let message = message(&summary);
        Ok(Accepted { spans: summary.spans, rejected: summary.rejected, message })
    }

    fn meta(&self, sender: Sender, body: &[u8]) -> RecordMeta {
        let mut user_agent = sender.user_agent;
        truncate(&mut user_agent, USER_AGENT_BYTES_MAX);
        RecordMeta {
            tenant: sender.tenant,
            arrival: self.env.now(),
            peer: sender.peer.and_then(Peer::address),
            transport: sender.transport,
            user_agent,
            body_hash: xxhash_rust::xxh3::xxh3_128(body),
        }
    }
}

impl<L> fmt::Debug for Ingester<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ingester").field("config", &self.config).finish_non_exhaustive()
    }
}

struct Checked {
    meta: RecordMeta,
    body: Bytes,
    summary: DecodeSummary,
}

fn check(mut meta: RecordMeta, body: Bytes, is_unix: bool) -> Result<Checked> {
    let body = match meta.transport {
        Transport::HttpJson => Bytes::from(transcode(&body)?),
        Transport::Grpc | Transport::HttpProtobuf | Transport::Unix => body,
    };
    if is_unix {
        meta.transport = Transport::Unix;
    }
    let summary = check_request(&body)?;
    Ok(Checked { meta, body, summary })
}

fn transcode(json: &[u8]) -> Result<Vec<u8>> {
    // Proto3's JSON form of no message at all, which the Collector accepts too.
    if json.trim_ascii() == b"null" {
        return Ok(Vec::new());
    }
    json_to_request(json).map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()).caused_by(error))
}

/// Exporters throw away what gets any other error: only what no retry can help may end so.
fn refused_by_storage(error: storage::Error) -> Error {
    let kind = match error.kind {
        kind @ (ErrorKind::Invalid | ErrorKind::TooLarge | ErrorKind::Overloaded { .. }) => kind,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, format!("the spans cannot be kept: {error}")).caused_by(error)
}

fn message(summary: &DecodeSummary) -> String {
    let mut parts = Vec::new();
    if summary.rejected > 0 {
        let spans = summary.spans + summary.rejected;
        let fault = summary.first_fault.as_deref().unwrap_or("faulty ids");
        parts.push(format!("{} of {spans} spans rejected; the first: {fault}", summary.rejected));
    }
    let truncated = truncated_items(summary);
    if truncated > 0 {
        parts.push(format!("{truncated} attributes, events or links left out: a span had too many"));
    }
    let mut message = parts.join("; ");
    truncate(&mut message, MESSAGE_BYTES_MAX);
    message
}

/// Cuts `text` to at most `bytes_max`, between two characters.
pub(crate) fn truncate(text: &mut String, bytes_max: usize) {
    text.truncate(text.floor_char_boundary(bytes_max));
}
