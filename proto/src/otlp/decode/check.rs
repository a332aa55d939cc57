//! The strict check, by the schema, of message bytes that are kept as they are; and their repair.

use super::DecodeLimits;
use crate::otlp::schema::{Kind, Message, VALUE_STRING, too_deep};
use crate::otlp::wire::{Fault, Reader, put_bytes, put_message};

/// A check of one message, and what it found that is no fault.
#[derive(Debug)]
pub(super) struct Check<'l> {
    limits: &'l DecodeLimits,
    depth: usize,
    /// Strings that are not UTF-8.
    pub(super) faulty_strings: u64,
    /// Lists that lie too deep. What they hold is not checked.
    pub(super) deep_lists: u64,
    /// Uses of the profiles' string table.
    pub(super) string_indexes: u64,
    /// Values longer than their limit; the outermost list is for the caller to measure, unless it is an attribute's.
    pub(super) long_values: u64,
    /// Other texts longer than their limit.
    pub(super) long_names: u64,
}

impl<'l> Check<'l> {
    pub(super) const fn new(limits: &'l DecodeLimits) -> Self {
        Self {
            limits,
            depth: 0,
            faulty_strings: 0,
            deep_lists: 0,
            string_indexes: 0,
            long_values: 0,
            long_names: 0,
        }
    }

    /// Checks that the rest of `reader` is a `message`.
    pub(super) fn message(&mut self, mut reader: Reader<'_>, message: &'static Message) -> Result<(), Fault> {
        let depth = self.depth;
        self.depth += usize::from(message.is_list);
        while let Some(field) = reader.field()? {
            let Some(known) = message.field(field.number()) else {
                reader.skip(field)?;
                continue;
            };
            match known.kind {
                Kind::Message(inner) if inner.is_list && self.depth >= self.limits.value_depth() => {
                    reader.bytes(field)?;
                    self.deep_lists += 1;
                }
                Kind::Message(inner) => {
                    let content = reader.message(field)?;
                    if inner.is_list && self.depth == 0 {
                        self.measure(message, content.rest());
                    }
                    self.message(content, inner)?;
                }
                Kind::String => {
                    let bytes = reader.bytes(field)?;
                    self.measure(message, bytes);
                    self.faulty_strings += u64::from(simdutf8::basic::from_utf8(bytes).is_err());
                }
                Kind::Bytes => self.measure(message, reader.bytes(field)?),
                Kind::Id(_) => drop(reader.bytes(field)?),
                Kind::Int32 => {
                    reader.varint(field)?;
                    self.string_indexes += 1;
                }
                Kind::Bool | Kind::Int64 | Kind::UInt32 | Kind::Enum(_) => drop(reader.varint(field)?),
                Kind::Double | Kind::Fixed64 => drop(reader.fixed64(field)?),
                Kind::Fixed32 => drop(reader.fixed32(field)?),
            }
        }
        self.depth = depth;
        Ok(())
    }

    fn measure(&mut self, message: &Message, bytes: &[u8]) {
        if message.has_values() {
            self.long_values += u64::from(bytes.len() > self.limits.value_bytes_max);
        } else {
            self.long_names += u64::from(bytes.len() > self.limits.name_bytes_max);
        }
    }

    /// Whether the bytes may be kept as they are.
    pub(super) const fn is_clean(&self) -> bool {
        self.faulty_strings == 0 && self.deep_lists == 0
    }
}

/// A copy of the rest of `reader`, a checked `message`, in which every string is UTF-8 and every list that would lie in
/// `depth_max` others is a string that says so.
pub(super) fn repaired(
    reader: Reader<'_>,
    message: &'static Message,
    depth_max: usize,
) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::with_capacity(reader.rest().len() + 16);
    repair_into(reader, message, depth_max, &mut out)?;
    Ok(out)
}

fn repair_into(
    mut reader: Reader<'_>,
    message: &'static Message,
    depth_left: usize,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let depth_left = depth_left.saturating_sub(usize::from(message.is_list));
    let mut start = reader.position();
    while let Some(field) = reader.field()? {
        match message.field(field.number()).map(|known| known.kind) {
            Some(Kind::Message(inner)) if inner.is_list && depth_left == 0 => {
                let length = reader.bytes(field)?.len();
                put_bytes(out, VALUE_STRING, too_deep(length).as_bytes());
            }
            Some(Kind::Message(inner)) => {
                let content = reader.message(field)?;
                put_message(out, field.number(), |out| repair_into(content, inner, depth_left, out))?;
            }
            Some(Kind::String) => {
                let text = String::from_utf8_lossy(reader.bytes(field)?);
                put_bytes(out, field.number(), text.as_bytes());
            }
            _ => {
                reader.skip(field)?;
                out.extend_from_slice(reader.since(start));
            }
        }
        start = reader.position();
    }
    Ok(())
}
