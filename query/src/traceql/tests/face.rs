//! What a query tells of itself.

use proto::otlp::{Value, encode_attributes};

use super::traces::{Owned, assembled, attribute};
use super::*;

fn query(text: &str) -> Query {
    parse_query(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn plain_filters_are_known() {
    for (text, plain) in [
        ("{}", Some("{}")),
        ("{ .a = 1 }", Some("{ .a = 1 }")),
        ("{ .a = 1 } | { .b = 2 }", Some("{ .a = 1 && .b = 2 }")),
        ("{ .a = 1 } | select(.b) | {}", Some("{ .a = 1 }")),
        ("{ .a = 1 } | count() > 1", None),
        ("{ .a = 1 } && {}", None),
        ("{ rootName = \"x\" }", None),
        ("{ .a = 1 } | by(name)", None),
        ("{} | rate()", None),
    ] {
        assert_eq!(query(text).plain_filter().map(|filter| filter.to_string()).as_deref(), plain, "{text}");
    }
}

#[test]
fn whole_traces_are_asked_for_only_where_needed() {
    for (text, needs) in [
        ("{ .a = 1 }", false),
        ("{ .a = 1 } | select(.b)", false),
        ("{ .a = 1 } | select(rootName)", true),
        ("{ parent.a = 1 }", true),
        ("{ self_time > 1s }", true),
        ("{} > {}", true),
        ("{} | count() > 1", true),
        ("{ .a = 1 } | rate() by(name)", false),
        ("({ .a = 1 } | rate()) / ({} | rate())", false),
        ("({ .a = 1 } >> {} | rate()) / ({} | rate())", true),
        ("{} | rate() by(rootName)", true),
        ("{} | avg_over_time(critical_path)", true),
        ("{} | compare({ .a = 1 })", false),
        ("{} | compare({ childCount = 1 })", true),
    ] {
        assert_eq!(query(text).needs_whole_trace(), needs, "{text}");
    }
}

#[test]
fn leaf_filters_are_what_a_trace_must_have() {
    for (text, leaves) in [
        ("{}", &["{}"][..]),
        ("{ .a = 1 }", &["{ .a = 1 }"]),
        ("{ .a = 1 && rootName = \"x\" }", &["{ .a = 1 }"]),
        ("{ .a = 1 || rootName = \"x\" }", &["{}"]),
        ("{ !(.a = 1 && rootName = \"x\") }", &["{}"]),
        ("{ !(.a = 1 || rootName = \"x\") }", &["{ !(.a = 1) }"]),
        ("{ .a + childCount > 1 && .b = 1 }", &["{ .b = 1 }"]),
        ("{ parent.a = 1 && !(parent = nil) }", &["{}"]),
        ("{ .a = 1 } && { .b = 1 }", &["{ .a = 1 }"]),
        ("{} && { .b = 1 }", &["{ .b = 1 }"]),
        ("{ .a = 1 } && { .b = 1 && .c = 1 }", &["{ .b = 1 && .c = 1 }"]),
        ("{ .a = 1 } || { .b = 1 }", &["{ .a = 1 }", "{ .b = 1 }"]),
        ("{ .a = 1 } || { .a = 1 }", &["{ .a = 1 }"]),
        ("{ .a = 1 } || {}", &["{}"]),
        ("{ .a = 1 } >> { .b = 1 }", &["{ .a = 1 }"]),
        ("{} >> { .b = 1 }", &["{ .b = 1 }"]),
        ("{ .a = 1 } !>> { .b = 1 }", &["{ .b = 1 }"]),
        ("{ .a = 1 } !>> {}", &["{}"]),
        ("{ .a = 1 } &>> {}", &["{ .a = 1 }"]),
        ("({ .a = 1 } || { .b = 1 }) && {}", &["{ .a = 1 }", "{ .b = 1 }"]),
        ("{ .a = 1 } | { .b = 1 }", &["{ .a = 1 && .b = 1 }"]),
        ("{} | { .a = 1 } >> { .b = 1 }", &["{ .a = 1 }"]),
        ("{} | count() > 1 | { .a = 1 }", &["{ .a = 1 }"]),
        ("({ .a = 1 } | count() > 1) || ({ .b = 1 } | count() > 1)", &["{ .a = 1 }", "{ .b = 1 }"]),
        ("({ .a = 1 } | count()) > 1", &["{}"]),
        ("{ .a = 1 } | rate()", &["{ .a = 1 }"]),
        ("({ .a = 1 } | rate()) / ({ .b = 1 } | rate())", &["{ .a = 1 }", "{ .b = 1 }"]),
        ("{ .a = 1 } | compare({ .b = 1 })", &["{ .a = 1 }"]),
    ] {
        let found: Vec<String> = query(text).leaf_filters().iter().map(ToString::to_string).collect();
        assert_eq!(found, leaves, "{text}");
    }
}

#[test]
fn attributes_are_listed_once() {
    let query = query(
        "{ .a = 1 && .b + .a > 2 } >> { name =~ \"x\" } | by(.c) | avg(duration) > 1s | select(.d, .a) | rate() by(kind)",
    );
    let texts: Vec<String> = query.attributes().iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["name", "kind", "duration", ".a", ".b", ".c", ".d"]);
    let selected: Vec<String> =
        query.pipelines()[0].selected().iter().map(|attribute| attribute.to_string()).collect();
    assert_eq!(selected, [".d", ".a"]);
}

#[test]
fn hints_are_read() {
    let hints = query("{} with(links=true, exemplars=3, slots=\"end\", most_recent=true)").hints;
    assert!(hints.follows_links() && hints.is_most_recent());
    assert_eq!((hints.exemplars(1), hints.slots_at_end()), (3, Some(true)));
    let hints = query("{} with(exemplars=false)").hints;
    assert_eq!((hints.exemplars(1), hints.slots_at_end(), hints.follows_links()), (0, None, false));
    assert_eq!(query("{} with(exemplars=true)").hints.exemplars(5), 5);
}

#[test]
fn spans_say_what_they_hold() {
    let mut one = Owned::default();
    let mut wire = Vec::new();
    encode_attributes(&[attribute("k", Value::Int(1))], &mut wire);
    one.span.span_id = proto::SpanId([1; 8]);
    one.span.name = "n".into();
    (one.span.start, one.span.end) = (5, 9);
    one.span.attributes = vec![
        attribute("text", Value::String("x".into())),
        attribute("bytes", Value::Bytes(vec![1].into())),
        attribute("map", Value::KeyValueList(wire.into())),
        attribute("both", Value::Bool(true)),
    ];
    one.resource.attributes = vec![attribute("both", Value::Int(2)), attribute("own", Value::Double(0.5))];
    let spans = [one];
    let trace = assembled(&spans);
    let view = TraceView::new(&trace);
    for (filter, met) in [
        (".text = \"x\"", true),
        (".bytes = nil", true),
        (".map = nil", true),
        (".both = true", true),
        ("resource.both = 2", true),
        (".own = 0.5", true),
        ("span.own = nil", true),
        ("duration = 4ns && self_time = 4ns && critical_path = 4ns", true),
        ("kind = unspecified && status = unset && statusMessage = \"\"", true),
        ("span:id = \"0101010101010101\"", true),
        ("event:name = \"\"", false),
        ("link:spanID = \"x\"", false),
        ("instrumentation:name = \"\"", true),
        ("k8s:component = \"other\"", true),
    ] {
        let query = query(&format!("{{ {filter} }}"));
        assert_eq!(view.spansets(query.pipelines()[0]).len() == 1, met, "{filter}");
    }
    let all: Vec<String> = view.all(0).iter().map(|(attribute, _)| attribute.to_string()).collect();
    assert_eq!(
        all,
        [
            "name",
            "kind",
            "status",
            "span.both",
            "span.text",
            "resource.both",
            "resource.own",
            "k8s:component",
            "trace:rootName"
        ]
    );
}
