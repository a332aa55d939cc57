//! What all decoding shares: limits, counts, and the messages below a span.

use std::borrow::Cow;
use std::mem::take;

use super::check::{Check, repaired};
use super::{DecodeLimits, DecodeSummary};
use crate::otlp::schema::{self, Message};
use crate::otlp::wire::{Fault, Reader};
use crate::otlp::{Attribute, Resource, Scope, Status, Value};

/// The limits of a request and the counts so far.
#[derive(Debug)]
pub(crate) struct Context<'l> {
    pub(super) limits: &'l DecodeLimits,
    pub(crate) summary: DecodeSummary,
    attributes_left: usize,
}

impl<'l> Context<'l> {
    pub(crate) fn new(limits: &'l DecodeLimits) -> Self {
        Self { limits, summary: DecodeSummary::default(), attributes_left: limits.attributes_per_span_max }
    }

    /// Starts the count of attributes for a span or a resource.
    #[inline]
    pub(super) fn begin_attributes(&mut self) {
        self.attributes_left = self.limits.attributes_per_span_max;
    }

    /// The text in `bytes`, repaired and counted where it is not UTF-8.
    #[inline]
    pub(crate) fn text<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, str> {
        if bytes.is_empty() {
            return Cow::Borrowed("");
        }
        match simdutf8::basic::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => {
                self.summary.repaired_strings += 1;
                String::from_utf8_lossy(bytes)
            }
        }
    }

    /// The text in `bytes` where it is not a value, counted if it is long.
    #[inline]
    pub(crate) fn name<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, str> {
        self.summary.long_names += u64::from(bytes.len() > self.limits.name_bytes_max);
        self.text(bytes)
    }

    /// Counts a value of `length` bytes if it is long.
    #[inline]
    fn measure(&mut self, length: usize) {
        self.summary.long_values += u64::from(length > self.limits.value_bytes_max);
    }

    /// Reads a `KeyValue` to the end of `attributes`; gives 1 if it was left out because of the limit.
    #[inline]
    pub(crate) fn attribute<'a>(
        &mut self,
        mut reader: Reader<'a>,
        attributes: &mut Vec<Attribute<'a>>,
    ) -> Result<u32, Fault> {
        if self.attributes_left == 0 {
            self.summary.truncated_attributes += 1;
            return Ok(1);
        }
        self.attributes_left -= 1;
        let mut key: &[u8] = &[];
        let mut value = Value::Empty;
        while let Some(field) = reader.field()? {
            match field.number() {
                1 => key = reader.bytes(field)?,
                2 => self.value(reader.message(field)?, &mut value)?,
                3 => {
                    reader.varint(field)?;
                    self.summary.ignored_string_indexes += 1;
                }
                _ => reader.skip(field)?,
            }
        }
        let key = self.name(key);
        attributes.push(Attribute { key, value });
        Ok(0)
    }

    /// Merges an `AnyValue` into `value`: the last member of the oneof wins, and two of the same list type add up.
    pub(crate) fn value<'a>(&mut self, mut reader: Reader<'a>, value: &mut Value<'a>) -> Result<(), Fault> {
        while let Some(field) = reader.field()? {
            *value = match field.number() {
                1 => {
                    let bytes = reader.bytes(field)?;
                    self.measure(bytes.len());
                    Value::String(self.text(bytes))
                }
                2 => Value::Bool(reader.varint(field)? != 0),
                3 => Value::Int(reader.varint(field)? as i64),
                4 => Value::Double(f64::from_bits(reader.fixed64(field)?)),
                5 => {
                    let more = self.checked(reader.message(field)?, &schema::ARRAY_VALUE)?;
                    let mut wire = if let Value::Array(wire) = value { take(wire) } else { Cow::default() };
                    append(&mut wire, more);
                    self.measure(wire.len());
                    Value::Array(wire)
                }
                6 => {
                    let more = self.checked(reader.message(field)?, &schema::KEY_VALUE_LIST)?;
                    let mut wire =
                        if let Value::KeyValueList(wire) = value { take(wire) } else { Cow::default() };
                    append(&mut wire, more);
                    self.measure(wire.len());
                    Value::KeyValueList(wire)
                }
                7 => {
                    let bytes = reader.bytes(field)?;
                    self.measure(bytes.len());
                    Value::Bytes(Cow::Borrowed(bytes))
                }
                8 => {
                    reader.varint(field)?;
                    self.summary.ignored_string_indexes += 1;
                    Value::Empty
                }
                _ => {
                    reader.skip(field)?;
                    continue;
                }
            };
        }
        Ok(())
    }

    /// Merges a `Status` into `status`.
    pub(super) fn status<'a>(
        &mut self,
        mut reader: Reader<'a>,
        status: &mut Status<'a>,
    ) -> Result<(), Fault> {
        while let Some(field) = reader.field()? {
            match field.number() {
                2 => {
                    let bytes = reader.bytes(field)?;
                    self.measure(bytes.len());
                    status.message = self.text(bytes);
                }
                3 => status.code = reader.int32(field)?,
                _ => reader.skip(field)?,
            }
        }
        Ok(())
    }

    /// Merges a `Resource` message into `resource`.
    pub(crate) fn resource<'a>(
        &mut self,
        mut reader: Reader<'a>,
        resource: &mut Resource<'a>,
    ) -> Result<(), Fault> {
        let wire = self.checked(reader, &schema::RESOURCE)?;
        append(&mut resource.wire, wire);
        let counted = self.summary.clone();
        while let Some(field) = reader.field()? {
            match field.number() {
                1 => drop(self.attribute(reader.message(field)?, &mut resource.attributes)?),
                _ => reader.skip(field)?,
            }
        }
        // The check has counted these already.
        let truncated_attributes = self.summary.truncated_attributes;
        self.summary = DecodeSummary { truncated_attributes, ..counted };
        Ok(())
    }

    /// Merges an `InstrumentationScope` message into `scope`.
    pub(crate) fn scope<'a>(&mut self, mut reader: Reader<'a>, scope: &mut Scope<'a>) -> Result<(), Fault> {
        let wire = self.checked(reader, &schema::SCOPE)?;
        append(&mut scope.wire, wire);
        let counted = self.summary.repaired_strings;
        let mut attributes = 0;
        while let Some(field) = reader.field()? {
            match field.number() {
                1 => scope.name = self.text(reader.bytes(field)?),
                2 => scope.version = self.text(reader.bytes(field)?),
                3 => {
                    reader.skip(field)?;
                    attributes += 1;
                }
                _ => reader.skip(field)?,
            }
        }
        self.summary.repaired_strings = counted;
        let too_many = usize::saturating_sub(attributes, self.limits.attributes_per_span_max);
        self.summary.truncated_attributes += too_many as u64;
        Ok(())
    }

    /// The rest of `reader`, checked to be a `message`; its strings are repaired where they are not UTF-8.
    fn checked<'a>(&mut self, reader: Reader<'a>, message: &'static Message) -> Result<Cow<'a, [u8]>, Fault> {
        let mut check = Check::new(self.limits);
        check.message(reader, message)?;
        self.summary.long_values += check.long_values;
        self.summary.long_names += check.long_names;
        self.summary.repaired_strings += check.faulty_strings;
        self.summary.ignored_string_indexes += check.string_indexes;
        self.summary.deep_lists += check.deep_lists;
        if check.is_clean() {
            Ok(Cow::Borrowed(reader.rest()))
        } else {
            repaired(reader, message, self.limits.value_depth()).map(Cow::Owned)
        }
    }
}

/// Two encodings of a message, one after the other, are the encoding of the merged message.
fn append<'a>(wire: &mut Cow<'a, [u8]>, more: Cow<'a, [u8]>) {
    if wire.is_empty() {
        *wire = more;
    } else {
        wire.to_mut().extend_from_slice(&more);
    }
}
