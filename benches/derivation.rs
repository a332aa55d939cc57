//! What the model costs: normalisation of each span, and request and pod start rows from assembled traces.

use std::hint::black_box;

use model::joins::pair_authentications;
use model::request::authentication_before;
use model::trace::{TraceLimits, assemble};
use model::{SpanView, normalise, pod_start_rows, request_rows};
use proto::otlp::{DecodeLimits, Resource, Scope, Span, SpanSink, decode_request};

/// Decoded spans with their envelopes.
#[derive(Debug, Default)]
pub struct Spans {
    resources: Vec<Resource<'static>>,
    scopes: Vec<Scope<'static>>,
    spans: Vec<(Span<'static>, usize, usize)>,
}

impl SpanSink for Spans {
    fn resource(&mut self, resource: &Resource<'_>) {
        self.resources.push(resource.clone().into_owned());
    }

    fn scope(&mut self, scope: &Scope<'_>) {
        self.scopes.push(scope.clone().into_owned());
    }

    fn span(&mut self, span: &Span<'_>) {
        self.spans.push((span.clone().into_owned(), self.resources.len() - 1, self.scopes.len() - 1));
    }
}

/// What came out of a capture.
#[derive(Debug, Default, Clone, Copy)]
pub struct Derived {
    /// Traces.
    pub traces: usize,
    /// Request rows.
    pub requests: usize,
    /// Those among them that miss nothing.
    pub complete: usize,
    /// Pod start rows.
    pub pod_starts: usize,
}

impl Spans {
    /// The spans of `requests`.
    ///
    /// # Errors
    /// When one does not decode.
    pub fn decode(requests: &[Vec<u8>]) -> anyhow::Result<Self> {
        let mut spans = Self::default();
        for request in requests {
            decode_request(request, &DecodeLimits::default(), &mut spans)?;
        }
        Ok(spans)
    }

    fn views(&self) -> impl Iterator<Item = SpanView<'_>> {
        self.spans.iter().map(|(span, resource, scope)| SpanView {
            span,
            resource: &self.resources[*resource],
            scope: &self.scopes[*scope],
        })
    }

    /// Normalises every span.
    pub fn normalise(&self) {
        self.views().for_each(|view| drop(black_box(normalise(view))));
    }

    /// Pairs lone `authentication` spans, assembles every trace and makes its rows.
    #[must_use]
    pub fn derive(&self) -> Derived {
        let mut views: Vec<SpanView<'_>> = self.views().collect();
        let pairs = pair_authentications(&views);
        let mut authentications: Vec<_> = pairs
            .pairs
            .iter()
            .map(|pair| {
                (
                    views[pair.server].span.span_id,
                    authentication_before(views[pair.authentication], views[pair.server]),
                )
            })
            .collect();
        authentications.sort_unstable();
        views.sort_by_key(|view| view.span.trace_id);
        let mut derived = Derived::default();
        for spans in views.chunk_by(|one, next| one.span.trace_id == next.span.trace_id) {
            let trace = assemble(spans.iter().copied(), TraceLimits::default());
            let rows = request_rows(&trace, |server| {
                let place = authentications.binary_search_by_key(&server.span.span_id, |(id, _)| *id).ok()?;
                Some(authentications[place].1)
            });
            derived.traces += 1;
            derived.requests += rows.rows.len();
            derived.complete += rows.rows.iter().filter(|row| row.is_complete()).count();
            derived.pod_starts += pod_start_rows(&trace).len();
        }
        derived
    }
}
