//! OTLP in is OTLP out: what is read back from the live buffer and from Parquet re-encodes to the same
//! message, as prost reads both.

use std::collections::HashMap;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use proptest::prelude::*;
use prost::Message;
use proto::otlp::encode_request;
use proto::{Tenant, TimeRange};
use query::SpansQuery;

use crate::pipeline::{Pipeline, Place, block_on, filter, fixture};

/// A span with everything around it, by span id.
type Whole = HashMap<Vec<u8>, (Option<Resource>, String, Option<InstrumentationScope>, String, Span)>;

fn whole(request: ExportTraceServiceRequest) -> Whole {
    let mut spans = HashMap::new();
    for resource_spans in request.resource_spans {
        for scope_spans in resource_spans.scope_spans {
            for span in scope_spans.spans {
                let envelope = (
                    resource_spans.resource.clone(),
                    resource_spans.schema_url.clone(),
                    scope_spans.scope.clone(),
                    scope_spans.schema_url.clone(),
                );
                let (resource, resource_url, scope, scope_url) = envelope;
                let before =
                    spans.insert(span.span_id.clone(), (resource, resource_url, scope, scope_url, span));
                assert!(before.is_none(), "span ids are unique");
            }
        }
    }
    spans
}

/// The spans as they come back, each re-encoded and read by prost.
async fn read_back(pipeline: &Pipeline) -> Whole {
    let query = SpansQuery {
        tenant: Tenant::default(),
        filter: filter("{}"),
        range: TimeRange::ALL,
        limit: 1_000_000,
    };
    let stored = pipeline.engine.spans(query).await.expect("the spans");
    let mut all = HashMap::new();
    for found in stored {
        let group = (found.resource.as_ref().clone(), vec![(found.scope.as_ref().clone(), vec![found.span])]);
        let bytes = encode_request([&group]);
        all.extend(whole(ExportTraceServiceRequest::decode(bytes.as_slice()).expect("prost reads it")));
    }
    all
}

fn check(requests: &[Vec<u8>]) {
    let expected: Whole = requests
        .iter()
        .flat_map(|request| {
            whole(ExportTraceServiceRequest::decode(request.as_slice()).expect("prost reads it"))
        })
        .collect();
    for place in [Place::Live, Place::Flushed] {
        block_on(async {
            let pipeline = Pipeline::with(requests, place, query::Config::default()).await;
            let found = read_back(&pipeline).await;
            assert_eq!(found.len(), expected.len(), "{place:?}");
            for (id, span) in &expected {
                assert_eq!(found.get(id), Some(span), "{place:?}");
            }
            pipeline.close().await;
        });
    }
}

#[test]
fn captured_requests_come_back_the_same() {
    check(&fixture("calm"));
    check(&fixture("stall"));
}

fn any_value() -> impl Strategy<Value = Option<AnyValue>> {
    let leaf = prop_oneof![
        Just(None),
        ".{0,12}".prop_map(|text| Some(Value::StringValue(text))),
        any::<bool>().prop_map(|flag| Some(Value::BoolValue(flag))),
        any::<i64>().prop_map(|number| Some(Value::IntValue(number))),
        prop::num::f64::ANY
            .prop_filter("prost has no equality of NaN", |number| !number.is_nan())
            .prop_map(|number| Some(Value::DoubleValue(number))),
        prop::collection::vec(any::<u8>(), 0..9).prop_map(|bytes| Some(Value::BytesValue(bytes))),
    ]
    .prop_map(|value| AnyValue { value });
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3)
                .prop_map(|values| AnyValue { value: Some(Value::ArrayValue(ArrayValue { values })) }),
            prop::collection::vec(("[a-z]{0,3}", inner), 0..3).prop_map(|pairs| {
                let values = pairs
                    .into_iter()
                    .map(|(key, value)| KeyValue { key, value: Some(value), ..KeyValue::default() })
                    .collect();
                AnyValue { value: Some(Value::KvlistValue(KeyValueList { values })) }
            }),
        ]
    })
    .prop_map(Some)
}

/// Keys with and without a column, repeated ones among them.
fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let key = prop_oneof![
        Just("http.target".to_owned()),
        Just("server.port".to_owned()),
        Just("read_only".to_owned()),
        Just("verb".to_owned()),
        "[a-z.]{0,4}",
    ];
    let pair = (key, any_value()).prop_map(|(key, value)| KeyValue { key, value, ..KeyValue::default() });
    prop::collection::vec(pair, 0..7)
}

prop_compose! {
    fn span()(
        trace_id in prop::array::uniform16(1_u8..), parent in prop::option::of(prop::array::uniform8(1_u8..)),
        name in ".{0,9}", trace_state in "[a-z=]{0,6}", kind in -1..8, flags in any::<u32>(),
        (start, end) in (any::<u64>(), any::<u64>()), attributes in attributes(),
        events in prop::collection::vec((any::<u64>(), ".{0,6}", attributes_of_nested(), any::<u32>()), 0..3),
        links in prop::collection::vec((prop::array::uniform16(1_u8..), attributes_of_nested(), any::<u32>()), 0..3),
        status in prop::option::of((-1..4, ".{0,6}")), dropped in any::<[u32; 3]>(),
    ) -> Span {
        Span {
            trace_id: trace_id.to_vec(), span_id: Vec::new(), trace_state, flags, name, kind, attributes,
            parent_span_id: parent.map_or_else(Vec::new, |id| id.to_vec()),
            start_time_unix_nano: start, end_time_unix_nano: end,
            dropped_attributes_count: dropped[0], dropped_events_count: dropped[1], dropped_links_count: dropped[2],
            events: events.into_iter().map(|(time_unix_nano, name, attributes, dropped_attributes_count)| {
                Event { time_unix_nano, name, attributes, dropped_attributes_count }
            }).collect(),
            links: links.into_iter().map(|(trace_id, attributes, flags)| Link {
                trace_id: trace_id.to_vec(), span_id: vec![9; 8], trace_state: "a=b".to_owned(), attributes,
                dropped_attributes_count: flags / 2, flags,
            }).collect(),
            status: status.map(|(code, message)| Status { code, message }),
        }
    }
}

fn attributes_of_nested() -> impl Strategy<Value = Vec<KeyValue>> {
    attributes()
}

/// An absent value and an empty one are the same to us, and so are an absent resource and an empty one.
fn normalised(mut value: Option<AnyValue>) -> Option<AnyValue> {
    value.get_or_insert_with(AnyValue::default);
    value
}

fn normalise(span: &mut Span) {
    let nested = span.events.iter_mut().map(|event| &mut event.attributes);
    let nested = nested.chain(span.links.iter_mut().map(|link| &mut link.attributes));
    for attributes in nested.chain([&mut span.attributes]) {
        for attribute in attributes {
            attribute.value = normalised(attribute.value.take());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn prop_any_spans_come_back_the_same(mut spans in prop::collection::vec(span(), 1..20), host in "[a-z]{1,5}") {
        for (number, span) in spans.iter_mut().enumerate() {
            span.span_id = (number as u64 + 1).to_be_bytes().to_vec();
            normalise(span);
        }
        let text = |text: &str| Some(AnyValue { value: Some(Value::StringValue(text.to_owned())) });
        let resource = Resource {
            attributes: vec![
                KeyValue { key: "service.name".to_owned(), value: text("apiserver"), ..KeyValue::default() },
                KeyValue { key: "host.name".to_owned(), value: text(&host), ..KeyValue::default() },
            ],
            dropped_attributes_count: 3,
            ..Resource::default()
        };
        let scope = InstrumentationScope { name: "scope".to_owned(), ..InstrumentationScope::default() };
        let request = ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                resource: Some(resource),
                scope_spans: vec![ScopeSpans { scope: Some(scope), spans, schema_url: "https://s".to_owned() }],
                schema_url: "https://r".to_owned(),
            }],
        };
        check(&[request.encode_to_vec()]);
    }
}
