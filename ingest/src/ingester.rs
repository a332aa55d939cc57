//! A request's bytes to its acknowledgement, whatever port they came in by.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use proto::otlp::{DecodeSummary, count_spans, json_to_request};
use proto::{ErrorKind, Tenant};
use storage::env::Env;
use storage::ledger::{Contents, Entry, Ledger, Measure};
use storage::wal::{RecordMeta, Transport};

use crate::budget::{Budget, Charge};
use crate::decode::{check_request, transport_name};
use crate::{Config, Error, Result, SpansLog, offload};

/// The longest message in an answer, in bytes: clients log it.
pub(crate) const MESSAGE_BYTES_MAX: usize = 1024;
/// What is kept of an exporter's user agent, in bytes.
const USER_AGENT_BYTES_MAX: usize = 256;

/// Who sends a request, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The other end of the connection.
    pub peer: Option<SocketAddr>,
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
    pub(crate) ledger: Ledger,
    pub(crate) env: Env,
}

impl<L: SpansLog> Ingester<L> {
    /// An ingester that keeps spans in `log` and counts them on `ledger`.
    ///
    /// # Errors
    /// `Invalid` for a configuration that [`Config::validate`] refuses.
    pub fn new(config: Config, log: Arc<L>, ledger: Ledger, env: Env) -> Result<Arc<Self>> {
        config.validate()?;
        let in_flight = ledger.bytes_in_flight();
        let budget =
            Budget::new(config.bytes_in_flight_max.as_u64(), config.budget_wait, in_flight, env.clone());
        Ok(Arc::new(Self { log, config, budget, ledger, env }))
    }

    /// Keeps the spans of `body` (inflated) and returns when they are durable.
    ///
    /// # Errors
    /// `Invalid` for a body that is none, `TooLarge` above `request_bytes_max`, `Overloaded` when too much is in
    /// flight, `Unavailable` when nothing can be kept at present.
    pub async fn ingest(&self, sender: Sender, body: Bytes) -> Result<Accepted> {
        let mut entry = self.ledger.open(transport_name(sender.transport));
        let ingested = self.ingest_unread(sender, body, &mut entry).await;
        ingested.inspect_err(|error| entry.refused(error.kind.name()))
    }

    async fn ingest_unread(&self, sender: Sender, body: Bytes, entry: &mut Entry) -> Result<Accepted> {
        let bytes_max = self.config.request_bytes_max.as_u64();
        if body.len() as u64 > bytes_max {
            return Err(Error::too_large("a request", Some(body.len() as u64), bytes_max));
        }
        let mut charge = self.budget.open();
        charge.raise_to(body.len() as u64).await?;
        self.ingest_charged(sender, body, charge, entry).await
    }

    /// The same for a body that `charge` holds already; `entry` is told of success, and not of errors.
    pub(crate) async fn ingest_charged(
        &self,
        sender: Sender,
        body: Bytes,
        charge: Charge,
        entry: &mut Entry,
    ) -> Result<Accepted> {
        let body_bytes = body.len() as u64;
        let meta = self.meta(sender, &body, entry);
        let unchecked = body.clone();
        let checked = offload::run(&self.env, body_bytes, move || check(meta, body)).await?;
        let Checked { meta, body, summary, contents } =
            checked.inspect_err(|_| entry.read(body_bytes, unreadable(&unchecked)))?;
        entry.read(body_bytes, contents);
        count(entry, &summary);
        if summary.spans > 0 {
            self.log.append(meta, body).await.map_err(refused_by_storage)?;
        }
        drop(charge);
        entry.acknowledged();
        let message = message(&summary);
        Ok(Accepted { spans: summary.spans, rejected: summary.rejected, message })
    }

    fn meta(&self, sender: Sender, body: &[u8], entry: &mut Entry) -> RecordMeta {
        let mut user_agent = sender.user_agent;
        truncate(&mut user_agent, USER_AGENT_BYTES_MAX);
        let tenant = Tenant::default_tenant();
        entry.of_tenant(&tenant);
        RecordMeta {
            tenant,
            arrival: entry.arrival(),
            peer: sender.peer,
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
    contents: Contents,
}

fn check(meta: RecordMeta, body: Bytes) -> Result<Checked> {
    let body = match meta.transport {
        Transport::HttpJson => Bytes::from(transcode(&body)?),
        Transport::Grpc | Transport::HttpProtobuf | Transport::Unix => body,
    };
    let (summary, contents) = check_request(&body, meta.arrival)?;
    Ok(Checked { meta, body, summary, contents })
}

/// What a body holds that is refused: its spans up to the fault; of JSON nobody knows.
fn unreadable(body: &[u8]) -> Contents {
    Contents::refused(count_spans(body) as u64)
}

/// Counts what is peculiar about a request that will be acknowledged.
fn count(entry: &mut Entry, summary: &DecodeSummary) {
    entry.add(Measure::RepairedStrings, summary.repaired_strings);
    entry.add(Measure::TruncatedItems, truncated_items(summary));
    entry.add(Measure::DroppedLinks, summary.dropped_links);
    entry.add(Measure::EndedBeforeStart, summary.ended_before_start);
}

/// Attributes, events and links that were left out because there were too many.
fn truncated_items(summary: &DecodeSummary) -> u64 {
    summary.truncated_attributes + summary.truncated_events + summary.truncated_links
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
