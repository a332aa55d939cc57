//! What a fault costs: a link, a span, or the request; and how it is named.

use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::trace::v1::span::Link;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use prost::Message;

use crate::otlp::testing::{assert_as_oracle, oracle, through};
use crate::otlp::wire::{put_bytes, put_message, put_raw_varint, put_varint};

fn span(name: &str) -> Span {
    Span { trace_id: vec![1; 16], span_id: vec![2; 8], name: name.into(), ..Span::default() }
}

fn request(spans: Vec<Span>) -> Vec<u8> {
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    TracesData { resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }] }
        .encode_to_vec()
}

/// A request of one span with this content.
fn request_of(span: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put_message(&mut out, 1, |out| put_message(out, 2, |out| put_bytes(out, 2, span)));
    out
}

fn names(body: &[u8]) -> Vec<String> {
    let spans = oracle(body).unwrap().resource_spans.remove(0).scope_spans.remove(0).spans;
    spans.into_iter().map(|span| span.name).collect()
}

#[test]
fn a_bad_id_costs_its_span_only() {
    let cases: [(Span, &str); 7] = [
        (Span { trace_id: vec![1; 15], ..span("b") }, "trace_id has 15 bytes, 16 are needed"),
        (Span { trace_id: vec![1; 17], ..span("b") }, "trace_id has 17 bytes, 16 are needed"),
        (Span { trace_id: vec![], ..span("b") }, "trace_id has 0 bytes, 16 are needed"),
        (Span { trace_id: vec![0; 16], ..span("b") }, "trace_id is all zero"),
        (Span { span_id: vec![1; 7], ..span("b") }, "span_id has 7 bytes, 8 are needed"),
        (Span { span_id: vec![1; 9], ..span("b") }, "span_id has 9 bytes, 8 are needed"),
        (Span { span_id: vec![0; 8], ..span("b") }, "span_id is all zero"),
    ];
    for (bad, fault) in cases {
        let (encoded, summary) = through(&request(vec![span("a"), bad, span("c")])).unwrap();
        assert_eq!(names(&encoded), ["a", "c"]);
        assert_eq!((summary.spans, summary.rejected), (2, 1));
        assert_eq!(summary.first_fault.unwrap(), format!("span 2 \"b\": {fault}"));
    }
}

#[test]
fn the_first_fault_is_the_one_that_is_named_and_its_name_is_cut_and_escaped() {
    let bad = |name: &str| Span { trace_id: vec![1; 15], ..span(name) };
    let (_, summary) = through(&request(vec![span("a"), bad(&"é\n".repeat(200)), bad("later")])).unwrap();
    assert_eq!(summary.rejected, 2);
    let fault = summary.first_fault.unwrap();
    assert!(fault.starts_with("span 2 \"é\\né\\n") && fault.contains("…\": trace_id has 15"), "{fault}");
    assert!(fault.chars().count() < 200);
}

#[test]
fn a_bad_parent_makes_a_root_and_a_bad_link_goes() {
    let link = |trace_id: Vec<u8>, span_id: Vec<u8>| Link { trace_id, span_id, ..Link::default() };
    let links = vec![
        link(vec![1; 16], vec![1; 8]),
        link(vec![], vec![]),
        link(vec![1; 16], vec![0; 8]),
        link(vec![3; 16], vec![3; 8]),
    ];
    let body = request(vec![
        Span { parent_span_id: vec![1; 7], links, ..span("a") },
        Span { parent_span_id: vec![0; 8], ..span("b") },
        Span { parent_span_id: vec![], ..span("c") },
        Span { parent_span_id: vec![1; 8], ..span("d") },
    ]);
    let (encoded, summary) = through(&body).unwrap();
    assert_eq!(
        (summary.spans, summary.rejected, summary.faulty_parents, summary.dropped_links),
        (4, 0, 2, 2)
    );
    let spans = oracle(&encoded).unwrap().resource_spans.remove(0).scope_spans.remove(0).spans;
    assert_eq!(spans[0].links.iter().map(|link| link.span_id[0]).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(spans.iter().map(|span| span.parent_span_id.len()).collect::<Vec<_>>(), [0, 0, 0, 8]);
}

#[test]
fn an_end_before_the_start_is_kept_and_counted() {
    let times = |start, end| Span { start_time_unix_nano: start, end_time_unix_nano: end, ..span("a") };
    let body = request(vec![times(5, 4), times(5, 5), times(u64::MAX, 0), times(0, u64::MAX)]);
    let (encoded, summary) = through(&body).unwrap();
    assert_eq!((summary.spans, summary.ended_before_start), (4, 2));
    assert_eq!(oracle(&encoded).unwrap(), oracle(&body).unwrap());
}

#[test]
fn text_that_is_not_utf8_is_repaired_everywhere() {
    let mut key_value = Vec::new();
    put_bytes(&mut key_value, 1, b"k\xff");
    put_message(&mut key_value, 2, |out| put_bytes(out, 1, b"v\xff"));
    let mut nested = Vec::new();
    put_message(&mut nested, 2, |out| put_message(out, 6, |out| put_bytes(out, 1, &key_value)));

    let mut body = Vec::new();
    put_message(&mut body, 1, |out| {
        put_message(out, 1, |out| {
            put_bytes(out, 1, &key_value);
            put_message(out, 3, |out| put_bytes(out, 3, b"id\xff"));
            put_varint(out, 77, 1);
        });
        put_bytes(out, 3, b"u\xff");
        put_message(out, 2, |out| {
            put_message(out, 1, |out| put_bytes(out, 1, b"scope\xff"));
            put_bytes(out, 3, b"u\xff");
            put_message(out, 2, |out| {
                out.extend(span("").encode_to_vec());
                put_bytes(out, 3, b"state\xff");
                put_bytes(out, 5, b"name\xff");
                put_bytes(out, 9, &key_value);
                put_bytes(out, 9, &nested);
                put_message(out, 11, |out| put_bytes(out, 2, b"event\xff"));
                put_message(out, 15, |out| put_bytes(out, 2, b"status\xff"));
            });
        });
    });
    let (encoded, summary) = through(&body).unwrap();
    // Resource key, value and entity id; two schema URLs; scope name; state, name; two keys and values; event; status.
    assert_eq!(summary.repaired_strings, 3 + 2 + 1 + 2 + 4 + 1 + 1);
    let found = format!("{:?}", oracle(&encoded).expect("everything is UTF-8 now"));
    assert_eq!(found.matches('\u{fffd}').count(), 14, "{found}");
    assert!(encoded.windows(3).any(|bytes| bytes == [0xe8, 0x04, 0x01]), "unknown fields of a resource stay");
}

#[test]
fn a_malformed_request_names_field_and_byte() {
    let message = |body: &[u8]| through(body).unwrap_err().to_string();
    let body = request(vec![span("name")]);
    let cut = |bytes: &[u8], length: usize| {
        let mut bytes = bytes.to_vec();
        bytes.truncate(length);
        bytes
    };
    assert_eq!(message(&cut(&body, 20)), "truncated field resource_spans at byte 1");
    assert_eq!(
        message(&[0x0a, 0x04, 0x12, 0x02, 0x12, 0x09]),
        "truncated field resource_spans.scope_spans.spans at byte 5"
    );
    assert_eq!(message(&[0xff; 11]), "varint above 64 bits in TracesData at byte 0");
    assert_eq!(message(&[0x00]), "illegal field number in TracesData at byte 1");

    let inside = |span: &[u8]| message(&request_of(span));
    assert_eq!(
        inside(&[0x2a, 0x05, b'a']),
        "truncated field resource_spans.scope_spans.spans.name at byte 7"
    );
    assert_eq!(
        inside(&[0x30, 0x01, 0x28, 0x05]),
        "wire type 0 where 2 is needed in resource_spans.scope_spans.spans.name at byte 9"
    );
    assert_eq!(
        inside(&[0x4a, 0x04, 0x12, 0x02, 0x0e, 0x00]),
        "unknown wire type 6 in resource_spans.scope_spans.spans.attributes.value.string_value at byte 11"
    );
    assert_eq!(
        inside(&[0x5a, 0x02, 0x1a, 0x01]),
        "truncated field resource_spans.scope_spans.spans.events.attributes at byte 9"
    );
    assert_eq!(
        inside(&[0xa3, 0x06, 0xac, 0x06]),
        "end of a group that is not open in resource_spans.scope_spans.spans at byte 10"
    );
}

#[test]
fn an_error_has_its_offset_and_path() {
    let error = through(&request_of(&[0x2a, 0x05, b'a'])).unwrap_err();
    assert_eq!((error.offset(), error.path()), (7, "resource_spans.scope_spans.spans.name"));
}

/// Every number and wire type as the one field of a message, with a value for each wire type.
fn fields() -> impl Iterator<Item = Vec<u8>> {
    let keys = (0..=17_u32).flat_map(|number| (0..=7_u32).map(move |wire_type| number << 3 | wire_type));
    keys.flat_map(|key| [0, 1, 4, 8].map(|zeros| (key, zeros))).map(|(key, zeros)| {
        let mut field = Vec::new();
        put_raw_varint(&mut field, u64::from(key));
        field.resize(field.len() + zeros, 0);
        field
    })
}

/// Wraps `content` in the fields `path`, the outermost first.
fn wrapped(path: &[u32], content: &[u8]) -> Vec<u8> {
    path.iter().rev().fold(content.to_vec(), |content, number| {
        let mut out = Vec::new();
        put_bytes(&mut out, *number, &content);
        out
    })
}

#[test]
fn every_field_of_every_message_refuses_every_other_wire_type() {
    let messages: [&[u32]; 16] = [
        &[],
        &[1],
        &[1, 1],
        &[1, 1, 1],
        &[1, 1, 1, 2],
        &[1, 1, 3],
        &[1, 2],
        &[1, 2, 1],
        &[1, 2, 1, 3, 2],
        &[1, 2, 2],
        &[1, 2, 2, 9],
        &[1, 2, 2, 9, 2],
        &[1, 2, 2, 9, 2, 5, 1],
        &[1, 2, 2, 9, 2, 6, 1],
        &[1, 2, 2, 11],
        &[1, 2, 2, 13],
    ];
    for path in messages {
        let accepted = fields().filter(|field| assert_as_oracle(&wrapped(path, field))).count();
        assert!(accepted > 0, "{path:?}");
    }
}

#[test]
fn scalars_are_cut_and_read_as_protobuf_has_them() {
    let mut value = Vec::new();
    put_varint(&mut value, 2, 2);
    let mut content = span("a").encode_to_vec();
    put_varint(&mut content, 6, (7 << 32) + 3);
    put_varint(&mut content, 10, (7 << 32) + 4);
    put_message(&mut content, 9, |out| put_bytes(out, 2, &value));
    assert!(assert_as_oracle(&request_of(&content)));
    let (encoded, _) = through(&request_of(&content)).unwrap();
    let span = oracle(&encoded).unwrap().resource_spans.remove(0).scope_spans.remove(0).spans.remove(0);
    assert_eq!((span.kind, span.dropped_attributes_count), (3, 4));
    assert_eq!(span.attributes[0].value.clone().unwrap().value, Some(any_value::Value::BoolValue(true)));
}

#[test]
fn indexes_into_the_table_of_profiles_are_read_as_absent() {
    let mut content = span("a").encode_to_vec();
    put_message(&mut content, 9, |out| {
        put_varint(out, 3, 5);
        put_message(out, 2, |out| {
            put_bytes(out, 1, b"superseded");
            put_varint(out, 8, 5);
        });
    });
    assert!(assert_as_oracle(&request_of(&content)));
    assert_eq!(through(&request_of(&content)).unwrap().1.ignored_string_indexes, 2);
}

#[test]
fn nothing_is_something() {
    let (encoded, summary) = through(&[]).unwrap();
    assert!(encoded.is_empty() && summary == super::super::DecodeSummary::default());
    // A resource without scopes, a scope without spans.
    assert_as_oracle(&[0x0a, 0x00, 0x0a, 0x02, 0x12, 0x00]);
}
