//! Traces that were found, as JSON.

use proto::{SpanId, TraceId};
use query::search::{FoundSpan, FoundSpanset, FoundTrace, SearchAnswer};
use query::traceql::Static;
use serde::Serialize;
use serde_json::Value;

use super::{LookedAtJson, TimeText};
use crate::api::json::{Object, StatsJson, Text};

#[derive(Serialize)]
pub(super) struct TracesJson<'a> {
    traces: Vec<TraceJson<'a>>,
    looked_at: LookedAtJson,
    /// How the answer came about, a line for each decision, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Vec<&'a str>>,
    stats: StatsJson,
}

#[derive(Serialize)]
struct TraceJson<'a> {
    trace_id: Text<TraceId>,
    root_name: Option<&'a str>,
    root_service: Option<&'a str>,
    start: TimeText,
    duration_ns: u64,
    spans: u64,
    spansets: Vec<SpansetJson<'a>>,
}

#[derive(Serialize)]
struct SpansetJson<'a> {
    matched: u64,
    #[serde(skip_serializing_if = "Object::is_empty")]
    attributes: Object<&'a str, Value>,
    spans: Vec<SpanJson<'a>>,
}

#[derive(Serialize)]
struct SpanJson<'a> {
    span_id: Text<SpanId>,
    name: &'a str,
    start: TimeText,
    duration_ns: u64,
    #[serde(skip_serializing_if = "Object::is_empty")]
    attributes: Object<&'a str, Value>,
}

impl<'a> TracesJson<'a> {
    pub(super) fn new(answer: &'a SearchAnswer, explanation: Option<&'a str>) -> Self {
        Self {
            traces: answer.traces.iter().map(trace_json).collect(),
            looked_at: answer.looked_at.into(),
            explanation: explanation.map(|text| text.lines().collect()),
            stats: (&answer.stats).into(),
        }
    }
}

fn trace_json(trace: &FoundTrace) -> TraceJson<'_> {
    TraceJson {
        trace_id: Text(trace.trace_id),
        root_name: trace.root_name.as_deref(),
        root_service: trace.root_service.as_deref(),
        start: Text(trace.start),
        duration_ns: trace.duration_ns,
        spans: trace.spans,
        spansets: trace.spansets.iter().map(spanset_json).collect(),
    }
}

fn spanset_json(spanset: &FoundSpanset) -> SpansetJson<'_> {
    let attributes = spanset.attributes.iter();
    let attributes =
        attributes.map(|(name, value)| (name.as_str(), value.as_ref().map_or(Value::Null, static_json)));
    SpansetJson {
        matched: spanset.matched,
        attributes: Object(attributes.collect()),
        spans: spanset.spans.iter().map(span_json).collect(),
    }
}

fn span_json(span: &FoundSpan) -> SpanJson<'_> {
    let attributes = span.attributes.iter().map(|(name, values)| {
        let value = match values.as_slice() {
            [value] => static_json(value),
            values => values.iter().map(static_json).collect(),
        };
        (name.as_str(), value)
    });
    SpanJson {
        span_id: Text(span.span_id),
        name: &span.name,
        start: Text(span.start),
        duration_ns: span.duration_ns,
        attributes: Object(attributes.collect()),
    }
}

/// A value: durations as TraceQL writes them.
pub(super) fn static_json(value: &Static) -> Value {
    match value {
        Static::String(text) => text.as_str().into(),
        Static::Int(number) => (*number).into(),
        Static::Float(number) => (*number).into(),
        Static::Bool(flag) => (*flag).into(),
        Static::Duration(_) | Static::Status(_) | Static::Kind(_) => value.to_string().into(),
    }
}
