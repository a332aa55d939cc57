//! A call of etcd: the API server's client span, etcd's server span, and what etcd shows inside.

use proto::otlp::{Attribute, Status};
use proto::{SpanId, UnixNanos};

use super::super::attributes::{Code, grpc, message_events, stream_events};
use super::super::cluster::Role;
use super::super::plan::{Call, Operation};
use super::super::span::{
    CLIENT, Draft, INTERNAL, Parent, SERVER, STATUS_ERROR, ScopeName, boolean, event, integer, text,
};
use super::super::truth::Phase;
use super::Writer;

const ETCD_PORT: u16 = 2379;
/// What a watch of etcd hears of: an object that changed, so often.
const WATCH_MESSAGE_NS: usize = 700_000_000;
const WATCH_MESSAGE_BYTES: u64 = 900;
const NO_LEADER: &str = "etcdserver: leader changed";

impl Writer<'_, '_> {
    /// Calls etcd at `at` and gives the time of the answer.
    pub(super) fn etcd(&mut self, parent: SpanId, call: &Call, at: UnixNanos) -> UnixNanos {
        if call.operation == Operation::Watch {
            // A stream that is open is nothing that the request waits for.
            self.spend(Phase::Own, Phase::Own, call.total());
        } else {
            let refused = call.refused_at_server();
            let wire = call.wire_before + call.wire_after + call.refused - refused;
            let server = call.server_before + call.server_after + refused;
            self.spend(Phase::EtcdWire, Phase::EtcdWire, wire);
            self.spend(Phase::EtcdServer, Phase::EtcdServer, server);
            self.spend(Phase::EtcdInner, Phase::EtcdInner, call.inner);
        }
        let last = if call.operation == Operation::Watch { Code::Canceled } else { Code::Ok };
        if self.sampled {
            if call.refused > 0 {
                let refused = call.refused_at_server();
                let times = (at, at + call.refused);
                let wire = (call.refused - refused) / 2;
                self.attempt(parent, call, times, (at + wire, at + wire + refused), Code::Unavailable);
            }
            let from = at + call.refused;
            let started = from + call.wire_before;
            let answered = started + call.server_before + call.inner + call.server_after;
            self.attempt(parent, call, (from, at + call.total()), (started, answered), last);
        }
        at + call.total()
    }

    fn attempt(
        &mut self,
        parent: SpanId,
        call: &Call,
        times: (UnixNanos, UnixNanos),
        at_server: (UnixNanos, UnixNanos),
        code: Code,
    ) {
        let names = self.method(call);
        let cluster = &self.planner.cluster;
        let member = &cluster.control_planes[call.member as usize].address;
        let (client_id, server_id) = (self.id(), self.id());
        let mut client = self.draft(ScopeName::OtelGrpc, names.1, client_id, Parent::local(parent), times);
        client.kind = CLIENT;
        client.attributes = grpc(self.kubernetes.rpc, names.0, names.1, (member, Some(ETCD_PORT)), [], code);
        let prefix = self.kubernetes.message_events.as_deref();
        let sent = (times.0 + (at_server.0 - times.0) / 4, call.sent_bytes);
        client.events = if call.operation == Operation::Watch {
            let received = (at_server.0..at_server.1).step_by(WATCH_MESSAGE_NS);
            stream_events(prefix, sent, received, WATCH_MESSAGE_BYTES)
        } else {
            let received_at = times.1 - (times.1 - at_server.1) / 16;
            message_events(prefix, sent, (received_at, call.received_bytes))
        };
        match code {
            Code::Ok => {}
            Code::Canceled => client.status = self.status(true, "context canceled"),
            Code::Unavailable => {
                // A refused call has no answer to receive.
                client.events.truncate(1);
                client.status = self.status(true, NO_LEADER);
            }
        }
        self.push(client);
        self.etcd_server((client_id, server_id), names, call, at_server, code);
    }

    /// Service and method of a call, and the name of its spans.
    fn method(&self, call: &Call) -> ((&'static str, &'static str), &'static str) {
        let (qualified, method) = match call.operation {
            Operation::Page { .. } if self.streams(call) => ("etcdserverpb.KV/RangeStream", "RangeStream"),
            Operation::Get | Operation::Revision | Operation::Page { .. } => {
                ("etcdserverpb.KV/Range", "Range")
            }
            Operation::Watch => return (("etcdserverpb.Watch", "Watch"), "etcdserverpb.Watch/Watch"),
            _ => ("etcdserverpb.KV/Txn", "Txn"),
        };
        (("etcdserverpb.KV", method), qualified)
    }

    /// Whether a list comes as a stream: Kubernetes 1.37 with etcd 3.7, when nothing is filtered.
    pub(super) fn streams(&self, call: &Call) -> bool {
        let unfiltered = self.plan.request.listed == self.plan.request.returned;
        let is_page = matches!(call.operation, Operation::Page { .. });
        is_page && self.kubernetes.get_etcd3 && self.versions.etcd.inner_spans && unfiltered
    }

    fn etcd_server(
        &mut self,
        (client_id, server_id): (SpanId, SpanId),
        (names, qualified): ((&'static str, &'static str), &'static str),
        call: &Call,
        (start, end): (UnixNanos, UnixNanos),
        code: Code,
    ) {
        let cluster = &self.planner.cluster;
        let etcd = &self.versions.etcd;
        let process = cluster.process(Role::Etcd(call.member));
        let skew_ns = cluster.host(process).skew_ns;
        let client = &cluster.control_planes[self.plan.apiserver as usize].address;
        let port = 40_000 + (self.plan.apiserver * 8 + call.member) as u16;
        let failed = Status { code: STATUS_ERROR, message: NO_LEADER.into() };
        let draft = Draft {
            process,
            scope: ScopeName::OtelGrpc,
            flags: etcd.flags,
            trace_id: self.trace_id,
            id: server_id,
            parent: Parent::remote(client_id),
            name: qualified.into(),
            kind: SERVER,
            start,
            end,
            attributes: grpc(etcd.rpc, names, qualified, (client, Some(port)), [], code),
            events: Vec::new(),
            link: None,
            status: if code == Code::Unavailable { failed } else { Status::default() },
        };
        let inner = etcd.inner_spans && code != Code::Unavailable;
        let flags = etcd.flags;
        if inner {
            let id = self.id();
            let (name, attributes) = self.inner(call);
            let (start, end) = (start + call.server_before, end - call.server_after);
            let mut events = Vec::new();
            if name == "txn" {
                events.push(event(start + call.inner / 50, "Send raft proposal"));
                events.push(event(end - call.inner / 100, "Receive raft result"));
            }
            let inner = Draft {
                process,
                scope: ScopeName::Etcd,
                flags,
                trace_id: self.trace_id,
                id,
                parent: Parent::local(server_id),
                name: name.into(),
                kind: INTERNAL,
                start,
                end,
                attributes,
                events,
                link: None,
                status: Status::default(),
            };
            self.outbox.push(inner, skew_ns, 0);
        }
        self.outbox.push(draft, skew_ns, 0);
    }

    /// Name and attributes of etcd's inner span.
    fn inner(&self, call: &Call) -> (&'static str, Vec<Attribute<'static>>) {
        let key = format!("/registry{}", self.storage_key(call.operation));
        if call.operation == Operation::Watch {
            let attributes = vec![
                text("range_end", format!("{}0", key.trim_end_matches('/'))),
                text("key", key),
                integer("start_rev", 100_000),
                boolean("progress_notify", false),
                boolean("prev_kv", true),
                boolean("fragment", false),
            ];
            return ("watch", attributes);
        }
        if let Operation::Get | Operation::Revision | Operation::Page { .. } = call.operation {
            let (end, limit) = match call.operation {
                Operation::Page { limit } => (format!("{}0", key.trim_end_matches('/')), limit),
                _ => (String::new(), 1),
            };
            let name = if self.streams(call) { "range_streaming" } else { "range" };
            let mut attributes = vec![
                text("range_begin", key),
                text("range_end", end),
                integer("rev", 0),
                integer("limit", limit),
                boolean("count_only", false),
            ];
            if name == "range" {
                attributes.push(boolean("keys_only", false));
            }
            return (name, attributes);
        }
        let is_delete = call.operation == Operation::Delete;
        let lease = if is_delete { -1 } else { 0 };
        let attributes = vec![
            text("compare_first_key", key.clone()),
            text("success_first_key", key),
            text("success_first_type", if is_delete { "delete_range" } else { "put" }),
            integer("success_first_lease", lease),
            integer("compare_len", 1),
            integer("success_len", 1),
            integer("failure_len", i64::from(call.operation != Operation::Create)),
            boolean("read_only", false),
        ];
        ("txn", attributes)
    }
}
