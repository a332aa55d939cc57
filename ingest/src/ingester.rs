//! A request's bytes to its acknowledgement, whatever port they came in by.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use model::redaction::Redaction;
use proto::otlp::{DecodeLimits, DecodeSummary, count_spans, json_to_request};
use proto::{ErrorKind, Tenant};
use storage::env::Env;
use storage::ledger::{Contents, Entry, Ledger, Measure};
use storage::wal::{RecordMeta, Transport};

use crate::budget::{Budget, Charge};
use crate::decode::{check_request, transport_name};
use crate::redact::{Masked, masked};
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
    /// Whether it was a retry of a request that was kept: the answer is the one that request got.
    pub is_duplicate: bool,
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
    redaction: Arc<Redaction>,
}

impl<L: SpansLog> Ingester<L> {
    /// An ingester that keeps spans in `log` and counts them on `ledger`.
    ///
    /// # Errors
    /// `Invalid` for a configuration that [`Config::validate`] refuses.
    pub fn new(config: Config, log: Arc<L>, ledger: Ledger, env: Env) -> Result<Arc<Self>> {
        config.validate()?;
        let redaction = Arc::new(config.redaction()?);
        let in_flight = ledger.bytes_in_flight();
        let budget =
            Budget::new(config.bytes_in_flight_max.as_u64(), config.budget_wait, in_flight, env.clone());
        Ok(Arc::new(Self { log, config, budget, ledger, env, redaction }))
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
        let (redaction, limits) = (Arc::clone(&self.redaction), self.config.decode_limits());
        let checking = offload::run(&self.env, body_bytes, move || check(meta, body, &redaction, &limits));
        let Checked { meta, body, summary, contents, masked } = match checking.await? {
            Ok(checked) => checked,
            Err(Unreadable { error, spans }) => {
                entry.read(body_bytes, Contents::refused(spans));
                return Err(error);
            }
        };
        entry.read(body_bytes, contents);
        count(entry, &summary, &masked);
        let mut is_duplicate = false;
        if summary.spans > 0 {
            is_duplicate = self.log.append(meta, body).await.map_err(refused_by_storage)?.is_duplicate();
        }
        drop(charge);
        if is_duplicate {
            entry.duplicate();
        } else {
            entry.acknowledged();
        }
        let message = message(&summary);
        Ok(Accepted { spans: summary.spans, is_duplicate, rejected: summary.rejected, message })
    }

    fn meta(&self, sender: Sender, body: &[u8], entry: &mut Entry) -> RecordMeta {
        let mut user_agent = sender.user_agent;
        truncate(&mut user_agent, USER_AGENT_BYTES_MAX);
        let tenant = Tenant::default_tenant();
        entry.of_tenant(&tenant);
        RecordMeta {
            body_hash: self.log.body_hash(&tenant, body),
            tenant,
            arrival: entry.arrival(),
            peer: sender.peer,
            transport: sender.transport,
            user_agent,
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
    masked: Masked,
}

/// A body that is refused.
struct Unreadable {
    error: Error,
    /// Its spans up to the fault; of JSON nobody knows.
    spans: u64,
}

/// Nothing unmasked leaves here, not even in an error's message.
fn check(
    meta: RecordMeta,
    body: Bytes,
    redaction: &Redaction,
    limits: &DecodeLimits,
) -> Result<Checked, Unreadable> {
    let body = match meta.transport {
        Transport::HttpJson => Bytes::from(transcode(&body).map_err(|error| Unreadable { error, spans: 0 })?),
        Transport::Grpc | Transport::HttpProtobuf | Transport::Unix => body,
    };
    let (body, masked) = masked(body, redaction);
    let (body, summary, contents) = check_request(body.clone(), limits, meta.arrival)
        .map_err(|error| Unreadable { error, spans: count_spans(&body) as u64 })?;
    Ok(Checked { meta, body, summary, contents, masked })
}

/// Counts what is peculiar about a request, should it be acknowledged.
fn count(entry: &mut Entry, summary: &DecodeSummary, masked: &Masked) {
    let values = summary.long_values + summary.long_names + summary.deep_lists;
    entry.add(Measure::RepairedStrings, summary.repaired_strings);
    entry.add(Measure::TruncatedItems, truncated_items(summary));
    entry.add(Measure::TruncatedValues, values);
    entry.add(Measure::DroppedLinks, summary.dropped_links);
    entry.add(Measure::EndedBeforeStart, summary.ended_before_start);
    entry.add(Measure::MaskedValues, masked.values());
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
    if summary.deep_lists > 0 {
        parts.push(format!("{} lists of values replaced: nested too deep", summary.deep_lists));
    }
    let long = summary.long_values + summary.long_names;
    if long > 0 {
        parts.push(format!("{long} values or names cut: longer than the server allows"));
    }
    let mut message = parts.join("; ");
    truncate(&mut message, MESSAGE_BYTES_MAX);
    message
}

/// Cuts `text` to at most `bytes_max`, between two characters.
pub(crate) fn truncate(text: &mut String, bytes_max: usize) {
    text.truncate(text.floor_char_boundary(bytes_max));
}
