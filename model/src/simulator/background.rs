//! What an API server asks etcd by itself: health, the size of the database, compaction. Roots without a request.

use proto::otlp::Status;
use proto::{SpanId, TraceId, UnixNanos};

use super::attributes::{Code, grpc, message_events};
use super::cluster::Role;
use super::random::{Random, mix};
use super::render::{Stage, sampled};
use super::span::{CLIENT, Draft, INTERNAL, Parent, SERVER, ScopeName, boolean, integer, text};

/// Once in this time an API server looks after its etcd, in ns.
pub(crate) const BACKGROUND_NS: u64 = 5_000_000_000;

/// Names of a call, and of etcd's span inside it.
#[derive(Debug, Clone, Copy)]
struct Call {
    service: &'static str,
    method: &'static str,
    qualified: &'static str,
    inner: Option<&'static str>,
}

const HEALTH: Call = Call {
    service: "etcdserverpb.KV",
    method: "Range",
    qualified: "etcdserverpb.KV/Range",
    inner: Some("range"),
};
const SIZE: Call = Call {
    service: "etcdserverpb.Maintenance",
    method: "Status",
    qualified: "etcdserverpb.Maintenance/Status",
    inner: None,
};
const COMPACT: Call = Call {
    service: "etcdserverpb.KV",
    method: "Compact",
    qualified: "etcdserverpb.KV/Compact",
    inner: Some("compact"),
};

/// Turn `number` of `apiserver` at `at`.
pub(crate) fn turn(stage: &mut Stage<'_>, apiserver: u32, number: u64, at: UnixNanos) {
    let mut random = Random::new(mix(at) ^ mix(u64::from(apiserver) << 40));
    call(stage, apiserver, HEALTH, at, &mut random);
    if number.is_multiple_of(6) {
        call(stage, apiserver, SIZE, at + 1_000_000_000, &mut random);
    }
    if number.is_multiple_of(60) {
        call(stage, apiserver, COMPACT, at + 2_000_000_000, &mut random);
    }
}

fn call(stage: &mut Stage<'_>, apiserver: u32, call: Call, at: UnixNanos, random: &mut Random) {
    let planner = stage.planner;
    let cluster = &planner.cluster;
    let trace_id = TraceId(random.trace_id());
    let [client_id, server_id, inner_id] = [(); 3].map(|()| SpanId(random.span_id()));
    let [there, before, inner, after, back] =
        [230_000, 30_000, 150_000, 25_000, 160_000].map(|median| random.duration(median));
    if !sampled(trace_id, planner.scenario.sampling) {
        return;
    }
    let (process, etcd) =
        (cluster.process(Role::Apiserver(apiserver)), cluster.process(Role::Etcd(apiserver)));
    let (profile, revision) = stage.versions.kubernetes(cluster, process, at);
    let member = &stage.versions.etcd;
    let address = cluster.host(process).address.as_str();
    let skew_ns = cluster.host(process).skew_ns;
    let names = (call.service, call.method);
    let (started, answered) = (at + there, at + there + before + inner + after);
    let end = answered + back;
    let ok_code = if profile.unset_is_ok { super::span::STATUS_OK } else { 0 };
    let draft = |process, scope, flags, id, parent, times: (UnixNanos, UnixNanos)| Draft {
        process,
        scope,
        flags,
        trace_id,
        id,
        parent,
        name: call.qualified.into(),
        kind: INTERNAL,
        start: times.0,
        end: times.1,
        attributes: Vec::new(),
        events: Vec::new(),
        link: None,
        status: Status::default(),
    };
    let mut client = draft(process, ScopeName::OtelGrpc, profile.flags, client_id, None, (at, end));
    client.kind = CLIENT;
    client.status.code = ok_code;
    client.attributes = grpc(profile.rpc, names, call.qualified, (address, Some(2379)), [], Code::Ok);
    client.events =
        message_events(profile.message_events.as_deref(), (at + there / 4, 30), (end - back / 8, 300));
    stage.outbox.push(client, skew_ns, revision);
    let parent = Parent::remote(client_id);
    let mut server = draft(etcd, ScopeName::OtelGrpc, member.flags, server_id, parent, (started, answered));
    server.kind = SERVER;
    server.attributes = grpc(member.rpc, names, call.qualified, (address, Some(41_000)), [], Code::Ok);
    stage.outbox.push(server, skew_ns, 0);
    if let (Some(name), true) = (call.inner, member.inner_spans) {
        let times = (started + before, answered - after);
        let mut inner = draft(etcd, ScopeName::Etcd, member.flags, inner_id, Parent::local(server_id), times);
        inner.name = name.into();
        inner.attributes = if name == "compact" {
            vec![boolean("is_physical", false), integer("rev", 100_000)]
        } else {
            vec![
                text("range_begin", "/registry/health"),
                text("range_end", ""),
                integer("rev", 0),
                integer("limit", 0),
                boolean("count_only", false),
                boolean("keys_only", false),
            ]
        };
        stage.outbox.push(inner, skew_ns, 0);
    }
}
