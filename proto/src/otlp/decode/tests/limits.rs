//! What exceeds a limit is cut and counted, or refused.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use prost::Message;

use crate::otlp::testing::{oracle, through};
use crate::otlp::wire::{put_bytes, put_message};
use crate::otlp::{DecodeLimits, RequestEncoder, decode_request};

fn attributes(count: usize) -> Vec<KeyValue> {
    (0..count).map(|index| KeyValue { key: format!("k{index}"), ..KeyValue::default() }).collect()
}

fn decoded(span: Span, limits: &DecodeLimits) -> (Span, super::super::DecodeSummary) {
    let span = Span { trace_id: vec![1; 16], span_id: vec![2; 8], ..span };
    let scope_spans = vec![ScopeSpans { spans: vec![span.clone(), span], ..ScopeSpans::default() }];
    let data = TracesData { resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }] };
    let mut encoder = RequestEncoder::default();
    let summary = decode_request(&data.encode_to_vec(), limits, &mut encoder).unwrap();
    let mut spans = oracle(&encoder.finish()).unwrap().resource_spans.remove(0).scope_spans.remove(0).spans;
    assert_eq!(spans[0], spans[1], "a limit counts for each span anew");
    (spans.remove(0), summary)
}

#[test]
fn attributes_of_a_span_its_events_and_links_count_together() {
    let limits = DecodeLimits { attributes_per_span_max: 7, ..DecodeLimits::default() };
    let event = Event { attributes: attributes(4), ..Event::default() };
    let link = Link {
        trace_id: vec![1; 16],
        span_id: vec![1; 8],
        attributes: attributes(2),
        dropped_attributes_count: u32::MAX,
        ..Link::default()
    };
    let span = Span {
        attributes: attributes(5),
        dropped_attributes_count: 10,
        events: vec![event],
        links: vec![link],
        ..Span::default()
    };
    let (span, summary) = decoded(span, &limits);
    assert_eq!((span.attributes.len(), span.dropped_attributes_count), (5, 10));
    assert_eq!((span.events[0].attributes.len(), span.events[0].dropped_attributes_count), (2, 2));
    assert_eq!((span.links[0].attributes.len(), span.links[0].dropped_attributes_count), (0, u32::MAX));
    assert_eq!(summary.truncated_attributes, 2 * 4);
}

#[test]
fn the_first_events_and_links_are_kept() {
    let limits = DecodeLimits { events_per_span_max: 2, links_per_span_max: 1, ..DecodeLimits::default() };
    let event = |time| Event { time_unix_nano: time, ..Event::default() };
    let link = |id| Link { trace_id: vec![id; 16], span_id: vec![id; 8], ..Link::default() };
    let span = Span {
        events: vec![event(1), event(2), event(3), event(4), event(5)],
        dropped_events_count: 1,
        links: vec![link(1), link(2), link(0), link(4)],
        ..Span::default()
    };
    let (span, summary) = decoded(span, &limits);
    assert_eq!(span.events.iter().map(|event| event.time_unix_nano).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((span.dropped_events_count, span.links.len(), span.dropped_links_count), (4, 1, 3));
    assert_eq!((summary.truncated_events, summary.truncated_links, summary.dropped_links), (6, 6, 0));
}

#[test]
fn two_thousand_attributes_are_no_reason_to_cut() {
    let span = Span { attributes: attributes(2_000), ..Span::default() };
    let (span, summary) = decoded(span, &DecodeLimits::default());
    assert_eq!((span.attributes.len(), summary.truncated_attributes), (2_000, 0));
}

/// An `AnyValue` of `depth` lists, arrays and key-value lists by turns.
fn nested(depth: usize) -> Vec<u8> {
    let mut value = Vec::new();
    for level in 0..depth {
        let inner = std::mem::take(&mut value);
        put_message(&mut value, if level % 2 == 0 { 5 } else { 6 }, |out| {
            put_message(
                out,
                1,
                |out| {
                    if level % 2 == 0 { out.extend(&inner) } else { put_bytes(out, 2, &inner) }
                },
            );
        });
    }
    value
}

fn request_of_value(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put_message(&mut out, 1, |out| {
        put_message(out, 2, |out| {
            put_message(out, 2, |out| {
                put_bytes(out, 1, &[1; 16]);
                put_bytes(out, 2, &[1; 8]);
                put_message(out, 9, |out| put_bytes(out, 2, value));
            });
        });
    });
    out
}

#[test]
fn depth_is_limited() {
    let body = request_of_value(&nested(64));
    let (encoded, _) = through(&body).unwrap();
    assert_eq!(through(&encoded).unwrap().0, encoded);
    let mark = b"(nested too deep)";
    let has_mark = |encoded: &[u8]| encoded.windows(mark.len()).any(|bytes| bytes == mark);
    assert!(!has_mark(&encoded));
    for depth in [75, 76, 50_000] {
        let (encoded, summary) = through(&request_of_value(&nested(depth))).unwrap();
        assert_eq!((summary.spans, summary.deep_lists), (1, 1), "{depth}");
        assert!(has_mark(&encoded));
        assert_eq!(through(&encoded).unwrap().1.deep_lists, 0, "what was replaced fits");
    }

    assert_eq!(through(&request_of_value(&nested(65))).unwrap().1.deep_lists, 1);

    let limits = DecodeLimits { value_depth_max: usize::MAX, ..DecodeLimits::default() };
    let decode = |depth| {
        let body = request_of_value(&nested(depth));
        decode_request(&body, &limits, &mut RequestEncoder::default()).unwrap().deep_lists
    };
    let ceiling = DecodeLimits::VALUE_DEPTH_CEILING;
    assert_eq!((decode(ceiling), decode(ceiling + 1)), (0, 1), "the stack bears the ceiling");
}

#[test]
fn a_deep_list_of_a_resource_is_replaced_too() {
    let mut body = Vec::new();
    put_message(&mut body, 1, |out| {
        put_message(out, 1, |out| put_message(out, 1, |out| put_bytes(out, 2, &nested(65))));
    });
    let (encoded, summary) = through(&body).unwrap();
    assert_eq!(summary.deep_lists, 1);
    assert_eq!(through(&encoded).unwrap().1.deep_lists, 0);
}

#[test]
fn lists_beside_each_other_are_not_deep() {
    let mut value = Vec::new();
    put_message(&mut value, 5, |out| (0..1_000).for_each(|_| put_bytes(out, 1, &nested(2))));
    let body = request_of_value(&value);
    assert_eq!(through(&through(&body).unwrap().0).unwrap().1.spans, 1);
}
