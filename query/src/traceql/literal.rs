//! String literals as Go writes them: `"…"` with escapes, and `` `…` `` without.

use super::{ParseError, Position};

/// Reads the quoted string whose `"` stands at `start`: its value and the offset after the closing quote.
pub(super) fn quoted(text: &str, start: usize) -> Result<(String, usize), ParseError> {
    let bytes = text.as_bytes();
    let mut value = Vec::new();
    let mut offset = start + 1;
    loop {
        match bytes.get(offset) {
            Some(b'"') => break,
            Some(b'\\') => offset = escape(text, offset, &mut value)?,
            None | Some(b'\n') => return Err(unclosed(text, start, offset, '"')),
            Some(byte) => {
                value.push(*byte);
                offset += 1;
            }
        }
    }
    let end = offset + 1;
    let value = String::from_utf8(value).map_err(|_| {
        let message = "the escapes of this string do not make valid UTF-8: write characters, or \\u escapes";
        ParseError::new(message, Position { offset: start, length: end - start })
    })?;
    Ok((value, end))
}

/// Reads the raw string whose `` ` `` stands at `start`. As in Go, carriage returns are dropped.
pub(super) fn raw(text: &str, start: usize) -> Result<(String, usize), ParseError> {
    let body = &text[start + 1..];
    let length = body.find('`').ok_or_else(|| unclosed(text, start, text.len(), '`'))?;
    Ok((body[..length].replace('\r', ""), start + length + 2))
}

fn unclosed(text: &str, start: usize, end: usize, quote: char) -> ParseError {
    let message = format!("this string is not closed: write a second {quote} after it");
    ParseError::new(message, Position { offset: start, length: end.min(text.len()) - start })
}

/// Reads the escape whose `\` stands at `start` into `value`; the offset after it.
fn escape(text: &str, start: usize, value: &mut Vec<u8>) -> Result<usize, ParseError> {
    let simple = match text.as_bytes().get(start + 1) {
        Some(b'a') => 0x07,
        Some(b'b') => 0x08,
        Some(b'f') => 0x0c,
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'v') => 0x0b,
        Some(b'\\') => b'\\',
        Some(b'"') => b'"',
        Some(b'x') => return numeric(text, start, 2, 2, 16, value),
        Some(b'u') => return numeric(text, start, 2, 4, 16, value),
        Some(b'U') => return numeric(text, start, 2, 8, 16, value),
        Some(b'0'..=b'7') => return numeric(text, start, 1, 3, 8, value),
        _ => return Err(bad_escape(text, start)),
    };
    value.push(simple);
    Ok(start + 2)
}

/// `\x` and octal escapes are bytes, `\u` and `\U` are characters.
fn numeric(
    text: &str,
    start: usize,
    prefix: usize,
    digits: usize,
    radix: u32,
    value: &mut Vec<u8>,
) -> Result<usize, ParseError> {
    let first = start + prefix;
    let end = first + digits;
    let number = text
        .get(first..end)
        .filter(|digits| digits.chars().all(|digit| digit.is_digit(radix)))
        .and_then(|digits| u32::from_str_radix(digits, radix).ok())
        .ok_or_else(|| bad_escape(text, start))?;
    if digits < 4 {
        value.push(u8::try_from(number).map_err(|_| bad_escape(text, start))?);
    } else {
        let character = char::from_u32(number).ok_or_else(|| bad_escape(text, start))?;
        value.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    Ok(end)
}

fn bad_escape(text: &str, start: usize) -> ParseError {
    let length = 1 + text[start + 1..].chars().next().map_or(0, char::len_utf8);
    let written = &text[start..start + length];
    let message = format!("unknown escape '{written}': write \\\\ for a backslash, or a raw string in `…`");
    ParseError::new(message, Position { offset: start, length })
}
