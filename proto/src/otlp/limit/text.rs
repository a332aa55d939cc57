//! Texts and bytes cut to a length, with a mark.

use crate::otlp::schema::FieldType;
use crate::otlp::wire::put_bytes;

/// The longest mark, in bytes.
pub(super) const MARK_BYTES_MAX: usize = 64;

/// Appends the string or bytes field `known`, cut to `bytes_max`, which is at least [`MARK_BYTES_MAX`].
pub(super) fn put_text(out: &mut Vec<u8>, known: &FieldType, text: &[u8], bytes_max: usize) {
    if text.len() <= bytes_max {
        put_bytes(out, known.number, text);
        return;
    }
    let (mark, separator) = if known.name == "traceState" {
        (format!("tailplane=truncated_from_{}_bytes", text.len()), Some(b','))
    } else {
        (format!("…[truncated from {} bytes]", text.len()), None)
    };
    let room = bytes_max.saturating_sub(mark.len());
    let kept = match separator {
        // Whole list members only, so that the state stays one that W3C's grammar allows.
        Some(separator) => {
            text[..room].iter().rposition(|byte| *byte == separator).map_or(0, |place| place + 1)
        }
        None => character_boundary(text, room),
    };
    let mut cut = Vec::with_capacity(kept + mark.len());
    cut.extend_from_slice(&text[..kept]);
    cut.extend_from_slice(mark.as_bytes());
    put_bytes(out, known.number, &cut);
}

/// The last place up to `place` that does not split a UTF-8 character, if `text` is UTF-8.
fn character_boundary(text: &[u8], place: usize) -> usize {
    let is_boundary = |place: usize| text.get(place).is_none_or(|byte| byte & 0xc0 != 0x80);
    (place.saturating_sub(3)..=place).rev().find(|place| is_boundary(*place)).unwrap_or(place)
}
