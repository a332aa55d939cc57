//! Arbitrary requests, with every field of the messages.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z.]{1,12}", "\\PC{0,12}", "[a-z]{130,150}"]
}

fn id(length: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        12 => vec(any::<u8>(), length),
        1 => Just(vec![0; length]),
        1 => vec(any::<u8>(), 0..20),
    ]
}

fn count() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), 1..5_u32, any::<u32>()]
}

/// A value, up to four lists deep.
pub(crate) fn any_value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        1 => Just(None),
        4 => text().prop_map(|value| Some(Value::StringValue(value))),
        2 => any::<bool>().prop_map(|value| Some(Value::BoolValue(value))),
        2 => any::<i64>().prop_map(|value| Some(Value::IntValue(value))),
        2 => any::<f64>().prop_map(|value| Some(Value::DoubleValue(value))),
        1 => vec(any::<u8>(), 0..20).prop_map(|value| Some(Value::BytesValue(value))),
    ]
    .prop_map(|value| AnyValue { value });
    leaf.prop_recursive(4, 12, 3, |inner| {
        let pairs = vec((text(), inner.clone()), 0..3).prop_map(|pairs| {
            let values = pairs
                .into_iter()
                .map(|(key, value)| KeyValue { key, value: Some(value), key_strindex: 0 })
                .collect();
            Value::KvlistValue(KeyValueList { values })
        });
        let items = vec(inner, 0..3).prop_map(|values| Value::ArrayValue(ArrayValue { values }));
        prop_oneof![pairs, items].prop_map(|value| AnyValue { value: Some(value) })
    })
}

/// An attribute.
pub(crate) fn key_value() -> impl Strategy<Value = KeyValue> {
    (text(), option::weighted(0.95, any_value())).prop_map(|(key, value)| KeyValue {
        key,
        value,
        key_strindex: 0,
    })
}

fn event() -> impl Strategy<Value = Event> {
    (any::<u64>(), text(), vec(key_value(), 0..3), count()).prop_map(
        |(time_unix_nano, name, attributes, dropped_attributes_count)| Event {
            time_unix_nano,
            name,
            attributes,
            dropped_attributes_count,
        },
    )
}

fn link() -> impl Strategy<Value = Link> {
    (id(16), id(8), text(), vec(key_value(), 0..3), count(), count()).prop_map(
        |(trace_id, span_id, trace_state, attributes, dropped_attributes_count, flags)| Link {
            trace_id,
            span_id,
            trace_state,
            attributes,
            dropped_attributes_count,
            flags,
        },
    )
}

fn status() -> impl Strategy<Value = Status> {
    (text(), prop_oneof![0..3, any::<i32>()]).prop_map(|(message, code)| Status { message, code })
}

fn span() -> impl Strategy<Value = Span> {
    let ids = (id(16), id(8), prop_oneof![Just(Vec::new()), id(8)]);
    let scalars = (text(), count(), text(), prop_oneof![0..6, any::<i32>()], any::<u64>(), any::<u64>());
    let lists = (vec(key_value(), 0..4), vec(event(), 0..3), vec(link(), 0..3));
    let rest = (count(), count(), count(), option::of(status()));
    (ids, scalars, lists, rest).prop_map(|(ids, scalars, lists, rest)| Span {
        trace_id: ids.0,
        span_id: ids.1,
        parent_span_id: ids.2,
        trace_state: scalars.0,
        flags: scalars.1,
        name: scalars.2,
        kind: scalars.3,
        start_time_unix_nano: scalars.4,
        end_time_unix_nano: scalars.5,
        attributes: lists.0,
        dropped_attributes_count: rest.0,
        events: lists.1,
        dropped_events_count: rest.1,
        links: lists.2,
        dropped_links_count: rest.2,
        status: rest.3,
    })
}

fn entity_ref() -> impl Strategy<Value = EntityRef> {
    (text(), text(), vec(text(), 0..3), vec(text(), 0..2)).prop_map(
        |(schema_url, r#type, id_keys, description_keys)| EntityRef {
            schema_url,
            r#type,
            id_keys,
            description_keys,
        },
    )
}

fn resource() -> impl Strategy<Value = Resource> {
    (vec(key_value(), 0..4), count(), vec(entity_ref(), 0..2)).prop_map(
        |(attributes, dropped_attributes_count, entity_refs)| Resource {
            attributes,
            dropped_attributes_count,
            entity_refs,
        },
    )
}

fn scope() -> impl Strategy<Value = InstrumentationScope> {
    (text(), text(), vec(key_value(), 0..2), count()).prop_map(
        |(name, version, attributes, dropped_attributes_count)| InstrumentationScope {
            name,
            version,
            attributes,
            dropped_attributes_count,
        },
    )
}

fn scope_spans() -> impl Strategy<Value = ScopeSpans> {
    (option::of(scope()), vec(span(), 0..4), text()).prop_map(|(scope, spans, schema_url)| ScopeSpans {
        scope,
        spans,
        schema_url,
    })
}

fn resource_spans() -> impl Strategy<Value = ResourceSpans> {
    (option::of(resource()), vec(scope_spans(), 0..3), text())
        .prop_map(|(resource, scope_spans, schema_url)| ResourceSpans { resource, scope_spans, schema_url })
}

/// A request.
pub(crate) fn traces_data() -> impl Strategy<Value = TracesData> {
    vec(resource_spans(), 0..3).prop_map(|resource_spans| TracesData { resource_spans })
}
