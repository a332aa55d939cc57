//! OTLP export requests, read in one pass over the bytes and handed out span by span.
//!
//! Accepts what prost accepts, with these differences: invalid UTF-8 is repaired and counted; depth is limited for
//! attribute values only, and a list that lies too deep is replaced by a mark; spans, links and parents with faulty ids
//! cost themselves and nothing else.

mod check;
mod context;
mod error;
mod span;

use std::borrow::Cow;

pub(crate) use context::Context;
pub use error::DecodeError;
use span::SpanDecoder;

use super::wire::{Fault, Reader};
use super::{Resource, Scope, Span, schema};

/// What takes the spans of a request, in the order of the request.
pub trait SpanSink {
    /// The resource of all scopes and spans until the next call.
    fn resource(&mut self, resource: &Resource<'_>);
    /// The scope of all spans until the next call.
    fn scope(&mut self, scope: &Scope<'_>);
    /// A span whose ids are valid.
    fn span(&mut self, span: &Span<'_>);
}

/// How much of a request is decoded. What exceeds a list's limit is left out and added to the list's `dropped_…_count`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeLimits {
    /// How many array and key-value-list values may lie inside each other; a deeper one becomes a string that says so.
    /// At most [`DecodeLimits::VALUE_DEPTH_CEILING`].
    pub value_depth_max: usize,
    /// How many attributes a span, its events and its links may have together; also, how many a resource may have.
    pub attributes_per_span_max: usize,
    /// How many events a span may have.
    pub events_per_span_max: usize,
    /// How many links a span may have.
    pub links_per_span_max: usize,
    /// The longest attribute value (text, bytes, or a list as it is encoded) and status message, in bytes. Longer ones
    /// are counted and kept: [`super::limit_request`] cuts them.
    pub value_bytes_max: usize,
    /// The longest of all other texts, such as names, keys and trace states, in bytes. Longer ones are counted and kept.
    pub name_bytes_max: usize,
}

impl DecodeLimits {
    /// The highest [`DecodeLimits::value_depth_max`]: values are walked recursively, and the stack is finite.
    pub const VALUE_DEPTH_CEILING: usize = 128;

    pub(crate) fn value_depth(&self) -> usize {
        self.value_depth_max.min(Self::VALUE_DEPTH_CEILING)
    }
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self {
            value_depth_max: 64,
            attributes_per_span_max: 16_384,
            events_per_span_max: 16_384,
            links_per_span_max: 16_384,
            value_bytes_max: usize::MAX,
            name_bytes_max: usize::MAX,
        }
    }
}

/// What became of a request's spans.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DecodeSummary {
    /// Spans handed to the sink.
    pub spans: u64,
    /// Spans left out because their ids are faulty.
    pub rejected: u64,
    /// The first rejected span and its fault, in words.
    pub first_fault: Option<String>,
    /// Strings that were not UTF-8: each bad sequence became U+FFFD.
    pub repaired_strings: u64,
    /// String-table indexes (for profiles only), read as absent.
    pub ignored_string_indexes: u64,
    /// Links left out because their ids are faulty.
    pub dropped_links: u64,
    /// Parent ids of a wrong length or all zero: these spans became roots.
    pub faulty_parents: u64,
    /// Spans that end before they start, kept as they are.
    pub ended_before_start: u64,
    /// Attributes left out because of [`DecodeLimits::attributes_per_span_max`].
    pub truncated_attributes: u64,
    /// Events left out because of [`DecodeLimits::events_per_span_max`].
    pub truncated_events: u64,
    /// Links left out because of [`DecodeLimits::links_per_span_max`].
    pub truncated_links: u64,
    /// Values longer than [`DecodeLimits::value_bytes_max`].
    pub long_values: u64,
    /// Other texts longer than [`DecodeLimits::name_bytes_max`].
    pub long_names: u64,
    /// Lists replaced because of [`DecodeLimits::value_depth_max`].
    pub deep_lists: u64,
}

impl DecodeSummary {
    /// Whether something of the request exceeds its limits, and so [`super::limit_request`] would cut it.
    #[must_use]
    pub const fn exceeds_limits(&self) -> bool {
        self.truncated_attributes
            + self.truncated_events
            + self.truncated_links
            + self.long_values
            + self.long_names
            + self.deep_lists
            > 0
    }
}

/// Decodes `body`, an `ExportTraceServiceRequest` (a `TracesData` has the same form), into `sink`.
///
/// # Errors
/// When the bytes are not such a message. The sink may have been given spans already: the caller takes them back.
pub fn decode_request(
    body: &[u8],
    limits: &DecodeLimits,
    sink: &mut impl SpanSink,
) -> Result<DecodeSummary, DecodeError> {
    let mut decoder = RequestDecoder {
        context: Context::new(limits),
        resource: Resource::default(),
        scope: Scope::default(),
        spans: SpanDecoder::default(),
    };
    decoder
        .request(Reader::new(body), sink)
        .map_err(|fault| DecodeError::new(fault, body, &schema::TRACES_DATA))?;
    Ok(decoder.context.summary)
}

struct RequestDecoder<'a, 'l> {
    context: Context<'l>,
    resource: Resource<'a>,
    scope: Scope<'a>,
    spans: SpanDecoder<'a>,
}

impl<'a> RequestDecoder<'a, '_> {
    fn request(&mut self, mut reader: Reader<'a>, sink: &mut impl SpanSink) -> Result<(), Fault> {
        while let Some(field) = reader.field()? {
            match field.number() {
                1 => self.resource_spans(reader.message(field)?, sink)?,
                _ => reader.skip(field)?,
            }
        }
        Ok(())
    }

    /// The resource may stand after its spans and in pieces, so it is looked for first.
    fn resource_spans(&mut self, reader: Reader<'a>, sink: &mut impl SpanSink) -> Result<(), Fault> {
        self.resource.attributes.clear();
        self.resource.wire = Cow::Borrowed(&[]);
        self.resource.schema_url = Cow::Borrowed("");
        self.context.begin_attributes();
        let mut fields = reader;
        while let Some(field) = fields.field()? {
            match field.number() {
                1 => self.context.resource(fields.message(field)?, &mut self.resource)?,
                2 => drop(fields.bytes(field)?),
                3 => self.resource.schema_url = self.context.name(fields.bytes(field)?),
                _ => fields.skip(field)?,
            }
        }
        sink.resource(&self.resource);
        let mut fields = reader;
        while let Some(field) = fields.field()? {
            match field.number() {
                2 => self.scope_spans(fields.message(field)?, sink)?,
                _ => fields.skip(field)?,
            }
        }
        Ok(())
    }

    fn scope_spans(&mut self, reader: Reader<'a>, sink: &mut impl SpanSink) -> Result<(), Fault> {
        self.scope = Scope::default();
        let mut fields = reader;
        while let Some(field) = fields.field()? {
            match field.number() {
                1 => self.context.scope(fields.message(field)?, &mut self.scope)?,
                2 => drop(fields.bytes(field)?),
                3 => self.scope.schema_url = self.context.name(fields.bytes(field)?),
                _ => fields.skip(field)?,
            }
        }
        sink.scope(&self.scope);
        let mut fields = reader;
        while let Some(field) = fields.field()? {
            match field.number() {
                2 => {
                    if let Some(span) = self.spans.read(fields.message(field)?, &mut self.context)? {
                        sink.span(span);
                    }
                }
                _ => fields.skip(field)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
