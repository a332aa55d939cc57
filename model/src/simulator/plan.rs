//! An API request before any version: who asks for what, and how long each step of the answer takes.
//!
//! Everything that chance decides about a request is decided here, so that one seed gives the same requests in every
//! version profile.

mod address;
mod draw;
mod steps;

use proto::{SpanId, TraceId, UnixNanos};

pub(crate) use address::PodContext;
pub(crate) use draw::Planner;

use super::catalog::Read;

/// A planned API request. Times are lengths in ns, but for `start`.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) number: u64,
    /// Seeds the ids that only some versions need.
    pub(crate) seed: u64,
    pub(crate) trace_id: TraceId,
    pub(crate) server_span_id: SpanId,
    /// The trace of `authentication` when it is an orphan.
    pub(crate) orphan_trace_id: TraceId,
    /// The trace of the client, when it sends a traceparent, and the client's span.
    pub(crate) caller: Option<Caller>,
    pub(crate) apiserver: u32,
    /// Whether this is the aggregated API server's part.
    pub(crate) aggregated: bool,
    /// What the aggregated API server does for this request.
    pub(crate) inner: Option<Box<Self>>,
    /// When authentication begins, true time.
    pub(crate) start: UnixNanos,
    pub(crate) request: Request,
    pub(crate) authentication: u64,
    pub(crate) audit: u64,
    pub(crate) impersonation: u64,
    pub(crate) queue: u64,
    pub(crate) authorization: u64,
    pub(crate) handler: u64,
    /// What each filter still does when the handler has returned.
    pub(crate) epilogue: u64,
    pub(crate) steps: Vec<Step>,
}

/// A client that traces: the kubelet, or the API server calling itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    /// The node of the kubelet; `None` for the API server itself.
    pub(crate) node: Option<u32>,
    /// The way there and back, each.
    pub(crate) network: u64,
    /// The span that the call is made in.
    pub(crate) inside: Option<SpanId>,
}

/// The request line and what else the spans say of it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) verb: &'static str,
    pub(crate) method: &'static str,
    /// Index into the catalog.
    pub(crate) resource: Option<usize>,
    pub(crate) subresource: &'static str,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) template: String,
    /// With the `?`, or empty.
    pub(crate) query: String,
    pub(crate) read: Read,
    pub(crate) user_agent: &'static str,
    pub(crate) privileged: bool,
    pub(crate) client_address: String,
    pub(crate) client_port: u16,
    pub(crate) audit_id: String,
    pub(crate) code: u16,
    pub(crate) request_bytes: u64,
    pub(crate) response_bytes: u64,
    pub(crate) listed: u64,
    pub(crate) returned: u64,
    pub(crate) watch_list: bool,
}

impl Request {
    /// What a webhook hears is done to the object.
    pub(crate) fn operation(&self) -> &'static str {
        if self.verb == "create" { "CREATE" } else { "UPDATE" }
    }

    /// `resource` (one object), `namespace` or `cluster`; as apiserver's `scope` attribute has it.
    pub(crate) fn scope(&self) -> &'static str {
        if self.resource.is_none() {
            ""
        } else if !self.name.is_empty() || self.verb == "create" {
            "resource"
        } else if self.namespace.is_empty() {
            "cluster"
        } else {
            "namespace"
        }
    }
}

/// A call of etcd.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub(crate) member: u32,
    pub(crate) operation: Operation,
    /// How long a first attempt took that the member refused, having lost its leader; zero when there was none.
    pub(crate) refused: u64,
    pub(crate) wire_before: u64,
    pub(crate) server_before: u64,
    pub(crate) inner: u64,
    pub(crate) server_after: u64,
    pub(crate) wire_after: u64,
    pub(crate) sent_bytes: u64,
    pub(crate) received_bytes: u64,
}

impl Call {
    pub(crate) const fn total(&self) -> u64 {
        self.refused
            + self.wire_before
            + self.server_before
            + self.inner
            + self.server_after
            + self.wire_after
    }

    /// What of the refused attempt was at the member.
    pub(crate) const fn refused_at_server(&self) -> u64 {
        self.refused / 2
    }
}

/// What etcd is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Read one key.
    Get,
    /// Read the first key of a prefix, for its revision.
    Revision,
    /// Read a page of a prefix.
    Page { limit: u64 },
    /// Write a key that must not exist.
    Create,
    /// Write a key that must not have changed.
    Update,
    /// Delete a key.
    Delete,
    /// Watch a prefix, until the client has enough.
    Watch,
}

/// A webhook call.
#[derive(Debug, Clone)]
pub(crate) struct WebhookCall {
    /// Index into the scenario's webhooks.
    pub(crate) webhook: usize,
    /// From the span's start to the HTTP client span's.
    pub(crate) before: u64,
    pub(crate) http: u64,
    pub(crate) after: u64,
    pub(crate) answer: WebhookAnswer,
    pub(crate) uid: String,
}

/// How a webhook call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WebhookAnswer {
    Allowed,
    TimedOut,
    Failed,
}

impl WebhookCall {
    pub(crate) const fn total(&self) -> u64 {
        self.before + self.http + self.after
    }
}

/// One attempt to change an object.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// Computing the new object, admission plugins included.
    pub(crate) admission: u64,
    pub(crate) mutating: Vec<WebhookCall>,
    pub(crate) validating: Vec<WebhookCall>,
    pub(crate) encode: u64,
    pub(crate) transform: u64,
    pub(crate) call: Call,
    pub(crate) after: u64,
}

/// A step of a handler, in order.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// The handler's own work.
    Own(u64),
    /// Reading the body.
    ReadBody(u64),
    /// Between `About to convert to expected version` and `Conversion done`.
    Convert(u64),
    Mutating(WebhookCall),
    Validating(Vec<WebhookCall>),
    /// One object from the watch cache.
    CacheGet(u64),
    /// One object from etcd, and what surrounds the call.
    EtcdGet {
        before: u64,
        call: Call,
        after: u64,
    },
    /// A list from the watch cache; `revision` makes it consistent.
    CacheList {
        before: u64,
        revision: Option<(u64, Call, u64)>,
        scan: u64,
    },
    /// A list from etcd, page by page; each call with the work after it.
    EtcdList {
        before: u64,
        pages: Vec<(Call, u64)>,
    },
    Create {
        before: u64,
        encode: u64,
        transform: u64,
        call: Call,
        after: u64,
    },
    /// Also an update that is refused, when its only attempt has no write.
    Update {
        before: u64,
        attempts: Vec<Attempt>,
    },
    /// The precondition does not hold: read again, and give up.
    UpdateRefused {
        before: u64,
        /// Making the new object, until it is refused.
        attempt: u64,
        call: Call,
        after: u64,
    },
    DeleteKey(Call),
    Serialize {
        encode: u64,
        write: u64,
    },
    /// The aggregated API server answers: the plan within this plan says how long that takes.
    Aggregate,
    WatchSetup {
        revision: Option<Call>,
        setup: u64,
    },
    /// A watch of what the watch cache does not hold: a stream of etcd, open as long as the watch.
    EtcdWatch(Call),
    /// The watch or stream stays open.
    Hold(u64),
}
