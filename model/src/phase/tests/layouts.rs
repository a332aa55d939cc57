//! The shapes of requests that differ between Kubernetes versions.

use crate::phase::{Phase, PhaseTimes, phase_segments};
use crate::trace::testing::{Owned, assembled, span};

fn internal(id: u64, parent: u64, (start, end): (u64, u64), name: &'static str) -> Owned {
    let mut one = span(id, parent, start, end).process("apiserver").name(name);
    one.span.kind = 1;
    one
}

fn of_kind(mut one: Owned, kind: i32) -> Owned {
    one.span.kind = kind;
    one
}

fn with_events(mut one: Owned, events: &[(u64, &'static str)]) -> Owned {
    one.span.events = events
        .iter()
        .map(|(time, name)| proto::otlp::Event { time: *time, name: (*name).into(), ..Default::default() })
        .collect();
    one
}

fn times(spans: &[Owned], end: u64) -> Vec<(&'static str, u64)> {
    let trace = assembled(spans);
    let mut times = PhaseTimes::default();
    for segment in phase_segments(&trace, 0, end) {
        times.add(segment.phase, segment.end - segment.start);
    }
    times.iter().filter(|(_, time)| *time > 0).map(|(phase, time)| (phase.name(), time)).collect()
}

fn server(start: u64, end: u64) -> Owned {
    of_kind(internal(1, 0, (start, end), "PATCH /api/v1/namespaces/{:namespace}/pods/{:name}"), 2)
}

/// One attempt of a patch with a webhook, as 1.34 and later nest it: the webhook's parent is the handler, though the
/// storage layer's update function calls it.
#[test]
fn webhooks_of_a_patch_run_inside_its_storage_span() {
    let update = with_events(
        internal(7, 6, (20, 90), "GuaranteedUpdate etcd3"),
        &[
            (22, "initial value restored"),
            (60, "About to Encode"),
            (63, "Encode succeeded"),
            (65, "TransformToStorage succeeded"),
            (85, "Txn call completed"),
            (85, "Transaction committed"),
            (88, "decode succeeded"),
        ],
    );
    let spans = [
        server(0, 100),
        internal(2, 1, (1, 99), "audit"),
        internal(3, 2, (3, 99), "constrainedimpersonation"),
        internal(4, 3, (4, 99), "priorityandfairness"),
        internal(5, 4, (9, 99), "authorization"),
        internal(6, 5, (12, 98), "Patch"),
        update,
        internal(8, 6, (30, 50), "Call mutating webhook"),
        of_kind(internal(9, 8, (31, 49), "HTTP POST"), 3),
        of_kind(internal(10, 7, (66, 84), "etcdserverpb.KV/Txn"), 3),
        of_kind(span(11, 10, 70, 80).process("etcd").name("etcdserverpb.KV/Txn"), 2),
        of_kind(span(12, 11, 71, 79).process("etcd").name("txn"), 1),
        internal(13, 6, (91, 97), "SerializeObject"),
    ];
    assert_eq!(
        times(&spans, 100),
        [
            ("audit", 2),
            ("impersonation", 1),
            ("priority_and_fairness", 5),
            ("authorization", 3 + 1),
            ("mutating_webhook", 20),
            ("storage_encode", 3),
            ("encryption", 2),
            ("etcd_client", 2 + 1 + 6),
            ("etcd_wire", 8),
            ("etcd_server", 2),
            ("etcd_inner", 8),
            ("serialization", 6),
            ("self", 1 + 1 + 18 + 8 + 1 + 1),
        ]
    );
}

/// 1.26 to 1.31: the handler is a child of the short `authentication` span, and the response its sibling.
#[test]
fn a_handler_under_authentication_counts_where_it_ran() {
    let spans = [
        server(0, 60),
        internal(2, 1, (1, 6), "authentication"),
        internal(3, 2, (10, 58), "Create"),
        internal(4, 2, (50, 55), "SerializeObject"),
    ];
    assert_eq!(times(&spans, 60), [("authentication", 5), ("serialization", 5), ("self", 50)]);
}

/// 1.33: the server span ends before its handler.
#[test]
fn a_server_span_cut_short_is_taken_to_last_as_long_as_its_handler() {
    let spans =
        [server(0, 2), internal(2, 1, (5, 40), "Create"), internal(3, 2, (30, 38), "SerializeObject")];
    assert_eq!(times(&spans, 40), [("serialization", 8), ("self", 32)]);
}

/// 1.22 to 1.25: no internal spans.
#[test]
fn calls_alone_tell_etcd_and_webhooks() {
    let spans = [
        of_kind(internal(1, 0, (0, 50), "KubernetesAPI"), 2),
        of_kind(internal(2, 1, (5, 15), "POST"), 3),
        of_kind(internal(3, 1, (20, 40), "etcdserverpb.KV/Txn"), 3),
    ];
    assert_eq!(times(&spans, 50), [("mutating_webhook", 10), ("etcd_wire", 20), ("self", 20)]);
}

/// A webhook that asks the API server back, and an aggregated API server: all of it is the outer request's wait.
#[test]
fn what_lies_below_a_webhook_or_an_aggregated_call_is_its_time() {
    let spans = [
        server(0, 100),
        internal(2, 1, (10, 40), "Call validating webhook"),
        of_kind(internal(3, 2, (11, 39), "HTTP POST"), 3),
        of_kind(internal(4, 3, (12, 38), "GET /api/v1/nodes"), 2),
        internal(5, 4, (13, 37), "audit"),
        of_kind(internal(6, 5, (14, 36), "etcdserverpb.KV/Range"), 3),
        of_kind(internal(7, 1, (50, 80), "HTTP GET"), 3),
        of_kind(internal(8, 7, (51, 79), "GET /apis/metrics.k8s.io/v1beta1/nodes"), 2),
    ];
    assert_eq!(times(&spans, 100), [("validating_webhook", 30), ("aggregation", 30), ("self", 40)]);
}

/// Every validating webhook runs at once: the one that ends last counts, and before it began another.
#[test]
fn parallel_webhooks_count_once() {
    let spans = [
        server(0, 100),
        internal(2, 1, (10, 30), "Call validating webhook"),
        internal(3, 1, (11, 60), "Call validating webhook"),
        internal(4, 1, (12, 50), "Call validating webhook"),
    ];
    assert_eq!(times(&spans, 100), [("validating_webhook", 50), ("self", 50)]);
}

/// An update that is refused for what the cache has: etcd is asked, has the same, and that is the answer.
#[test]
fn an_update_is_refused_before_etcd_is_asked() {
    let update = |end, events| with_events(internal(2, 1, (10, end), "GuaranteedUpdate etcd3"), events);
    let call = of_kind(internal(3, 2, (40, 60), "etcdserverpb.KV/Range"), 3);
    let refused = [server(0, 70), update(65, &[(12, "initial value restored")]), call.clone()];
    assert_eq!(times(&refused, 70), [("etcd_client", 2 + 5), ("etcd_wire", 20), ("self", 15 + 28)]);
    // Etcd has another: the update function runs again.
    let events = [(12, "initial value restored"), (80, "About to Encode"), (84, "Encode succeeded")];
    let again = [server(0, 90), update(85, &events), call];
    let expected = [("storage_encode", 4), ("etcd_client", 2 + 1), ("etcd_wire", 20), ("self", 15 + 28 + 20)];
    assert_eq!(times(&again, 90), expected);
}

#[test]
fn authorization_without_children_is_its_own_only_when_it_refused() {
    let answered = |code| {
        let mut root = server(0, 10);
        root.span.attributes.push(proto::otlp::Attribute {
            key: "http.response.status_code".into(),
            value: proto::otlp::Value::Int(code),
        });
        times(&[root, internal(2, 1, (0, 10), "authorization")], 10)
    };
    assert_eq!(answered(403), [(Phase::Authorization.name(), 10)]);
    assert_eq!(answered(200), [(Phase::Own.name(), 10)]);
}

/// The filter writes the response itself.
#[test]
fn a_refused_request_is_authorization_to_its_end() {
    let mut root = server(0, 10);
    root.span.attributes.push(proto::otlp::Attribute {
        key: "http.response.status_code".into(),
        value: proto::otlp::Value::Int(403),
    });
    let spans = [root, internal(2, 1, (0, 10), "authorization"), internal(3, 2, (4, 7), "SerializeObject")];
    assert_eq!(times(&spans, 10), [("authorization", 7), ("serialization", 3)]);
}

#[test]
fn a_span_of_no_time_has_no_phases() {
    assert_eq!(times(&[server(5, 5)], 5), []);
    assert_eq!(times(&[server(5, 3)], 5), []);
}
