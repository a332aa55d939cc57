//! Properties: canonical text is read back to an equal tree, and no text makes the parser panic.

use model::derived::derived_attribute;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9._-]{0,8}",
        "[ -~]{1,6}",
        any::<String>().prop_filter("empty", |name| !name.is_empty())
    ]
}

fn scoped() -> impl Strategy<Value = Attribute> {
    let scopes = [AttributeScope::NAMED.as_slice(), &[AttributeScope::Any]].concat();
    (select(scopes), name()).prop_map(|(scope, name)| Attribute::Scoped { scope, name })
}

fn string_typed() -> impl Strategy<Value = Attribute> {
    let intrinsics =
        [Intrinsic::Name, Intrinsic::SpanId, Intrinsic::EventName, Intrinsic::InstrumentationVersion];
    prop_oneof![
        select(intrinsics.to_vec()).prop_map(Attribute::Intrinsic),
        Just(Attribute::Derived(derived_attribute("component").unwrap()))
    ]
}

fn number() -> impl Strategy<Value = Static> {
    prop_oneof![
        any::<i64>().prop_map(Static::Int),
        any::<f64>().prop_filter("not finite", |number| number.is_finite()).prop_map(Static::Float),
        any::<i64>().prop_map(Static::Duration),
        (-1000_i64..1000, select([1, 1_000, 60_000_000_000, 3_600_000_000_000].as_slice()))
            .prop_map(|(count, unit)| Static::Duration(count * unit)),
    ]
}

fn unordered() -> impl Strategy<Value = Static> {
    prop_oneof![
        any::<bool>().prop_map(Static::Bool),
        select(StatusCode::ALL.as_slice()).prop_map(Static::Status),
        select(SpanKind::ALL.as_slice()).prop_map(Static::Kind),
    ]
}

fn any_op() -> impl Strategy<Value = CompareOp> {
    select(CompareOp::ALL.as_slice())
}

fn equality() -> impl Strategy<Value = CompareOp> {
    select([CompareOp::Equal, CompareOp::NotEqual].as_slice())
}

fn comparison() -> impl Strategy<Value = Expression> {
    let strings = || any::<String>().prop_map(Static::String);
    let typed = prop_oneof![
        (scoped(), any_op(), prop_oneof![number(), strings()]),
        (scoped(), equality(), unordered()),
        (string_typed(), any_op(), strings()),
        (Just(Attribute::Intrinsic(Intrinsic::Duration)), any_op(), number()),
        (
            Just(Attribute::Intrinsic(Intrinsic::Kind)),
            equality(),
            select(SpanKind::ALL.as_slice()).prop_map(Static::Kind)
        ),
        (
            Just(Attribute::Intrinsic(Intrinsic::Status)),
            equality(),
            select(StatusCode::ALL.as_slice()).prop_map(Static::Status)
        ),
    ];
    prop_oneof![
        typed.prop_map(|(left, op, value)| Expression::Compare {
            left: Operand::Attribute(left),
            op,
            right: Operand::Static(value)
        }),
        (scoped(), any_op(), prop_oneof![scoped(), string_typed()]).prop_map(|(left, op, right)| {
            Expression::Compare { left: Operand::Attribute(left), op, right: Operand::Attribute(right) }
        }),
    ]
}

fn leaf() -> impl Strategy<Value = Expression> {
    let pattern = prop_oneof!["[a-z.*|]{0,6}".boxed(), Just(r#"(?i)"\d+\\ /é"#.to_owned()).boxed()]
        .prop_filter_map("no pattern", |text| Pattern::new(&text).ok());
    prop_oneof![
        4 => comparison(),
        1 => (prop_oneof![scoped(), string_typed()], any::<bool>(), pattern)
            .prop_map(|(attribute, negated, pattern)| Expression::Matches { attribute, negated, pattern }),
        1 => scoped().prop_map(|attribute| if is_service_name(&attribute) {
            Expression::Static(true)
        } else {
            Expression::Exists(attribute)
        }),
        1 => scoped().prop_map(Expression::Absent),
        1 => any::<bool>().prop_map(Expression::Static),
    ]
}

fn is_service_name(attribute: &Attribute) -> bool {
    attribute.to_string() == "resource.service.name"
}

fn expression() -> impl Strategy<Value = Expression> {
    leaf().prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|condition| Expression::Not(Box::new(condition))),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| left.and(right)),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| a.and(b).and(c)),
            (inner.clone(), inner).prop_map(|(left, right)| left.or(right)),
        ]
    })
}

/// Texts made of the language's own pieces reach deeper than arbitrary ones.
fn pieces() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "(",
        ")",
        "=",
        "!=",
        "=~",
        "!~",
        "<",
        ">",
        "&&",
        "||",
        "!",
        "-",
        "~",
        "|",
        ".a",
        "span.a",
        "name",
        "kind",
        "server",
        "status",
        "error",
        "nil",
        "true",
        "1",
        "1.5",
        "250ms",
        "\"x\"",
        "`x`",
        "\"",
        "`",
        ".",
        ":",
        "trace:id",
        "resource.",
        "/*",
        "//",
        "é",
        "\\",
        "k8s:component",
        "minInt",
        "+",
        "*",
        "^",
        ">>",
        "&>",
        "!<<",
        "count()",
        "avg(",
        "by(",
        "select(",
        "coalesce()",
        "rate()",
        "quantile_over_time(",
        "compare(",
        "topk(",
        "with(",
        "links=",
        ",",
        "parent.",
        "parent.a",
        "parent:name",
        "self_time",
        "rootName",
        ".\"q",
        "1e",
        "\n",
    ];
    proptest::collection::vec((select(pieces.to_vec()), select(["", " "].as_slice())), 0..24)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, blank)| format!("{piece}{blank}")).collect())
}

/// Parses, checks the position of a refusal, and that what is taken is read back.
fn check(text: &str) {
    match parse_filter(text) {
        Ok(filter) => assert_eq!(parse_filter(&filter.to_string()), Ok(filter), "{text}"),
        Err(error) => assert!(names_a_piece(text, error.position), "{text}: {error:?}"),
    }
    match parse_query(text) {
        Ok(query) => assert_eq!(parse_query(&query.to_string()), Ok(query), "{text}"),
        Err(error) => assert!(names_a_piece(text, error.position), "{text}: {error:?}"),
    }
    for cursor in 0..=text.len() {
        let completion = complete(text, cursor);
        assert!(names_a_piece(text, completion.replaces), "{text}: {completion:?}");
        assert!(!completion.scope_filter.needs_whole_trace(), "{text}: {completion:?}");
    }
    let mut end = 0;
    for (_, position) in colour(text) {
        assert!(position.offset >= end && names_a_piece(text, position), "{text}: {position:?}");
        end = position.end();
    }
    match parse_attribute(text) {
        Ok(attribute) => assert_eq!(parse_attribute(&attribute.to_string()), Ok(attribute), "{text}"),
        Err(error) => assert!(names_a_piece(text, error.position), "{text}: {error:?}"),
    }
}

fn names_a_piece(text: &str, position: Position) -> bool {
    text.get(position.offset..position.offset + position.length).is_some()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printed_filters_are_read_back(expression in expression()) {
        let filter = SpanFilter { expression: Some(expression) };
        let text = filter.to_string();
        prop_assert_eq!(parse_filter(&text).map_err(|error| format!("{text}: {error}")), Ok(filter));
    }

    #[test]
    fn printed_attributes_are_read_back(attribute in prop_oneof![scoped(), string_typed()]) {
        prop_assert_eq!(parse_attribute(&attribute.to_string()), Ok(attribute));
    }

    #[test]
    fn arbitrary_texts_never_panic(text in any::<String>()) {
        check(&text);
        check(&format!("{{ {text} }}"));
        check(&format!("{{ .a = \"{text}"));
    }

    #[test]
    fn pieces_of_the_language_never_panic(text in pieces()) {
        check(&text);
        check(&format!("{{{text}}}"));
        check(&format!("{{}} | {text}"));
    }
}
