//! Request rows: one row per API request, joined from the spans of its trace.

mod calls;
mod completeness;
mod excluded;
mod fragments;
mod keys;
mod objective;
mod row;
mod storage;

use proto::{SpanId, TraceId, UnixNanos};

pub use completeness::{Gap, Gaps};
pub use excluded::{Excluded, Exclusions};
pub use row::{authentication_before, request_rows};

use crate::phase::PhaseTimes;
use crate::{Component, RequestKeys};

/// The rows of a trace, and what became no row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestRows<'a> {
    /// One for every API server's server span under `/api` or `/apis`, parents before children.
    pub rows: Vec<RequestRow<'a>>,
    /// Server spans of API servers that are no row, and requests whose server span is not there.
    pub excluded: Exclusions,
}

/// One request that an API server served.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestRow<'a> {
    /// The trace.
    pub trace_id: TraceId,
    /// The server span.
    pub span_id: SpanId,
    /// The span that caused it: the server span's parent, or else what it links to.
    pub caller: Option<(TraceId, SpanId)>,
    /// The id in the audit log (on the server span since Kubernetes 1.34, else from the handler or a span of storage).
    pub audit_id: Option<&'a str>,
    /// `service.instance.id` of the API server.
    pub instance: Option<&'a str>,
    /// [`Component::Apiserver`], or [`Component::AggregatedApiserver`] where the trace tells.
    pub component: Component,
    /// Who asked for what, joined from handler span, server span and target; with the response's status code.
    pub keys: RequestKeys<'a>,
    /// The size of the request's body, in bytes.
    pub request_bytes: Option<u64>,
    /// The size of the response's body, in bytes.
    pub response_bytes: Option<u64>,
    /// When the server span began.
    pub start: UnixNanos,
    /// From there to the end of the server span, or of the handler where the server span was cut short.
    pub duration_ns: u64,
    /// Whether the end is the handler's ([`Gap::ServerSpanCutShort`]).
    pub ends_with_handler: bool,
    /// The duration without the time in admission webhooks and in queues of priority and fairness: what Kubernetes
    /// measures as `apiserver_request_sli_duration_seconds`.
    pub sli_duration_ns: u64,
    /// How long authentication took, where it is known. Since Kubernetes 1.33 this is time before `start`.
    pub authentication_ns: Option<u64>,
    /// Where the duration went; adds up to it exactly.
    pub phases: PhaseTimes,
    /// Calls of admission webhooks, in order of start.
    pub webhooks: Vec<WebhookCall<'a>>,
    /// Calls of etcd, by the member that was asked.
    pub etcd: Vec<EtcdCalls<'a>>,
    /// Whether some call of etcd came without etcd's own span, so that all of it is [`crate::Phase::EtcdWire`].
    pub is_etcd_undivided: bool,
    /// How often an update lost against another and was tried again.
    pub conflicts: u32,
    /// Where the data came from.
    pub data_source: DataSource,
    /// How many objects a list read from the watch cache.
    pub listed_items: Option<u64>,
    /// How many objects a list returned, where a span says so: of lists that etcd served, none does since Kubernetes
    /// 1.36.
    pub returned_items: Option<u64>,
    /// How many spans the row was made from.
    pub spans: usize,
    /// What is missing.
    pub gaps: Gaps,
}

impl RequestRow<'_> {
    /// Whether nothing is known to be missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }

    /// When the request ended.
    #[must_use]
    pub const fn end(&self) -> UnixNanos {
        self.start.saturating_add(self.duration_ns)
    }

    /// Whether latency quantiles should leave it out: watches, and streams that the API server gives no deadline.
    #[must_use]
    pub const fn is_endless(&self) -> bool {
        self.keys.is_watch || self.keys.is_long_running
    }
}

/// Where the data of a request came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DataSource {
    /// Neither cache nor etcd, or no span says so.
    None,
    /// The watch cache; asking etcd for the current revision does not count.
    Cache,
    /// etcd.
    Etcd,
    /// Both: a deletion that lists from the cache.
    Both,
}

impl DataSource {
    /// The lower-case name; empty for none.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Cache => "cache",
            Self::Etcd => "etcd",
            Self::Both => "both",
        }
    }
}

/// What an admission webhook does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WebhookKind {
    /// Changes objects; called one after another.
    Mutating,
    /// Refuses objects; called in parallel.
    Validating,
}

/// A call of an admission webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookCall<'a> {
    /// What it does.
    pub kind: WebhookKind,
    /// The webhook's name; empty when the span does not say.
    pub name: &'a str,
    /// The name of its configuration object.
    pub configuration: &'a str,
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    pub operation: &'a str,
    /// When it was called.
    pub start: UnixNanos,
    /// How long it took.
    pub duration_ns: u64,
    /// The part of that which the request waited for, on the critical path.
    pub path_ns: u64,
    /// No answer came (`Request completed` is missing): a timeout, a refused connection, an answer that is none.
    pub is_failed: bool,
}

/// The calls of one etcd member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EtcdCalls<'a> {
    /// The address that was asked.
    pub address: &'a str,
    /// Its port.
    pub port: Option<u16>,
    /// etcd's own `service.instance.id`, if it sends one.
    pub instance: Option<&'a str>,
    /// How many calls.
    pub calls: u32,
    /// The time on the critical path inside these calls.
    pub path_ns: u64,
}

#[cfg(test)]
mod tests;
