//! gRPC's health check: the service asked for, and the answer.

use crate::otlp::wire::{Reader, put_varint};

/// `HealthCheckResponse.ServingStatus`.
const SERVING: u64 = 1;
/// `HealthCheckResponse.ServingStatus`.
const NOT_SERVING: u64 = 2;

/// The service that a `grpc.health.v1.HealthCheckRequest` asks for, empty for the server as a whole; `None` when the
/// bytes are no such message.
#[must_use]
pub fn decode_request(message: &[u8]) -> Option<String> {
    let mut service: &[u8] = &[];
    let mut reader = Reader::new(message);
    while let Some(field) = reader.field().ok()? {
        match field.number() {
            1 => service = reader.bytes(field).ok()?,
            _ => reader.skip(field).ok()?,
        }
    }
    String::from_utf8(service.to_vec()).ok()
}

/// A `grpc.health.v1.HealthCheckResponse`.
#[must_use]
pub fn encode_response(is_serving: bool) -> Vec<u8> {
    let mut out = Vec::new();
    put_varint(&mut out, 1, if is_serving { SERVING } else { NOT_SERVING });
    out
}
