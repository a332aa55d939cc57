//! Tokens into checked trees, by recursive descent.
//!
//! Precedence, low to high, as TraceQL has it: `|`; `&&` and `||` on one level; comparisons and relations; `+ -`; `!`;
//! `* / %`; `^`, from the right. All others from the left.

mod arguments;
mod condition;
mod item;
mod metrics;
mod pipeline;
mod refusal;

use super::attribute::Attribute;
use super::filter::SpanFilter;
use super::lexer::{Lexeme, Lexer, Token};
use super::words::{self, Meaning};
use super::{MAX_DEPTH, MAX_OPERANDS, MAX_PATTERNS, ParseError, Position};

/// How deep `(`, `!` and `-` may nest: canonical text writes `!(…)` for each level of a tree.
const MAX_NESTING: usize = 2 * MAX_DEPTH;

/// What stands before an expected token, for messages.
#[derive(Debug, Clone, Copy)]
struct Expected {
    what: &'static str,
    after: &'static str,
}

/// What the tree is evaluated on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// One span at a time.
    Span,
    /// Whole traces.
    Trace,
}

#[derive(Debug)]
pub(super) struct Parser<'t> {
    lexer: Lexer<'t>,
    next: Lexeme<'t>,
    reach: Reach,
    operands: usize,
    patterns: usize,
    /// Span filters, stages and metrics queries so far.
    stages: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str, reach: Reach) -> Result<Self, ParseError> {
        let mut lexer = Lexer::new(text);
        let next = lexer.lex()?;
        Ok(Self { lexer, next, reach, operands: 0, patterns: 0, stages: 0 })
    }

    /// The whole text as one span filter.
    pub(super) fn filter(&mut self) -> Result<SpanFilter, ParseError> {
        if self.next.token != Token::Symbol("{") {
            return Err(self.no_filter());
        }
        let filter = self.braces()?;
        self.end_of_filter()?;
        Ok(filter)
    }

    /// `{ … }`.
    fn braces(&mut self) -> Result<SpanFilter, ParseError> {
        self.expect("{", "a span filter { … }")?;
        if self.accept("}")? {
            return Ok(SpanFilter { expression: None });
        }
        let parsed = self.condition(Expected { what: "a condition", after: "{" }, 0)?;
        let expression = super::check::condition(parsed)?;
        if !self.accept("}")? {
            return Err(self.unexpected_after_condition("'}'"));
        }
        Ok(SpanFilter { expression: Some(expression) })
    }

    /// The whole text as one attribute.
    pub(super) fn attribute(&mut self) -> Result<Attribute, ParseError> {
        let attribute = self.one_attribute()?;
        if self.next.token == Token::End {
            return Ok(attribute);
        }
        let message = format!(
            "expected the end after the attribute {attribute}, found {}: special characters in a name are quoted, \
             span.\"a b\"",
            self.found(&self.next)
        );
        Err(ParseError::new(message, self.next.position))
    }

    /// An attribute, as `by` and `select` take them.
    fn one_attribute(&mut self) -> Result<Attribute, ParseError> {
        let lexeme = self.advance()?;
        let attribute = match lexeme.token {
            Token::Attribute(attribute) => attribute,
            Token::Word(word) => match words::resolve(word) {
                Ok(Meaning::Attribute(attribute)) => attribute,
                Ok(_) => {
                    let message =
                        format!("'{word}' is a value: an attribute of that name is written .{word}");
                    return Err(ParseError::new(message, lexeme.position));
                }
                Err(message) => return Err(ParseError::new(message, lexeme.position)),
            },
            _ => {
                let found = self.found(&lexeme);
                let message =
                    format!("expected an attribute such as .x, span.x, resource.x or name, found {found}");
                return Err(ParseError::new(message, lexeme.position));
            }
        };
        self.check_reach(attribute, lexeme.position)
    }

    /// The attribute, unless it speaks of the whole trace where there is only a span.
    fn check_reach(&self, attribute: Attribute, position: Position) -> Result<Attribute, ParseError> {
        if self.reach == Reach::Trace || !attribute.needs_whole_trace() {
            return Ok(attribute);
        }
        let shown = words::excerpt(self.lexer.written(position));
        let message = format!(
            "'{shown}' needs the whole trace, and here spans are looked at one by one: it works in trace search and in \
             metrics queries"
        );
        Err(ParseError::new(message, position))
    }

    fn count_operand(&mut self) -> Result<(), ParseError> {
        self.operands += 1;
        if self.operands <= MAX_OPERANDS {
            return Ok(());
        }
        let message =
            format!("more than {MAX_OPERANDS} operands: a regular expression may replace many comparisons");
        Err(ParseError::new(message, self.next.position))
    }

    fn count_pattern(&mut self, operator: Position) -> Result<(), ParseError> {
        self.patterns += 1;
        if self.patterns <= MAX_PATTERNS {
            return Ok(());
        }
        let message = format!("more than {MAX_PATTERNS} regular expressions: join them as \"a|b\"");
        Err(ParseError::new(message, operator))
    }

    fn check_nesting(&self, nesting: usize, most: usize) -> Result<(), ParseError> {
        if nesting <= most {
            return Ok(());
        }
        let message = format!("nested more than {most} deep: use fewer parentheses");
        Err(ParseError::new(message, self.next.position))
    }

    /// Takes the next token.
    fn advance(&mut self) -> Result<Lexeme<'t>, ParseError> {
        let following = self.lexer.lex()?;
        Ok(std::mem::replace(&mut self.next, following))
    }

    /// Takes the next token if it is this symbol.
    fn accept(&mut self, symbol: &'static str) -> Result<bool, ParseError> {
        let found = self.next.token == Token::Symbol(symbol);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// Takes the next token, which must be this symbol; `instead` says what is expected here.
    fn expect(&mut self, symbol: &'static str, instead: &str) -> Result<Position, ParseError> {
        let position = self.next.position;
        if self.accept(symbol)? {
            return Ok(position);
        }
        let message = format!("expected {instead}, found {}", self.found(&self.next));
        Err(ParseError::new(message, position))
    }

    /// The next token, if it is a word.
    const fn next_word(&self) -> Option<&'t str> {
        match self.next.token {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    /// The next token, if it is a symbol.
    const fn next_symbol(&self) -> Option<&'static str> {
        match self.next.token {
            Token::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }

    /// The token as a message names it.
    fn found(&self, lexeme: &Lexeme<'t>) -> String {
        match lexeme.token {
            Token::End => "the end of the text".to_owned(),
            _ => format!("'{}'", words::excerpt(self.lexer.written(lexeme.position))),
        }
    }
}

fn check_height(height: usize, position: Position) -> Result<(), ParseError> {
    if height <= MAX_DEPTH {
        return Ok(());
    }
    let message =
        format!("conditions nested more than {MAX_DEPTH} deep: write && chains and || chains apart");
    Err(ParseError::new(message, position))
}

fn out_of_range(position: Position) -> ParseError {
    let message =
        "this number does not fit 64 bits: numbers and durations (in ns) go up to 9223372036854775807";
    ParseError::new(message, position)
}
