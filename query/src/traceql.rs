//! TraceQL: the span filter `{ … }` from text to a checked tree, its canonical text, and its meaning.
//!
//! [`parse_filter`] reads a filter, [`parse_attribute`] the name of one attribute (for `by` and for attribute
//! lookups). Both check types, so that whoever translates the tree meets no ill-typed comparison.
//! `Display` prints canonical text that parses back to an equal tree. [`matches()`] *defines* what a filter
//! means; every faster implementation is tested against it.
//!
//! ```text
//! { kind = server && span.http.target =~ "/apis?/.*" && (duration > 1.5s || status = error) }
//! ```
//!
//! Where this differs from Tempo: a bare `0x` or `_` number is refused rather than half read; `status` against
//! another attribute compares statuses only; `\d \w \s \b` in patterns know all of Unicode; a comparison of
//! conditions is taken only with `true` or `false` on one side.

mod attribute;
mod check;
mod duration;
mod evaluate;
mod filter;
mod lexer;
mod literal;
mod parser;
mod pattern;
mod value;
mod words;

#[cfg(test)]
mod tests;

pub use attribute::{Attribute, AttributeScope, Intrinsic};
pub use evaluate::{SpanAttributes, matches};
pub use filter::{CompareOp, Expression, Operand, SpanFilter};
pub use pattern::{MAX_PATTERN_COMPILED_BYTES, Pattern};
pub use value::{SpanKind, Static, StatusCode};

/// The longest text that is parsed, in bytes. Queries travel in URLs, which are shorter still.
pub const MAX_TEXT_BYTES: usize = 16 * 1024;

/// The greatest height of an [`Expression`] tree: `&&` and `||` chains count once, `!` counts once.
pub const MAX_DEPTH: usize = 64;

/// The most operands in one filter (attributes, literals, parentheses, `!` and `-`): each may become a node of
/// the query plan.
pub const MAX_OPERANDS: usize = 1024;

/// The most regular expressions in one filter, each of at most [`MAX_PATTERN_COMPILED_BYTES`].
pub const MAX_PATTERNS: usize = 32;

/// Where in a text: bytes, always on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The first byte.
    pub offset: usize,
    /// How many bytes; 0 at the end of the text.
    pub length: usize,
}

impl Position {
    /// From the start of this to the end of `other`.
    fn to(self, other: Self) -> Self {
        Self { offset: self.offset, length: (other.offset + other.length).saturating_sub(self.offset) }
    }
}

/// A text that is not a span filter (or not an attribute), what is wrong with it and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at byte {}: {message}", position.offset)]
pub struct ParseError {
    /// What is wrong and the way out; without the position.
    pub message: String,
    /// The text at fault.
    pub position: Position,
}

impl ParseError {
    fn new(message: impl Into<String>, position: Position) -> Self {
        Self { message: message.into(), position }
    }
}

/// Reads and checks one span filter `{ … }`.
///
/// # Errors
///
/// When the text is not one well-typed span filter, is over a limit above, or uses a part of TraceQL that is
/// not supported yet (pipelines, relations between span filters, arithmetic, whole-trace intrinsics).
pub fn parse_filter(text: &str) -> Result<SpanFilter, ParseError> {
    check_length(text)?;
    parser::Parser::new(text)?.filter()
}

/// Reads one attribute or intrinsic, as `by` and the attribute endpoints take it: `span.http.route`, `name`.
///
/// # Errors
///
/// When the text is not exactly one attribute, is too long, or names an intrinsic that needs whole traces.
pub fn parse_attribute(text: &str) -> Result<Attribute, ParseError> {
    check_length(text)?;
    parser::Parser::new(text)?.attribute()
}

fn check_length(text: &str) -> Result<(), ParseError> {
    if text.len() <= MAX_TEXT_BYTES {
        return Ok(());
    }
    let message = format!("the text is {} bytes long: at most {MAX_TEXT_BYTES} are read", text.len());
    let offset = text.floor_char_boundary(MAX_TEXT_BYTES);
    Err(ParseError::new(message, Position { offset, length: text.len() - offset }))
}
