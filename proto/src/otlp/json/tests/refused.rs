//! What is refused, and how the refusal reads.

use crate::otlp::testing::through;
use crate::otlp::{DecodeLimits, json_to_request};

fn message(json: &str) -> String {
    json_to_request(json.as_bytes()).expect_err(json).to_string()
}

fn in_span(members: &str) -> String {
    message(&format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{members}}}]}}]}}]}}"#))
}

#[test]
fn other_bodies() {
    for json in [
        "",
        " ",
        "[]",
        "\"x\"",
        "1",
        "true",
        "{",
        "{}}",
        "{} x",
        "\u{feff}{}",
        "/* */{}",
        "{\"a\":1,}",
        "nul",
    ] {
        let error = message(json);
        assert!(error.starts_with("invalid OTLP/JSON: ") && error.contains(" at line 1 column "), "{error}");
    }
    let expected =
        "invalid OTLP/JSON: invalid type: sequence, expected an object (TracesData) at line 1 column 2";
    assert_eq!(message("[]"), expected);
}

#[test]
fn values_that_do_not_fit_their_field() {
    for (members, reason) in [
        (r#""startTimeUnixNano":-1"#, "-1 is not an unsigned 64-bit integer in startTimeUnixNano"),
        (
            r#""startTimeUnixNano":"18446744073709551616""#,
            "18446744073709551616 is not an unsigned 64-bit integer",
        ),
        (r#""startTimeUnixNano":1e30"#, "is not an unsigned 64-bit integer"),
        (r#""startTimeUnixNano":1.5"#, "1.5 is not an unsigned 64-bit integer"),
        (r#""startTimeUnixNano":"x""#, "\"x\" is not an unsigned 64-bit integer"),
        (r#""startTimeUnixNano":true"#, "true is not an unsigned 64-bit integer"),
        (r#""flags":4294967296"#, "4294967296 is not an unsigned 32-bit integer in flags"),
        (r#""kind":"SERVER""#, "\"SERVER\" is not an enumeration's number in kind"),
        (r#""name":5"#, "invalid type: integer `5`, expected a string in name"),
        (r#""name":["a"]"#, "invalid type: sequence, expected a string in name"),
        (r#""name":{}"#, "invalid type: map, expected a string in name"),
        (r#""traceId":5"#, "invalid type: integer `5`, expected a hex string in traceId"),
        (r#""events":{}"#, "invalid type: map, expected an array in events"),
        (r#""status":[]"#, "invalid type: sequence, expected an object (Status)"),
        (r#""attributes":[5]"#, "invalid type: integer `5`, expected an object (KeyValue)"),
        (r#""attributes":[{"value":{"boolValue":"true"}}]"#, "\"true\" is not true or false in boolValue"),
        (r#""attributes":[{"value":{"boolValue":1}}]"#, "1 is not true or false in boolValue"),
        (r#""attributes":[{"value":{"bytesValue":"&"}}]"#, "\"&\" is not a base64 string in bytesValue"),
        (r#""attributes":[{"value":{"doubleValue":"a"}}]"#, "\"a\" is not a number in doubleValue"),
        (
            r#""attributes":[{"value":{"intValue":9223372036854775808}}]"#,
            "is not a 64-bit integer in intValue",
        ),
    ] {
        let error = in_span(members);
        assert!(error.contains(reason) && error.contains(" at line 1 column "), "{members}: {error}");
    }
    assert!(in_span(&format!(r#""startTimeUnixNano":"{}""#, "é".repeat(10_000))).len() < 400);
}

/// A request whose one attribute lies in `depth` lists, of arrays or of key-value lists.
fn nested(depth: usize, open: &str, close: &str) -> String {
    format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"attributes":[{{"value":{}{{}}{}}}]}}]}}]}}]}}"#,
        open.repeat(depth),
        close.repeat(depth)
    )
}

#[test]
fn depth_is_limited() {
    let array = |depth| nested(depth, r#"{"arrayValue":{"values":["#, "]}}");
    let list = |depth| nested(depth, r#"{"kvlistValue":{"values":[{"value":"#, "}]}}");
    let ceiling = DecodeLimits::VALUE_DEPTH_CEILING;
    for json in [array(64), list(64)] {
        through(&json_to_request(json.as_bytes()).unwrap()).unwrap();
    }
    for depth in [65, ceiling, ceiling + 1, 100_000] {
        for json in [array(depth), list(depth)] {
            let summary = through(&json_to_request(json.as_bytes()).unwrap()).unwrap().1;
            assert_eq!(summary.deep_lists, 1, "{depth}: the stack bears the ceiling");
        }
    }
}
