//! A call of etcd: the API server's client span, etcd's server span, and what etcd shows inside.

use proto::otlp::Attribute;
use proto::{SpanId, UnixNanos};

use super::super::attributes::{Code, grpc, message_events};
use super::super::cluster::Role;
use super::super::plan::{Call, Operation};
use super::super::span::{CLIENT, Draft, INTERNAL, Parent, SERVER, ScopeName, boolean, event, integer, text};
use super::super::truth::Phase;
use super::Writer;

const ETCD_PORT: u16 = 2379;

impl Writer<'_, '_> {
    /// Calls etcd at `at` and gives the time of the answer.
    pub(super) fn etcd(&mut self, parent: SpanId, call: &Call, at: UnixNanos) -> UnixNanos {
        let end = at + call.total();
        self.spend(Phase::EtcdWire, Phase::EtcdWire, call.wire_before + call.wire_after);
        self.spend(Phase::EtcdServer, Phase::EtcdServer, call.server_before + call.server_after);
        self.spend(Phase::EtcdInner, Phase::EtcdInner, call.inner);
        if !self.sampled {
            return end;
        }
        let streams = self.streams(call);
        let (qualified, method) = match call.operation {
            Operation::Page { .. } if streams => ("etcdserverpb.KV/RangeStream", "RangeStream"),
            Operation::Get | Operation::Revision | Operation::Page { .. } => {
                ("etcdserverpb.KV/Range", "Range")
            }
            _ => ("etcdserverpb.KV/Txn", "Txn"),
        };
        let names = ("etcdserverpb.KV", method);
        let cluster = &self.planner.cluster;
        let member = &cluster.control_planes[call.member as usize].address;
        let (client_id, server_id) = (self.id(), self.id());
        let mut client =
            self.draft(ScopeName::OtelGrpc, qualified, client_id, Parent::local(parent), (at, end));
        client.kind = CLIENT;
        client.attributes =
            grpc(self.kubernetes.rpc, names, qualified, (member, Some(ETCD_PORT)), [], Code::Ok);
        client.events = message_events(
            self.kubernetes.message_events.as_deref(),
            (at + 40_000.min(call.wire_before), call.sent_bytes),
            (end - 5_000.min(call.wire_after), call.received_bytes),
        );
        self.push(client);
        self.etcd_server((client_id, server_id), (names, qualified), call, at + call.wire_before);
        end
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
        at: UnixNanos,
    ) {
        let cluster = &self.planner.cluster;
        let etcd = &self.versions.etcd;
        let process = cluster.process(Role::Etcd(call.member));
        let skew_ns = cluster.host(process).skew_ns;
        let client = &cluster.control_planes[self.plan.apiserver as usize].address;
        let inner_at = at + call.server_before;
        let inner_end = inner_at + call.inner;
        let port = 40_000 + (self.plan.apiserver * 8 + call.member) as u16;
        let server = Draft {
            process,
            scope: ScopeName::OtelGrpc,
            flags: etcd.flags,
            trace_id: self.trace_id,
            id: server_id,
            parent: Parent::remote(client_id),
            name: qualified.into(),
            kind: SERVER,
            start: at,
            end: inner_end + call.server_after,
            attributes: grpc(etcd.rpc, names, qualified, (client, Some(port)), [], Code::Ok),
            events: Vec::new(),
            link: None,
            status: proto::otlp::Status::default(),
        };
        self.outbox.push(server, skew_ns, 0);
        if !etcd.inner_spans {
            return;
        }
        let id = self.id();
        let (name, attributes) = self.inner(call);
        let mut events = Vec::new();
        if name == "txn" {
            events.push(event(inner_at + call.inner / 50, "Send raft proposal"));
            events.push(event(inner_end - call.inner / 100, "Receive raft result"));
        }
        let inner = Draft {
            process,
            scope: ScopeName::Etcd,
            flags: self.versions.etcd.flags,
            trace_id: self.trace_id,
            id,
            parent: Parent::local(server_id),
            name: name.into(),
            kind: INTERNAL,
            start: inner_at,
            end: inner_end,
            attributes,
            events,
            link: None,
            status: proto::otlp::Status::default(),
        };
        self.outbox.push(inner, skew_ns, 0);
    }

    /// Name and attributes of etcd's inner span.
    fn inner(&self, call: &Call) -> (&'static str, Vec<Attribute<'static>>) {
        let key = format!("/registry{}", self.storage_key(call.operation));
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
