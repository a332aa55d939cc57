//! OTLP messages, written: the decoder's way back, in field order and without default values.
//!
//! What was decoded is encoded to the same message, but for what the decoder leaves out (faulty ids, unknown fields of
//! spans, string-table indexes) or repairs, and for absent values, resources and scopes, which protobuf tells from
//! empty ones and OTLP does not: a value is always written, an empty resource or scope never.

use std::borrow::Cow;

use super::decode::SpanSink;
use super::wire::{LengthPrefix, put_bytes, put_double, put_fixed32, put_fixed64, put_message, put_varint};
use super::{Attribute, Event, Link, Resource, Scope, Span, Status, Value};

/// A scope and its spans.
pub type ScopeGroup<'a> = (Scope<'a>, Vec<Span<'a>>);

/// A resource, its scopes and their spans.
pub type ResourceGroup<'a> = (Resource<'a>, Vec<ScopeGroup<'a>>);

/// Encodes an `ExportTraceServiceRequest` (which is also a `TracesData`) of `groups`.
#[must_use]
pub fn encode_request<'g, 'a: 'g>(groups: impl IntoIterator<Item = &'g ResourceGroup<'a>>) -> Vec<u8> {
    let mut encoder = RequestEncoder::default();
    for (resource, scopes) in groups {
        encoder.resource(resource);
        for (scope, spans) in scopes {
            encoder.scope(scope);
            spans.iter().for_each(|span| encoder.span(span));
        }
    }
    encoder.finish()
}

/// An `ExportTraceServiceRequest` that grows as a [`SpanSink`].
///
/// A span before any resource or scope gets an empty one.
#[derive(Debug, Default)]
pub struct RequestEncoder {
    out: Vec<u8>,
    resource_spans: Option<LengthPrefix>,
    scope_spans: Option<LengthPrefix>,
}

impl RequestEncoder {
    /// The request.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.close_resource();
        self.out
    }

    /// Appends a `Span` message as [`encode_span`] wrote it.
    pub fn encoded_span(&mut self, span: &[u8]) {
        if self.scope_spans.is_none() {
            self.scope(&Scope::default());
        }
        put_bytes(&mut self.out, 2, span);
    }

    fn close_resource(&mut self) {
        self.close_scope();
        if let Some(prefix) = self.resource_spans.take() {
            prefix.close(&mut self.out);
        }
    }

    fn close_scope(&mut self) {
        if let Some(prefix) = self.scope_spans.take() {
            prefix.close(&mut self.out);
        }
    }
}

impl SpanSink for RequestEncoder {
    fn resource(&mut self, resource: &Resource<'_>) {
        self.close_resource();
        self.resource_spans = Some(LengthPrefix::open(&mut self.out, 1));
        put_bytes_unless_empty(&mut self.out, 1, &resource.wire);
        // Field 3 before field 2: the scopes are not known yet, and protobuf knows no order.
        put_bytes_unless_empty(&mut self.out, 3, resource.schema_url.as_bytes());
    }

    fn scope(&mut self, scope: &Scope<'_>) {
        if self.resource_spans.is_none() {
            self.resource(&Resource::default());
        }
        self.close_scope();
        self.scope_spans = Some(LengthPrefix::open(&mut self.out, 2));
        put_bytes_unless_empty(&mut self.out, 1, &scope.wire);
        put_bytes_unless_empty(&mut self.out, 3, scope.schema_url.as_bytes());
    }

    fn span(&mut self, span: &Span<'_>) {
        if self.scope_spans.is_none() {
            self.scope(&Scope::default());
        }
        put_message(&mut self.out, 2, |out| encode_span(span, out));
    }
}

impl<'a> Resource<'a> {
    /// A resource of `attributes`, with its wire form.
    #[must_use]
    pub fn new(attributes: Vec<Attribute<'a>>, schema_url: &'a str) -> Self {
        let mut wire = Vec::new();
        put_attributes(&mut wire, 1, &attributes);
        Self { attributes, wire: Cow::Owned(wire), schema_url: Cow::Borrowed(schema_url) }
    }
}

impl<'a> Scope<'a> {
    /// A scope without attributes, with its wire form.
    #[must_use]
    pub fn new(name: &'a str, version: &'a str, schema_url: &'a str) -> Self {
        let mut wire = Vec::new();
        put_bytes_unless_empty(&mut wire, 1, name.as_bytes());
        put_bytes_unless_empty(&mut wire, 2, version.as_bytes());
        Self {
            name: Cow::Borrowed(name),
            version: Cow::Borrowed(version),
            wire: Cow::Owned(wire),
            schema_url: Cow::Borrowed(schema_url),
        }
    }
}

/// Appends a `Span` message.
pub fn encode_span(span: &Span<'_>, out: &mut Vec<u8>) {
    put_bytes(out, 1, &span.trace_id.0);
    put_bytes(out, 2, &span.span_id.0);
    put_bytes_unless_empty(out, 3, span.trace_state.as_bytes());
    if let Some(parent) = span.parent_span_id {
        put_bytes(out, 4, &parent.0);
    }
    put_bytes_unless_empty(out, 5, span.name.as_bytes());
    put_int32_unless_zero(out, 6, span.kind);
    put_fixed64_unless_zero(out, 7, span.start);
    put_fixed64_unless_zero(out, 8, span.end);
    put_attributes(out, 9, &span.attributes);
    put_uint32_unless_zero(out, 10, span.dropped_attributes_count);
    for event in &span.events {
        put_message(out, 11, |out| encode_event(event, out));
    }
    put_uint32_unless_zero(out, 12, span.dropped_events_count);
    for link in &span.links {
        put_message(out, 13, |out| encode_link(link, out));
    }
    put_uint32_unless_zero(out, 14, span.dropped_links_count);
    if let Some(status) = &span.status {
        put_message(out, 15, |out| encode_status_message(status, out));
    }
    put_fixed32_unless_zero(out, 16, span.flags);
}

fn encode_event(event: &Event<'_>, out: &mut Vec<u8>) {
    put_fixed64_unless_zero(out, 1, event.time);
    put_bytes_unless_empty(out, 2, event.name.as_bytes());
    put_attributes(out, 3, &event.attributes);
    put_uint32_unless_zero(out, 4, event.dropped_attributes_count);
}

fn encode_link(link: &Link<'_>, out: &mut Vec<u8>) {
    put_bytes(out, 1, &link.trace_id.0);
    put_bytes(out, 2, &link.span_id.0);
    put_bytes_unless_empty(out, 3, link.trace_state.as_bytes());
    put_attributes(out, 4, &link.attributes);
    put_uint32_unless_zero(out, 5, link.dropped_attributes_count);
    put_fixed32_unless_zero(out, 6, link.flags);
}

fn encode_status_message(status: &Status<'_>, out: &mut Vec<u8>) {
    put_bytes_unless_empty(out, 2, status.message.as_bytes());
    put_int32_unless_zero(out, 3, status.code);
}

/// Appends `attributes` as a `KeyValueList`, which [`super::decode_attributes`] reads.
pub fn encode_attributes(attributes: &[Attribute<'_>], out: &mut Vec<u8>) {
    put_attributes(out, 1, attributes);
}

/// Appends a `KeyValue` message.
pub fn encode_attribute(attribute: &Attribute<'_>, out: &mut Vec<u8>) {
    put_bytes_unless_empty(out, 1, attribute.key.as_bytes());
    put_message(out, 2, |out| encode_value(&attribute.value, out));
}

/// Appends an `AnyValue` message.
pub fn encode_value(value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Empty => {}
        Value::String(text) => put_bytes(out, 1, text.as_bytes()),
        Value::Bool(value) => put_varint(out, 2, u64::from(*value)),
        Value::Int(value) => put_varint(out, 3, *value as u64),
        Value::Double(value) => put_double(out, 4, *value),
        Value::Array(wire) => put_bytes(out, 5, wire),
        Value::KeyValueList(wire) => put_bytes(out, 6, wire),
        Value::Bytes(bytes) => put_bytes(out, 7, bytes),
    }
}

fn put_attributes(out: &mut Vec<u8>, number: u32, attributes: &[Attribute<'_>]) {
    for attribute in attributes {
        put_message(out, number, |out| encode_attribute(attribute, out));
    }
}

fn put_bytes_unless_empty(out: &mut Vec<u8>, number: u32, value: &[u8]) {
    if !value.is_empty() {
        put_bytes(out, number, value);
    }
}

fn put_int32_unless_zero(out: &mut Vec<u8>, number: u32, value: i32) {
    if value != 0 {
        // Protobuf writes a negative int32 as the int64 of the same value.
        put_varint(out, number, i64::from(value) as u64);
    }
}

fn put_uint32_unless_zero(out: &mut Vec<u8>, number: u32, value: u32) {
    if value != 0 {
        put_varint(out, number, u64::from(value));
    }
}

fn put_fixed32_unless_zero(out: &mut Vec<u8>, number: u32, value: u32) {
    if value != 0 {
        put_fixed32(out, number, value);
    }
}

fn put_fixed64_unless_zero(out: &mut Vec<u8>, number: u32, value: u64) {
    if value != 0 {
        put_fixed64(out, number, value);
    }
}

#[cfg(test)]
mod tests;
