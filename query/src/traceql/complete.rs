//! What can be written at the cursor of a half query.

mod place;
mod scope;

use super::hints::{HINTS, HintType};
use super::lexer::{Lexer, Token};
use super::words::{self, Meaning};
use super::{
    Attribute, CompareOp, Intrinsic, MAX_TEXT_BYTES, Position, SpanFilter, SpanKind, StatusCode,
    TraceIntrinsic,
};

use place::{Piece, place};

/// What can be written at a place, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// What.
    pub what: Completes,
    /// The piece around the cursor that it takes the place of; empty between pieces.
    pub replaces: Position,
    /// The conditions that stand around the cursor already, as far as they can be read: spans that meet them have the names
    /// and values worth showing.
    pub scope_filter: SpanFilter,
}

/// What can be written at a place.
#[derive(Debug, Clone, PartialEq)]
pub enum Completes {
    /// `{`, or an aggregate: the beginning of a query, or of a side of an operator.
    Filter,
    /// The name of an attribute.
    Attribute,
    /// A comparison of this attribute.
    Comparison(Attribute),
    /// A value of this attribute.
    Value(Attribute),
    /// `&&`, `||`, arithmetic, or the end of the condition.
    Connector,
    /// `|`, or an operator between span filters.
    Relation,
    /// A stage or a function, after `|`.
    Stage,
    /// The name of a hint.
    Hint,
    /// The value of this hint.
    HintValue(&'static str),
    /// A number, or something that has no list.
    Free,
}

impl Completes {
    /// The words of the language that fit; names and values of attributes are not among them.
    #[must_use]
    pub fn words(&self) -> Vec<&'static str> {
        match self {
            Self::Filter => vec!["{", "(", "count()", "avg(", "max(", "min(", "sum(", "by(", "select("],
            Self::Attribute => {
                let own = Intrinsic::ALL.into_iter().map(Intrinsic::word);
                let scopes = ["span.", "resource.", "event.", "link.", "instrumentation.", "parent.", "."];
                own.chain(TraceIntrinsic::ALL.map(TraceIntrinsic::word)).chain(scopes).collect()
            }
            Self::Comparison(_) => {
                CompareOp::ALL.into_iter().map(CompareOp::symbol).chain(["=~", "!~"]).collect()
            }
            Self::Value(Attribute::Intrinsic(Intrinsic::Kind)) => {
                SpanKind::ALL.map(SpanKind::keyword).to_vec()
            }
            Self::Value(Attribute::Intrinsic(Intrinsic::Status)) => {
                StatusCode::ALL.map(StatusCode::keyword).to_vec()
            }
            Self::Value(Attribute::Scoped { .. } | Attribute::Derived(_)) => vec!["nil", "true", "false"],
            Self::Connector => vec!["&&", "||", "+", "-", "*", "/", "}", ")"],
            Self::Relation => vec![
                "|", "&&", "||", ">", ">>", "<", "<<", "~", "!>", "!>>", "!<", "!<<", "!~", "&>", "&>>",
                "&<", "&<<", "&~", "with(",
            ],
            Self::Stage => words::STAGES.into_iter().filter(|word| *word != "with").chain(["{"]).collect(),
            Self::Hint => {
                HINTS.into_iter().filter(|hint| hint.1 != HintType::Foreign).map(|hint| hint.0).collect()
            }
            Self::HintValue("slots") => vec!["\"start\"", "\"end\""],
            Self::HintValue(_) => vec!["true", "false"],
            Self::Value(_) | Self::Free => Vec::new(),
        }
    }
}

/// What can be written at byte `cursor` of `text`, which may be no query yet.
#[must_use]
pub fn complete(text: &str, cursor: usize) -> Completion {
    let text = &text[..text.floor_char_boundary(MAX_TEXT_BYTES.min(text.len()))];
    let cursor = text.floor_char_boundary(cursor.min(text.len()));
    let (mut before, broken) = pieces(&text[..cursor], 0);
    let between = Position { offset: cursor, length: 0 };
    let replaces = broken.or_else(|| {
        let last = before.pop_if(|last| last.position.end() == cursor && last.is_open())?;
        Some(last.position)
    });
    let replaces = replaces.unwrap_or(between);
    // The rest of the piece that the cursor stands in goes too.
    let rest: usize = match replaces.length {
        0 => 0,
        _ => text[cursor..]
            .chars()
            .take_while(|next| !super::attribute::ends_name(*next))
            .map(char::len_utf8)
            .sum(),
    };
    let end = cursor + rest;
    let replaces = Position { offset: replaces.offset, length: end - replaces.offset };
    let (after, _) = pieces(&text[end..], end);
    let scope_filter = scope::scope_filter(text, &before, &after, replaces);
    Completion { what: place(&before), replaces, scope_filter }
}

/// The tokens of a text that stands at `offset`, up to a fault; and the text from the fault on.
fn pieces(text: &str, offset: usize) -> (Vec<Piece<'_>>, Option<Position>) {
    let mut lexer = Lexer::new(text);
    let mut pieces = Vec::new();
    let mut end = 0;
    loop {
        match lexer.lex() {
            Ok(lexeme) if lexeme.token == Token::End => return (pieces, None),
            Ok(lexeme) => {
                end = lexeme.position.end();
                let position = Position { offset: lexeme.position.offset + offset, ..lexeme.position };
                pieces.push(Piece { token: lexeme.token, position });
            }
            Err(_) => {
                let rest = text[end..].trim_start();
                let start = text.len() - rest.len();
                return (pieces, Some(Position { offset: start + offset, length: rest.len() }));
            }
        }
    }
}

/// What a part of a text is, for colouring it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// An attribute or intrinsic.
    Attribute,
    /// A keyword, function or stage.
    Keyword,
    /// A string.
    String,
    /// A number or duration.
    Number,
    /// An operator, a brace, a comma.
    Symbol,
    /// A word without a meaning, or the rest after something that cannot be read.
    Fault,
}

/// The parts of a text; blanks and comments lie between them.
#[must_use]
pub fn colour(text: &str) -> Vec<(Colour, Position)> {
    let text = &text[..text.floor_char_boundary(MAX_TEXT_BYTES.min(text.len()))];
    let (pieces, fault) = pieces(text, 0);
    let parts = pieces.into_iter().map(|piece| {
        let colour = match piece.token {
            Token::Symbol(_) | Token::End => Colour::Symbol,
            Token::String(_) => Colour::String,
            Token::Int(_) | Token::Float(_) | Token::Duration(_) => Colour::Number,
            Token::Attribute(_) => Colour::Attribute,
            Token::Word(word) => match words::resolve(word) {
                Ok(Meaning::Attribute(_)) => Colour::Attribute,
                Ok(_) => Colour::Keyword,
                Err(_) if words::begins_stage(word) || HINTS.iter().any(|hint| hint.0 == word) => {
                    Colour::Keyword
                }
                Err(_) => Colour::Fault,
            },
        };
        (colour, piece.position)
    });
    parts.chain(fault.map(|position| (Colour::Fault, position))).collect()
}
