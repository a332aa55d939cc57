//! What to say of tokens that cannot stand where they do.

use super::{Parser, Token};
use crate::traceql::ParseError;
use crate::traceql::pipeline::SpansetOp;
use crate::traceql::words::{self, ONLY_ONE_FILTER};

impl Parser<'_> {
    pub(super) fn no_filter(&self) -> ParseError {
        let message = match self.next.token {
            Token::Word(word) if words::begins_stage(word) => format!("'{word}' {ONLY_ONE_FILTER}"),
            Token::Symbol("(") => format!("'(' around span filters {ONLY_ONE_FILTER}"),
            _ => format!(
                "expected '{{', found {}: write {{ … }} around the conditions",
                self.found(&self.next)
            ),
        };
        ParseError::new(message, self.next.position)
    }

    pub(super) fn end_of_filter(&self) -> Result<(), ParseError> {
        let message = match self.next.token {
            Token::End => return Ok(()),
            Token::Symbol("|") => format!("a pipeline ('|') {ONLY_ONE_FILTER}"),
            Token::Symbol(symbol @ ("&&" | "||")) => {
                format!(
                    "'{symbol}' between span filters {ONLY_ONE_FILTER}; write the '{symbol}' inside the braces"
                )
            }
            Token::Symbol(symbol) if SpansetOp::from_symbol(symbol).is_some() => {
                format!("'{symbol}' between span filters {ONLY_ONE_FILTER}")
            }
            Token::Word(word) if words::begins_stage(word) => format!("'{word}' {ONLY_ONE_FILTER}"),
            _ => format!("expected the end after '}}', found {}", self.found(&self.next)),
        };
        Err(ParseError::new(message, self.next.position))
    }

    pub(super) fn unexpected_after_condition(&self, closing: &str) -> ParseError {
        let found = self.found(&self.next);
        let message = match self.next.token {
            Token::Symbol("|") => "'|' is not an operator here: did you mean '||'?".to_owned(),
            Token::Symbol(symbol) if SpansetOp::from_symbol(symbol).is_some() => {
                format!("'{symbol}' relates span filters and cannot stand inside {{ … }}")
            }
            Token::Symbol("{" | ",") | Token::End => format!("expected {closing}, found {found}"),
            Token::Word(word) => match words::foreign_operator(word) {
                Some(operator) => format!("{found} is not an operator: did you mean {operator}?"),
                None => format!("expected an operator or {closing}, found {found}"),
            },
            _ => format!("expected an operator or {closing}, found {found}"),
        };
        ParseError::new(message, self.next.position)
    }
}
