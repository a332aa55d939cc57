//! Attribute values, nested ones too, cut to their size and depth.

use super::text::{MARK_BYTES_MAX, put_text};
use super::text_bytes_max;
use crate::otlp::decode::DecodeLimits;
use crate::otlp::schema::{ANY_VALUE, ARRAY_VALUE, KEY_VALUE, Kind, Message, VALUE_STRING, too_deep};
use crate::otlp::wire::{Fault, Field, Reader, put_bytes, put_message};

/// What an element of a list takes beside its texts, at most, and the mark behind the last one.
const ELEMENT_BYTES: usize = 2 * MARK_BYTES_MAX;

/// Cuts the values of one attribute.
pub(super) struct ValueLimiter<'l> {
    limits: &'l DecodeLimits,
    /// How many more lists may lie inside each other.
    depth_left: usize,
}

/// What a value may still take. Pieces of a list add up, if no other member of the oneof comes in between.
struct Room {
    bytes: usize,
    used: usize,
    member: u32,
}

impl Room {
    const fn new(bytes: usize) -> Self {
        Self { bytes, used: 0, member: 0 }
    }

    /// What the next piece of `member` may take.
    const fn for_member(&mut self, member: u32) -> usize {
        if self.member != member {
            (self.member, self.used) = (member, 0);
        }
        self.bytes.saturating_sub(self.used)
    }
}

impl<'l> ValueLimiter<'l> {
    pub(super) fn new(limits: &'l DecodeLimits) -> Self {
        Self { limits, depth_left: limits.value_depth() }
    }

    /// Appends a `KeyValue` outside of lists.
    pub(super) fn attribute(&mut self, reader: Reader<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
        self.key_value(reader, self.limits.value_bytes_max, out)
    }

    fn key_value(&mut self, mut reader: Reader<'_>, room: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        let mut room = Room::new(room);
        loop {
            let start = reader.position();
            let Some(field) = reader.field()? else { return Ok(()) };
            match KEY_VALUE.field(field.number()) {
                Some(known) if matches!(known.kind, Kind::String) => {
                    put_text(out, known, reader.bytes(field)?, text_bytes_max(&KEY_VALUE, self.limits));
                }
                Some(known) if matches!(known.kind, Kind::Message(_)) => {
                    let content = reader.message(field)?;
                    put_message(out, field.number(), |out| self.value(content, &mut room, out))?;
                }
                _ => {
                    reader.skip(field)?;
                    out.extend_from_slice(reader.since(start));
                }
            }
        }
    }

    /// Appends an `AnyValue`.
    fn value(&mut self, mut reader: Reader<'_>, room: &mut Room, out: &mut Vec<u8>) -> Result<(), Fault> {
        loop {
            let start = reader.position();
            let Some(field) = reader.field()? else { return Ok(()) };
            let Some(known) = ANY_VALUE.field(field.number()) else {
                reader.skip(field)?;
                out.extend_from_slice(reader.since(start));
                continue;
            };
            let bytes_left = room.for_member(field.number());
            match known.kind {
                Kind::Message(list) => {
                    let content = reader.message(field)?;
                    let before = out.len();
                    self.list(content, field, list, bytes_left, out)?;
                    room.used += out.len() - before;
                }
                Kind::String | Kind::Bytes => put_text(out, known, reader.bytes(field)?, room.bytes),
                _ => {
                    reader.skip(field)?;
                    out.extend_from_slice(reader.since(start));
                }
            }
        }
    }

    /// Appends the field of a list, or nothing if it is a later piece of one that has no room left.
    fn list(
        &mut self,
        content: Reader<'_>,
        field: Field,
        list: &'static Message,
        room: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let length = content.rest().len();
        if self.depth_left == 0 {
            put_bytes(out, VALUE_STRING, too_deep(length).as_bytes());
            return Ok(());
        }
        if length > room && room < ELEMENT_BYTES {
            return Ok(());
        }
        self.depth_left -= 1;
        let room = (length > room).then_some(room);
        put_message(out, field.number(), |out| self.elements(content, list, room, out))?;
        self.depth_left += 1;
        Ok(())
    }

    /// Appends the elements of a list that fit into `room`, and how many do not. Without `room` all of them fit.
    fn elements(
        &mut self,
        mut reader: Reader<'_>,
        list: &'static Message,
        room: Option<usize>,
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let (begin, mut left_out) = (out.len(), 0_u64);
        loop {
            let start = reader.position();
            let Some(field) = reader.field()? else { break };
            if list.field(field.number()).is_none() {
                reader.skip(field)?;
                if room.is_none() {
                    out.extend_from_slice(reader.since(start));
                }
                continue;
            }
            let content = reader.message(field)?;
            let is_array = std::ptr::eq(list, &raw const ARRAY_VALUE);
            let frame = if is_array { 0 } else { frame_bytes(content, self.limits.name_bytes_max)? };
            let element_room = match room {
                None => usize::MAX,
                Some(room) => {
                    let left = room.saturating_sub(out.len() - begin).saturating_sub(ELEMENT_BYTES + frame);
                    if left_out > 0 || left < ELEMENT_BYTES {
                        left_out += 1;
                        continue;
                    }
                    left
                }
            };
            put_message(out, field.number(), |out| {
                if is_array {
                    self.value(content, &mut Room::new(element_room), out)
                } else {
                    self.key_value(content, element_room, out)
                }
            })?;
        }
        if left_out > 0 {
            put_mark(out, list, left_out);
        }
        Ok(())
    }
}

/// What a `KeyValue` takes beside its value, once its key is cut.
fn frame_bytes(mut reader: Reader<'_>, name_bytes_max: usize) -> Result<usize, Fault> {
    let mut bytes = 0;
    loop {
        let start = reader.position();
        let Some(field) = reader.field()? else { return Ok(bytes) };
        match field.number() {
            1 => bytes += reader.bytes(field)?.len().min(name_bytes_max),
            2 => drop(reader.bytes(field)?),
            _ => {
                reader.skip(field)?;
                bytes += reader.position() - start;
            }
        }
    }
}

/// Appends an element that says how many are left out.
fn put_mark(out: &mut Vec<u8>, list: &'static Message, left_out: u64) {
    let mark = format!("…[truncated: {left_out} more]");
    put_message(out, 1, |out| {
        if std::ptr::eq(list, &raw const ARRAY_VALUE) {
            put_bytes(out, VALUE_STRING, mark.as_bytes());
        } else {
            put_bytes(out, 1, "…".as_bytes());
            put_message(out, 2, |out| put_bytes(out, VALUE_STRING, mark.as_bytes()));
        }
    });
}
