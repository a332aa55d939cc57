//! Method and target into keys.

use proptest::prelude::*;

use crate::RequestScope::{Cluster, Namespace, Resource};
use crate::normalise::tests::fixtures::{Owned, string};
use crate::{KeySource, RequestScope, Verb, normalise, short_user_agent};

fn request(method: &'static str, target: &str) -> Owned {
    let mut owned = Owned::of("apiserver", 2, "KubernetesAPI", vec![string("http.method", method)]);
    let mut attribute = string("http.target", "");
    attribute.value = proto::otlp::Value::String(target.to_owned().into());
    owned.span.attributes.push(attribute);
    owned
}

/// Method, target; verb, `group/version resource/subresource`, scope, `namespace/name`.
type Case = (&'static str, &'static str, Verb, &'static str, RequestScope, &'static str);

const CASES: [Case; 29] = [
    ("GET", "/api/v1/pods", Verb::List, "/v1 pods/", Cluster, "/"),
    ("HEAD", "/api/v1/pods", Verb::List, "/v1 pods/", Cluster, "/"),
    ("GET", "/api/v1/namespaces/prod/pods?limit=5", Verb::List, "/v1 pods/", Namespace, "prod/"),
    ("GET", "/api/v1/namespaces/prod/pods/web-0", Verb::Get, "/v1 pods/", Resource, "prod/web-0"),
    ("GET", "/api/v1/pods?watch=1", Verb::Watch, "/v1 pods/", Cluster, "/"),
    ("GET", "/api/v1/pods?watch=TRUE&limit=1", Verb::Watch, "/v1 pods/", Cluster, "/"),
    ("GET", "/api/v1/pods?watch", Verb::Watch, "/v1 pods/", Cluster, "/"),
    ("GET", "/api/v1/pods?watch=False", Verb::List, "/v1 pods/", Cluster, "/"),
    ("GET", "/api/v1/pods?watch=0&watch=1", Verb::List, "/v1 pods/", Cluster, "/"),
    ("GET", "/api/v1/pods?allowWatchBookmarks=true", Verb::List, "/v1 pods/", Cluster, "/"),
    ("GET", "/api/v1/watch/namespaces/prod/pods/web-0", Verb::Watch, "/v1 pods/", Resource, "prod/web-0"),
    ("GET", "/apis/apps/v1/watch/deployments", Verb::Watch, "apps/v1 deployments/", Cluster, "/"),
    (
        "GET",
        "/api/v1/namespaces/prod/configmaps?fieldSelector=metadata.name%3Dapp&watch=true",
        Verb::Watch,
        "/v1 configmaps/",
        Resource,
        "prod/app",
    ),
    (
        "GET",
        "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1%2Cmetadata.name%3D%3Dweb-0",
        Verb::List,
        "/v1 pods/",
        Resource,
        "/web-0",
    ),
    ("GET", "/api/v1/pods?fieldSelector=metadata.name%21%3Dweb-0", Verb::List, "/v1 pods/", Cluster, "/"),
    ("POST", "/api/v1/namespaces/prod/pods?dryRun=All", Verb::Create, "/v1 pods/", Resource, "prod/"),
    ("POST", "/api/v1/namespaces/prod/pods/a/binding", Verb::Create, "/v1 pods/binding", Resource, "prod/a"),
    (
        "POST",
        "/api/v1/namespaces/prod/pods/a/exec?command=x",
        Verb::Connect,
        "/v1 pods/exec",
        Resource,
        "prod/a",
    ),
    ("GET", "/api/v1/namespaces/prod/pods/a/attach", Verb::Connect, "/v1 pods/attach", Resource, "prod/a"),
    (
        "GET",
        "/api/v1/namespaces/prod/pods/a/log?follow=true",
        Verb::Connect,
        "/v1 pods/log",
        Resource,
        "prod/a",
    ),
    ("PUT", "/api/v1/nodes/n1/proxy/run/x/y", Verb::Connect, "/v1 nodes/proxy", Resource, "/n1"),
    ("GET", "/api/v1/proxy/nodes/n1/metrics", Verb::Connect, "/v1 nodes/", Resource, "/n1"),
    (
        "PUT",
        "/api/v1/namespaces/prod/finalize",
        Verb::Update,
        "/v1 namespaces/finalize",
        Resource,
        "prod/prod",
    ),
    ("DELETE", "/api/v1/namespaces/prod", Verb::Delete, "/v1 namespaces/", Resource, "prod/prod"),
    ("DELETE", "/api/v1/namespaces/prod/pods", Verb::DeleteCollection, "/v1 pods/", Namespace, "prod/"),
    ("PATCH", "/apis/a.b/v1/namespaces/p/ws/x/status", Verb::Patch, "a.b/v1 ws/status", Resource, "p/x"),
    ("PATCH", "/apis/a.b/v1/ws/x?fieldManager=m&force=true", Verb::Apply, "a.b/v1 ws/", Resource, "/x"),
    ("OPTIONS", "/api/v1/nodes/n1", Verb::Other, "/v1 nodes/", Resource, "/n1"),
    (
        "GET",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode",
        Verb::Get,
        "rbac.authorization.k8s.io/v1 clusterroles/",
        Resource,
        "/system:node",
    ),
];

#[test]
fn targets_say_what_is_asked() {
    for (method, target, verb, kind, scope, object) in CASES {
        let owned = request(method, target);
        let keys = normalise(owned.view()).keys.expect("an API server's server span has keys");
        let text =
            |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().expect("a target says all").to_owned();
        assert_eq!(keys.verb, verb, "{method} {target}");
        let [group, version, resource, subresource] =
            [&keys.group, &keys.version, &keys.resource, &keys.subresource].map(text);
        assert_eq!(format!("{group}/{version} {resource}/{subresource}"), kind, "{target}");
        assert_eq!(format!("{}/{}", text(&keys.namespace), text(&keys.name)), object, "{target}");
        assert_eq!((keys.scope, keys.source), (scope, KeySource::Target), "{target}");
        assert_eq!(keys.is_watch, verb == Verb::Watch, "{target}");
        assert_eq!(keys.is_long_running, matches!(verb, Verb::Watch | Verb::Connect), "{target}");
        assert_eq!(keys.dry_run, target.contains("dryRun=All"), "{target}");
        assert!(keys.is_complete() && keys.is_resource_request() && !keys.is_probe, "{target}");
    }
}

#[test]
fn other_paths_are_for_no_resource() {
    let cases = [
        ("GET", "/readyz", Verb::Get, true, false),
        ("GET", "/livez/etcd?verbose", Verb::Get, true, false),
        ("GET", "/healthz", Verb::Get, true, false),
        ("GET", "/readyzzz", Verb::Get, false, false),
        ("GET", "/debug/pprof/profile", Verb::Get, false, true),
        ("GET", "/api/v1", Verb::Get, false, false),
        ("GET", "/apis/apps/v1", Verb::Get, false, false),
        ("POST", "/token", Verb::Other, false, false),
    ];
    for (method, target, verb, is_probe, is_long_running) in cases {
        let owned = request(method, target);
        let keys = normalise(owned.view()).keys.expect("an API server's server span has keys");
        assert_eq!(
            (keys.verb, keys.is_probe, keys.is_long_running),
            (verb, is_probe, is_long_running),
            "{target}"
        );
        assert!(!keys.is_resource_request() && !keys.is_complete());
        assert_eq!((keys.scope, keys.resource.as_deref()), (RequestScope::None, Some("")));
    }
}

#[test]
fn user_agents_lose_their_versions() {
    let cases = [
        ("kubelet/v1.36.2 (linux/amd64) kubernetes/98b3519", "kubelet"),
        ("kube-scheduler/v1.36.2 (linux/amd64) kubernetes/98b3519/scheduler", "kube-scheduler/scheduler"),
        (
            "kube-controller-manager/v1.36.2 (linux/amd64) kubernetes/9/system:serviceaccount:kube-system:job-controller",
            "kube-controller-manager/job-controller",
        ),
        ("kubectl/v1.36.4 (linux/amd64) tp", "kubectl"),
        ("Go-http-client/1.1", "Go-http-client"),
        ("curl", "curl"),
        ("", ""),
    ];
    for (full, short) in cases {
        assert_eq!(short_user_agent(full), short);
    }
    let long = format!("{}é/v1 (x) kubernetes/a/part", "n".repeat(95));
    assert_eq!(short_user_agent(&long).len(), 95, "cut at a character's edge");
}

proptest! {
    #[test]
    fn prop_any_target_gives_keys(target in "(/|api|apis|v1|watch|namespaces|\\?|&|=|%|[0-9a-f]|é|continue){0,20}") {
        let owned = request("GET", &target);
        let normal = normalise(owned.view());
        let has_path = normal.http.is_some_and(|http| http.path.is_some());
        prop_assert!(!has_path || normal.keys.is_some());
    }

    #[test]
    fn prop_names_survive_percent_encoding(name in "[^/\\x00]{1,12}") {
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let owned = request("GET", &format!("/api/v1/nodes/{encoded}"));
        let keys = normalise(owned.view()).keys.expect("it has keys");
        prop_assert_eq!(keys.name.as_deref(), Some(name.as_str()));
    }
}
