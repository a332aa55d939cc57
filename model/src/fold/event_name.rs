//! Log lines as event names, folded to the statement that wrote them.

use std::borrow::Cow;

use super::PLACEHOLDER;

/// The longest event name that is folded whole; of a longer one, the rest is left out.
const NAME_BYTES_MAX: usize = 4096;

/// The name to group an event by: quoted texts, brace blocks, ids and numbers become `*`.
///
/// containerd's `StartContainer for "0196fde5…" returns successfully` folds to
/// `StartContainer for * returns successfully`. Names written by a program's author stay as they are.
#[must_use]
pub fn event_name(name: &str) -> Cow<'_, str> {
    let name = &name[..name.floor_char_boundary(NAME_BYTES_MAX)];
    if !name.bytes().any(|byte| matches!(byte, b'"' | b'{' | b'0'..=b'9')) {
        return Cow::Borrowed(name);
    }
    let mut folded = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let (taken, is_variable) = match first {
            '"' => (quoted(rest), true),
            '{' => (block(rest), true),
            first if is_word(first) => {
                let word = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
                (word, is_variable_word(&rest[..word]))
            }
            first => (first.len_utf8(), false),
        };
        folded.push_str(if is_variable { PLACEHOLDER } else { &rest[..taken] });
        rest = &rest[taken..];
    }
    Cow::Owned(folded)
}

/// The length of the quoted text at the start of `text`; to its end when the quote stays open.
fn quoted(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !is_escaped => return at + 1,
            b'\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

/// The length of the brace block at the start of `text`, with the blocks inside it.
fn block(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.' | ':' | '/' | '@' | '%' | '+')
}

/// A number, an id, a digest, an address, a path: a word that starts with a digit, or is hexadecimal and long, or
/// holds a digit and is a path or longer than any word.
fn is_variable_word(word: &str) -> bool {
    let Some(first) = word.bytes().next() else { return false };
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    let is_id =
        word.len() >= 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b':'));
    has_digit && (first.is_ascii_digit() || is_id || word.len() >= 20 || word.contains(['/', ':']))
}
