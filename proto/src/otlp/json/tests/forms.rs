//! The forms that proto3-JSON and OTLP allow, and the lenient ones.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValueList};
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::json;

use crate::otlp::testing::{oracle, through};
use crate::otlp::{StatusDetails, json_to_request, partial_success_json, status_json};

fn spans(json: &str) -> Vec<Span> {
    let body = json_to_request(json.as_bytes()).unwrap_or_else(|error| panic!("{json}: {error}"));
    let data = oracle(&body).unwrap();
    data.resource_spans.into_iter().flat_map(|r| r.scope_spans).flat_map(|s| s.spans).collect()
}

/// The span with these members.
fn span(members: &str) -> Span {
    spans(&format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{members}}}]}}]}}]}}"#)).remove(0)
}

fn value(json: &str) -> Option<Value> {
    span(&format!(r#""attributes":[{{"key":"k","value":{json}}}]"#)).attributes.remove(0).value.unwrap().value
}

#[test]
fn empty_requests() {
    for json in
        ["{}", "null", " {} ", r#"{"resourceSpans":null}"#, r#"{"resourceSpans":[]}"#, r#"{"unknown":[1]}"#]
    {
        assert_eq!(json_to_request(json.as_bytes()).unwrap(), b"", "{json}");
    }
}

#[test]
fn ids_are_hex_of_either_case() {
    let found =
        span(r#""traceId":"00ABcdef00112233445566778899aabb","spanId":"0011223344556677","parentSpanId":"""#);
    assert_eq!(found.trace_id[..4], [0x00, 0xab, 0xcd, 0xef]);
    assert_eq!((found.trace_id.len(), found.span_id.len(), found.parent_span_id.len()), (16, 8, 0));
}

#[test]
fn an_id_that_is_not_hex_costs_its_span_only() {
    let good = r#"{"name":"good","traceId":"00112233445566778899aabbccddeeff","spanId":"0011223344556677"}"#;
    for id in [
        "0x112233445566778899aabbccddeeff",
        "0x00112233445566778899aabbccddeeff",
        "0011223344556677",
        "00112233445566778899aabbccddeef",
        "ABEiM0RVZneImaq7zN3u/w==",
        "0123456789abcdeg",
        "0123456789abcde\\u0000",
        "",
        "00000000000000000000000000000000",
    ] {
        let bad = format!(r#"{{"traceId":"{id}","spanId":"0011223344556677"}}"#);
        let body = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{bad},{good}]}}]}}]}}"#);
        let (encoded, summary) = through(&json_to_request(body.as_bytes()).unwrap()).unwrap();
        assert_eq!((summary.spans, summary.rejected), (1, 1), "{id}");
        assert_eq!(oracle(&encoded).unwrap().resource_spans[0].scope_spans[0].spans[0].name, "good");
        let fault = summary.first_fault.unwrap();
        assert!(fault.starts_with("span 1 \"\": trace_id "), "{fault}");
    }
}

#[test]
fn integers_are_numbers_or_strings() {
    for (json, expected) in
        [("5", 5), ("\"5\"", 5), ("5.0", 5), ("5e3", 5000), ("\"5e3\"", 5000), ("\"5.0\"", 5)]
    {
        let found = span(&format!(
            r#""startTimeUnixNano":{json},"droppedEventsCount":{json},"flags":{json},"kind":{json},
               "status":{{"code":{json}}}"#
        ));
        assert_eq!(found.start_time_unix_nano, expected);
        assert_eq!((u64::from(found.dropped_events_count), u64::from(found.flags)), (expected, expected));
        assert_eq!((found.kind as u64, found.status.unwrap().code as u64), (expected, expected));
        assert_eq!(value(&format!(r#"{{"intValue":{json}}}"#)), Some(Value::IntValue(expected as i64)));
    }
    assert_eq!(span(r#""endTimeUnixNano":"18446744073709551615""#).end_time_unix_nano, u64::MAX);
    assert_eq!(span(r#""endTimeUnixNano":18446744073709551615"#).end_time_unix_nano, u64::MAX);
    assert_eq!(value(r#"{"intValue":"-9223372036854775808"}"#), Some(Value::IntValue(i64::MIN)));
    assert_eq!(span(r#""kind":-1"#).kind, -1);
}

#[test]
fn enumerations_may_be_named() {
    let found = span(r#""kind":"SPAN_KIND_SERVER","status":{"code":"STATUS_CODE_ERROR"}"#);
    assert_eq!((found.kind, found.status.unwrap().code), (2, 2));
}

#[test]
fn doubles_are_numbers_or_strings() {
    for (json, expected) in
        [("1.5", 1.5), ("1", 1.0), ("-1", -1.0), ("\"1.5\"", 1.5), ("\"-Infinity\"", f64::NEG_INFINITY)]
    {
        assert_eq!(value(&format!(r#"{{"doubleValue":{json}}}"#)), Some(Value::DoubleValue(expected)));
    }
    assert_eq!(value(r#"{"doubleValue":"Infinity"}"#), Some(Value::DoubleValue(f64::INFINITY)));
    assert!(matches!(value(r#"{"doubleValue":"NaN"}"#), Some(Value::DoubleValue(nan)) if nan.is_nan()));
}

#[test]
fn bytes_are_base64_of_either_alphabet_padded_or_not() {
    for text in ["+/8=", "+/8", "-_8=", "-_8"] {
        let expected = Some(Value::BytesValue(vec![0xfb, 0xff]));
        assert_eq!(value(&format!(r#"{{"bytesValue":"{text}"}}"#)), expected, "{text}");
    }
    assert_eq!(value(r#"{"bytesValue":""}"#), Some(Value::BytesValue(vec![])));
}

#[test]
fn lists_may_be_empty_objects() {
    let array = |values| Some(Value::ArrayValue(ArrayValue { values }));
    assert_eq!(value(r#"{"arrayValue":{}}"#), array(vec![]));
    assert_eq!(value(r#"{"arrayValue":{"values":null}}"#), array(vec![]));
    assert_eq!(value(r#"{"kvlistValue":{}}"#), Some(Value::KvlistValue(KeyValueList { values: vec![] })));
    let (one, none) = (AnyValue { value: Some(Value::IntValue(1)) }, AnyValue { value: None });
    let mixed = r#"{"arrayValue":{"values":[{"intValue":1},{},null]}}"#;
    assert_eq!(value(mixed), array(vec![one, none.clone(), none]));
}

#[test]
fn null_is_absent_everywhere() {
    let names = "traceId spanId traceState parentSpanId name kind startTimeUnixNano endTimeUnixNano attributes \
                 droppedAttributesCount events droppedEventsCount links droppedLinksCount status flags";
    let members: Vec<_> = names.split(' ').map(|name| format!("\"{name}\":null")).collect();
    assert_eq!(span(&members.join(",")), Span::default());
    for name in ["string", "bool", "int", "double", "array", "kvlist", "bytes"] {
        assert_eq!(value(&format!(r#"{{"{name}Value":null}}"#)), None);
    }
    assert_eq!(value("{}"), None);
    let nothing = r#"{"resourceSpans":[{"resource":null,"scopeSpans":[{"scope":null,"spans":null}],"schemaUrl":null}]}"#;
    assert!(spans(nothing).is_empty());
}

#[test]
fn defaults_of_a_oneof_are_values() {
    assert_eq!(value(r#"{"stringValue":""}"#), Some(Value::StringValue(String::new())));
    assert_eq!(value(r#"{"intValue":"0"}"#), Some(Value::IntValue(0)));
    assert_eq!(value(r#"{"boolValue":false}"#), Some(Value::BoolValue(false)));
}

#[test]
fn unknown_names_are_ignored_however_deep() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let found =
        span(&format!(r#""name":"a","trace_state":"snake","other":{deep},"more":{{"x":[1,"\ud800"]}}"#));
    assert_eq!((&found.name[..], &found.trace_state[..]), ("a", ""));
}

#[test]
fn a_repeated_key_does_what_protobuf_does() {
    let found = span(r#""name":"a","name":"b","attributes":[{"key":"a"}],"attributes":[{"key":"b"}]"#);
    assert_eq!((&found.name[..], found.attributes.len()), ("b", 2));
}

#[test]
fn half_a_surrogate_pair_is_repaired() {
    let json = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a\ud800b","traceId":
        "00112233445566778899aabbccddeeff","spanId":"0011223344556677"}]}]}]}"#;
    let (encoded, summary) = through(&json_to_request(json.as_bytes()).unwrap()).unwrap();
    assert_eq!(summary.repaired_strings, 1);
    let name = oracle(&encoded).unwrap().resource_spans[0].scope_spans[0].spans[0].name.clone();
    assert!(name.starts_with('a') && name.ends_with('b') && name.contains('\u{fffd}'), "{name}");
}

#[test]
fn the_answers_in_json() {
    let parsed = |bytes: Vec<u8>| serde_json::from_slice::<serde_json::Value>(&bytes).unwrap();
    assert_eq!(parsed(partial_success_json(0, "")), json!({}));
    let both = json!({ "partialSuccess": { "rejectedSpans": "3", "errorMessage": "a \"b\"" } });
    assert_eq!(parsed(partial_success_json(3, "a \"b\"")), both);
    assert_eq!(
        parsed(partial_success_json(0, "late")),
        json!({ "partialSuccess": { "errorMessage": "late" } })
    );
    let plain = StatusDetails::default();
    assert_eq!(parsed(status_json(3, "no", plain)), json!({ "code": 3, "message": "no" }));
    let delay = std::time::Duration::from_millis(1_500);
    let detail = json!({ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.500000000s" });
    let status = json!({ "code": 14, "message": "busy", "details": [detail] });
    let retry = StatusDetails { retry_after: Some(delay), ..plain };
    assert_eq!(parsed(status_json(14, "busy", retry)), status);
    let violation = json!({ "field": "spans", "description": "no" });
    let detail =
        json!({ "@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation] });
    let status = json!({ "code": 3, "message": "no", "details": [detail] });
    let bad = StatusDetails { field: Some("spans"), ..plain };
    assert_eq!(parsed(status_json(3, "no", bad)), status);
}
