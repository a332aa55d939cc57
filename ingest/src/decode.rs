//! A request's bytes: checked when they arrive, turned into columns once they are durable, both by one decoder.

use bytes::Bytes;
use model::Component;
use proto::otlp::{
    DecodeLimits, DecodeSummary, Resource, Scope, Span, SpanSink, count_spans, decode_request, limit_request,
};
use proto::{ErrorKind, UnixNanos};
use storage::ledger::Contents;
use storage::wal::Transport;
use storage::{LoggedRequest, SpanBatch};

use crate::columns::{Origin, SpanColumns};
use crate::{Error, Result};

/// Decodes `body`, an `ExportTraceServiceRequest` that arrived at `arrival`, and keeps nothing: how many spans it has, of
/// which components, how many cannot be kept, and what exceeds `limits`. Gives the body back without the latter.
///
/// What is logged is within the limits, so that they need not be known, or be the same, when it is decoded again.
///
/// # Errors
/// `Invalid` when the bytes are not such a message: nothing of it can be kept.
pub(crate) fn check_request(
    body: Bytes,
    limits: &DecodeLimits,
    arrival: UnixNanos,
) -> Result<(Bytes, DecodeSummary, Contents)> {
    let mut checked = Checked {
        arrival,
        service: Component::Other,
        component: Component::Other,
        contents: Contents::default(),
    };
    let summary = decode_request(&body, limits, &mut checked).map_err(not_a_request)?;
    let mut contents = checked.contents;
    contents.rejected = summary.rejected;
    if !summary.exceeds_limits() {
        return Ok((body, summary, contents));
    }
    let body = limit_request(&body, limits).map_err(not_a_request)?;
    Ok((Bytes::from(body), summary, contents))
}

/// The spans of `requests`, in order, as columns. Spans that cannot be kept are missing from the batch.
///
/// # Errors
/// `Invalid` when one is no such message, which a check before would have told.
pub fn decode_requests(requests: &[LoggedRequest]) -> storage::Result<SpanBatch> {
    let spans = requests.iter().map(|request| count_spans(&request.body)).sum();
    let mut columns = SpanColumns::new(spans);
    let failed = |error: Error| storage::Error::new(error.kind, error.message.clone()).caused_by(error);
    for LoggedRequest { meta, body } in requests {
        let peer_address = meta.peer.map(|peer| peer.ip().to_string()).unwrap_or_default();
        columns.origin(&Origin {
            peer_address: &peer_address,
            transport: transport_name(meta.transport),
            exporter: &meta.user_agent,
        });
        decode_request(body, &DecodeLimits::default(), &mut columns)
            .map_err(not_a_request)
            .map_err(failed)?;
    }
    columns.finish().map_err(|error| {
        let message = format!("the spans of {} requests do not fit into one batch: {error}", requests.len());
        storage::Error::new(ErrorKind::TooLarge, message).caused_by(error)
    })
}

fn not_a_request(error: proto::otlp::DecodeError) -> Error {
    let message = format!("the body is not an ExportTraceServiceRequest: {error}");
    Error::new(ErrorKind::Invalid, message).at(error.path()).caused_by(error)
}

/// Looks at spans and keeps none.
struct Checked {
    arrival: UnixNanos,
    /// What the resource says.
    service: Component,
    /// What the resource and the scope say: looked up once for all their spans.
    component: Component,
    contents: Contents,
}

impl SpanSink for Checked {
    fn resource(&mut self, resource: &Resource<'_>) {
        self.service = Component::of_origin(resource, &Scope::default());
    }

    fn scope(&mut self, scope: &Scope<'_>) {
        self.component = match self.service {
            Component::Other => Component::of_origin(&Resource::default(), scope),
            service => service,
        };
    }

    fn span(&mut self, span: &Span<'_>) {
        self.contents.add(self.component, span.end, self.arrival);
    }
}

/// The word for `transport` in columns and metrics.
pub(crate) const fn transport_name(transport: Transport) -> &'static str {
    match transport {
        Transport::Grpc => "grpc",
        Transport::HttpProtobuf => "http_protobuf",
        Transport::HttpJson => "http_json",
        Transport::Unix => "unix",
    }
}

#[cfg(test)]
mod tests;
