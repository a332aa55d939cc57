//! The strict check, by the schema, of message bytes that are kept as they are; and their repair.

use super::DecodeLimits;
use crate::otlp::schema::{Kind, Message};
use crate::otlp::wire::{Fault, FaultKind, Reader, put_bytes, put_message};

/// A check of one message, and what it found that is no fault.
#[derive(Debug)]
pub(super) struct Check<'l> {
    limits: &'l DecodeLimits,
    depth: usize,
    /// Strings that are not UTF-8.
    pub(super) faulty_strings: u64,
    /// Uses of the profiles' string table.
    pub(super) string_indexes: u64,
    /// Values longer than their limit; the outermost list is for the caller to measure, unless it is an attribute's.
    pub(super) long_values: u64,
    /// Other texts longer than their limit.
    pub(super) long_names: u64,
}

impl<'l> Check<'l> {
    pub(super) const fn new(limits: &'l DecodeLimits) -> Self {
        Self { limits, depth: 0, faulty_strings: 0, string_indexes: 0, long_values: 0, long_names: 0 }
    }

    /// Checks that the rest of `reader` is a `message`.
    pub(super) fn message(&mut self, mut reader: Reader<'_>, message: &'static Message) -> Result<(), Fault> {
        let depth = self.depth;
        self.depth += usize::from(message.is_list);
        let depth_max = self.limits.value_depth();
        if self.depth > depth_max {
            // The last byte of the length, so that the fault lies in the list's field even if the list is empty.
            let offset = reader.position().saturating_sub(1);
            return Err(Fault { kind: FaultKind::ValueDepth(depth_max), offset });
        }
        while let Some(field) = reader.field()? {
            let Some(known) = message.field(field.number()) else {
                reader.skip(field)?;
                continue;
            };
            match known.kind {
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
}

/// A copy of the rest of `reader`, a checked `message`, in which every string is UTF-8.
pub(super) fn repaired(reader: Reader<'_>, message: &'static Message) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::with_capacity(reader.rest().len() + 16);
    repair_into(reader, message, &mut out)?;
    Ok(out)
}

fn repair_into(mut reader: Reader<'_>, message: &'static Message, out: &mut Vec<u8>) -> Result<(), Fault> {
    let mut start = reader.position();
    while let Some(field) = reader.field()? {
        match message.field(field.number()).map(|known| known.kind) {
            Some(Kind::Message(inner)) => {
                let content = reader.message(field)?;
                put_message(out, field.number(), |out| repair_into(content, inner, out))?;
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
