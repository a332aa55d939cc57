//! What can be written at the cursor, here `‸`.

use super::*;

/// What is asked for, what is replaced, and the scope's filter.
fn at(text: &str) -> (String, String, String) {
    let cursor = text.find('‸').expect("a cursor");
    let text = text.replace('‸', "");
    let Completion { what, replaces, scope_filter } = complete(&text, cursor);
    let what = match what {
        Completes::Comparison(attribute) => format!("comparison of {attribute}"),
        Completes::Value(attribute) => format!("value of {attribute}"),
        Completes::HintValue(hint) => format!("hint {hint}"),
        other => format!("{other:?}").to_lowercase(),
    };
    (what, text[replaces.offset..replaces.end()].to_owned(), scope_filter.to_string())
}

#[test]
fn half_queries_are_completed() {
    for (text, what, replaced, scope) in [
        ("‸", "filter", "", "{}"),
        ("{‸", "attribute", "", "{}"),
        ("{ na‸", "attribute", "na", "{}"),
        ("{ na‸me = \"x\" }", "attribute", "name", "{}"),
        ("{ span.‸", "attribute", "span.", "{}"),
        ("{ span.http.ta‸", "attribute", "span.http.ta", "{}"),
        ("{ span.\"foo ba‸", "attribute", "span.\"foo ba", "{}"),
        ("{ parent.‸ }", "attribute", "parent.", "{}"),
        ("{ .a ‸", "comparison of .a", "", "{}"),
        ("{ .a =‸", "value of .a", "", "{}"),
        ("{ .a = ‸ }", "value of .a", "", "{}"),
        ("{ .a = \"fo‸", "value of .a", "\"fo", "{}"),
        ("{ .a = \"foo\"‸ }", "value of .a", "\"foo\"", "{}"),
        ("{ kind = ser‸ }", "value of kind", "ser", "{}"),
        ("{ .a =~ \"x‸\" }", "value of .a", "\"x\"", "{}"),
        ("{ .a = 1 ‸", "connector", "", "{}"),
        ("{ .a = 1 && ‸", "attribute", "", "{ .a = 1 }"),
        ("{ .a = 1 && .b = ‸ && .c = 2 }", "value of .b", "", "{ .a = 1 && .c = 2 }"),
        ("{ .b = ‸ && .c = 2 && name = \"x\" }", "value of .b", "", "{ .c = 2 && name = \"x\" }"),
        ("{ .a = 1 || .b = ‸ }", "value of .b", "", "{}"),
        ("{ (.a = 1 || .c = 2) && .b = ‸ }", "value of .b", "", "{ .a = 1 || .c = 2 }"),
        ("{ .a = 1 && (.x = 2 && .b = ‸) }", "value of .b", "", "{ .a = 1 }"),
        ("{ rootName = \"x\" && .c = 1 && .b = ‸ }", "value of .b", "", "{ .c = 1 }"),
        ("{ .a = && .b = ‸ }", "value of .b", "", "{}"),
        ("{ !‸ }", "attribute", "", "{}"),
        ("{ .a + ‸ }", "attribute", "", "{}"),
        ("{ .a + .b > ‸ }", "value of .b", "", "{}"),
        ("{ .a } ‸", "relation", "", "{ .a = true }"),
        ("{ .a = 1 } | ‸", "stage", "", "{ .a = 1 }"),
        ("{ .a = 1 } | co‸", "stage", "co", "{ .a = 1 }"),
        ("{ .a = 1 } && ‸", "filter", "", "{ .a = 1 }"),
        ("{ .a = 1 } >> { .b = ‸", "value of .b", "", "{}"),
        ("{ .a = 1 } >> { .b = 2 } | by(‸", "attribute", "", "{ .b = 2 }"),
        ("{ .a = 1 } || { .b = 2 } | by(‸", "attribute", "", "{}"),
        ("{} | by(resource.‸)", "attribute", "resource.", "{}"),
        ("{} | select(.a, ‸", "attribute", "", "{}"),
        ("{} | avg(‸", "attribute", "", "{}"),
        ("{} | avg(duration) ‸", "relation", "", "{}"),
        ("{} | quantile_over_time(du‸", "attribute", "du", "{}"),
        ("{} | rate() by(‸", "attribute", "", "{}"),
        ("{} | topk(‸", "free", "", "{}"),
        ("({} | ‸", "stage", "", "{}"),
        ("(‸", "filter", "", "{}"),
        ("{} | compare({ sta‸", "attribute", "sta", "{}"),
        ("{} with(‸", "hint", "", "{}"),
        ("{} with(li‸", "hint", "li", "{}"),
        ("{} with(links=‸", "hint links", "", "{}"),
        ("{} with(links=true, ‸", "hint", "", "{}"),
    ] {
        let (found, piece, filter) = at(text);
        assert_eq!((found.as_str(), piece.as_str(), filter.as_str()), (what, replaced, scope), "{text}");
    }
}

#[test]
fn words_that_fit_are_known() {
    let words = |text: &str| complete(text, text.len()).what.words();
    assert!(words("{} | ").contains(&"quantile_over_time"));
    assert!(words("{ kind = ").contains(&"server"));
    assert!(words("{ status = ").contains(&"error"));
    assert!(words("{").contains(&"self_time"));
    assert!(words("{} ").contains(&"&>>"));
    assert_eq!(
        words("{} with("),
        [
            "links",
            "slots",
            "most_recent",
            "exemplars",
            "sample",
            "span_sample",
            "trace_sample",
            "extrapolate"
        ]
    );
}

#[test]
fn parts_have_colours() {
    let text = "{ name = \"x\" } | rate() // all";
    let coloured: Vec<_> = colour(text)
        .into_iter()
        .map(|(colour, position)| (colour, &text[position.offset..position.end()]))
        .collect();
    assert_eq!(
        coloured,
        [
            (Colour::Symbol, "{"),
            (Colour::Attribute, "name"),
            (Colour::Symbol, "="),
            (Colour::String, "\"x\""),
            (Colour::Symbol, "}"),
            (Colour::Symbol, "|"),
            (Colour::Keyword, "rate"),
            (Colour::Symbol, "("),
            (Colour::Symbol, ")"),
        ]
    );
    assert_eq!(colour("{ .a = $x").last().map(|part| part.0), Some(Colour::Fault));
}
