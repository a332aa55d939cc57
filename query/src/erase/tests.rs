use std::borrow::Cow;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use proto::otlp::{Event, Link, Resource, Span, Value};

use super::*;
use crate::traceql::parse_filter;

fn erasure(filter: &str, attributes: &[&str]) -> Erasure {
    let attributes: Vec<String> = attributes.iter().map(|text| (*text).to_owned()).collect();
    Erasure::new(parse_filter(filter).unwrap(), &attributes).unwrap()
}

fn attributes(keys: &[&'static str]) -> Vec<OtlpAttribute<'static>> {
    let of = |key: &&'static str| OtlpAttribute { key: Cow::Borrowed(*key), value: Value::Int(7) };
    keys.iter().map(of).collect()
}

/// A span that has `x` and `y` in every scope, `x` twice on the span itself.
fn stored() -> StoredSpan {
    let span = Span {
        attributes: attributes(&["x", "y", "x"]),
        events: vec![
            Event { attributes: attributes(&["x", "y"]), ..Event::default() },
            Event { attributes: attributes(&["x"]), ..Event::default() },
        ],
        links: vec![Link { attributes: attributes(&["x", "y"]), ..Link::default() }],
        ..Span::default()
    };
    StoredSpan {
        span,
        resource: Arc::new(Resource::new(attributes(&["x", "y"]), "https://r")),
        scope: Arc::default(),
        peer_address: None,
    }
}

/// The keys that are left: of the span, its events, its links, its resource.
fn keys(stored: &StoredSpan) -> [String; 4] {
    let of = |attributes: &[OtlpAttribute<'_>]| {
        attributes.iter().map(|attribute| attribute.key.as_ref()).collect::<Vec<_>>().join(" ")
    };
    let events: Vec<_> = stored.span.events.iter().map(|event| of(&event.attributes)).collect();
    [
        of(&stored.span.attributes),
        events.join("|"),
        of(&stored.span.links[0].attributes),
        of(&stored.resource.attributes),
    ]
}

#[test]
fn an_attribute_goes_from_its_scope_and_without_one_from_every_scope() {
    for (name, left) in [
        ("span.x", ["y", "x y|x", "x y", "x y"]),
        ("event.x", ["x y x", "y|", "x y", "x y"]),
        ("link.x", ["x y x", "x y|x", "y", "x y"]),
        ("resource.x", ["x y x", "x y|x", "x y", "y"]),
        (".x", ["y", "y|", "y", "y"]),
        ("x", ["y", "y|", "y", "y"]),
    ] {
        let found = erasure("{}", &[name]).left_of_span(&stored()).unwrap().unwrap();
        assert_eq!(keys(&found), left.map(str::to_owned), "{name}");
    }
    assert!(erasure("{}", &["z", "instrumentation.x"]).left_of_span(&stored()).unwrap().is_none());
}

#[test]
fn what_is_no_attribute_of_a_sender_is_refused() {
    for (name, because) in [("name", "write .name"), ("k8s:verb", "url.path"), ("a b", "")] {
        let error = Erasure::new(parse_filter("{}").unwrap(), &[name.to_owned()]).unwrap_err();
        assert!(error.kind == ErrorKind::Invalid && error.message.contains(because), "{}", error.message);
    }
    assert_eq!(
        erasure("{}", &["http.target"]).attributes,
        [ErasedAttribute { scope: AttributeScope::Any, name: "http.target".to_owned() }]
    );
}

/// Rows as a rollup has them.
fn series() -> RecordBatch {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let fields = vec![text("name"), text("service_name"), Field::new("k8s_code", DataType::Int64, true)];
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec!["a", "b"])),
        Arc::new(StringArray::from(vec![Some("etcd"), None])),
        Arc::new(Int64Array::from(vec![Some(200), Some(409)])),
    ];
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

#[test]
fn few_columns_tell_what_they_can() {
    for (filter, names, expected) in [
        ("{}", &[][..], [Some(true), Some(true)]),
        ("{ name = \"a\" }", &[], [Some(true), Some(false)]),
        ("{ k8s:code = 409 }", &[], [Some(false), Some(true)]),
        ("{ resource.service.name = \"etcd\" }", &[], [Some(true), Some(false)]),
        ("{ span.token != nil }", &[], [None, None]),
        ("{ .service.name = \"etcd\" }", &[], [None, None]),
        ("{ name = \"a\" && span.token != nil }", &[], [None, Some(false)]),
        ("{ name = \"a\" || span.token != nil }", &[], [Some(true), None]),
        ("{ !(name = \"a\" && span.token != nil) }", &[], [None, Some(true)]),
        ("{ duration > 1s }", &[], [None, None]),
        // Nobody knows whether the span had it.
        ("{ name = \"a\" }", &["token"], [None, Some(false)]),
        ("{}", &["resource.service.name"], [Some(true), None]),
    ] {
        let outcomes = erasure(filter, names).meets(&series()).unwrap();
        assert_eq!(outcomes, BooleanArray::from(expected.to_vec()), "{filter} {names:?}");
    }
}

#[test]
fn the_columns_of_a_filter_are_named_once() {
    let erasure = erasure("{ name = \"a\" && (name = \"b\" || !(span.http.target = \"c\")) }", &[]);
    assert_eq!(
        erasure.columns(),
        ["attribute_layout", "attributes", "name", "otlp_residual", "span_http_target"]
    );
}
