//! Spans as they arrive, and the rows that are made of them.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use model::joins::pair_authentications;
use model::place::Arrived;
use model::request::{Exclusions, authentication_before};
use model::trace::{TraceLimits, assemble};
use model::{PodStartRow, RequestRow, SpanView, pod_start_rows, request_rows};
use proto::otlp::{DecodeLimits, Resource, Scope, Span, SpanSink, decode_request};
use proto::{SpanId, TraceId, UnixNanos};

/// A span with what it came in and from where.
pub(crate) struct Received {
    span: Span<'static>,
    resource: Rc<Resource<'static>>,
    scope: Rc<Scope<'static>>,
    peer: Rc<str>,
    arrival: UnixNanos,
}

impl Received {
    pub(crate) fn view(&self) -> SpanView<'_> {
        SpanView { span: &self.span, resource: &self.resource, scope: &self.scope }
    }

    pub(crate) fn arrived(&self) -> Arrived<'_> {
        Arrived { view: self.view(), peer_address: Some(&self.peer), arrival: self.arrival }
    }
}

/// Decodes requests and keeps their spans.
#[derive(Default)]
pub(crate) struct Receiver {
    peer: Rc<str>,
    arrival: UnixNanos,
    resource: Rc<Resource<'static>>,
    scope: Rc<Scope<'static>>,
    pub(crate) received: Vec<Received>,
}

impl Receiver {
    /// A request from `peer` at `arrival`.
    pub(crate) fn request(&mut self, request: &[u8], peer: &str, arrival: UnixNanos) {
        (self.peer, self.arrival) = (peer.into(), arrival);
        decode_request(request, &DecodeLimits::default(), self).unwrap();
    }

    /// The captures in a folder; where they came from is not recorded.
    pub(crate) fn captures(folder: &Path) -> Vec<Received> {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let mut receiver = Self::default();
        for path in paths {
            for request in proto::capture::read(File::open(path).unwrap()).unwrap() {
                receiver.request(&request.unwrap(), "", 0);
            }
        }
        receiver.received
    }
}

impl SpanSink for Receiver {
    fn resource(&mut self, resource: &Resource<'_>) {
        self.resource = Rc::new(resource.clone().into_owned());
    }

    fn scope(&mut self, scope: &Scope<'_>) {
        self.scope = Rc::new(scope.clone().into_owned());
    }

    fn span(&mut self, span: &Span<'_>) {
        self.received.push(Received {
            span: span.clone().into_owned(),
            resource: Rc::clone(&self.resource),
            scope: Rc::clone(&self.scope),
            peer: Rc::clone(&self.peer),
            arrival: self.arrival,
        });
    }
}

/// What is derived from the spans of spans.
pub(crate) struct Rows<'s> {
    pub(crate) requests: Vec<RequestRow<'s>>,
    pub(crate) pod_starts: Vec<PodStartRow<'s>>,
    pub(crate) excluded: Exclusions,
}

impl Rows<'_> {
    /// The requests with an end of their own, which latency is asked of.
    pub(crate) fn bounded(&self) -> Vec<&RequestRow<'_>> {
        self.requests.iter().filter(|row| !row.is_endless()).collect()
    }

    pub(crate) fn pod_starts(&self) -> Vec<&PodStartRow<'_>> {
        self.pod_starts.iter().collect()
    }
}

/// By trace.
pub(crate) fn traces(received: &[Received]) -> BTreeMap<TraceId, Vec<&Received>> {
    let mut traces: BTreeMap<TraceId, Vec<&Received>> = BTreeMap::new();
    for one in received {
        traces.entry(one.span.trace_id).or_default().push(one);
    }
    traces
}

/// What is derived from `received`.
pub(crate) fn rows(received: &[Received]) -> Rows<'_> {
    let views: Vec<SpanView<'_>> = received.iter().map(Received::view).collect();
    let before: HashMap<(TraceId, SpanId), u64> = pair_authentications(&views)
        .pairs
        .iter()
        .map(|pair| {
            let server = views[pair.server];
            let ids = (server.span.trace_id, server.span.span_id);
            (ids, authentication_before(views[pair.authentication], server))
        })
        .collect();
    let joined = |server: SpanView<'_>| before.get(&(server.span.trace_id, server.span.span_id)).copied();
    let mut rows = Rows { requests: Vec::new(), pod_starts: Vec::new(), excluded: Exclusions::default() };
    for spans in traces(received).values() {
        let trace = assemble(spans.iter().map(|one| one.view()), TraceLimits::default());
        let found = request_rows(&trace, joined);
        rows.requests.extend(found.rows);
        rows.excluded += found.excluded;
        rows.pod_starts.extend(pod_start_rows(&trace));
    }
    rows
}
