//! A trace as JSON.

use std::collections::HashMap;

use model::place::{Known, Place};
use model::trace::Trace as Assembled;
use model::{Component, RequestRow, SpanView};

use proto::otlp::{Attribute, Event, Link, Resource, Value, value_to_json};
use proto::{SpanId, TraceId, UnixNanos};
use query::trace::Trace;
use query::traceql::{SpanKind, StatusCode};
use serde::Serialize;
use serde_json::Value as Json;

use super::request::RequestJson;
use crate::api::json::{CompletenessJson as AnswerJson, Text};

/// Whole numbers up to here are exact in every JSON reader; larger ones are sent as text.
const EXACT_MAX: u64 = 1 << 53;

#[derive(Serialize)]
pub(super) struct TraceJson<'a> {
    trace_id: Text<TraceId>,
    start: Text<UnixNanos>,
    end: Text<UnixNanos>,
    duration_ns: u64,
    complete: bool,
    /// How many spans there are, copies included, where these are the first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    spans_total: Option<u64>,
    completeness: CompletenessJson,
    orphans: u64,
    critical_path: Vec<SegmentJson>,
    requests: Vec<RequestJson<'a>>,
    spans: Vec<SpanJson<'a>>,
    resources: Vec<ResourceJson<'a>>,
    stats: AnswerJson,
}

#[derive(Serialize)]
struct CompletenessJson {
    verdict: &'static str,
    reasons: Vec<String>,
}

/// A stretch of the critical path of the longest root.
#[derive(Serialize)]
struct SegmentJson {
    span_id: Text<SpanId>,
    offset_ns: i64,
    duration_ns: u64,
}

#[derive(Serialize)]
struct PlaceJson {
    value: String,
    how: &'static str,
}

#[derive(Serialize)]
struct SpanJson<'a> {
    span_id: Text<SpanId>,
    parent_span_id: Option<Text<SpanId>>,
    depth: u32,
    orphan: bool,
    name: &'a str,
    kind: &'static str,
    service: &'a str,
    component: &'static str,
    start: Text<UnixNanos>,
    offset_ns: i64,
    duration_ns: u64,
    self_ns: u64,
    clock_skew_ns: Option<i64>,
    node: Option<PlaceJson>,
    zone: Option<PlaceJson>,
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
    /// `assembled` is of `trace`, and so are `requests`.
    pub(super) fn new(trace: &Trace, assembled: &'a Assembled<'a>, requests: &'a [RequestRow<'a>]) -> Self {
        let mut resources = Resources::default();
        let (start, end) = assembled.interval();
        let places = trace.places();
        let spans = (0..assembled.nodes.len())
            .zip(&places)
            .map(|(node, place)| span_json(assembled, node, place, start, &mut resources))
            .collect();
        let completeness = &assembled.completeness;
        Self {
            trace_id: Text(trace.trace_id),
            start: Text(start),
            end: Text(end),
            duration_ns: end.saturating_sub(start),
            complete: !trace.is_cut,
            spans_total: trace.spans_total,
            completeness: CompletenessJson {
                verdict: completeness.verdict.name(),
                reasons: completeness.reasons.iter().map(ToString::to_string).collect(),
            },
            orphans: assembled.faults.orphans,
            critical_path: critical_path(assembled, start),
            requests: requests.iter().map(RequestJson::new).collect(),
            spans,
            resources: resources.found.into_iter().map(resource_json).collect(),
            stats: trace.completeness.into(),
        }
    }
}

fn critical_path(assembled: &Assembled<'_>, trace_start: UnixNanos) -> Vec<SegmentJson> {
    let segments = assembled.longest_root().map(|root| assembled.critical_path(root)).unwrap_or_default();
    segments
        .into_iter()
        .map(|segment| SegmentJson {
            span_id: Text(assembled.nodes[segment.node].view.span.span_id),
            offset_ns: offset(segment.start, trace_start),
            duration_ns: segment.duration_ns(),
        })
        .collect()
}

/// The resources of the spans seen so far, each once.
#[derive(Default)]
struct Resources<'a> {
    found: Vec<&'a Resource<'a>>,
    indexes: HashMap<*const Resource<'a>, usize>,
}

impl<'a> Resources<'a> {
    fn index_of(&mut self, resource: &'a Resource<'a>) -> usize {
        // Spans of one resource share it, so that its address tells it from others.
        *self.indexes.entry(std::ptr::from_ref(resource)).or_insert_with(|| {
            self.found.push(resource);
            self.found.len() - 1
        })
    }
}

fn span_json<'a>(
    assembled: &'a Assembled<'a>,
    index: usize,
    place: &Place,
    trace_start: UnixNanos,
    resources: &mut Resources<'a>,
) -> SpanJson<'a> {
    let node = &assembled.nodes[index];
    let SpanView { span, resource, scope } = node.view;
    let status = span.status.as_ref();
    let mut above = assembled.ancestors(index).map(|ancestor| assembled.nodes[ancestor].view);
    SpanJson {
        span_id: Text(span.span_id),
        parent_span_id: span.parent_span_id.map(Text),
        depth: node.depth,
        orphan: node.is_orphan(),
        name: &span.name,
        kind: kind(span.kind),
        service: resource.string("service.name").unwrap_or_default(),
        component: Component::in_trace(node.view, above.next(), above.next()).name(),
        start: Text(span.start),
        offset_ns: offset(span.start, trace_start),
        duration_ns: span.duration_ns(),
        self_ns: assembled.self_time_ns(index),
        clock_skew_ns: node.skew_ns,
        node: place_json(&place.node),
        zone: place_json(&place.zone),
        status: status_code(status.map_or(0, |status| status.code)),
        status_message: status.map_or("", |status| &status.message),
        scope: ScopeJson { name: &scope.name, version: &scope.version },
        attributes: attributes(&span.attributes),
        events: span.events.iter().map(|event| event_json(event, trace_start)).collect(),
        links: span.links.iter().map(link_json).collect(),
        dropped: DroppedJson {
            attributes: span.dropped_attributes_count,
            events: span.dropped_events_count,
            links: span.dropped_links_count,
        },
        resource: resources.index_of(resource),
    }
}

fn place_json(known: &Known<String>) -> Option<PlaceJson> {
    match known {
        Known::Value { value, how, .. } => Some(PlaceJson { value: value.clone(), how: how.name() }),
        Known::Unknown { .. } => None,
    }
}

fn resource_json<'a>(resource: &'a Resource<'a>) -> ResourceJson<'a> {
    ResourceJson { attributes: attributes(&resource.attributes), schema_url: &resource.schema_url }
}

fn event_json<'a>(event: &'a Event<'a>, trace_start: UnixNanos) -> EventJson<'a> {
    EventJson {
        offset_ns: offset(event.time, trace_start),
        name: &event.name,
        attributes: attributes(&event.attributes),
    }
}

fn link_json<'a>(link: &'a Link<'a>) -> LinkJson<'a> {
    LinkJson {
        trace_id: Text(link.trace_id),
        span_id: Text(link.span_id),
        attributes: attributes(&link.attributes),
    }
}

fn attributes<'a>(attributes: &'a [Attribute<'a>]) -> Vec<AttributeJson<'a>> {
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
