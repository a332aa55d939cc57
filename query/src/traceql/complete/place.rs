//! Which place the tokens before the cursor lead to.

use super::Completes;
use crate::traceql::Position;
use crate::traceql::check::Comparison;
use crate::traceql::hints::HINTS;
use crate::traceql::lexer::Token;
use crate::traceql::words::{self, Meaning};

/// A token of a half query.
#[derive(Debug, Clone)]
pub(super) struct Piece<'t> {
    pub(super) token: Token<'t>,
    pub(super) position: Position,
}

impl Piece<'_> {
    /// Whether more of it could be written at its end.
    pub(super) const fn is_open(&self) -> bool {
        !matches!(self.token, Token::Symbol(_) | Token::End)
    }

    pub(super) fn is(&self, symbol: &str) -> bool {
        matches!(self.token, Token::Symbol(own) if own == symbol)
    }
}

/// What is open around the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Braces,
    /// A parenthesis between conditions or values.
    Values,
    /// A function that takes values or attributes.
    Arguments,
    /// A parenthesis around pipelines.
    Group,
    Hints,
    /// A function that takes nothing that could be listed.
    Other,
}

impl Open {
    const fn holds_values(self) -> bool {
        matches!(self, Self::Braces | Self::Values | Self::Arguments)
    }
}

pub(super) fn place(pieces: &[Piece<'_>]) -> Completes {
    let mut open: Vec<Open> = Vec::new();
    let mut place = Completes::Filter;
    let mut word = "";
    for piece in pieces {
        let inside = open.last().copied();
        place = match (&piece.token, inside) {
            (Token::Symbol("{"), _) => {
                open.push(Open::Braces);
                Completes::Attribute
            }
            (Token::Symbol("("), _) => {
                let opened = opened(inside, word);
                open.push(opened);
                match opened {
                    Open::Hints => Completes::Hint,
                    Open::Group => Completes::Filter,
                    Open::Other => Completes::Free,
                    _ => Completes::Attribute,
                }
            }
            (Token::Symbol("}" | ")"), _) => {
                open.pop();
                match (open.last(), inside) {
                    (Some(around), _) if around.holds_values() => Completes::Connector,
                    _ => Completes::Relation,
                }
            }
            (token, Some(Open::Hints)) => in_hints(token, place),
            (token, Some(inside)) if inside.holds_values() => in_values(token, place),
            (Token::Symbol("|"), _) => Completes::Stage,
            (Token::Symbol(_), Some(Open::Other)) => Completes::Free,
            (Token::Symbol(_), _) => Completes::Filter,
            _ => Completes::Relation,
        };
        word = match piece.token {
            Token::Word(word) => word,
            _ => "",
        };
    }
    place
}

/// What `(` opens after `word`.
fn opened(inside: Option<Open>, word: &str) -> Open {
    match (inside, word) {
        (Some(inside), _) if inside.holds_values() => Open::Values,
        (_, "with") => Open::Hints,
        (_, "compare") => Open::Group,
        (_, "count" | "rate" | "count_over_time" | "coalesce" | "topk" | "bottomk") => Open::Other,
        (_, word) if words::begins_stage(word) => Open::Arguments,
        _ => Open::Group,
    }
}

fn in_hints(token: &Token<'_>, place: Completes) -> Completes {
    match (token, place) {
        (Token::Word(word), Completes::Hint) => {
            let known = HINTS.into_iter().find(|hint| hint.0 == *word);
            known.map_or(Completes::Free, |hint| Completes::HintValue(hint.0))
        }
        (Token::Symbol("="), place @ Completes::HintValue(_)) => place,
        (Token::Symbol(","), _) => Completes::Hint,
        _ => Completes::Free,
    }
}

fn in_values(token: &Token<'_>, place: Completes) -> Completes {
    let attribute = match token {
        Token::Attribute(attribute) => Some(attribute.clone()),
        Token::Word(word) => match words::resolve(word) {
            Ok(Meaning::Attribute(attribute)) => Some(attribute),
            _ => None,
        },
        Token::Symbol(symbol) => return after_symbol(symbol, place),
        _ => None,
    };
    match (attribute, place) {
        (Some(attribute), Completes::Attribute) => Completes::Comparison(attribute),
        _ => Completes::Connector,
    }
}

fn after_symbol(symbol: &str, place: Completes) -> Completes {
    match (Comparison::from_symbol(symbol), place) {
        (Some(_), Completes::Comparison(attribute)) => Completes::Value(attribute),
        // The other side of a calculation or of a literal.
        _ => Completes::Attribute,
    }
}
