//! Tokens into a checked tree, by recursive descent.
//!
//! Precedence, low to high, as TraceQL has it: `&&` and `||` on one level, from the left; comparisons, from the
//! left; `!`.

use super::attribute::Attribute;
use super::check::{self, Comparison, Parsed, Term};
use super::filter::{Expression, SpanFilter};
use super::lexer::{Lexeme, Lexer, Token};
use super::value::Static;
use super::words::{self, Meaning, ONLY_ONE_FILTER};
use super::{MAX_DEPTH, MAX_OPERANDS, MAX_PATTERNS, ParseError, Position};

/// How deep `(`, `!` and `-` may nest: canonical text writes `!(…)` for each level of a tree.
const MAX_NESTING: usize = 2 * MAX_DEPTH;

const ARITHMETIC: [&str; 6] = ["+", "-", "*", "/", "%", "^"];
const SPANSET_RELATIONS: [&str; 15] =
    [">>", "<<", "~", "!>", "!<", "!>>", "!<<", "&>", "&<", "&>>", "&<<", "&~", ">", "<", "!~"];

/// What stands before an expected token, for messages.
#[derive(Debug, Clone, Copy)]
struct Expected {
    what: &'static str,
    after: &'static str,
}

#[derive(Debug)]
pub(super) struct Parser<'t> {
    lexer: Lexer<'t>,
    next: Lexeme<'t>,
    operands: usize,
    patterns: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str) -> Result<Self, ParseError> {
        let mut lexer = Lexer::new(text);
        let next = lexer.lex()?;
        Ok(Self { lexer, next, operands: 0, patterns: 0 })
    }

    /// The whole text as one span filter.
    pub(super) fn filter(&mut self) -> Result<SpanFilter, ParseError> {
        if !self.accept("{")? {
            return Err(self.no_filter());
        }
        if self.accept("}")? {
            self.end_of_filter()?;
            return Ok(SpanFilter { expression: None });
        }
        let parsed = self.condition(Expected { what: "a condition", after: "{" }, 0)?;
        let expression = check::condition(parsed)?;
        if !self.accept("}")? {
            return Err(self.unexpected_after_condition("'}'"));
        }
        self.end_of_filter()?;
        Ok(SpanFilter { expression: Some(expression) })
    }

    /// The whole text as one attribute.
    pub(super) fn attribute(&mut self) -> Result<Attribute, ParseError> {
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

    /// Conditions joined by `&&` and `||`, or a single term.
    fn condition(&mut self, expected: Expected, nesting: usize) -> Result<Parsed, ParseError> {
        let mut left = self.comparison(expected, nesting)?;
        loop {
            let (and, after) = match self.next.token {
                Token::Symbol("&&") => (true, "&&"),
                Token::Symbol("||") => (false, "||"),
                _ => return Ok(left),
            };
            self.advance()?;
            let right = self.comparison(Expected { what: "a condition", after }, nesting)?;
            let position = left.position.to(right.position);
            // A chain of one operator stays flat; anything else grows by a level.
            let level = |parsed: &Parsed| match &parsed.term {
                Term::Condition(Expression::And(_)) if and => parsed.height,
                Term::Condition(Expression::Or(_)) if !and => parsed.height,
                _ => parsed.height + 1,
            };
            let height = level(&left).max(level(&right));
            check_height(height, position)?;
            let (one, other) = (check::condition(left)?, check::condition(right)?);
            let joined = if and { one.and(other) } else { one.or(other) };
            left = Parsed { term: Term::Condition(joined), position, height };
        }
    }

    fn comparison(&mut self, expected: Expected, nesting: usize) -> Result<Parsed, ParseError> {
        let mut left = self.unary(expected, nesting)?;
        loop {
            let Token::Symbol(symbol) = self.next.token else { return Ok(left) };
            let Some(comparison) = Comparison::from_symbol(symbol) else { return Ok(left) };
            let operator = self.advance()?.position;
            if matches!(comparison, Comparison::Regex { .. }) {
                self.count_pattern(operator)?;
            }
            let right = self.unary(Expected { what: "a value", after: symbol }, nesting)?;
            let position = left.position.to(right.position);
            // Comparing a condition with a boolean may negate it.
            let negated = [&left, &right].iter().any(|side| matches!(side.term, Term::Condition(_)));
            let height = left.height.max(right.height) + usize::from(negated);
            check_height(height, position)?;
            left = Parsed { term: check::compare(left, comparison, operator, right)?, position, height };
        }
    }

    fn unary(&mut self, expected: Expected, nesting: usize) -> Result<Parsed, ParseError> {
        let start = self.next.position;
        if nesting > MAX_NESTING {
            let message = format!("nested more than {MAX_NESTING} deep: use fewer parentheses");
            return Err(ParseError::new(message, start));
        }
        self.count_operand()?;
        let parsed = if self.accept("!")? {
            let operand = self.unary(Expected { what: "a condition", after: "!" }, nesting + 1)?;
            let (position, height) = (start.to(operand.position), operand.height + 1);
            check_height(height, position)?;
            let negated = Expression::Not(Box::new(check::condition(operand)?));
            Parsed { term: Term::Condition(negated), position, height }
        } else if self.accept("-")? {
            self.negative(start, nesting)?
        } else if self.accept("(")? {
            let mut inner =
                self.condition(Expected { what: "a condition or a value", after: "(" }, nesting + 1)?;
            let end = self.next.position;
            if !self.accept(")")? {
                return Err(self.unexpected_after_condition("')'"));
            }
            inner.position = start.to(end);
            inner
        } else {
            self.primary(expected)?
        };
        match self.next.token {
            Token::Symbol(symbol) if ARITHMETIC.contains(&symbol) => {
                Err(arithmetic(symbol, self.next.position))
            }
            _ => Ok(parsed),
        }
    }

    /// The number or duration after the minus at `start`.
    fn negative(&mut self, start: Position, nesting: usize) -> Result<Parsed, ParseError> {
        let mut position = start.to(self.next.position);
        let value = match self.next.token {
            Token::Int(magnitude) => {
                self.advance()?;
                0_i64.checked_sub_unsigned(magnitude).map(Static::Int)
            }
            Token::Duration(magnitude) => {
                self.advance()?;
                0_i64.checked_sub_unsigned(magnitude).map(Static::Duration)
            }
            _ => {
                let operand = self.unary(Expected { what: "a number", after: "-" }, nesting + 1)?;
                position = start.to(operand.position);
                match operand.term {
                    Term::Static(Static::Int(number)) => number.checked_neg().map(Static::Int),
                    Term::Static(Static::Duration(nanos)) => nanos.checked_neg().map(Static::Duration),
                    Term::Static(Static::Float(number)) => Some(Static::Float(-number)),
                    Term::Attribute(_) => return Err(arithmetic("-", start)),
                    _ => {
                        let message = "'-' goes before a number or a duration";
                        return Err(ParseError::new(message, operand.position));
                    }
                }
            }
        };
        let value = value.ok_or_else(|| out_of_range(position))?;
        Ok(Parsed { term: Term::Static(value), position, height: 0 })
    }

    fn primary(&mut self, expected: Expected) -> Result<Parsed, ParseError> {
        let lexeme = self.advance()?;
        let position = lexeme.position;
        let term = match lexeme.token {
            Token::Attribute(attribute) => Term::Attribute(attribute),
            Token::String(text) => Term::Static(Static::String(text)),
            Token::Float(number) => Term::Static(Static::Float(number)),
            Token::Int(number) => {
                Term::Static(Static::Int(i64::try_from(number).map_err(|_| out_of_range(position))?))
            }
            Token::Duration(nanos) => {
                Term::Static(Static::Duration(i64::try_from(nanos).map_err(|_| out_of_range(position))?))
            }
            Token::Word(word) => match words::resolve(word) {
                Ok(Meaning::Static(value)) => Term::Static(value),
                Ok(Meaning::Attribute(attribute)) => Term::Attribute(attribute),
                Ok(Meaning::Nil) => Term::Nil,
                Err(message) => return Err(ParseError::new(message, position)),
            },
            Token::Symbol(_) | Token::End => {
                let Expected { what, after } = expected;
                let message = format!("expected {what} after '{after}', found {}", self.found(&lexeme));
                return Err(ParseError::new(message, position));
            }
        };
        Ok(Parsed { term, position, height: 0 })
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

    /// The token as a message names it.
    fn found(&self, lexeme: &Lexeme<'t>) -> String {
        match lexeme.token {
            Token::End => "the end of the text".to_owned(),
            _ => format!("'{}'", words::excerpt(self.lexer.written(lexeme.position))),
        }
    }

    fn no_filter(&self) -> ParseError {
        let position = self.next.position;
        let message = match self.next.token {
            Token::Word(word) if words::begins_stage(word) => format!("'{word}' {ONLY_ONE_FILTER}"),
            Token::Symbol("(") => format!("'(' around span filters {ONLY_ONE_FILTER}"),
            _ => format!(
                "expected '{{', found {}: write {{ … }} around the conditions",
                self.found(&self.next)
            ),
        };
        ParseError::new(message, position)
    }

    fn end_of_filter(&self) -> Result<(), ParseError> {
        let message = match self.next.token {
            Token::End => return Ok(()),
            Token::Symbol("|") => format!("a pipeline ('|') {ONLY_ONE_FILTER}"),
            Token::Symbol(symbol @ ("&&" | "||")) => {
                format!(
                    "'{symbol}' between span filters {ONLY_ONE_FILTER}; write the '{symbol}' inside the braces"
                )
            }
            Token::Symbol(symbol) if SPANSET_RELATIONS.contains(&symbol) => {
                format!("'{symbol}' between span filters {ONLY_ONE_FILTER}")
            }
            Token::Word(word) if words::begins_stage(word) => format!("'{word}' {ONLY_ONE_FILTER}"),
            _ => format!("expected the end after '}}', found {}", self.found(&self.next)),
        };
        Err(ParseError::new(message, self.next.position))
    }

    fn unexpected_after_condition(&self, closing: &str) -> ParseError {
        let found = self.found(&self.next);
        let message = match self.next.token {
            Token::Symbol("|") => "'|' is not an operator here: did you mean '||'?".to_owned(),
            Token::Symbol(symbol) if SPANSET_RELATIONS.contains(&symbol) => {
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

fn arithmetic(symbol: &str, position: Position) -> ParseError {
    let message =
        format!("arithmetic ('{symbol}') is not supported yet: compare an attribute with one value");
    ParseError::new(message, position)
}
