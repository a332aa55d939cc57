//! Requests that can be recognised: every id says which run, client, request and span it is.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use proto::UnixNanos;

/// Stand for the fields that differ between copies, and are found by these values.
const TRACE_ID: [u8; 16] = [0xa7; 16];
const SPAN_ID: [u8; 8] = [0xb6; 8];
const START: u64 = 0xc5c5_c5c5_c5c5_c5c5;
const END: u64 = 0xd4d4_d4d4_d4d4_d4d4;

/// The number of a request: its spans are one trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Which drill.
    pub run: u32,
    /// Which client, from 0.
    pub client: u16,
    /// Which of the client's requests, from 0.
    pub request: u32,
}

impl Key {
    /// The trace id of all its spans.
    #[must_use]
    pub fn trace_id(self) -> [u8; 16] {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&self.run.to_be_bytes());
        id[4..6].copy_from_slice(&self.client.to_be_bytes());
        // Never zero, which would be no id; and the lower half looks random to whoever infers sampling rates.
        id[6..8].copy_from_slice(&[0xd7, 0x11]);
        let scattered = u64::from(self.request).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        id[8..12].copy_from_slice(&scattered.to_be_bytes()[..4]);
        id[12..].copy_from_slice(&self.request.to_be_bytes());
        id
    }

    /// The key that has this trace id; `None` for a trace that no drill sent.
    #[must_use]
    pub fn of_trace_id(id: [u8; 16]) -> Option<Self> {
        let word = |at: usize| u32::from_be_bytes([id[at], id[at + 1], id[at + 2], id[at + 3]]);
        let key = Self { run: word(0), client: u16::from_be_bytes([id[4], id[5]]), request: word(12) };
        (key.trace_id() == id).then_some(key)
    }

    /// How long span `index` took.
    #[must_use]
    pub fn duration_ns(self, index: u16) -> u64 {
        1_000 + (u64::from(self.request) * 31 + u64::from(index) * 17 + u64::from(self.client)) % 1_000_000
    }
}

/// A request with room for a key.
#[derive(Debug, Clone)]
pub struct Template {
    bytes: Vec<u8>,
    spans: Vec<Places>,
}

/// Where the fields of one span are.
#[derive(Debug, Clone, Copy)]
struct Places {
    trace_id: usize,
    span_id: usize,
    start: usize,
    end: usize,
}

impl Template {
    /// A request of `spans` spans with the attributes of an API server's.
    #[must_use]
    pub fn new(spans: u16) -> Self {
        let text = |key: &str, value: &str| KeyValue {
            key: key.to_owned(),
            value: Some(AnyValue { value: Some(any_value::Value::StringValue(value.to_owned())) }),
            ..KeyValue::default()
        };
        let span = Span {
            trace_id: TRACE_ID.to_vec(),
            span_id: SPAN_ID.to_vec(),
            name: "HTTP GET".to_owned(),
            kind: 2,
            start_time_unix_nano: START,
            end_time_unix_nano: END,
            attributes: vec![
                text("http.request.method", "GET"),
                text("url.path", "/api/v1/namespaces/drill/pods"),
                text("user_agent.original", "drill/1.0 (linux/amd64) kubernetes/1a2b3c4"),
                text("audit-id", "6b0ac1e1-9d3c-4a51-8a4b-2f7d5e8c9b10"),
            ],
            ..Span::default()
        };
        let resource =
            Resource { attributes: vec![text("service.name", "tailplane-drill")], ..Resource::default() };
        let scope_spans = vec![ScopeSpans { spans: vec![span; spans.into()], ..ScopeSpans::default() }];
        let resource_spans =
            vec![ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() }];
        let bytes = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let places = |needle: &[u8]| -> Vec<usize> {
            let windows = bytes.windows(needle.len()).enumerate();
            windows.filter(|(_, window)| *window == needle).map(|(at, _)| at).collect()
        };
        let starts = places(&START.to_le_bytes());
        let ends = places(&END.to_le_bytes());
        let ids = places(&TRACE_ID).into_iter().zip(places(&SPAN_ID));
        let spans = ids
            .zip(starts.into_iter().zip(ends))
            .map(|((trace_id, span_id), (start, end))| Places { trace_id, span_id, start, end })
            .collect();
        Self { bytes, spans }
    }

    /// Spans of a request.
    #[must_use]
    pub fn spans(&self) -> u16 {
        u16::try_from(self.spans.len()).unwrap_or(u16::MAX)
    }

    /// The request of `key`, whose spans end at `now`.
    #[must_use]
    pub fn request(&self, key: Key, now: UnixNanos) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
        let trace_id = key.trace_id();
        for (index, places) in (0_u16..).zip(&self.spans) {
            put(places.trace_id, &trace_id);
            put(places.span_id, &(u64::from(key.request) << 16 | u64::from(index) | 1 << 56).to_be_bytes());
            put(places.start, &(now - key.duration_ns(index)).to_le_bytes());
            put(places.end, &now.to_le_bytes());
        }
        bytes
    }
}
