//! Spans of the other versions, typed from the OpenTelemetry Go instrumentation's attribute lists.

use proto::otlp::Attribute;

use super::fixtures::{Owned, int, string};
use crate::{Http, HttpGeneration, Rpc, RpcGeneration, RpcStatus, Verb, normalise};

const PATH: &str = "/apis/apps/v1/namespaces/prod/deployments";
const TARGET: &str = "/apis/apps/v1/namespaces/prod/deployments?watch=1&resourceVersion=7";
const USER_AGENT: &str = "kube-controller-manager/v1.25.0 (linux/amd64) kubernetes/abc/leader-election";

fn h0() -> Vec<Attribute<'static>> {
    vec![
        string("net.transport", "ip_tcp"),
        string("net.peer.ip", "10.0.1.17"),
        int("net.peer.port", 40_112),
        string("net.host.ip", "10.0.0.2"),
        int("net.host.port", 6443),
        string("http.method", "GET"),
        string("http.target", TARGET),
        string("http.server_name", "KubernetesAPI"),
        string("http.user_agent", USER_AGENT),
        string("http.scheme", "https"),
        string("http.host", "10.0.0.2:6443"),
        string("http.flavor", "2"),
        int("http.status_code", 200),
        int("http.read_bytes", 10),
        int("http.wrote_bytes", 512),
    ]
}

fn h1() -> Vec<Attribute<'static>> {
    vec![
        string("http.method", "GET"),
        string("http.scheme", "https"),
        string("net.host.name", "10.0.0.2"),
        int("net.host.port", 6443),
        string("net.sock.peer.addr", "10.0.1.17"),
        int("net.sock.peer.port", 40_112),
        string("user_agent.original", USER_AGENT),
        string("http.target", TARGET),
        string("net.protocol.version", "2.0"),
        int("http.request_content_length", 10),
        int("http.response_content_length", 512),
        int("http.status_code", 200),
    ]
}

fn h2() -> Vec<Attribute<'static>> {
    vec![
        string("server.address", "10.0.0.2"),
        string("http.request.method", "GET"),
        string("url.scheme", "https"),
        int("server.port", 6443),
        string("network.peer.address", "10.0.1.17"),
        int("network.peer.port", 40_112),
        string("user_agent.original", USER_AGENT),
        string("client.address", "10.0.1.17"),
        string("url.path", PATH),
        string("network.protocol.version", "2.0"),
        int("http.request.body.size", 10),
        int("http.response.body.size", 512),
        int("http.response.status_code", 200),
        string("http.target", TARGET),
    ]
}

#[test]
fn every_http_generation_gives_the_same_columns() {
    let duplicated = h1().into_iter().chain(h2()).collect();
    let generations = [
        (HttpGeneration::H0, h0()),
        (HttpGeneration::H1, h1()),
        (HttpGeneration::H2, h2()),
        (HttpGeneration::Duplicated, duplicated),
    ];
    for (generation, attributes) in generations {
        let owned = Owned::of("apiserver", 2, "KubernetesAPI", attributes);
        let normal = normalise(owned.view());
        let expected = Http {
            generation,
            method: "GET",
            target: Some(TARGET),
            path: Some(PATH.into()),
            query: Some("watch=1&resourceVersion=7"),
            route: None,
            status_code: Some(200),
            request_bytes: Some(10),
            response_bytes: Some(512),
            user_agent: Some(USER_AGENT),
            client_address: Some("10.0.1.17"),
            peer_address: Some("10.0.1.17"),
            peer_port: Some(40_112),
            server_address: Some("10.0.0.2"),
            server_port: Some(6443),
            error_type: None,
        };
        assert_eq!(normal.http, Some(expected));
        let keys = normal.keys.expect("it has keys");
        assert_eq!((keys.verb, keys.code, keys.client), (Verb::Watch, Some(200), Some("10.0.1.17")));
        assert_eq!(keys.user_agent_short.as_deref(), Some("kube-controller-manager/leader-election"));
        assert!(keys.is_complete());
    }
}

#[test]
fn duplicated_keys_read_the_new_ones_whatever_the_order() {
    let old_first = vec![
        string("http.method", "GET"),
        int("http.status_code", 1),
        int("http.read_bytes", 1),
        int("http.wrote_bytes", 1),
    ];
    let new = vec![
        string("http.request.method", "POST"),
        int("http.response.status_code", 201),
        int("http.request.body.size", 20),
        int("http.response.body.size", 30),
    ];
    for attributes in [[old_first.clone(), new.clone()].concat(), [new, old_first].concat()] {
        let owned = Owned::of("apiserver", 2, "x", attributes);
        let http = normalise(owned.view()).http.expect("it is HTTP");
        assert_eq!((http.method, http.status_code), ("POST", Some(201)));
        assert_eq!((http.request_bytes, http.response_bytes), (Some(20), Some(30)));
    }
}

#[test]
fn every_client_generation_knows_its_server() {
    let url = "https://hook.svc:443/mutate?timeout=10s";
    let generations = [
        vec![string("http.method", "POST"), string("http.url", url), string("http.host", "hook.svc:443")],
        vec![
            string("http.method", "POST"),
            string("http.url", url),
            string("net.peer.name", "hook.svc"),
            int("net.peer.port", 443),
        ],
        vec![
            string("http.request.method", "POST"),
            string("url.full", url),
            string("server.address", "hook.svc"),
            int("server.port", 443),
        ],
    ];
    let expected = [HttpGeneration::H0, HttpGeneration::H1, HttpGeneration::H2];
    for (attributes, generation) in generations.into_iter().zip(expected) {
        let owned = Owned::of("apiserver", 3, "HTTP POST", attributes);
        let http = normalise(owned.view()).http.expect("it is HTTP");
        assert_eq!((http.generation, http.target), (generation, Some("/mutate?timeout=10s")));
        assert_eq!((http.path.as_deref(), http.query), (Some("/mutate"), Some("timeout=10s")));
        let server = (generation != HttpGeneration::H0).then_some(("hook.svc", 443));
        assert_eq!(http.server_address.zip(http.server_port), server);
        assert_eq!(http.client_address, None);
    }
}

#[test]
fn the_kubelet_as_server_is_no_address() {
    for attributes in [
        vec![string("http.method", "GET"), string("net.host.name", "kubelet"), int("net.host.port", 10_250)],
        vec![
            string("http.request.method", "GET"),
            string("server.address", "kubelet"),
            int("server.port", 6443),
        ],
    ] {
        let owned = Owned::of("kubelet", 2, "/metrics", attributes.clone());
        let http = normalise(owned.view()).http.expect("it is HTTP");
        assert_eq!((http.server_address, http.server_port), (None, None));
        let owned = Owned::of("apiserver", 2, "GET", attributes);
        let http = normalise(owned.view()).http.expect("it is HTTP");
        assert_eq!(http.server_address, Some("kubelet"), "elsewhere it may be one");
    }
}

#[test]
fn numbers_that_came_as_text_are_read() {
    let attributes = vec![
        string("http.request.method", "GET"),
        string("http.response.status_code", "503"),
        string("network.peer.port", "4711"),
        int("http.response.body.size", -1),
    ];
    let owned = Owned::of("apiserver", 2, "GET", attributes);
    let http = normalise(owned.view()).http.expect("it is HTTP");
    assert_eq!((http.status_code, http.peer_port, http.response_bytes), (Some(503), Some(4711), None));
}

const OTELGRPC: &str = "go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc";

fn old_call(peer: Vec<Attribute<'static>>, status: Attribute<'static>) -> Vec<Attribute<'static>> {
    let mut attributes = vec![
        string("rpc.system", "grpc"),
        string("rpc.service", "etcdserverpb.KV"),
        string("rpc.method", "Txn"),
        status,
    ];
    attributes.extend(peer);
    attributes
}

fn new_call(status: &'static str) -> Vec<Attribute<'static>> {
    vec![
        string("rpc.system.name", "grpc"),
        string("rpc.method", "etcdserverpb.KV/Txn"),
        string("server.address", "10.0.0.3"),
        int("server.port", 2379),
        string("rpc.response.status_code", status),
    ]
}

#[test]
fn every_rpc_generation_gives_the_same_columns() {
    let r0 = vec![string("net.peer.ip", "10.0.0.3"), string("net.peer.port", "2379")];
    let r1 = vec![string("net.sock.peer.addr", "10.0.0.3"), int("net.sock.peer.port", 2379)];
    let r1_named = vec![string("net.peer.name", "10.0.0.3"), int("net.peer.port", 2379)];
    let late = int("rpc.grpc.status_code", 4);
    let cases = [
        (RpcGeneration::R0, "0.20.0", old_call(r0.clone(), late.clone())),
        (RpcGeneration::R0, "semver:0.20.0", old_call(r0, late.clone())),
        (RpcGeneration::R1, "0.42.0", old_call(r1, late.clone())),
        (RpcGeneration::R1, "0.60.0", old_call(r1_named, late)),
        (RpcGeneration::R2, "0.65.0", new_call("DeadlineExceeded")),
        (RpcGeneration::R3, "0.68.0", new_call("DEADLINE_EXCEEDED")),
        (RpcGeneration::R2, "", new_call("DeadlineExceeded")),
        (RpcGeneration::R3, "", new_call("DEADLINE_EXCEEDED")),
    ];
    for (generation, version, attributes) in cases {
        let owned = Owned::of("apiserver", 3, "etcdserverpb.KV/Txn", attributes).in_scope(OTELGRPC, version);
        let expected = Rpc {
            generation,
            system: "grpc",
            service: "etcdserverpb.KV",
            method: "Txn",
            status: Some(RpcStatus::DeadlineExceeded),
            peer_address: Some("10.0.0.3"),
            peer_port: Some(2379),
        };
        assert_eq!(normalise(owned.view()).rpc, Some(expected), "{version}");
    }
}

#[test]
fn a_socket_peer_has_no_port_and_an_oldest_call_no_peer() {
    let attributes = vec![
        string("rpc.system.name", "grpc"),
        string("rpc.method", "runtime.v1.RuntimeService/Status"),
        string("server.address", "/run/containerd/containerd.sock"),
        string("rpc.response.status_code", "OK"),
    ];
    let owned =
        Owned::of("kubelet", 3, "runtime.v1.RuntimeService/Status", attributes).in_scope(OTELGRPC, "0.65.0");
    let rpc = normalise(owned.view()).rpc.expect("it is a call");
    assert_eq!((rpc.peer_address, rpc.peer_port), (Some("/run/containerd/containerd.sock"), None));
    let bare = old_call(vec![], int("rpc.grpc.status_code", 0));
    let owned = Owned::of("kubelet", 3, "x", bare.clone()).in_scope(OTELGRPC, "0.35.0");
    assert_eq!(normalise(owned.view()).rpc.map(|rpc| rpc.generation), Some(RpcGeneration::R0));
    let owned = Owned::of("kubelet", 3, "x", bare).in_scope(OTELGRPC, "0.46.0");
    assert_eq!(normalise(owned.view()).rpc.map(|rpc| rpc.generation), Some(RpcGeneration::R1));
}

#[test]
fn duplicated_calls_are_read_by_their_new_names() {
    let mut attributes = new_call("NOT_FOUND");
    attributes.push(string("rpc.system", "grpc"));
    attributes.push(string("rpc.service", "etcdserverpb.KV"));
    attributes.push(int("rpc.grpc.status_code", 5));
    let owned = Owned::of("etcd", 2, "etcdserverpb.KV/Txn", attributes).in_scope(OTELGRPC, "0.68.0");
    let rpc = normalise(owned.view()).rpc.expect("it is a call");
    assert_eq!((rpc.generation, rpc.service, rpc.method), (RpcGeneration::R3, "etcdserverpb.KV", "Txn"));
    assert_eq!(rpc.status, Some(RpcStatus::NotFound));
}

#[test]
fn every_status_is_read_in_all_its_forms() {
    let camel = [
        "OK",
        "Canceled",
        "Unknown",
        "InvalidArgument",
        "DeadlineExceeded",
        "NotFound",
        "AlreadyExists",
        "PermissionDenied",
        "ResourceExhausted",
        "FailedPrecondition",
        "Aborted",
        "OutOfRange",
        "Unimplemented",
        "Internal",
        "Unavailable",
        "DataLoss",
        "Unauthenticated",
    ];
    for (code, (status, camel)) in RpcStatus::ALL.into_iter().zip(camel).enumerate() {
        assert_eq!(RpcStatus::from_code(i64::try_from(code).unwrap()), Some(status));
        for text in [camel, status.name(), code.to_string().as_str()] {
            assert_eq!(RpcStatus::from_text(text), Some(status), "{text}");
        }
    }
    for text in ["", "17", "-1", "Code(99)", "OKAY"] {
        assert_eq!(RpcStatus::from_text(text), None, "{text}");
    }
    assert_eq!((RpcStatus::from_code(-1), RpcStatus::from_code(17)), (None, None));
}

#[test]
fn a_span_without_attributes_is_only_its_component() {
    let normal_of = |owned: &Owned| {
        let normal = normalise(owned.view());
        (normal.component.name(), normal.http.is_none() && normal.rpc.is_none() && normal.keys.is_none())
    };
    assert_eq!(normal_of(&Owned::of("apiserver", 1, "audit", vec![])), ("apiserver", true));
    assert_eq!(normal_of(&Owned::of("shop", 2, "checkout", vec![string("verb", "buy")])), ("other", true));
}
