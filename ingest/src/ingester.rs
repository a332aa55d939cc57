//! A request's bytes to its acknowledgement, whatever port they came in by.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use door::Peer;
use model::redaction::Redaction;
use proto::otlp::{DecodeLimits, DecodeSummary, count_spans, json_to_request};
use proto::{ErrorKind, Tenant};
use storage::env::Env;
use storage::ledger::{Contents, Entry, Ledger, Measure};
use storage::wal::{RecordMeta, Transport};

use crate::arrival::Arrival;
use crate::budget::{Budget, Charge};
use crate::decode::{check_request, transport_name};
use crate::patience::Patience;
use crate::rates::Rates;
use crate::redact::{Masked, masked};
use crate::{Config, Error, Result, SpansLog, offload};

/// The longest message in an answer, in bytes: clients log it.
pub(crate) const MESSAGE_BYTES_MAX: usize = 1024;
/// What is kept of an exporter's user agent, in bytes.
const USER_AGENT_BYTES_MAX: usize = 256;
/// The field at fault when every span of a request is.
const SPANS_FIELD: &str = "resource_spans.scope_spans.spans";

/// Who sends a request, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Whose spans they are.
    pub tenant: Tenant,
    /// The other end of the connection.
    pub peer: Option<Peer>,
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
    rates: Rates,
    patience: Patience,
    is_serving: AtomicBool,
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
        let budget = Budget::new(config.bytes_in_flight_max.as_u64(), in_flight, env.clone());
        let (rates, patience, is_serving) = (Rates::new(&config), Patience::new(), AtomicBool::new(true));
        Ok(Arc::new(Self { log, config, budget, rates, patience, is_serving, ledger, env, redaction }))
    }

    /// Says what health checks are answered; it is true from the start. Requests are taken either way.
    pub fn set_serving(&self, is_serving: bool) {
        self.is_serving.store(is_serving, Ordering::Relaxed);
    }

    pub(crate) fn is_serving(&self) -> bool {
        self.is_serving.load(Ordering::Relaxed)
    }

    /// A charge for a request of `tenant` that has just arrived.
    ///
    /// # Errors
    /// `RateLimited` when the tenant sends so much more than it may that no wait would help, `Invalid` for a tenant too
    /// many.
    pub(crate) fn open(&self, tenant: &Tenant, arrival: Arrival) -> Result<Charge> {
        let wait_max = arrival.wait_max(self.config.budget_wait);
        self.rates.take(tenant, 0, 0, wait_max, arrival.began)?;
        Ok(self.budget.open(tenant, wait_max))
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
        let arrival = Arrival::at(self.env.monotonic());
        let mut charge = self.open(&sender.tenant, arrival)?;
        charge.raise_to(body.len() as u64).await?;
        self.ingest_charged(sender, body, charge, arrival, entry).await
    }

    /// The same for a body that `charge` holds already; `entry` is told of success, and not of errors.
    pub(crate) async fn ingest_charged(
        &self,
        sender: Sender,
        body: Bytes,
        charge: Charge,
        arrival: Arrival,
        entry: &mut Entry,
    ) -> Result<Accepted> {
        let body_bytes = body.len() as u64;
        let is_unix = matches!(sender.peer, Some(Peer::Unix { .. }));
        let meta = self.meta(sender, &body, entry);
        let (redaction, limits) = (Arc::clone(&self.redaction), self.config.decode_limits());
        let checking = offload::run(&self.env, body_bytes, move || check(meta, body, &redaction, &limits));
        let Checked { mut meta, body, summary, contents, masked } = match checking.await? {
            Ok(checked) => checked,
            Err(Unreadable { error, spans }) => {
                entry.read(body_bytes, Contents::refused(spans));
                return Err(error);
            }
        };
        if is_unix {
            meta.transport = Transport::Unix;
        }
        entry.read(body_bytes, contents);
        count(entry, &summary, &masked);
        let message = message(&summary);
        if summary.spans == 0 && summary.rejected > 0 {
            return Err(Error::new(ErrorKind::Invalid, message).at(SPANS_FIELD));
        }
        self.wait_for_rate(&charge, &summary, body_bytes).await?;
        arrival.check_deadline(self.env.monotonic())?;
        let mut is_duplicate = false;
        if summary.spans > 0 {
            let append = || self.log.append(meta.clone(), body.clone());
            let appending = self.patience.append(&self.env, charge.wait_left(), append);
            is_duplicate = appending.await.map_err(refused_by_storage)?.is_duplicate();
        }
        drop(charge);
        if is_duplicate {
            entry.duplicate();
        } else {
            entry.acknowledged();
        }
        Ok(Accepted { spans: summary.spans, is_duplicate, rejected: summary.rejected, message })
    }

    /// Slows down a tenant that sends more than it may.
    async fn wait_for_rate(&self, charge: &Charge, summary: &DecodeSummary, bytes: u64) -> Result<()> {
        let (wait_max, now) = (charge.wait_left(), self.env.monotonic());
        let wait = self.rates.take(charge.tenant(), summary.spans, bytes, wait_max, now)?;
        if !wait.is_zero() {
            self.env.sleep(wait).await;
        }
        Ok(())
    }

    fn meta(&self, sender: Sender, body: &[u8], entry: &mut Entry) -> RecordMeta {
        let mut user_agent = sender.user_agent;
        truncate(&mut user_agent, USER_AGENT_BYTES_MAX);
        entry.of_tenant(&sender.tenant);
        RecordMeta {
            body_hash: self.log.body_hash(&sender.tenant, body),
            tenant: sender.tenant,
            arrival: entry.arrival(),
            peer: sender.peer.and_then(Peer::address),
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
