//! A scenario's spans as they arrive, and the rows that are made of them.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use model::joins::pair_authentications;
use model::place::{Arrived, Instances};
use model::request::{Exclusions, authentication_before};
use model::simulator::{Scenario, Simulator, Truth};
use model::trace::{TraceLimits, assemble};
use model::{PodStartRow, RequestRow, SpanView, pod_start_rows, request_rows};
use proto::otlp::{DecodeLimits, Resource, Scope, Span, SpanSink, decode_request};
use proto::{SpanId, TraceId, UnixNanos};

pub(crate) const SECOND: u64 = 1_000_000_000;

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

struct Sink {
    peer: Rc<str>,
    arrival: UnixNanos,
    resource: Rc<Resource<'static>>,
    scope: Rc<Scope<'static>>,
    received: Vec<Received>,
}

impl SpanSink for Sink {
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

/// What arrived in the first seconds of a scenario.
pub(crate) struct Run {
    pub(crate) scenario: Scenario,
    pub(crate) received: Vec<Received>,
    pub(crate) truth: Truth,
    /// What `kubectl get nodes -o json` says.
    pub(crate) nodes_json: String,
}

/// The first `seconds` of `scenario`; `seed` chooses among its histories.
pub(crate) fn run(scenario: Scenario, seed: u64, seconds: u64) -> Run {
    let mut simulator = Simulator::new(&scenario, seed).unwrap().acknowledging(2_000_000);
    let mut sink = Sink {
        peer: "".into(),
        arrival: 0,
        resource: Rc::default(),
        scope: Rc::default(),
        received: Vec::new(),
    };
    while let Some(export) = simulator.next_until(scenario.start_unix_nano + seconds * SECOND) {
        sink.peer = simulator.cluster().host(export.process).address.as_str().into();
        sink.arrival = export.at;
        decode_request(&export.request, &DecodeLimits::default(), &mut sink).unwrap();
    }
    let nodes_json = simulator.cluster().nodes_json();
    Run { received: sink.received, truth: simulator.take_truth(), nodes_json, scenario }
}

/// What is derived from the spans of a run.
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

impl Run {
    fn traces(&self) -> BTreeMap<TraceId, Vec<&Received>> {
        let mut traces: BTreeMap<TraceId, Vec<&Received>> = BTreeMap::new();
        for one in &self.received {
            traces.entry(one.span.trace_id).or_default().push(one);
        }
        traces
    }

    pub(crate) fn rows(&self) -> Rows<'_> {
        let views: Vec<SpanView<'_>> = self.received.iter().map(Received::view).collect();
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
        let mut rows =
            Rows { requests: Vec::new(), pod_starts: Vec::new(), excluded: Exclusions::default() };
        for spans in self.traces().values() {
            let trace = assemble(spans.iter().map(|one| one.view()), TraceLimits::default());
            let found = request_rows(&trace, joined);
            rows.requests.extend(found.rows);
            rows.excluded += found.excluded;
            rows.pod_starts.extend(pod_start_rows(&trace));
        }
        rows
    }

    /// What is known of where the processes run.
    pub(crate) fn instances(&self) -> Instances {
        let mut instances = Instances::default();
        for one in &self.received {
            instances.observe(one.view(), Some(&one.peer), one.arrival);
        }
        for spans in self.traces().values() {
            let arrived: Vec<Arrived<'_>> = spans.iter().map(|one| one.arrived()).collect();
            instances.observe_trace(&arrived);
        }
        instances
    }
}
