use proto::otlp::{Attribute, Resource, Scope, Span};

use super::*;
use crate::{SpanView, normalise};

fn attribute(key: &'static str, value: &'static str) -> Attribute<'static> {
    Attribute { key: Cow::Borrowed(key), value: Value::String(Cow::Borrowed(value)) }
}

fn derived_of(service: &'static str, span: &Span<'static>) -> Vec<(&'static str, Value<'static>)> {
    let resource = Resource { attributes: vec![attribute("service.name", service)], ..Resource::default() };
    let scope = Scope::default();
    let normal = normalise(SpanView { span, resource: &resource, scope: &scope });
    let values = derived_values(&normal);
    DERIVED
        .iter()
        .zip(values)
        .filter_map(|(derived, value)| Some((derived.key, value?.into_owned())))
        .collect()
}

fn text(text: &'static str) -> Value<'static> {
    Value::String(Cow::Borrowed(text))
}

#[test]
fn a_watch_is_told_from_a_list_by_its_target() {
    let span = Span {
        name: Cow::Borrowed("GET /api/v1/pods"),
        kind: 2,
        attributes: vec![
            attribute("http.request.method", "GET"),
            attribute("url.path", "/api/v1/pods"),
            attribute("http.target", "/api/v1/pods?watch=true"),
            attribute("user_agent.original", "kubelet/v1.36.2 (linux/amd64) kubernetes/abc"),
            Attribute { key: Cow::Borrowed("http.response.status_code"), value: Value::Int(200) },
        ],
        ..Span::default()
    };
    let found = derived_of("apiserver", &span);
    for expected in [
        ("component", text("apiserver")),
        ("verb", text("watch")),
        ("group", text("")),
        ("version", text("v1")),
        ("resource", text("pods")),
        ("scope", text("cluster")),
        ("code", Value::Int(200)),
        ("watch", Value::Bool(true)),
        ("probe", Value::Bool(false)),
    ] {
        assert!(found.contains(&expected), "{expected:?} is not in {found:?}");
    }
}

#[test]
fn a_span_that_says_nothing_has_its_component_only() {
    let span = Span { name: Cow::Borrowed("authorization"), kind: 1, ..Span::default() };
    assert_eq!(derived_of("apiserver", &span), [("component", text("apiserver"))]);
}

#[test]
fn keys_and_columns_are_distinct() {
    let mut names: Vec<&str> = DERIVED.iter().flat_map(|derived| [derived.key, derived.column]).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 2 * DERIVED.len());
}
