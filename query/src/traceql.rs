//! TraceQL: from text to a checked tree, its canonical text, and its meaning.
//!
//! - [`parse_filter`] reads one span filter `{ … }`, [`parse_attribute`] the name of one attribute, [`parse_query`] a whole
//!   [`Query`]: a pipeline over traces, or series over time. All check types, so that whoever translates a tree meets no
//!   ill-typed comparison. `Display` prints canonical text that parses back to an equal tree.
//! - [`matches()`] *defines* what a filter means for one span; every faster implementation is tested against it.
//!   [`TraceView::spansets`] defines what a pipeline means for one trace, [`MetricsAccumulator`] what series mean.
//! - [`complete()`] says what can be written at the cursor of a half query; [`colour`] what its parts are.
//!
//! ```text
//! { kind = server && span.http.target =~ "/apis?/.*" } >> { status = error } | by(k8s:verb) | count() > 3
//! ```
//!
//! `docs/traceql.md` is the manual, and says where this differs from Tempo.

mod arithmetic;
mod attribute;
mod check;
mod complete;
mod duration;
mod evaluate;
mod filter;
mod hints;
mod lexer;
mod literal;
mod metrics;
mod operand;
mod parser;
mod pattern;
mod pipeline;
mod query;
mod relax;
mod series;
mod span_values;
mod spanset;
mod trace_attribute;
mod trace_view;
mod types;
mod value;
mod words;

#[cfg(test)]
mod tests;

use parser::{Parser, Reach};

pub use attribute::{Attribute, AttributeScope, Intrinsic};
pub use complete::{Colour, Completes, Completion, colour, complete};
pub use evaluate::{SpanAttributes, matches};
pub use filter::{CompareOp, Expression, SpanFilter};
pub use hints::Hints;
pub use metrics::{
    Comparison, MathOp, MetricsExpression, MetricsFunction, MetricsQuery, SecondStage, SeriesExpression,
};
pub use operand::{ArithmeticOp, Operand};
pub use pattern::{MAX_PATTERN_COMPILED_BYTES, Pattern};
pub use pipeline::{
    Aggregate, AggregateFunction, Pipeline, Relation, RelationForm, Scalar, ScalarFilter, SpansetExpression,
    SpansetOp, Stage,
};
pub use query::{Query, QueryBody};
pub use series::{MetricsAccumulator, MetricsLimits, Series, SeriesExemplar, TooManySeries, Window};
pub use span_values::SpanValues;
pub(crate) use span_values::statics;
pub use spanset::Spanset;
pub use trace_attribute::{TraceAttribute, TraceIntrinsic};
pub use trace_view::{NodeAttributes, ROOT_NOT_RECEIVED, TraceView};
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

/// The most span filters, stages, aggregates and numbers between them in one query: each may be evaluated on every trace.
pub const MAX_PARTS: usize = 64;

/// The most labels of a series, `p` and `__bucket` included.
pub const MAX_LABELS: usize = 5;

/// Where in a text: bytes, always on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The first byte.
    pub offset: usize,
    /// How many bytes; 0 at the end of the text.
    pub length: usize,
}

impl Position {
    /// The first byte after it.
    #[must_use]
    pub const fn end(self) -> usize {
        self.offset + self.length
    }

    /// From the start of this to the end of `other`.
    fn to(self, other: Self) -> Self {
        Self { offset: self.offset, length: other.end().saturating_sub(self.offset) }
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
/// When the text is not one well-typed span filter, is over a limit above, or needs whole traces (pipelines, relations
/// between span filters, fields such as `trace:rootName`): [`parse_query`] takes those.
pub fn parse_filter(text: &str) -> Result<SpanFilter, ParseError> {
    check_length(text)?;
    Parser::new(text, Reach::Span)?.filter()
}

/// Reads and checks a whole query.
///
/// # Errors
///
/// When the text is not a well-typed query, or is over a limit above.
pub fn parse_query(text: &str) -> Result<Query, ParseError> {
    check_length(text)?;
    Parser::new(text, Reach::Trace)?.query()
}

/// Reads one attribute or intrinsic, as `by` and the attribute endpoints take it: `span.http.route`, `name`.
///
/// # Errors
///
/// When the text is not exactly one attribute, is too long, or names an intrinsic that needs whole traces.
pub fn parse_attribute(text: &str) -> Result<Attribute, ParseError> {
    check_length(text)?;
    Parser::new(text, Reach::Span)?.attribute()
}

fn check_length(text: &str) -> Result<(), ParseError> {
    if text.len() <= MAX_TEXT_BYTES {
        return Ok(());
    }
    let message = format!("the text is {} bytes long: at most {MAX_TEXT_BYTES} are read", text.len());
    let offset = text.floor_char_boundary(MAX_TEXT_BYTES);
    Err(ParseError::new(message, Position { offset, length: text.len() - offset }))
}
