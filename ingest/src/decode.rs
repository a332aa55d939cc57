//! From a request's bytes to columns: a pure function, the same at arrival and at replay.

use bytes::Bytes;
use proto::ErrorKind;
use proto::otlp::{DecodeLimits, DecodeSummary, count_spans, decode_request};
use storage::SpanBatch;
use storage::wal::{RecordMeta, Transport};

use crate::columns::{Origin, SpanColumns};
use crate::{Error, Result};

/// Decodes `body`, an `ExportTraceServiceRequest` that arrived as `meta` says. Spans that cannot be kept are missing
/// from the batch and counted in the summary.
///
/// # Errors
/// `Invalid` when the bytes are not such a message: nothing of it can be kept.
pub fn decode_batch(meta: &RecordMeta, body: &[u8]) -> Result<(SpanBatch, DecodeSummary)> {
    let peer_address = meta.peer.map(|peer| peer.ip().to_string()).unwrap_or_default();
    let mut columns = SpanColumns::new(Origin {
        peer_address: &peer_address,
        transport: transport_name(meta.transport),
        exporter: &meta.user_agent,
        spans: count_spans(body),
    });
    let summary = decode_request(body, &DecodeLimits::default(), &mut columns).map_err(|error| {
        Error::new(ErrorKind::Invalid, format!("the body is not an ExportTraceServiceRequest: {error}"))
            .caused_by(error)
    })?;
    let batch = columns.finish().map_err(|error| {
        Error::new(
            ErrorKind::TooLarge,
            format!("the spans of the request do not fit into one batch: {error}"),
        )
        .caused_by(error)
    })?;
    Ok((batch, summary))
}

/// [`decode_batch`] as `storage::Storage::open` wants it, for the replay of its log.
///
/// # Errors
/// As [`decode_batch`]; what was logged by a version that could read it should never fail.
pub fn decode_record(meta: &RecordMeta, body: &Bytes) -> storage::Result<SpanBatch> {
    let (batch, _summary) = decode_batch(meta, body)
        .map_err(|error| storage::Error::new(error.kind, error.message.clone()).caused_by(error))?;
    Ok(batch)
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
