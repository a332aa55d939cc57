//! A trace as JSON.

use std::collections::HashMap;
use std::sync::Arc;

use proto::otlp::{Attribute, Event, Link, Resource, Value, value_to_json};
use proto::{SpanId, TraceId, UnixNanos};
use query::trace::{Trace, TraceSpan};
use query::traceql::{SpanKind, StatusCode};
use serde::Serialize;
use serde_json::Value as Json;

use crate::api::json::Text;

/// Whole numbers up to here are exact in every JSON reader; larger ones are sent as text.
const EXACT_MAX: u64 = 1 << 53;

#[derive(Serialize)]
pub(super) struct TraceJson<'a> {
    trace_id: Text<TraceId>,
    start: Text<UnixNanos>,
    end: Text<UnixNanos>,
    duration_ns: u64,
    complete: bool,
    orphans: u64,
    etcd: Option<EtcdJson>,
    spans: Vec<SpanJson<'a>>,
    resources: Vec<ResourceJson<'a>>,
}

#[derive(Serialize)]
struct EtcdJson {
    covered_ns: u64,
    share: f64,
    calls: u64,
}

#[derive(Serialize)]
struct SpanJson<'a> {
    span_id: Text<SpanId>,
    parent_span_id: Option<Text<SpanId>>,
    depth: usize,
    orphan: bool,
    name: &'a str,
    kind: &'static str,
    service: &'a str,
    component: &'static str,
    start: Text<UnixNanos>,
    offset_ns: i64,
    duration_ns: u64,
    status: &'static str,
    status_message: &'a str,
    scope: ScopeJson<'a>,
    attributes: Vec<AttributeJson<'a>>,
    events: Vec<EventJson<'a>>,
    links: Vec<LinkJson<'a>>,
    dropped: DroppedJson,
    resource: usize,
}

#[derive(Serialize)]
struct ScopeJson<'a> {
    name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct AttributeJson<'a> {
    key: &'a str,
    value: Json,
    #[serde(rename = "type")]
    value_type: &'static str,
}

#[derive(Serialize)]
struct EventJson<'a> {
    offset_ns: i64,
    name: &'a str,
    attributes: Vec<AttributeJson<'a>>,
}

#[derive(Serialize)]
struct LinkJson<'a> {
    trace_id: Text<TraceId>,
    span_id: Text<SpanId>,
    attributes: Vec<AttributeJson<'a>>,
}

#[derive(Serialize)]
struct DroppedJson {
    attributes: u32,
    events: u32,
    links: u32,
}

#[derive(Serialize)]
struct ResourceJson<'a> {
    attributes: Vec<AttributeJson<'a>>,
    schema_url: &'a str,
}

impl<'a> TraceJson<'a> {
    pub(super) fn new(trace: &'a Trace) -> Self {
        let mut resources = Resources::default();
        let spans =
            trace.spans.iter().map(|span| span_json(span, trace.start, resources.index_of(span))).collect();
        let request_ns = trace.request_duration_ns;
        Self {
            trace_id: Text(trace.trace_id),
            start: Text(trace.start),
            end: Text(trace.end),
            duration_ns: trace.end.saturating_sub(trace.start),
            complete: trace.complete,
            orphans: trace.orphans,
            etcd: trace.etcd.map(|etcd| EtcdJson {
                covered_ns: etcd.covered_ns,
                share: if request_ns == 0 { 0.0 } else { etcd.covered_ns as f64 / request_ns as f64 },
                calls: etcd.calls,
            }),
            spans,
            resources: resources.found.into_iter().map(resource_json).collect(),
        }
    }
}

/// The resources of the spans seen so far, each once.
#[derive(Default)]
struct Resources<'a> {
    found: Vec<&'a Resource<'static>>,
    indexes: HashMap<*const Resource<'static>, usize>,
}

impl<'a> Resources<'a> {
    fn index_of(&mut self, span: &'a TraceSpan) -> usize {
        // Spans of one resource share it, so that its address tells it from others.
        *self.indexes.entry(Arc::as_ptr(&span.resource)).or_insert_with(|| {
            self.found.push(&span.resource);
            self.found.len() - 1
        })
    }
}

fn span_json(found: &TraceSpan, trace_start: UnixNanos, resource: usize) -> SpanJson<'_> {
    let span = &found.span;
    let status = span.status.as_ref();
    SpanJson {
        span_id: Text(span.span_id),
        parent_span_id: span.parent_span_id.map(Text),
        depth: found.depth,
        orphan: found.is_orphan,
        name: &span.name,
        kind: kind(span.kind),
        service: found.resource.string("service.name").unwrap_or_default(),
        component: found.component.name(),
        start: Text(span.start),
        offset_ns: offset(span.start, trace_start),
        duration_ns: span.duration_ns(),
        status: status_code(status.map_or(0, |status| status.code)),
        status_message: status.map_or("", |status| &status.message),
        scope: ScopeJson { name: &found.scope.name, version: &found.scope.version },
        attributes: attributes(&span.attributes),
        events: span.events.iter().map(|event| event_json(event, trace_start)).collect(),
        links: span.links.iter().map(link_json).collect(),
        dropped: DroppedJson {
            attributes: span.dropped_attributes_count,
            events: span.dropped_events_count,
            links: span.dropped_links_count,
        },
        resource,
    }
}

fn resource_json<'a>(resource: &'a Resource<'static>) -> ResourceJson<'a> {
    ResourceJson { attributes: attributes(&resource.attributes), schema_url: &resource.schema_url }
}

fn event_json<'a>(event: &'a Event<'static>, trace_start: UnixNanos) -> EventJson<'a> {
    EventJson {
        offset_ns: offset(event.time, trace_start),
        name: &event.name,
        attributes: attributes(&event.attributes),
    }
}

fn link_json<'a>(link: &'a Link<'static>) -> LinkJson<'a> {
    LinkJson {
        trace_id: Text(link.trace_id),
        span_id: Text(link.span_id),
        attributes: attributes(&link.attributes),
    }
}

fn attributes<'a>(attributes: &'a [Attribute<'static>]) -> Vec<AttributeJson<'a>> {
    attributes
        .iter()
        .map(|Attribute { key, value }| AttributeJson {
            key,
            value: value_json(value),
            value_type: value_type(value),
        })
        .collect()
}

fn value_json(value: &Value<'_>) -> Json {
    match value {
        Value::Int(number) if number.unsigned_abs() > EXACT_MAX => Json::from(number.to_string()),
        value => value_to_json(value),
    }
}

const fn value_type(value: &Value<'_>) -> &'static str {
    match value {
        Value::Empty => "empty",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Double(_) => "double",
        Value::Bytes(_) => "bytes",
        Value::Array(_) => "array",
        Value::KeyValueList(_) => "kvlist",
    }
}

/// From the trace's start; an event may lie before it.
fn offset(time: UnixNanos, trace_start: UnixNanos) -> i64 {
    i64::try_from(i128::from(time) - i128::from(trace_start)).unwrap_or(if time < trace_start {
        i64::MIN
    } else {
        i64::MAX
    })
}

/// Numbers that OTLP does not know read as unspecified.
fn kind(number: i32) -> &'static str {
    SpanKind::ALL.into_iter().find(|kind| kind.otlp() == number).unwrap_or(SpanKind::Unspecified).keyword()
}

/// Numbers that OTLP does not know read as unset.
fn status_code(number: i32) -> &'static str {
    StatusCode::ALL.into_iter().find(|code| code.otlp() == number).unwrap_or(StatusCode::Unset).keyword()
}
