//! Writing fields to the end of a buffer.

use super::wire_type;

#[inline]
fn put_key(out: &mut Vec<u8>, number: u32, wire_type: u8) {
    put_raw_varint(out, u64::from(number << 3 | u32::from(wire_type)));
}

/// A varint without a field in front.
#[inline]
pub(crate) fn put_raw_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A varint field, zero included.
#[inline]
pub(crate) fn put_varint(out: &mut Vec<u8>, number: u32, value: u64) {
    put_key(out, number, wire_type::VARINT);
    put_raw_varint(out, value);
}

/// A `fixed32` field, zero included.
#[inline]
pub(crate) fn put_fixed32(out: &mut Vec<u8>, number: u32, value: u32) {
    put_key(out, number, wire_type::FIXED32);
    out.extend_from_slice(&value.to_le_bytes());
}

/// A `fixed64` field, zero included.
#[inline]
pub(crate) fn put_fixed64(out: &mut Vec<u8>, number: u32, value: u64) {
    put_key(out, number, wire_type::FIXED64);
    out.extend_from_slice(&value.to_le_bytes());
}

/// A `double` field, zero included.
#[inline]
pub(crate) fn put_double(out: &mut Vec<u8>, number: u32, value: f64) {
    put_fixed64(out, number, value.to_bits());
}

/// A string, bytes or already encoded message field, empty included.
#[inline]
pub(crate) fn put_bytes(out: &mut Vec<u8>, number: u32, value: &[u8]) {
    put_key(out, number, wire_type::LENGTH);
    put_raw_varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

/// A message field whose content `write` appends.
#[inline]
pub(crate) fn put_message<T>(out: &mut Vec<u8>, number: u32, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    let prefix = LengthPrefix::open(out, number);
    let result = write(out);
    prefix.close(out);
    result
}

/// A message field whose length is not known yet: one byte is kept for it, and the content moves if that is too few.
#[derive(Debug)]
#[must_use = "the length is written by close"]
pub(crate) struct LengthPrefix {
    content: usize,
}

impl LengthPrefix {
    #[inline]
    pub(crate) fn open(out: &mut Vec<u8>, number: u32) -> Self {
        put_key(out, number, wire_type::LENGTH);
        out.push(0);
        Self { content: out.len() }
    }

    #[inline]
    pub(crate) fn close(self, out: &mut Vec<u8>) {
        let length = out.len() - self.content;
        if length < 0x80 {
            out[self.content - 1] = length as u8;
        } else {
            self.close_long(out, length);
        }
    }

    fn close_long(self, out: &mut Vec<u8>, length: usize) {
        let mut prefix = Vec::with_capacity(10);
        put_raw_varint(&mut prefix, length as u64);
        out.splice(self.content - 1..self.content, prefix);
    }
}
