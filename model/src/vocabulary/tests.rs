//! The tables are whole, and the captures are in them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::parse::{LineError, Row, lines};
use super::{
    ATTRIBUTE_GENERATIONS, Deviation, EVENT_NAMES, EventName, GenerationAttribute, Pattern, RELEASES,
    Recognition, Release, SPAN_NAMES, SpanName, Unrecognised, Version, attribute_generations,
    kubernetes_releases, recognise, recognise_event, span_names,
};
use crate::Component;
use crate::normalise::tests::fixtures::{Owned, int, spans, string};

fn assert_every_line_parses<R: Row>(text: &'static str) {
    let faults: Vec<LineError> = lines::<R>(text).filter_map(Result::err).collect();
    assert_eq!(faults, []);
}

#[test]
fn every_line_of_every_table_parses() {
    assert_every_line_parses::<SpanName>(SPAN_NAMES);
    assert_every_line_parses::<EventName>(EVENT_NAMES);
    assert_every_line_parses::<GenerationAttribute>(ATTRIBUTE_GENERATIONS);
    assert_every_line_parses::<Release>(RELEASES);
}

#[test]
fn a_wrong_line_is_told() {
    let fault =
        |text| lines::<SpanName>(text).next().and_then(Result::err).map(|error| (error.line, error.what));
    assert_eq!(fault("# one\napiserver\tinternal\tx\t1.x\t-\t-\t-\t-"), Some((2, "version")));
    assert_eq!(fault("apiserver\tserver\tx"), Some((1, "number of columns")));
    assert_eq!(fault("apiserver\tother\tx\t-\t-\t-\t-\t-"), Some((1, "kind")));
    assert_eq!(fault("nobody\tserver\tx\t-\t-\t-\t-\t-"), Some((1, "component")));
    assert_eq!(fault("etcd\tserver\tx\t-\t-\t-\t-\tkey:text"), Some((1, "type")));
    assert_eq!(fault("etcd\tserver\tx\t-\t-\t-\t-\tkey"), Some((1, "attribute")));
}

#[test]
fn every_named_group_exists_and_no_row_is_twice() {
    let groups: BTreeSet<_> = attribute_generations().iter().map(|row| row.group).collect();
    assert!(span_names().iter().flat_map(|row| &row.attributes.groups).all(|group| groups.contains(group)));
    let mut seen = BTreeSet::new();
    for row in span_names() {
        let name = format!("{:?} {} {:?} {:?}", row.component, row.kind, row.name, row.versions);
        assert!(seen.insert(name.clone()), "{name}");
    }
}

#[test]
fn every_column_named_is_read_from_its_key() {
    for row in attribute_generations().iter().filter(|row| row.column.is_some() && row.group != "rpc.message")
    {
        let value = if row.value_type == super::ValueType::Int {
            int(row.key, 7)
        } else {
            string(row.key, "https://a/7")
        };
        let method = match (row.group, row.generation) {
            ("rpc", "R2" | "R3") => string("rpc.system.name", "grpc"),
            ("rpc", _) => string("rpc.system", "grpc"),
            (_, "H2") => string("http.request.method", "GET"),
            _ => string("http.method", "GET"),
        };
        let kind = if row.group == "http.client" { 3 } else { 2 };
        let with = |attributes| {
            let owned = Owned::of("apiserver", kind, "x", attributes);
            let normal = crate::normalise(owned.view());
            format!("{:?} {:?}", normal.http, normal.rpc)
        };
        // What says the generation is part of both; only the value may make them differ.
        let own = if method.key == row.key { vec![value] } else { vec![method.clone(), value] };
        assert_ne!(with(own), with(vec![method]), "{row:?}");
    }
}

/// The share of the captured spans that is known, and what is not.
#[test]
fn the_captured_spans_are_known() {
    for slice in ["calm", "stall"] {
        let mut unknown = BTreeMap::new();
        let spans = spans(slice);
        for owned in &spans {
            if let Recognition::Unknown(reason) = recognise(owned.view()) {
                let service = owned.resource.string("service.name").unwrap_or_default();
                assert!(
                    matches!(service, "deploy-bot" | "team-ci"),
                    "{service} {}: {reason:?}",
                    owned.span.name
                );
                *unknown.entry(reason).or_insert(0) += 1;
            }
        }
        let clients = spans.iter().filter(|owned| Component::of(owned.view()) == Component::Other).count();
        assert_eq!(unknown, BTreeMap::from([(Unrecognised::Component, clients)]), "{slice}");
    }
}

/// The version of each component that was captured.
fn captured(component: Component) -> Version {
    let (major, minor) = match component {
        Component::Etcd => (3, 7),
        Component::Containerd => (2, 3),
        _ => (1, 36),
    };
    Version { major, minor }
}

#[test]
fn the_captured_attributes_are_the_rows() {
    for slice in ["calm", "stall"] {
        for owned in spans(slice) {
            let Recognition::Known(row) = recognise(owned.view()) else { continue };
            let version = captured(row.component);
            assert!(row.versions.contains(version), "{row:?}");
            let found = row.deviations(&owned.span.attributes, Some(version));
            assert_eq!(found, [], "{} {:?}", owned.span.name, owned.span.attributes);
            for event in &owned.span.events {
                let Some(row) = recognise_event(owned.view(), event) else {
                    panic!("{}: event {:?} is not known", owned.span.name, event);
                };
                assert!(row.versions.contains(version), "{row:?}");
                assert_eq!(row.deviations(&event.attributes, Some(version)), [], "{event:?}");
            }
        }
    }
}

#[test]
fn the_captured_parents_are_the_rows() {
    for slice in ["calm", "stall"] {
        let spans = spans(slice);
        let names: HashMap<_, _> = spans
            .iter()
            .map(|owned| ((owned.span.trace_id, owned.span.span_id), owned.span.name.as_ref()))
            .collect();
        for owned in &spans {
            let Recognition::Known(row) = recognise(owned.view()) else { continue };
            let Some(parent_id) = owned.span.parent_span_id else {
                assert!(row.parents.is_empty(), "{} has no parent", owned.span.name);
                continue;
            };
            assert!(!row.is_root, "{} has a parent", owned.span.name);
            let Some(parent) = names.get(&(owned.span.trace_id, parent_id)) else { continue };
            let is_expected = row.parents.is_empty() || row.parents.iter().any(|name| name.matches(parent));
            assert!(is_expected, "{} under {parent}", owned.span.name);
        }
    }
}

#[test]
fn what_is_unknown_says_why() {
    let reason = |owned: &Owned| match recognise(owned.view()) {
        Recognition::Unknown(reason) => Some(reason),
        Recognition::Known(_) => None,
    };
    let scope = "k8s.io/component-base/tracing";
    assert_eq!(reason(&Owned::of("apiserver", 1, "Create", vec![]).in_scope(scope, "")), None);
    assert_eq!(reason(&Owned::of("apiserver", 1, "Create", vec![])), Some(Unrecognised::Scope));
    assert_eq!(
        reason(&Owned::of("apiserver", 2, "Create", vec![]).in_scope(scope, "")),
        Some(Unrecognised::Kind)
    );
    assert_eq!(
        reason(&Owned::of("apiserver", 1, "Mend", vec![]).in_scope(scope, "")),
        Some(Unrecognised::Name)
    );
    assert_eq!(reason(&Owned::of("mystery", 1, "Create", vec![])), Some(Unrecognised::Component));
}

#[test]
fn a_row_tells_what_differs() {
    let owned = Owned::of(
        "apiserver",
        1,
        "Create etcd3",
        vec![string("key", "/pods/a/b"), int("type", 3), int("x", 1)],
    )
    .in_scope("k8s.io/component-base/tracing", "");
    let Recognition::Known(row) = recognise(owned.view()) else { panic!("it is known") };
    let in_version = |minor| row.deviations(&owned.span.attributes, Some(Version { major: 1, minor }));
    let always = [
        Deviation::Missing("audit-id"),
        Deviation::Missing("resource"),
        Deviation::Type("type".to_owned()),
        Deviation::Unexpected("x".to_owned()),
    ];
    assert_eq!(in_version(33), always);
    assert_eq!(in_version(34)[2], Deviation::Missing("group"));
}

#[test]
fn crio_functions_are_known_by_their_folded_names() {
    let tracer = "go.opentelemetry.io/otel/sdk/tracer";
    let known = |name| {
        matches!(
            recognise(Owned::of("crio", 1, name, vec![]).in_scope(tracer, "").view()),
            Recognition::Known(_)
        )
    };
    assert!(known("github.com/cri-o/cri-o/internal/oci.(*runtimeOCI).CreateContainer.func1"));
    assert!(known("unknown"));
    assert!(!known("a log line. Not a function"));
    let interceptor =
        Owned::of("crio", 1, "/runtime.v1.RuntimeService/RunPodSandbox", vec![]).in_scope("crio", "");
    assert!(matches!(recognise(interceptor.view()), Recognition::Known(_)));
}

/// One span of each version that the reference tells apart, and the versions that must not know it.
#[test]
fn names_belong_to_their_versions() {
    let cases = [
        ("KubernetesAPI", "1.22", "1.30"),
        ("cacher list", "1.26", "1.31"),
        ("cacher.GetList", "1.32", "1.37"),
        ("authentication", "1.26", "1.37"),
        ("impersonation", "1.34", "1.37"),
        ("constrainedimpersonation", "1.35", "1.37"),
        ("WatchList", "1.36", "1.37"),
        ("Get etcd3", "1.37", "1.37"),
        ("Create etcd3", "1.26", "1.37"),
    ];
    for (name, first, last) in cases {
        let row = span_names().iter().find(|row| row.name == Pattern::Exact(name)).expect("it is known");
        let known: Vec<String> = (22..=37)
            .map(|minor| Version { major: 1, minor })
            .filter(|version| row.versions.contains(*version))
            .map(|version| version.to_string())
            .collect();
        assert_eq!(
            (known.first().map(String::as_str), known.last().map(String::as_str)),
            (Some(first), Some(last)),
            "{name}"
        );
    }
}

#[test]
fn a_release_is_known_by_its_libraries() {
    let releases = |service, scope, version| {
        let owned = Owned::of(service, 2, "GET /api/v1/pods", vec![]).in_scope(scope, version);
        kubernetes_releases(owned.view())
            .map(|versions| (versions.since.unwrap().to_string(), versions.until.unwrap().to_string()))
    };
    let range = |since: &str, until: &str| Some((since.to_owned(), until.to_owned()));
    let http = "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp";
    let grpc = "go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc";
    assert_eq!(releases("apiserver", http, "0.58.0"), range("1.33", "1.34"));
    assert_eq!(releases("apiserver", grpc, "0.58.0"), range("1.33", "1.33"));
    assert_eq!(releases("kubelet", grpc, "0.65.0"), range("1.36", "1.36"));
    assert_eq!(releases("apiserver", http, "semver:0.20.0"), range("1.22", "1.25"));
    assert_eq!(releases("apiserver", http, "0.67.0"), None, "a distribution carries it");
    assert_eq!(releases("etcd", grpc, "0.65.0"), None, "etcd follows its own");
}

#[test]
fn patterns_match_whole_names() {
    assert!(Pattern::MethodAndPath.matches("GET /api/v1/pods"));
    assert!(!Pattern::MethodAndPath.matches("GET"));
    assert!(!Pattern::MethodAndPath.matches("About /x"));
    assert!(Pattern::Method("HTTP ").matches("HTTP PATCH"));
    assert!(!Pattern::Method("").matches("HTTP PATCH"));
    assert!(!Pattern::Exact("Get").matches("Get etcd3"));
}
