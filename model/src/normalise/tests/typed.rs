//! Spans of the other versions, typed from the OpenTelemetry Go instrumentation's attribute lists.

use super::fixtures::{Owned, int, string};
use crate::{HttpGeneration, Verb, normalise};

#[test]
fn kubernetes_1_25_has_only_its_target() {
    let span = Owned::of(
        "apiserver",
        2,
        "KubernetesAPI",
        vec![
            string("net.transport", "ip_tcp"),
            string("net.peer.ip", "10.0.1.17"),
            int("net.peer.port", 40_112),
            string("net.host.ip", "10.0.0.2"),
            int("net.host.port", 6443),
            string("http.method", "GET"),
            string("http.target", "/apis/apps/v1/namespaces/prod/deployments?watch=1&resourceVersion=7"),
            string("http.server_name", "KubernetesAPI"),
            string(
                "http.user_agent",
                "kube-controller-manager/v1.25.0 (linux/amd64) kubernetes/abc/leader-election",
            ),
            string("http.host", "10.0.0.2:6443"),
            string("http.flavor", "2"),
            int("http.status_code", 200),
            int("http.wrote_bytes", 512),
        ],
    );
    let normal = normalise(span.view());
    let http = normal.http.expect("it is HTTP");
    assert_eq!(http.generation, HttpGeneration::H0);
    assert_eq!((http.server_address, http.server_port), (Some("10.0.0.2"), Some(6443)));
    assert_eq!((http.peer_address, http.peer_port), (Some("10.0.1.17"), Some(40_112)));
    assert_eq!((http.status_code, http.response_bytes, http.request_bytes), (Some(200), Some(512), None));
    let keys = normal.keys.expect("it has keys");
    assert_eq!((keys.verb, keys.is_watch, keys.is_long_running), (Verb::Watch, true, true));
    assert_eq!((keys.group.as_deref(), keys.resource.as_deref()), (Some("apps"), Some("deployments")));
    assert_eq!(keys.user_agent_short.as_deref(), Some("kube-controller-manager/leader-election"));
    assert_eq!(keys.client, Some("10.0.1.17"));
    assert!(keys.is_complete());
}
