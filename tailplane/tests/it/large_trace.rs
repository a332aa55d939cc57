//! A trace of more spans than an answer has: the first to start, also where to sort all of them takes more memory than there is.

use bytesize::ByteSize;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use proto::{Tenant, TraceId};
use query::trace::TraceQuery;

use crate::pipeline::{Pipeline, Place, block_on};

const TRACE: [u8; 16] = [7; 16];
const BEGIN_NS: u64 = 1_790_000_000_000_000_000;
const SPANS: u64 = 12_000;
const SPANS_MAX: usize = 3_000;
/// All spans are twice the small memory below, and those of the answer half of it.
const TEXT_BYTES: usize = 4_000;
/// So many start together.
const TOGETHER: u64 = 700;

/// When the span of a place starts.
const fn start_of(place: u64) -> u64 {
    BEGIN_NS + place / TOGETHER
}

/// The trace in requests of a thousand spans, which do not come in the order of their starts.
fn requests() -> Vec<Vec<u8>> {
    let spans: Vec<Span> = (0..SPANS)
        .map(|number| {
            let place = number * 7_919 % SPANS;
            let text = format!("{place} {}", "x".repeat(TEXT_BYTES));
            Span {
                trace_id: TRACE.to_vec(),
                span_id: (place + 1).to_be_bytes().to_vec(),
                parent_span_id: if place == 0 { Vec::new() } else { 1_u64.to_be_bytes().to_vec() },
                name: format!("step {place}"),
                start_time_unix_nano: start_of(place),
                end_time_unix_nano: start_of(place) + 1_000,
                attributes: vec![KeyValue {
                    key: "text".to_owned(),
                    value: Some(AnyValue { value: Some(Value::StringValue(text)) }),
                    ..KeyValue::default()
                }],
                ..Span::default()
            }
        })
        .collect();
    let request = |spans: &[Span]| {
        let scope_spans = vec![ScopeSpans { spans: spans.to_vec(), ..ScopeSpans::default() }];
        let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
        ExportTraceServiceRequest { resource_spans }.encode_to_vec()
    };
    spans.chunks(1_000).map(request).collect()
}

#[test]
fn of_a_trace_beyond_the_limit_come_the_first_spans_to_start() {
    let requests = requests();
    block_on(async {
        for place in [Place::Live, Place::Mixed, Place::Flushed] {
            for memory in [ByteSize::mib(512), ByteSize::mib(24)] {
                let config = query::Config { trace_spans_max: SPANS_MAX, memory, ..query::Config::default() };
                let pipeline = Pipeline::with(&requests, place, config).await;
                let query = TraceQuery { tenant: Tenant::default(), trace_id: TraceId(TRACE), near: None };
                let trace = pipeline.engine.trace(query).await.expect("the trace");
                assert!(trace.is_cut);
                assert_eq!(trace.spans_total, Some(SPANS), "in {memory}");
                let mut starts: Vec<u64> = trace.spans.iter().map(|stored| stored.span.start).collect();
                starts.sort_unstable();
                assert_eq!(starts, (0..SPANS_MAX as u64).map(start_of).collect::<Vec<_>>(), "in {memory}");
                pipeline.close().await;
            }
        }
    });
}
