//! The spans of the captured slices, owned; and what builds a span by hand.

use std::borrow::Cow;

use proto::otlp::{Attribute, DecodeLimits, Resource, Scope, Span, SpanSink, Value, decode_request};

use crate::SpanView;

/// A span beside its envelope, on its own.
#[derive(Debug, Clone, Default)]
pub(crate) struct Owned {
    pub(crate) span: Span<'static>,
    pub(crate) resource: Resource<'static>,
    pub(crate) scope: Scope<'static>,
}

impl Owned {
    pub(crate) fn view(&self) -> SpanView<'_> {
        SpanView { span: &self.span, resource: &self.resource, scope: &self.scope }
    }

    /// A span of `kind` called `name`, from `service`.
    pub(crate) fn of(
        service: &'static str,
        kind: i32,
        name: &'static str,
        attributes: Vec<Attribute<'static>>,
    ) -> Self {
        let span = Span { kind, name: name.into(), attributes, ..Span::default() };
        let resource = Resource { attributes: vec![string("service.name", service)], ..Resource::default() };
        Self { span, resource, scope: Scope::default() }
    }

    pub(crate) fn in_scope(mut self, name: &'static str, version: &'static str) -> Self {
        self.scope = Scope { name: name.into(), version: version.into(), ..Scope::default() };
        self
    }
}

pub(crate) fn string(key: &'static str, value: &'static str) -> Attribute<'static> {
    Attribute { key: key.into(), value: Value::String(Cow::Borrowed(value)) }
}

pub(crate) fn int(key: &'static str, value: i64) -> Attribute<'static> {
    Attribute { key: key.into(), value: Value::Int(value) }
}

/// The spans of the slice called `slice`: `calm` or `stall`.
pub(crate) fn spans(slice: &str) -> Vec<Owned> {
    let folder = format!("{}/../proto/fixtures/{slice}", env!("CARGO_MANIFEST_DIR"));
    let mut sink = Collector::default();
    for service in ["apiserver", "containerd", "deploy-bot", "etcd", "kubelet", "team-ci"] {
        let file = std::fs::File::open(format!("{folder}/{service}.otlp.zst"))
            .expect("the slice is in the repository");
        for request in proto::capture::read(file).expect("it is a zstd stream") {
            let request = request.expect("it is whole");
            decode_request(&request, &DecodeLimits::default(), &mut sink).expect("it is well-formed");
        }
    }
    sink.spans
}

#[derive(Default)]
struct Collector {
    resource: Resource<'static>,
    scope: Scope<'static>,
    spans: Vec<Owned>,
}

impl SpanSink for Collector {
    fn resource(&mut self, resource: &Resource<'_>) {
        self.resource = resource.clone().into_owned();
    }

    fn scope(&mut self, scope: &Scope<'_>) {
        self.scope = scope.clone().into_owned();
    }

    fn span(&mut self, span: &Span<'_>) {
        let (resource, scope) = (self.resource.clone(), self.scope.clone());
        self.spans.push(Owned { span: span.clone().into_owned(), resource, scope });
    }
}
