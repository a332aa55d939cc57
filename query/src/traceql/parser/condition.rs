//! Conditions and values inside `{ … }`, and as arguments of functions.

use super::{Expected, MAX_NESTING, Parser, Token, check_height, out_of_range};
use crate::traceql::check::{self, Comparison, Parsed, Term};
use crate::traceql::filter::Expression;
use crate::traceql::words::{self, Meaning};
use crate::traceql::{ArithmeticOp, Operand, ParseError, Position, Static, arithmetic};

/// The one magnitude that only a negative whole number has.
const MIN_MAGNITUDE: u64 = 1 << 63;

impl Parser<'_> {
    /// Conditions joined by `&&` and `||`, or a single term.
    pub(super) fn condition(&mut self, expected: Expected, nesting: usize) -> Result<Parsed, ParseError> {
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
        let mut left = self.sum(expected, nesting)?;
        loop {
            let Some(symbol) = self.next_symbol() else { return Ok(left) };
            let Some(comparison) = Comparison::from_symbol(symbol) else { return Ok(left) };
            let operator = self.advance()?.position;
            if matches!(comparison, Comparison::Regex { .. }) {
                self.count_pattern(operator)?;
            }
            let right = self.sum(Expected { what: "a value", after: symbol }, nesting)?;
            let position = left.position.to(right.position);
            // A condition inside a comparison is a level of its own.
            let nested = [&left, &right].iter().any(|side| matches!(side.term, Term::Condition(_)));
            let height = left.height.max(right.height) + usize::from(nested);
            check_height(height, position)?;
            left = Parsed { term: check::compare(left, comparison, operator, right)?, position, height };
        }
    }

    /// Values added and subtracted, or a single term.
    pub(super) fn sum(&mut self, expected: Expected, nesting: usize) -> Result<Parsed, ParseError> {
        let mut left = self.product(expected, nesting)?;
        while let Some(op) = self.operator(&[ArithmeticOp::Add, ArithmeticOp::Subtract]) {
            self.advance()?;
            let right = self.product(Expected { what: "a number", after: op.symbol() }, nesting)?;
            left = calculated(left, op, right)?;
        }
        Ok(left)
    }

    fn product(&mut self, expected: Expected, nesting: usize) -> Result<Parsed, ParseError> {
        let operators = [ArithmeticOp::Multiply, ArithmeticOp::Divide, ArithmeticOp::Remainder];
        let mut left = self.power(expected, nesting)?;
        while let Some(op) = self.operator(&operators) {
            self.advance()?;
            let right = self.power(Expected { what: "a number", after: op.symbol() }, nesting)?;
            left = calculated(left, op, right)?;
        }
        Ok(left)
    }

    fn power(&mut self, expected: Expected, nesting: usize) -> Result<Parsed, ParseError> {
        let base = self.unary(expected, nesting)?;
        let Some(op) = self.operator(&[ArithmeticOp::Power]) else { return Ok(base) };
        self.advance()?;
        let exponent = self.power(Expected { what: "a number", after: op.symbol() }, nesting + 1)?;
        calculated(base, op, exponent)
    }

    /// The next token, if it is one of `operators`.
    fn operator(&self, operators: &[ArithmeticOp]) -> Option<ArithmeticOp> {
        let op = ArithmeticOp::from_symbol(self.next_symbol()?)?;
        operators.contains(&op).then_some(op)
    }

    fn unary(&mut self, expected: Expected, nesting: usize) -> Result<Parsed, ParseError> {
        let start = self.next.position;
        self.check_nesting(nesting, MAX_NESTING)?;
        self.count_operand()?;
        if self.accept("!")? {
            let operand = self.product(Expected { what: "a condition", after: "!" }, nesting + 1)?;
            let (position, height) = (start.to(operand.position), operand.height + 1);
            check_height(height, position)?;
            let negated = Expression::Not(Box::new(check::condition(operand)?));
            return Ok(Parsed { term: Term::Condition(negated), position, height });
        }
        if self.accept("-")? {
            return self.negative(start, nesting);
        }
        if self.accept("(")? {
            let mut inner =
                self.condition(Expected { what: "a condition or a value", after: "(" }, nesting + 1)?;
            let end = self.next.position;
            if !self.accept(")")? {
                return Err(self.unexpected_after_condition("')'"));
            }
            inner.position = start.to(end);
            return Ok(inner);
        }
        self.primary(expected)
    }

    /// What follows the minus at `start`: all up to the next `+`, `-` or weaker operator.
    fn negative(&mut self, start: Position, nesting: usize) -> Result<Parsed, ParseError> {
        let smallest = match self.next.token {
            Token::Int(MIN_MAGNITUDE) => Some(Static::Int(i64::MIN)),
            Token::Duration(MIN_MAGNITUDE) => Some(Static::Duration(i64::MIN)),
            _ => None,
        };
        if let Some(value) = smallest {
            let position = start.to(self.advance()?.position);
            return Ok(Parsed { term: Term::Value(Operand::Static(value)), position, height: 0 });
        }
        let too_large = matches!(
            self.next.token,
            Token::Int(magnitude) | Token::Duration(magnitude) if magnitude > MIN_MAGNITUDE
        );
        if too_large {
            return Err(out_of_range(start.to(self.next.position)));
        }
        let operand = self.product(Expected { what: "a number", after: "-" }, nesting + 1)?;
        let (position, height) = (start.to(operand.position), operand.height);
        let not_numeric = |position| ParseError::new("'-' goes before a number or a duration", position);
        let operand_position = operand.position;
        let value = match operand.term {
            Term::Value(Operand::Static(Static::Int(i64::MIN) | Static::Duration(i64::MIN))) => {
                return Err(out_of_range(position));
            }
            Term::Value(Operand::Static(value)) => {
                let value = arithmetic::negate(&value).ok_or_else(|| not_numeric(operand_position))?;
                return Ok(Parsed { term: Term::Value(Operand::Static(value)), position, height: 0 });
            }
            Term::Value(_) => check::number(operand, "-")?,
            Term::Condition(_) | Term::Nil => return Err(not_numeric(operand_position)),
        };
        check_height(height + 1, position)?;
        Ok(Parsed { term: Term::Value(Operand::Negative(Box::new(value))), position, height: height + 1 })
    }

    fn primary(&mut self, expected: Expected) -> Result<Parsed, ParseError> {
        let lexeme = self.advance()?;
        let position = lexeme.position;
        let whole = |magnitude| i64::try_from(magnitude).map_err(|_| out_of_range(position));
        let term = match lexeme.token {
            Token::Attribute(attribute) => {
                Term::Value(Operand::Attribute(self.check_reach(attribute, position)?))
            }
            Token::String(text) => Term::Value(Operand::Static(Static::String(text))),
            Token::Float(number) => Term::Value(Operand::Static(Static::Float(number))),
            Token::Int(number) => Term::Value(Operand::Static(Static::Int(whole(number)?))),
            Token::Duration(nanos) => Term::Value(Operand::Static(Static::Duration(whole(nanos)?))),
            Token::Word(word) => match words::resolve(word) {
                Ok(Meaning::Static(value)) => Term::Value(Operand::Static(value)),
                Ok(Meaning::Attribute(attribute)) => {
                    Term::Value(Operand::Attribute(self.check_reach(attribute, position)?))
                }
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
}

/// `left op right`, one level higher.
fn calculated(left: Parsed, op: ArithmeticOp, right: Parsed) -> Result<Parsed, ParseError> {
    let position = left.position.to(right.position);
    let height = left.height.max(right.height) + 1;
    let value = check::calculation(left, op, right)?;
    let height = if matches!(value, Operand::Static(_)) { 0 } else { height };
    check_height(height, position)?;
    Ok(Parsed { term: Term::Value(value), position, height })
}
