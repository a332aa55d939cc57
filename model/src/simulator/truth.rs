//! The truth: what was planned, and what of it the spans of a version can show.

use proto::{SpanId, TraceId, UnixNanos};

use super::{ProcessId, profile};

/// The phases of a request, in the order of its way. A name is the phase's name in the answers of the model.
pub const PHASES: [&str; 18] = [
    "authentication",
    "audit",
    "impersonation",
    "priority_and_fairness",
    "authorization",
    "mutating_webhook",
    "validating_webhook",
    "conversion",
    "cache",
    "storage_encode",
    "encryption",
    "etcd_client",
    "etcd_wire",
    "etcd_server",
    "etcd_inner",
    "serialization",
    "aggregation",
    "self",
];

/// An index into [`PHASES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Authentication,
    Audit,
    Impersonation,
    PriorityAndFairness,
    Authorization,
    MutatingWebhook,
    ValidatingWebhook,
    Conversion,
    Cache,
    StorageEncode,
    Encryption,
    EtcdClient,
    EtcdWire,
    EtcdServer,
    EtcdInner,
    Serialization,
    Aggregation,
    Own,
}

/// Nanoseconds by phase: as it was, and as the spans of a version show it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Phases {
    planned: [u64; PHASES.len()],
    shown: [u64; PHASES.len()],
}

impl Phases {
    /// `nanoseconds` of `planned`, which a version with all spans shows as `shown`.
    pub(crate) fn add(
        &mut self,
        planned: Phase,
        shown: Phase,
        nanoseconds: u64,
        (kubernetes, etcd): (&profile::Kubernetes, &profile::Etcd),
    ) {
        self.planned[planned as usize] += nanoseconds;
        self.shown[seen_as(shown, kubernetes, etcd) as usize] += nanoseconds;
    }

    pub(crate) fn planned(&self) -> Vec<(&'static str, u64)> {
        list(&self.planned)
    }

    pub(crate) fn shown(&self) -> Vec<(&'static str, u64)> {
        list(&self.shown)
    }
}

fn list(phases: &[u64]) -> Vec<(&'static str, u64)> {
    PHASES.iter().zip(phases).filter(|(_, ns)| **ns > 0).map(|(name, ns)| (*name, *ns)).collect()
}

/// Where a version that lacks a span leaves its time.
fn seen_as(phase: Phase, kubernetes: &profile::Kubernetes, etcd: &profile::Etcd) -> Phase {
    use profile::Filters;
    match (phase, kubernetes.filters) {
        (Phase::EtcdInner, _) if !etcd.inner_spans => Phase::EtcdServer,
        (Phase::EtcdWire | Phase::EtcdServer | Phase::EtcdInner, _) => phase,
        // The client spans of webhook calls, which do not tell one sort from the other.
        (Phase::MutatingWebhook | Phase::ValidatingWebhook, Filters::None) => Phase::MutatingWebhook,
        (_, Filters::None) => Phase::Own,
        (
            Phase::Audit | Phase::Impersonation | Phase::PriorityAndFairness | Phase::Authorization,
            Filters::Inside | Filters::Truncated,
        ) => Phase::Own,
        (_, _) => phase,
    }
}

/// A webhook call of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedWebhook {
    /// The webhook's name.
    pub name: String,
    /// Its configuration.
    pub configuration: String,
    /// Whether it may change the object.
    pub mutating: bool,
    /// How long its span lasts, in ns.
    pub duration_ns: u64,
    /// Whether the call came back in time and without error.
    pub completed: bool,
}

/// An API request as it was planned.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedRequest {
    /// The number of the request: the same in every version profile.
    pub number: u64,
    /// The trace of its server span.
    pub trace_id: TraceId,
    /// Its server span.
    pub server_span_id: SpanId,
    /// Whether the trace is sampled, and so sent.
    pub sampled: bool,
    /// The API server.
    pub process: ProcessId,
    /// The API server's zone.
    pub zone: &'static str,
    /// The node whose kubelet asked.
    pub node: Option<String>,
    /// The version whose spans were sent.
    pub kubernetes: String,
    /// get, list, watch, create, update, patch, apply, delete, deletecollection, connect, or empty when not about a
    /// resource.
    pub verb: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path.
    pub path: String,
    /// The path with its query.
    pub target: String,
    /// API group, empty for the core.
    pub group: String,
    /// API version.
    pub version: String,
    /// Resource in plural.
    pub resource: String,
    /// Subresource, or empty.
    pub subresource: String,
    /// `resource`, `namespace` or `cluster`; empty when not about a resource.
    pub scope: &'static str,
    /// Namespace, or empty.
    pub namespace: String,
    /// Name, or empty.
    pub name: String,
    /// The whole user agent.
    pub user_agent: String,
    /// The client's address.
    pub client: String,
    /// The response code.
    pub code: u16,
    /// Whether it is a watch.
    pub watch: bool,
    /// The server span's start, by the API server's clock.
    pub start: UnixNanos,
    /// From the server span's start to the response's end.
    pub duration_ns: u64,
    /// The server span's own length: shorter than `duration_ns` in 1.33 only.
    pub server_span_ns: u64,
    /// Authentication, wherever the version has it.
    pub authentication_ns: u64,
    /// Each phase under the name by which this version's spans can show it; adds up to `duration_ns`.
    pub phases: Vec<(&'static str, u64)>,
    /// Each phase as it was, whatever the version shows; adds up to `duration_ns`.
    pub true_phases: Vec<(&'static str, u64)>,
    /// Webhook calls, in order of their start.
    pub webhooks: Vec<PlannedWebhook>,
    /// How often a write met another (`Retry value restored`).
    pub conflicts: u32,
    /// Whether it read from the watch cache (as this version does).
    pub from_cache: bool,
    /// Objects looked at by a list.
    pub listed: u64,
    /// Objects returned by a list.
    pub returned: u64,
    /// Bytes of the request's body.
    pub request_bytes: u64,
    /// Bytes of the response's body.
    pub response_bytes: u64,
    /// Whether all of its spans reached an exporter.
    pub complete: bool,
}

/// A container of a pod start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedContainer {
    /// Its name.
    pub name: String,
    /// `PullImage`, unless the image was there.
    pub pull_ns: Option<u64>,
    /// `CreateContainer`.
    pub create_ns: u64,
    /// `StartContainer`.
    pub start_ns: u64,
}

/// A pod start as it was planned: the first `syncPod` of a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPodStart {
    /// Its trace.
    pub trace_id: TraceId,
    /// Its `syncPod` span, or where there is none (up to 1.26) all zero.
    pub span_id: SpanId,
    /// Whether the trace is sampled, and so sent.
    pub sampled: bool,
    /// The kubelet.
    pub process: ProcessId,
    /// The node.
    pub node: String,
    /// The node's zone.
    pub zone: &'static str,
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub name: String,
    /// The pod's uid.
    pub uid: String,
    /// When `syncPod` began, by the node's clock.
    pub start: UnixNanos,
    /// How long it took.
    pub duration_ns: u64,
    /// `RunPodSandbox` as the kubelet saw it.
    pub sandbox_ns: u64,
    /// The network set-up within it.
    pub cni_ns: u64,
    /// Its containers, in order.
    pub containers: Vec<PlannedContainer>,
    /// Whether all of its spans reached an exporter.
    pub complete: bool,
}
