//! A request cut to its limits before it is kept: what is logged is what is stored, whatever the limits are later.

mod text;
mod value;

use super::decode::{DecodeError, DecodeLimits};
use super::schema::{EVENT, KEY_VALUE, Kind, LINK, Message, RESOURCE_SPANS, SCOPE, SPAN, TRACES_DATA};
use super::wire::{Fault, Reader, put_message, put_varint};
use text::put_text;
use value::ValueLimiter;

/// A copy of `body`, an `ExportTraceServiceRequest`, in which nothing exceeds `limits`.
///
/// Texts and bytes longer than their limit end with a mark that gives their length; a trace state, with a list member
/// that does. A list of values longer than the limit of a value ends with an element that says how many are left out; a
/// list in too many others becomes a string. Attributes, events and links beyond their limits are added to the
/// `dropped_..._count` beside them. [`super::decode_request`] with the same `limits` counts all of it, and so tells
/// whether a copy is needed.
///
/// # Errors
/// When the bytes are not such a message, as far as they have to be read for this.
pub fn limit_request(body: &[u8], limits: &DecodeLimits) -> Result<Vec<u8>, DecodeError> {
    let mut out = Vec::with_capacity(body.len());
    let mut limiter = Limiter { limits, left: [0; 3] };
    limiter
        .message(Reader::new(body), &TRACES_DATA, &mut out)
        .map_err(|fault| DecodeError::new(fault, body, &TRACES_DATA))?;
    out.shrink_to_fit();
    Ok(out)
}

/// The longest text in a `message`, in bytes.
pub(super) fn text_bytes_max(message: &Message, limits: &DecodeLimits) -> usize {
    if message.has_values() { limits.value_bytes_max } else { limits.name_bytes_max }
}

fn is(message: &Message, other: &'static Message) -> bool {
    std::ptr::eq(message, other)
}

/// The limited lists, and the fields that say what they lack.
static LISTS: [(&Message, &str); 3] =
    [(&KEY_VALUE, "droppedAttributesCount"), (&EVENT, "droppedEventsCount"), (&LINK, "droppedLinksCount")];

struct Limiter<'l> {
    limits: &'l DecodeLimits,
    /// How much of each list the span, scope or resource that is being read may still have.
    left: [usize; 3],
}

impl Limiter<'_> {
    /// Appends what of a message, one outside of values, is within the limits.
    fn message(
        &mut self,
        reader: Reader<'_>,
        message: &'static Message,
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        // A resource may come in pieces: what holds the pieces counts.
        if !(is(message, &SPAN) || is(message, &SCOPE) || is(message, &RESOURCE_SPANS)) {
            return self.fields(reader, message, out);
        }
        let DecodeLimits { attributes_per_span_max, events_per_span_max, links_per_span_max, .. } =
            *self.limits;
        let full = [attributes_per_span_max, events_per_span_max, links_per_span_max];
        let outer = std::mem::replace(&mut self.left, full);
        let result = self.fields(reader, message, out);
        self.left = outer;
        result
    }

    fn fields(
        &mut self,
        mut reader: Reader<'_>,
        message: &'static Message,
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let whole = reader;
        let mut cut = [0_u32; 3];
        loop {
            let start = reader.position();
            let Some(field) = reader.field()? else { break };
            match message.field(field.number()) {
                Some(known) => match known.kind {
                    Kind::Message(inner) => {
                        let content = reader.message(field)?;
                        if let Some(list) = LISTS.iter().position(|(element, _)| is(inner, element)) {
                            if self.left[list] == 0 {
                                cut[list] = cut[list].saturating_add(1);
                                continue;
                            }
                            self.left[list] -= 1;
                        }
                        put_message(out, field.number(), |out| {
                            if is(inner, &KEY_VALUE) {
                                ValueLimiter::new(self.limits).attribute(content, out)
                            } else {
                                self.message(content, inner, out)
                            }
                        })?;
                    }
                    Kind::String => {
                        put_text(out, known, reader.bytes(field)?, text_bytes_max(message, self.limits));
                    }
                    _ => {
                        reader.skip(field)?;
                        out.extend_from_slice(reader.since(start));
                    }
                },
                None => {
                    reader.skip(field)?;
                    out.extend_from_slice(reader.since(start));
                }
            }
        }
        put_counts(whole, message, cut, out)
    }
}

/// Adds what was `cut` from the lists of a message to what it says it lacks. The last value of a field counts.
fn put_counts(
    whole: Reader<'_>,
    message: &'static Message,
    cut: [u32; 3],
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    for ((_, name), cut) in LISTS.iter().zip(cut).filter(|(_, cut)| *cut > 0) {
        let Some(counter) = message.field_named(name.as_bytes()) else { continue };
        let (mut reader, mut told) = (whole, 0);
        while let Some(field) = reader.field()? {
            if field.number() == counter.number {
                told = reader.uint32(field)?;
            } else {
                reader.skip(field)?;
            }
        }
        put_varint(out, counter.number, u64::from(cut.saturating_add(told)));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
