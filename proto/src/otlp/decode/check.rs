//! The strict check, by the schema, of message bytes that are kept as they are; and their repair.

use crate::otlp::schema::{Kind, Message};
use crate::otlp::wire::{Fault, FaultKind, Reader, put_bytes, put_message};

/// A check of one message, and what it found that is no fault.
#[derive(Debug)]
pub(super) struct Check {
    depth_max: usize,
    depth: usize,
    /// Strings that are not UTF-8.
    pub(super) faulty_strings: u64,
    /// Uses of the profiles' string table.
    pub(super) string_indexes: u64,
}

impl Check {
    /// A check that allows `depth_max` lists inside each other.
    pub(super) const fn new(depth_max: usize) -> Self {
        Self { depth_max, depth: 0, faulty_strings: 0, string_indexes: 0 }
    }

    /// Checks that the rest of `reader` is a `message`.
    pub(super) fn message(&mut self, mut reader: Reader<'_>, message: &'static Message) -> Result<(), Fault> {
        let depth = self.depth;
        self.depth += usize::from(message.is_list);
        if self.depth > self.depth_max {
            // The last byte of the length, so that the fault lies in the list's field even if the list is empty.
            let offset = reader.position().saturating_sub(1);
            return Err(Fault { kind: FaultKind::ValueDepth(self.depth_max), offset });
        }
        while let Some(field) = reader.field()? {
            let Some(known) = message.field(field.number()) else {
                reader.skip(field)?;
                continue;
            };
            match known.kind {
                Kind::Message(inner) => self.message(reader.message(field)?, inner)?,
                Kind::String => {
                    let bytes = reader.bytes(field)?;
                    self.faulty_strings += u64::from(simdutf8::basic::from_utf8(bytes).is_err());
                }
                Kind::Bytes | Kind::Id(_) => drop(reader.bytes(field)?),
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
