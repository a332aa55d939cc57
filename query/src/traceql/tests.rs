//! The corpus files, the limits, and properties of the parser as a whole.

mod brute;
mod completion;
mod corpus;
mod face;
mod limits;
mod meaning;
mod properties;
mod queries;
mod random;
mod traces;

use super::*;
use model::derived::derived_attribute;

fn filter(text: &str) -> SpanFilter {
    parse_filter(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refusal(text: &str) -> ParseError {
    match parse_filter(text) {
        Err(error) => error,
        Ok(filter) => panic!("taken as {filter}"),
    }
}

#[test]
fn attributes_by_every_spelling() {
    let scoped = |scope, name: &str| Attribute::Scoped { scope, name: name.to_owned() };
    for (text, attribute, canonical) in [
        ("name", Attribute::Intrinsic(Intrinsic::Name), "name"),
        (" span:name ", Attribute::Intrinsic(Intrinsic::Name), "name"),
        ("trace:id", Attribute::Intrinsic(Intrinsic::TraceId), "trace:id"),
        (".http.target", scoped(AttributeScope::Any, "http.target"), ".http.target"),
        ("span.http.target", scoped(AttributeScope::Span, "http.target"), "span.http.target"),
        ("resource.\"a b\"", scoped(AttributeScope::Resource, "a b"), "resource.\"a b\""),
        ("event.x", scoped(AttributeScope::Event, "x"), "event.x"),
        ("k8s:component", Attribute::Derived(derived_attribute("component").unwrap()), "k8s:component"),
    ] {
        assert_eq!(parse_attribute(text).as_ref(), Ok(&attribute), "{text}");
        assert_eq!(attribute.to_string(), canonical);
    }
}

#[test]
fn what_is_no_attribute_is_refused() {
    for (text, offset, length, message) in [
        ("", 0, 0, "expected an attribute such as .x, span.x, resource.x or name, found the end of the text"),
        ("\"a\"", 0, 3, "expected an attribute"),
        ("server", 0, 6, "'server' is a value: an attribute of that name is written .server"),
        ("http.target", 0, 11, "did you mean .http.target or span.http.target?"),
        ("span.a b", 7, 1, "special characters in a name are quoted"),
        ("traceDuration", 0, 13, "needs the whole trace"),
        ("k8s:verbs", 0, 9, "there is k8s:component"),
    ] {
        let error = parse_attribute(text).expect_err(text);
        assert_eq!(error.position, Position { offset, length }, "{text}: {error}");
        assert!(error.message.contains(message), "{text}: {error}");
    }
}

#[test]
fn every_intrinsic_is_read_back() {
    for intrinsic in Intrinsic::ALL {
        assert_eq!(parse_attribute(intrinsic.word()), Ok(Attribute::Intrinsic(intrinsic)));
    }
}

#[test]
fn conjuncts_are_the_top_clauses() {
    let texts = |text: &str| filter(text).conjuncts().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert!(texts("{}").is_empty());
    assert_eq!(texts("{ .a = 1 }"), [".a = 1"]);
    assert_eq!(texts("{ .a = 1 || .b = 2 }"), [".a = 1 || .b = 2"]);
    assert_eq!(
        texts("{ .a = 1 && (.b = 2 || .c = 3) && (.d = 4 && .e = 5) }"),
        [".a = 1", ".b = 2 || .c = 3", ".d = 4", ".e = 5"]
    );
}

#[test]
fn patterns_are_anchored() {
    let filter = filter("{ .a =~ `x|y` }");
    let [Expression::Matches { pattern, .. }] = filter.conjuncts() else { panic!("{filter}") };
    assert_eq!((pattern.text(), pattern.anchored()), ("x|y", "^(?s:x|y)$"));
    assert!(pattern.regex().is_match("y") && !pattern.regex().is_match("xy"));
}

#[test]
fn the_error_says_where() {
    assert_eq!(refusal("{ .a = }").to_string(), "at byte 7: expected a value after '=', found '}'");
}

#[test]
fn long_texts_are_refused() {
    let fits = format!("{{ .a = \"{}\" }}", "x".repeat(MAX_TEXT_BYTES - 11));
    assert_eq!(fits.len(), MAX_TEXT_BYTES);
    filter(&fits);
    let error = refusal(&format!("{fits}é"));
    assert_eq!(error.position, Position { offset: MAX_TEXT_BYTES, length: 2 });
    let text = format!(".{}", "é".repeat(MAX_TEXT_BYTES / 2));
    let error = parse_attribute(&text).expect_err("too long");
    assert_eq!(error.position.offset, MAX_TEXT_BYTES - 1);
}

#[test]
fn depth_is_limited_where_canonical_text_still_fits() {
    let negations = |count: usize| format!("{{ {}.a }}", "!".repeat(count));
    let deepest = filter(&negations(MAX_DEPTH));
    assert_eq!(filter(&deepest.to_string()), deepest);
    assert!(refusal(&negations(MAX_DEPTH + 1)).message.contains("nested more than 64 deep"));

    let alternating = |count: usize| format!("{{ .a{} }}", " && .b || .c".repeat(count));
    let deepest = filter(&alternating(MAX_DEPTH / 2));
    assert_eq!(filter(&deepest.to_string()), deepest);
    assert!(refusal(&alternating(MAX_DEPTH / 2 + 1)).message.contains("nested more than 64 deep"));

    let negated = |count: usize| format!("{{ .a = 1{} }}", " = false".repeat(count));
    filter(&negated(MAX_DEPTH));
    assert!(refusal(&negated(MAX_DEPTH + 1)).message.contains("nested more than 64 deep"));
}

#[test]
fn nesting_without_meaning_is_limited() {
    for (open, close) in [("(", ")"), ("-", ""), ("!(", ")")] {
        let text = format!("{{ .a = {}1{} }}", open.repeat(4000), close.repeat(4000));
        assert!(refusal(&text).message.contains("nested more than 128 deep"), "{open}");
    }
}

#[test]
fn operands_and_patterns_are_limited() {
    let many = |one: &str, count: usize| format!("{{ {} }}", vec![one; count].join(" || "));
    for (one, operands) in [(".a", 1), (".a = 1", 2), ("!.a", 2)] {
        filter(&many(one, MAX_OPERANDS / operands));
        let error = refusal(&many(one, MAX_OPERANDS / operands + 1));
        assert!(error.message.contains("more than 1024 operands"), "{error}");
    }
    filter(&many(".a =~ \"x\"", MAX_PATTERNS));
    let error = refusal(&many(".a =~ \"x\"", MAX_PATTERNS + 1));
    assert!(error.message.contains("more than 32 regular expressions"), "{error}");
}
