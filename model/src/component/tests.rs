//! Components by service, scope, name and ancestors.

use super::Component;
use crate::normalise::tests::fixtures::{Owned, string};

#[test]
fn service_names_of_the_captures_are_recognised() {
    let cases = [
        ("apiserver", Component::Apiserver),
        ("etcd", Component::Etcd),
        ("kubelet", Component::Kubelet),
        ("containerd", Component::Containerd),
        ("containerd-shim-3f2a", Component::Containerd),
        ("crio", Component::Crio),
        ("conmonrs", Component::Crio),
        ("deploy-bot", Component::Other),
        ("", Component::Other),
    ];
    for (service_name, component) in cases {
        assert_eq!(Component::from_service_name(service_name), component, "{service_name}");
    }
}

#[test]
fn a_name_gives_its_component() {
    for component in Component::ALL {
        assert_eq!(Component::from_name(component.name()), Some(component));
    }
    assert_eq!(Component::from_name("scheduler"), None);
}

#[test]
fn renamed_services_are_told_by_scope_and_name() {
    let cases = [
        ("etcd-main", 1, "range", "go.etcd.io/etcd", Component::Etcd),
        ("etcd-main", 2, "etcdserverpb.KV/Txn", "otelgrpc", Component::Etcd),
        ("calico", 3, "etcdserverpb.KV/Txn", "otelgrpc", Component::Other),
        (
            "runtime",
            3,
            "containerd.task.v3.Task/Start",
            "github.com/containerd/otelttrpc",
            Component::Containerd,
        ),
        ("runtime", 2, "containerd.services.leases.v1.Leases/Create", "otelgrpc", Component::Containerd),
        ("node-agent", 1, "syncPod", "k8s.io/kubernetes/pkg/kubelet", Component::Kubelet),
        ("api", 1, "audit", "k8s.op/apiserver/pkg/endpoints/filterlatency", Component::Apiserver),
        ("api", 2, "KubernetesAPI", "otelhttp", Component::Apiserver),
        ("api", 2, "GET /apis/apps/v1/deployments", "otelhttp", Component::Apiserver),
        ("shop", 2, "GET /apis-of-mine", "otelhttp", Component::Other),
        ("runtime", 1, "github.com/cri-o/cri-o/server.(*Server).PullImage", "sdk/tracer", Component::Crio),
    ];
    for (service, kind, name, scope, component) in cases {
        assert_eq!(
            Component::of(Owned::of(service, kind, name, vec![]).in_scope(scope, "").view()),
            component,
            "{name}"
        );
    }
}

fn instance(mut owned: Owned, id: &'static str) -> Owned {
    owned.resource.attributes.push(string("service.instance.id", id));
    owned
}

#[test]
fn ancestors_tell_webhooks_and_aggregated_servers() {
    let call = Owned::of("apiserver", 1, "Call validating webhook", vec![]);
    let handler = Owned::of("apiserver", 1, "Create", vec![]);
    let post = |url| instance(Owned::of("apiserver", 3, "HTTP POST", vec![string("url.full", url)]), "a");
    let to_webhook = post("https://policy.system.svc:443/validate?timeout=10s");
    let to_api = post("https://10.0.0.1:443/apis/metrics.k8s.io/v1beta1/nodes");
    let policy = Owned::of("policy", 2, "POST /validate", vec![]);
    let in_trace = |view: &Owned, parent: Option<&Owned>, grandparent: Option<&Owned>| {
        Component::in_trace(view.view(), parent.map(Owned::view), grandparent.map(Owned::view))
    };

    assert_eq!(in_trace(&policy, Some(&to_webhook), Some(&call)), Component::Webhook);
    assert_eq!(in_trace(&policy, Some(&to_api), Some(&call)), Component::Webhook, "the grandparent decides");
    assert_eq!(in_trace(&policy, Some(&to_webhook), Some(&handler)), Component::Other);
    assert_eq!(in_trace(&policy, Some(&to_webhook), None), Component::Webhook);
    assert_eq!(in_trace(&policy, Some(&to_api), None), Component::Other);
    assert_eq!(in_trace(&policy, None, None), Component::Other);
    let client = Owned::of("policy", 3, "HTTP GET", vec![]);
    assert_eq!(
        in_trace(&client, Some(&to_webhook), Some(&call)),
        Component::Other,
        "only what serves the call"
    );

    let served =
        |id| instance(Owned::of("apiserver", 2, "GET /apis/metrics.k8s.io/v1beta1/nodes", vec![]), id);
    assert_eq!(in_trace(&served("b"), Some(&to_api), None), Component::AggregatedApiserver);
    assert_eq!(in_trace(&served("a"), Some(&to_api), None), Component::Apiserver, "loopback");
    assert_eq!(in_trace(&served("b"), Some(&to_webhook), Some(&call)), Component::Webhook);
    let kubelet = Owned::of("kubelet", 3, "HTTP GET", vec![]);
    assert_eq!(in_trace(&served("b"), Some(&kubelet), None), Component::Apiserver);
}
