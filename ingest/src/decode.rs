//! A request's bytes: checked when they arrive, turned into columns once they are durable, both by one decoder.

use bytes::Bytes;
use proto::ErrorKind;
use proto::otlp::{
    DecodeLimits, DecodeSummary, Resource, Scope, Span, SpanSink, count_spans, decode_request, limit_request,
};
use storage::wal::Transport;
use storage::{LoggedRequest, SpanBatch};

use crate::columns::{Origin, SpanColumns};
use crate::{Error, Result};

/// Decodes `body`, an `ExportTraceServiceRequest`, and keeps nothing: how many spans it has, how many cannot be kept, and
/// what exceeds `limits`. Gives the body back without the latter.
///
/// What is logged is within the limits, so that they need not be known, or be the same, when it is decoded again.
///
/// # Errors
/// `Invalid` when the bytes are not such a message: nothing of it can be kept.
pub(crate) fn check_request(body: Bytes, limits: &DecodeLimits) -> Result<(Bytes, DecodeSummary)> {
    let summary = decode_request(&body, limits, &mut Checked).map_err(not_a_request)?;
    if !summary.exceeds_limits() {
        return Ok((body, summary));
    }
    let body = limit_request(&body, limits).map_err(not_a_request)?;
    Ok((Bytes::from(body), summary))
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
struct Checked;

impl SpanSink for Checked {
    fn resource(&mut self, _resource: &Resource<'_>) {}
    fn scope(&mut self, _scope: &Scope<'_>) {}
    fn span(&mut self, _span: &Span<'_>) {}
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
