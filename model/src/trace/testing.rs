//! Spans for tests: written by hand, and read from the captures in the repository.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use proto::otlp::{Attribute, DecodeLimits, Resource, Scope, Span, SpanSink, Value, decode_request};
use proto::{SpanId, TraceId, capture};

use super::{Trace, TraceLimits, assemble};
use crate::SpanView;

/// A span, owned, with its envelope.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Owned {
    pub(crate) span: Span<'static>,
    pub(crate) resource: Resource<'static>,
    pub(crate) scope: Scope<'static>,
}

impl Owned {
    pub(crate) fn view(&self) -> SpanView<'_> {
        SpanView { span: &self.span, resource: &self.resource, scope: &self.scope }
    }

    pub(crate) fn process(mut self, name: &'static str) -> Self {
        self.resource = resource(&[("service.name", name)]);
        self
    }

    pub(crate) fn in_trace(mut self, trace: u8) -> Self {
        self.span.trace_id = trace_id(trace);
        self
    }

    pub(crate) fn name(mut self, name: &'static str) -> Self {
        self.span.name = name.into();
        self
    }

    pub(crate) fn link(mut self, trace: u8, span: u64) -> Self {
        self.span.links.push(proto::otlp::Link {
            trace_id: trace_id(trace),
            span_id: span_id(span),
            ..Default::default()
        });
        self
    }
}

pub(crate) fn trace_id(number: u8) -> TraceId {
    TraceId([number; 16])
}

pub(crate) fn span_id(number: u64) -> SpanId {
    SpanId(number.to_be_bytes())
}

pub(crate) fn resource(pairs: &[(&'static str, &'static str)]) -> Resource<'static> {
    let attribute = |(key, value): &(&'static str, &'static str)| Attribute {
        key: (*key).into(),
        value: Value::String((*value).into()),
    };
    Resource { attributes: pairs.iter().map(attribute).collect(), ..Default::default() }
}

/// Span `id` of trace 1 and process `p`; parent 0 is none.
pub(crate) fn span(id: u64, parent: u64, start: u64, end: u64) -> Owned {
    let span = Span {
        trace_id: trace_id(1),
        span_id: span_id(id),
        parent_span_id: (parent != 0).then(|| span_id(parent)),
        start,
        end,
        ..Default::default()
    };
    Owned { span, resource: resource(&[("service.name", "p")]), scope: Scope::default() }
}

pub(crate) fn assembled<'o>(spans: impl IntoIterator<Item = &'o Owned>) -> Trace<'o> {
    assemble(spans.into_iter().map(Owned::view), TraceLimits::default())
}

/// The number of each node's span.
pub(crate) fn ids(trace: &Trace<'_>) -> Vec<u64> {
    trace.nodes.iter().map(|node| u64::from_be_bytes(node.view.span.span_id.0)).collect()
}

/// Every span of a request, owned.
#[derive(Default)]
struct Collect {
    resource: Resource<'static>,
    scope: Scope<'static>,
    spans: Vec<Owned>,
}

impl SpanSink for Collect {
    fn resource(&mut self, resource: &Resource<'_>) {
        self.resource = resource.clone().into_owned();
    }

    fn scope(&mut self, scope: &Scope<'_>) {
        self.scope = scope.clone().into_owned();
    }

    fn span(&mut self, span: &Span<'_>) {
        self.spans.push(Owned {
            span: span.clone().into_owned(),
            resource: self.resource.clone(),
            scope: self.scope.clone(),
        });
    }
}

/// Adds the spans of an export request to `spans`.
pub(crate) fn decode(request: &[u8], spans: &mut Vec<Owned>) {
    let mut collect = Collect { spans: std::mem::take(spans), ..Collect::default() };
    decode_request(request, &DecodeLimits::default(), &mut collect).unwrap();
    *spans = collect.spans;
}

/// The spans of all captures in a folder.
pub(crate) fn captured(folder: &Path) -> Vec<Owned> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut collect = Collect::default();
    for path in paths {
        for body in capture::read(File::open(path).unwrap()).unwrap() {
            decode_request(&body.unwrap(), &DecodeLimits::default(), &mut collect).unwrap();
        }
    }
    collect.spans
}

/// The slices in the repository: `calm` and `stall`.
pub(crate) fn fixture(slice: &str) -> Vec<Owned> {
    captured(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/fixtures").join(slice))
}

/// `spans` by trace.
pub(crate) fn by_trace(spans: &[Owned]) -> BTreeMap<TraceId, Vec<&Owned>> {
    let mut traces: BTreeMap<TraceId, Vec<&Owned>> = BTreeMap::new();
    for one in spans {
        traces.entry(one.span.trace_id).or_default().push(one);
    }
    traces
}
