//! What happens on a node: calls of the runtime, with both their spans.

mod containerd;
mod crio;
mod pod;
mod rounds;
mod serving;

use proto::otlp::{Attribute, Event, Status};
use proto::{SpanId, TraceId, UnixNanos};

pub(crate) use pod::{PodStart, start_pod};
pub(crate) use rounds::{ROUND_NS, round};
pub(crate) use serving::serve;

use super::attributes::{Code, grpc, message_events};
use super::cluster::{ProcessId, Role};
use super::profile::Flags;
use super::random::Random;
use super::render::{Stage, sampled};
use super::span::{CLIENT, Draft, INTERNAL, Parent, SERVER, ScopeName};

/// The socket of the container runtime.
fn socket(is_crio: bool) -> &'static str {
    if is_crio { "/var/run/crio/crio.sock" } else { "/run/containerd/containerd.sock" }
}

/// A method of the CRI: service and method, and both together as the spans are called.
#[derive(Debug, Clone, Copy)]
struct Method {
    service: &'static str,
    name: &'static str,
    qualified: &'static str,
    sent_bytes: u64,
    received_bytes: u64,
}

const fn runtime(
    name: &'static str,
    qualified: &'static str,
    sent_bytes: u64,
    received_bytes: u64,
) -> Method {
    Method { service: "runtime.v1.RuntimeService", name, qualified, sent_bytes, received_bytes }
}

const fn image(name: &'static str, qualified: &'static str, sent_bytes: u64, received_bytes: u64) -> Method {
    Method { service: "runtime.v1.ImageService", name, qualified, sent_bytes, received_bytes }
}

/// One trace on one node, and where its spans go.
struct Scene<'s, 'o> {
    stage: &'s mut Stage<'o>,
    trace_id: TraceId,
    sampled: bool,
    kubelet: ProcessId,
    runtime: ProcessId,
    kubelet_flags: Flags,
    kubelet_revision: u8,
    skew_ns: i64,
    random: Random,
}

/// The inside of a span.
#[derive(Debug, Default)]
struct Content<'a> {
    attributes: Vec<Attribute<'a>>,
    events: Vec<Event<'a>>,
    status: Status<'a>,
}

impl<'a> From<Vec<Attribute<'a>>> for Content<'a> {
    fn from(attributes: Vec<Attribute<'a>>) -> Self {
        Self { attributes, ..Self::default() }
    }
}

impl<'s, 'o> Scene<'s, 'o> {
    fn new(stage: &'s mut Stage<'o>, node: u32, at: UnixNanos, trace_id: TraceId, random: Random) -> Self {
        let cluster = &stage.planner.cluster;
        let kubelet = cluster.process(Role::Kubelet(node));
        let runtime = cluster.process(Role::Runtime(node));
        let skew_ns = cluster.host(kubelet).skew_ns;
        let (profile, kubelet_revision) = stage.versions.kubernetes(cluster, kubelet, at);
        Self {
            trace_id,
            sampled: sampled(trace_id, stage.planner.scenario.sampling),
            kubelet,
            runtime,
            kubelet_flags: profile.flags,
            kubelet_revision,
            skew_ns,
            random,
            stage,
        }
    }

    fn id(&mut self) -> SpanId {
        SpanId(self.random.span_id())
    }

    /// A span of the kubelet.
    fn kubelet_span<'a>(
        &mut self,
        (scope, name, kind): (ScopeName, &'a str, i32),
        (id, parent): (SpanId, Option<SpanId>),
        times: (UnixNanos, UnixNanos),
        content: Content<'a>,
    ) {
        let flags = self.kubelet_flags;
        let parent = parent.and_then(Parent::local);
        let draft = self.draft((self.kubelet, flags), (scope, name, kind), (id, parent), times, content);
        let revision = self.kubelet_revision;
        self.push(draft, revision);
    }

    /// An internal or client span of the runtime; gives its id.
    fn runtime_span<'a>(
        &mut self,
        (scope, name, kind): (ScopeName, &'a str, i32),
        parent: Option<SpanId>,
        times: (UnixNanos, UnixNanos),
        content: impl Into<Content<'a>>,
    ) -> SpanId {
        let id = self.id();
        let flags = self.stage.versions.runtime.flags;
        let parent = parent.and_then(Parent::local);
        let draft =
            self.draft((self.runtime, flags), (scope, name, kind), (id, parent), times, content.into());
        self.push(draft, 0);
        id
    }

    fn draft<'a>(
        &self,
        (process, flags): (ProcessId, Flags),
        (scope, name, kind): (ScopeName, &'a str, i32),
        (id, parent): (SpanId, Option<Parent>),
        (start, end): (UnixNanos, UnixNanos),
        content: Content<'a>,
    ) -> Draft<'a> {
        Draft {
            process,
            scope,
            flags,
            trace_id: self.trace_id,
            id,
            parent,
            name: name.into(),
            kind,
            start,
            end,
            attributes: content.attributes,
            events: content.events,
            link: None,
            status: content.status,
        }
    }

    fn push(&mut self, draft: Draft<'_>, revision: u8) {
        if self.sampled {
            self.stage.outbox.push(draft, self.skew_ns, revision);
        }
    }

    /// A call of the runtime that begins at `at` and takes `inside` there; gives the runtime's span, when that
    /// began, and when the kubelet has the answer. `shown` is what the runtime's span tells besides.
    fn call(
        &mut self,
        method: Method,
        parent: Option<SpanId>,
        (at, inside): (UnixNanos, u64),
        shown: Content<'_>,
    ) -> (SpanId, UnixNanos, UnixNanos) {
        let (there, back) = (self.random.duration(230_000), self.random.duration(180_000));
        let (started, answered) = (at + there, at + there + inside);
        let end = answered + back;
        let (client, server) = (self.id(), self.id());
        if !self.sampled {
            return (server, started, end);
        }
        let names = (method.service, method.name);
        let versions = self.stage.versions;
        let peer = (socket(versions.runtime.is_crio), None);
        let (profile, _) = versions.kubernetes(&self.stage.planner.cluster, self.kubelet, at);
        let events = message_events(
            profile.message_events.as_deref(),
            (at + there / 4, method.sent_bytes),
            (end - back / 8, method.received_bytes),
        );
        let attributes = grpc(profile.rpc, names, method.qualified, peer, [], Code::Ok);
        let content = Content { attributes, events, ..Content::default() };
        let what = (ScopeName::OtelGrpc, method.qualified, CLIENT);
        self.kubelet_span(what, (client, parent), (at, end), content);
        let attributes =
            grpc(versions.runtime.rpc, names, method.qualified, peer, shown.attributes, Code::Ok);
        let content = Content { attributes, events: shown.events, status: shown.status };
        let flags = versions.runtime.flags;
        let what = (ScopeName::OtelGrpc, method.qualified, SERVER);
        let ids = (server, Parent::remote(client));
        let draft = self.draft((self.runtime, flags), what, ids, (started, answered), content);
        self.push(draft, 0);
        if versions.runtime.is_crio {
            return (self.interceptor(method, server, (started, answered)), started, end);
        }
        (server, started, end)
    }

    /// A ttrpc call of a container's shim.
    fn shim(&mut self, qualified: &'static str, parent: Option<SpanId>, times: (UnixNanos, UnixNanos)) {
        let parent = parent.and_then(Parent::local);
        self.ttrpc((qualified, CLIENT), parent, times);
    }

    fn ttrpc(
        &mut self,
        (qualified, kind): (&'static str, i32),
        parent: Option<Parent>,
        times: (UnixNanos, UnixNanos),
    ) {
        if !self.stage.versions.runtime.ttrpc {
            return;
        }
        let (service, method) = qualified.rsplit_once('/').unwrap_or((qualified, ""));
        let attributes = vec![
            super::span::text("rpc.system", "ttrpc"),
            super::span::text("rpc.service", service),
            super::span::text("rpc.method", method),
            super::span::integer("rpc.ttrpc.status_code", 0),
        ];
        let ids = (self.id(), parent);
        let process = (self.runtime, self.stage.versions.runtime.flags);
        let what = (ScopeName::OtelTtrpc, qualified, kind);
        let draft = self.draft(process, what, ids, times, attributes.into());
        self.push(draft, 0);
    }

    /// A ttrpc span that is alone in its trace.
    fn lone_ttrpc(&mut self, what: (&'static str, i32), parent: Option<Parent>, at: UnixNanos, length: u64) {
        self.next_trace();
        self.ttrpc(what, parent, (at, at + length));
    }

    /// Goes on in a trace of its own.
    fn next_trace(&mut self) {
        self.trace_id = TraceId(self.random.trace_id());
        self.sampled = sampled(self.trace_id, self.stage.planner.scenario.sampling);
    }

    fn internal<'a>(
        &mut self,
        name: &'a str,
        parent: Option<SpanId>,
        times: (UnixNanos, UnixNanos),
        content: impl Into<Content<'a>>,
    ) -> SpanId {
        self.runtime_span((ScopeName::SdkTracer, name, INTERNAL), parent, times, content)
    }
}
