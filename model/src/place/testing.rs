//! Spans made by hand and spans of the captures, for tests of places and sampling.

use std::fs::File;
use std::path::Path;

use proto::otlp::{Attribute, DecodeLimits, Resource, Scope, Span, SpanSink, Value, decode_request};
use proto::{SpanId, TraceId, UnixNanos};

use super::Arrived;
use crate::SpanView;

pub(crate) const SECOND: UnixNanos = 1_000_000_000;
pub(crate) const HOUR: UnixNanos = 3_600 * SECOND;

/// A span that owns its envelope.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent {
    pub(crate) span: Span<'static>,
    resource: Resource<'static>,
    scope: Scope<'static>,
    peer: Option<String>,
    pub(crate) arrival: UnixNanos,
}

fn attributes(pairs: &[(&str, &str)]) -> Vec<Attribute<'static>> {
    let value = |text: &str| Value::String(text.to_owned().into());
    pairs.iter().map(|(key, text)| Attribute { key: (*key).to_owned().into(), value: value(text) }).collect()
}

/// A span of `service` whose resource has `resource` too.
pub(crate) fn sent(service: &str, resource: &[(&str, &str)]) -> Sent {
    let mut sent = Sent { arrival: 100 * HOUR, ..Sent::default() };
    sent.resource.attributes = attributes(&[&[("service.name", service)], resource].concat());
    sent.span.trace_id = TraceId([1; 16]);
    sent.span.span_id = SpanId([1; 8]);
    sent
}

/// A kubelet's span.
pub(crate) fn kubelet(host: &str) -> Sent {
    sent("kubelet", &[("host.name", host)])
}

/// The handler span of `node` renewing its lease from `client`.
pub(crate) fn heartbeat(node: &str, client: &str) -> Sent {
    let mut sent = sent("apiserver", &[("service.instance.id", "apiserver-x")]);
    sent.span.name = "Update".into();
    sent.span.attributes = attributes(&[
        ("resource", "leases"),
        ("namespace", "kube-node-lease"),
        ("name", node),
        ("client", client),
    ]);
    sent
}

impl Sent {
    pub(crate) fn from(mut self, peer: &str) -> Self {
        self.peer = Some(peer.to_owned());
        self
    }

    pub(crate) fn at(mut self, arrival: UnixNanos) -> Self {
        self.arrival = arrival;
        self
    }

    pub(crate) fn with(mut self, pairs: &[(&str, &str)]) -> Self {
        self.span.attributes = attributes(pairs);
        self
    }

    /// As span `id` below `parent`.
    pub(crate) fn below(mut self, id: u64, parent: Option<u64>) -> Self {
        self.span.span_id = SpanId(id.to_be_bytes());
        self.span.parent_span_id = parent.map(|parent| SpanId(parent.to_be_bytes()));
        self
    }

    pub(crate) fn view(&self) -> SpanView<'_> {
        SpanView { span: &self.span, resource: &self.resource, scope: &self.scope }
    }

    pub(crate) fn peer(&self) -> Option<&str> {
        self.peer.as_deref()
    }

    pub(crate) fn arrived(&self) -> Arrived<'_> {
        Arrived { view: self.view(), peer_address: self.peer(), arrival: self.arrival }
    }
}

/// The spans of `slice`, `calm` or `stall`, of the captures, without a peer address.
pub(crate) fn fixture(slice: &str) -> Vec<Sent> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/fixtures").join(slice);
    let mut all = All::default();
    for service in ["apiserver", "containerd", "deploy-bot", "etcd", "kubelet", "team-ci"] {
        let file = File::open(folder.join(format!("{service}.otlp.zst"))).unwrap();
        for request in proto::capture::read(file).unwrap() {
            decode_request(&request.unwrap(), &DecodeLimits::default(), &mut all).unwrap();
        }
    }
    all.spans
}

#[derive(Default)]
struct All {
    envelope: Sent,
    spans: Vec<Sent>,
}

impl SpanSink for All {
    fn resource(&mut self, resource: &Resource<'_>) {
        self.envelope.resource = resource.clone().into_owned();
    }

    fn scope(&mut self, scope: &Scope<'_>) {
        self.envelope.scope = scope.clone().into_owned();
    }

    fn span(&mut self, span: &Span<'_>) {
        let arrival = span.end;
        self.spans.push(Sent { span: span.clone().into_owned(), arrival, ..self.envelope.clone() });
    }
}
