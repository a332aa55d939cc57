//! Keys from the API server's inner spans, from templates and from clients.

use crate::normalise::tests::fixtures::{Owned, int, string};
use crate::{KeySource, RequestKeys, RequestScope, Verb, normalise};

fn keys(owned: &Owned) -> Option<RequestKeys<'_>> {
    normalise(owned.view()).keys
}

fn text<'k>(text: &'k Option<std::borrow::Cow<'_, str>>) -> Option<&'k str> {
    text.as_deref()
}

#[test]
fn handlers_before_1_29_get_the_rest_from_their_url() {
    let owned = Owned::of(
        "apiserver",
        1,
        "Update",
        vec![
            string("audit-id", "a-1"),
            string("client", "10.0.0.9"),
            string("protocol", "HTTP/2.0"),
            string("resource", "deployments"),
            string("scope", "resource"),
            string("url", "/apis/apps/v1/namespaces/prod/deployments/web/status"),
            string("user-agent", "kubectl/v1.26.0 (linux/amd64) kubernetes/abc"),
            string("verb", "PUT"),
        ],
    );
    let normal = normalise(owned.view());
    let keys = normal.keys.expect("it has keys");
    assert_eq!(normal.audit_id, Some("a-1"));
    assert_eq!(
        (keys.verb, keys.scope, keys.source),
        (Verb::Update, RequestScope::Resource, KeySource::Handler)
    );
    assert_eq!((text(&keys.group), text(&keys.version)), (Some("apps"), Some("v1")));
    assert_eq!((text(&keys.resource), text(&keys.subresource)), (Some("deployments"), Some("status")));
    assert_eq!((text(&keys.namespace), text(&keys.name)), (Some("prod"), Some("web")));
    assert_eq!((keys.client, text(&keys.user_agent_short)), (Some("10.0.0.9"), Some("kubectl")));
    assert!(keys.is_complete());
}

#[test]
fn a_handlers_verb_is_kubernetes_verb() {
    let cases = [
        ("Create", "POST", "resource", "", Verb::Create),
        ("Patch", "PATCH", "resource", "", Verb::Patch),
        ("Patch", "APPLY", "resource", "status", Verb::Apply),
        ("Delete", "DELETE", "resource", "", Verb::Delete),
        ("Delete", "DELETE", "namespace", "", Verb::DeleteCollection),
        ("Delete", "DELETE", "cluster", "", Verb::DeleteCollection),
        ("Get", "GET", "resource", "", Verb::Get),
        ("Get", "CONNECT", "resource", "log", Verb::Connect),
        ("Get", "GET", "resource", "log", Verb::Connect),
        ("List", "LIST", "cluster", "", Verb::List),
        ("List", "GET", "resource", "", Verb::List),
        ("WatchList", "WATCH", "resource", "", Verb::Watch),
        ("WatchList", "GET", "resource", "", Verb::Watch),
    ];
    for (name, verb, scope, subresource, expected) in cases {
        let attributes =
            vec![string("verb", verb), string("scope", scope), string("subresource", subresource)];
        let owned = Owned::of("apiserver", 1, name, attributes);
        assert_eq!(keys(&owned).map(|keys| keys.verb), Some(expected), "{name} {verb} {scope} {subresource}");
    }
}

#[test]
fn webhook_calls_say_resource_and_operation() {
    let owned = Owned::of(
        "apiserver",
        1,
        "Call mutating webhook",
        vec![
            string("configuration", "c"),
            string("webhook", "w.example.com"),
            string("resource", "apps/v1, Resource=deployments"),
            string("subresource", "scale"),
            string("operation", "UPDATE"),
            string("UID", "u"),
        ],
    );
    let found = keys(&owned).expect("it has keys");
    assert_eq!((found.verb, found.source), (Verb::Update, KeySource::Webhook));
    assert_eq!((text(&found.group), text(&found.version)), (Some("apps"), Some("v1")));
    assert_eq!((text(&found.resource), text(&found.subresource)), (Some("deployments"), Some("scale")));
    assert_eq!((text(&found.name), found.is_complete()), (None, false));

    let core =
        vec![string("webhook", "w"), string("operation", "CREATE"), string("resource", "/v1, Resource=pods")];
    let owned = Owned::of("apiserver", 1, "Call validating webhook", core);
    let found = keys(&owned).expect("it has keys");
    assert_eq!(
        (text(&found.group), text(&found.version), text(&found.resource)),
        (Some(""), Some("v1"), Some("pods"))
    );
}

#[test]
fn storage_spans_say_the_object() {
    // Span, key, resource attribute; resource, group, namespace, name.
    let cases = [
        ("Create etcd3", "/pods/prod/web-0", "pods", ("pods", None, Some("prod"), Some("web-0"))),
        ("GuaranteedUpdate etcd3", "/minions/n1", "nodes", ("nodes", None, Some(""), Some("n1"))),
        ("Get etcd3", "/services/specs/prod/web", "services", ("services", None, Some("prod"), Some("web"))),
        ("Get etcd3", "/registry/services/endpoints/p/w", "", ("endpoints", None, Some("p"), Some("w"))),
        ("List(recursive=true) etcd3", "/pods/prod", "", ("pods", None, Some("prod"), None)),
        ("List(recursive=true) etcd3", "/events", "", ("events", None, None, None)),
        ("List(recursive=false) etcd3", "/pods/prod/web-0", "", ("pods", None, Some("prod"), Some("web-0"))),
        ("cacher.Get", "/ex.com/widgets/p/a", "", ("widgets", Some("ex.com"), Some("p"), Some("a"))),
        ("cacher.Get", "/minions/n1", "", ("nodes", None, Some(""), Some("n1"))),
    ];
    for (name, key, resource, expected) in cases {
        let mut attributes = vec![string("key", key)];
        if !resource.is_empty() {
            attributes.push(string("resource", resource));
        }
        let owned = Owned::of("apiserver", 1, name, attributes);
        let found = keys(&owned).expect("it has keys");
        let said = (text(&found.group), text(&found.namespace), text(&found.name));
        assert_eq!(
            (text(&found.resource), said),
            (Some(expected.0), (expected.1, expected.2, expected.3)),
            "{key}"
        );
        assert_eq!((found.verb, found.source), (Verb::Unknown, KeySource::Storage));
    }
    for (written, resource, group) in [("pods", "pods", ""), ("deployments.apps", "deployments", "apps")] {
        let owned = Owned::of("apiserver", 1, "cacher.GetList", vec![string("type", written)]);
        let found = keys(&owned).expect("it has keys");
        assert_eq!((text(&found.resource), text(&found.group)), (Some(resource), Some(group)));
    }
}

#[test]
fn templates_say_what_stands_in_them() {
    let cases = [
        ("PATCH /api/v1/nodes/{:name}/status", Verb::Patch, RequestScope::Resource, (Some(""), None)),
        (
            "GET /apis/apps/v1/namespaces/{:namespace}/deployments",
            Verb::List,
            RequestScope::Namespace,
            (None, Some("")),
        ),
        (
            "DELETE /api/v1/namespaces/{:namespace}/pods",
            Verb::DeleteCollection,
            RequestScope::Namespace,
            (None, Some("")),
        ),
        (
            "POST /api/v1/namespaces/{:namespace}/pods/{:name}/exec",
            Verb::Connect,
            RequestScope::Resource,
            (None, None),
        ),
    ];
    for (name, verb, scope, (namespace, object)) in cases {
        let method = name.split(' ').next().unwrap_or_default();
        for attributes in
            [vec![], vec![string("http.request.method", method), int("http.response.status_code", 200)]]
        {
            let owned = Owned::of("apiserver", 2, name, attributes);
            let found = keys(&owned).expect("it has keys");
            assert_eq!((found.verb, found.scope, found.source), (verb, scope, KeySource::Template), "{name}");
            assert_eq!((text(&found.namespace), text(&found.name)), (namespace, object), "{name}");
        }
    }
    assert_eq!(keys(&Owned::of("apiserver", 2, "GET", vec![])), None);
}

#[test]
fn clients_say_what_they_ask_for() {
    let client = |service, url| {
        let method = string("http.request.method", "PATCH");
        Owned::of(
            service,
            3,
            "HTTP PATCH",
            vec![method, string("url.full", url), int("http.response.status_code", 409)],
        )
    };
    let owned = client("kubelet", "https://10.0.0.1:6443/api/v1/namespaces/p/pods/a/status?timeout=10s");
    let found = keys(&owned).expect("it has keys");
    assert_eq!((found.verb, found.source, found.code), (Verb::Patch, KeySource::Url, Some(409)));
    assert_eq!((text(&found.resource), text(&found.subresource)), (Some("pods"), Some("status")));
    assert_eq!(keys(&client("apiserver", "https://hook.svc:443/validate?timeout=10s")), None);
    assert_eq!(keys(&client("containerd", "https://registry.local")), None);
}

#[test]
fn inner_spans_say_method_and_path() {
    let said = |name| {
        let attributes = vec![
            string("method", "GET"),
            string("url", "/api/v1/namespaces/p/pods"),
            string("audit-id", "a"),
        ];
        keys(&Owned::of("apiserver", 1, name, attributes)).map(|keys| (keys.verb, keys.is_watch, keys.source))
    };
    assert_eq!(said("SerializeObject"), Some((Verb::List, false, KeySource::Path)));
    assert_eq!(said("WatchServer.HandleHTTP"), Some((Verb::Watch, true, KeySource::Path)));
}

#[test]
fn other_programs_attributes_of_the_same_name_are_no_keys() {
    let attributes =
        || vec![string("verb", "GET"), string("key", "/registry/pods/a/b"), string("namespace", "k8s.io")];
    for service in ["etcd", "containerd", "kubelet", "shop"] {
        assert_eq!(keys(&Owned::of(service, 1, "put", attributes())), None, "{service}");
    }
    let exec = vec![string("http.request.method", "GET"), string("url.path", "/api/v1/pods")];
    assert_eq!(keys(&Owned::of("kubelet", 2, "/pods", exec)), None, "the kubelet serves another API");
}
