//! Where the texts of a request lie in its bytes: for whoever has to change them in place.

use std::ops::Range;

use super::schema::{KEY_VALUE, Kind, Message, TRACES_DATA};
use super::wire::{Fault, Reader, wire_type};

/// Messages inside each other that are looked into. A request that passes [`super::decode_request`] has fewer.
const DEPTH_MAX: usize = 300;

/// A text (or a value of bytes) and its place in the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a> {
    /// The key of the innermost attribute whose value this is, or is part of; empty for every other text.
    pub key: &'a [u8],
    /// The text; it need not be UTF-8.
    pub bytes: &'a [u8],
    /// Where it lies in the request.
    pub range: Range<usize>,
}

/// Visits every text of `body`, an `ExportTraceServiceRequest`: names, keys, values however nested, messages, trace
/// states, URLs; and what fields that this version does not know hold, as one text each. Ids are left out.
///
/// Ends early, without a word, where the bytes are not such a message: decoding them says what is wrong.
pub fn for_each_text<'a>(body: &'a [u8], mut visit: impl FnMut(&Text<'a>)) {
    let mut walk = Walk { visit: &mut visit, key: &[], depth: 0 };
    // Whoever decodes the request finds the same fault, and has the words for it.
    let _fault = walk.message(Reader::new(body), &TRACES_DATA);
}

struct Walk<'a, 'v, V> {
    visit: &'v mut V,
    key: &'a [u8],
    depth: usize,
}

impl<'a, V: FnMut(&Text<'a>)> Walk<'a, '_, V> {
    fn message(&mut self, mut reader: Reader<'a>, message: &'static Message) -> Result<(), Fault> {
        if self.depth == DEPTH_MAX {
            return Ok(());
        }
        self.depth += 1;
        let outer_key = self.key;
        if std::ptr::eq(message, &raw const KEY_VALUE) {
            // The key may stand behind its value.
            self.key = last_key(reader)?;
        }
        while let Some(field) = reader.field()? {
            let kind = message.field(field.number()).map(|known| known.kind);
            match kind {
                Some(Kind::Message(inner)) => self.message(reader.message(field)?, inner)?,
                Some(Kind::String | Kind::Bytes) => self.text(reader.bytes(field)?, reader.position()),
                None if field.wire_type() == wire_type::LENGTH => {
                    self.text(reader.bytes(field)?, reader.position());
                }
                Some(Kind::Id(_)) => drop(reader.bytes(field)?),
                _ => reader.skip(field)?,
            }
        }
        self.key = outer_key;
        self.depth -= 1;
        Ok(())
    }

    fn text(&mut self, bytes: &'a [u8], end: usize) {
        if !bytes.is_empty() {
            (self.visit)(&Text { key: self.key, bytes, range: end - bytes.len()..end });
        }
    }
}

fn last_key<'a>(mut attribute: Reader<'a>) -> Result<&'a [u8], Fault> {
    let mut key: &[u8] = &[];
    while let Some(field) = attribute.field()? {
        match field.number() {
            1 => key = attribute.bytes(field)?,
            _ => attribute.skip(field)?,
        }
    }
    Ok(key)
}

#[cfg(test)]
mod tests;
