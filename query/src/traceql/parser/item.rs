//! What stands between `|`: span filters, figures and series, and operators between them.

use super::{Parser, Token, out_of_range};
use crate::traceql::lexer::Lexeme;
use crate::traceql::metrics::{Comparison, MathOp, SecondStage, SeriesExpression};
use crate::traceql::pipeline::{Scalar, ScalarFilter, SpansetExpression, SpansetOp};
use crate::traceql::{ArithmeticOp, CompareOp, MAX_PARTS, ParseError, Position, Static, arithmetic};

/// A piece of a query, by what it yields for a trace.
#[derive(Debug)]
pub(super) enum Item {
    Spans(SpansetExpression),
    Figure(Scalar),
    Having(ScalarFilter),
    Series(SeriesExpression),
    /// Only at the end of a query.
    Compare(Comparison),
}

impl Item {
    pub(super) const fn noun(&self) -> &'static str {
        match self {
            Self::Spans(_) => "spans",
            Self::Figure(Scalar::Static(_)) => "a number",
            Self::Figure(_) => "an aggregate",
            Self::Having(_) => "a comparison of aggregates",
            Self::Series(_) => "a metrics query",
            Self::Compare(_) => "compare(…)",
        }
    }
}

/// The level of an operator: the higher, the tighter it binds.
fn level(symbol: &str) -> Option<u8> {
    match symbol {
        "&&" | "||" => Some(0),
        "+" | "-" => Some(2),
        "*" | "/" | "%" => Some(3),
        "^" => Some(4),
        _ if SpansetOp::from_symbol(symbol).is_some() || compare_op(symbol).is_some() => Some(1),
        _ => None,
    }
}

pub(super) fn compare_op(symbol: &str) -> Option<CompareOp> {
    CompareOp::ALL.into_iter().find(|op| op.symbol() == symbol)
}

impl Parser<'_> {
    /// Items joined by operators of at least `lowest` level.
    pub(super) fn item(&mut self, lowest: u8, nesting: usize) -> Result<Item, ParseError> {
        let mut left = self.atom(nesting)?;
        while let Some(symbol) = self.next_symbol() {
            let Some(level) = level(symbol).filter(|level| *level >= lowest) else { break };
            let position = self.advance()?.position;
            let right = self.item(if symbol == "^" { level } else { level + 1 }, nesting)?;
            left = joined(left, symbol, position, right)?;
        }
        Ok(left)
    }

    fn atom(&mut self, nesting: usize) -> Result<Item, ParseError> {
        self.check_nesting(nesting, MAX_PARTS)?;
        if self.next.token == Token::Symbol("{") {
            self.count_part()?;
            return Ok(Item::Spans(SpansetExpression::Filter(self.braces()?)));
        }
        if self.accept("(")? {
            let inside = self.pipe(nesting + 1)?;
            if let Item::Compare(_) = inside {
                let message = "compare(…) is a query of its own: it cannot stand in parentheses";
                return Err(ParseError::new(message, self.next.position));
            }
            self.expect(")", "')' or an operator")?;
            return Ok(inside);
        }
        self.count_part()?;
        if let Some(word) = self.next_word() {
            return self.aggregate(word).map(|aggregate| Item::Figure(Scalar::Aggregate(aggregate)));
        }
        let value = self.literal("a span filter { … } or an aggregate such as count()")?;
        Ok(Item::Figure(Scalar::Static(value)))
    }

    /// A number or duration, perhaps with a minus sign. `instead` says what else could stand here.
    pub(super) fn literal(&mut self, instead: &str) -> Result<Static, ParseError> {
        let start = self.next.position;
        let is_negative = self.accept("-")?;
        let Lexeme { token, position } = self.next.clone();
        let magnitude = |magnitude: u64| {
            let value = if is_negative {
                0_i64.checked_sub_unsigned(magnitude)
            } else {
                i64::try_from(magnitude).ok()
            };
            value.ok_or_else(|| out_of_range(start.to(position)))
        };
        let value = match token {
            Token::Int(number) => Static::Int(magnitude(number)?),
            Token::Duration(nanos) => Static::Duration(magnitude(nanos)?),
            Token::Float(number) if is_negative => Static::Float(-number),
            Token::Float(number) => Static::Float(number),
            _ => {
                let instead = if is_negative { "a number after '-'" } else { instead };
                let message = format!("expected {instead}, found {}", self.found(&self.next));
                return Err(ParseError::new(message, position));
            }
        };
        self.advance()?;
        Ok(value)
    }
}

/// `left symbol right`.
fn joined(left: Item, symbol: &str, position: Position, right: Item) -> Result<Item, ParseError> {
    let nouns = (left.noun(), right.noun());
    let spanset = SpansetOp::from_symbol(symbol);
    let comparison = compare_op(symbol);
    let calculation = ArithmeticOp::from_symbol(symbol);
    let math = calculation.and_then(MathOp::of);
    match (left, right, spanset, comparison, calculation, math) {
        (Item::Spans(left), Item::Spans(right), Some(op), ..) => {
            let (left, right) = (Box::new(left), Box::new(right));
            return Ok(Item::Spans(SpansetExpression::Related { left, op, right }));
        }
        (Item::Figure(left), Item::Figure(right), _, Some(op), ..) => {
            return having(left, op, right, position);
        }
        (Item::Figure(left), Item::Figure(right), _, _, Some(op), _) => {
            return figure(left, op, right, position);
        }
        (Item::Series(left), Item::Series(right), .., Some(op)) => {
            let (left, right) = (Box::new(left), Box::new(right));
            return Ok(Item::Series(SeriesExpression::Math { left, op, right }));
        }
        (Item::Series(series), Item::Figure(Scalar::Static(number)), .., Some(op)) => {
            let series = Box::new(series);
            return Ok(Item::Series(SeriesExpression::Scaled { series, op, number, is_number_first: false }));
        }
        (Item::Figure(Scalar::Static(number)), Item::Series(series), .., Some(op)) => {
            let series = Box::new(series);
            return Ok(Item::Series(SeriesExpression::Scaled { series, op, number, is_number_first: true }));
        }
        (Item::Series(series), Item::Figure(Scalar::Static(number)), _, Some(op), ..) => {
            return Ok(staged(series, SecondStage::Compare(op, number)));
        }
        (Item::Figure(Scalar::Static(number)), Item::Series(series), _, Some(op), ..) => {
            return Ok(staged(series, SecondStage::Compare(op.flipped(), number)));
        }
        _ => {}
    }
    let way_out = match nouns {
        ("a comparison of aggregates", _) | (_, "a comparison of aggregates") => {
            ": write comparisons of aggregates one after the other, with '|' between them"
        }
        ("a metrics query", "a metrics query") => ": between metrics queries there are + - * and /",
        ("spans", "an aggregate") | ("an aggregate", "spans") => ": aggregates stand after a '|'",
        _ => "",
    };
    let message = format!("'{symbol}' cannot stand between {} and {}{way_out}", nouns.0, nouns.1);
    Err(ParseError::new(message, position))
}

pub(super) fn staged(series: SeriesExpression, stage: SecondStage) -> Item {
    Item::Series(SeriesExpression::Staged { series: Box::new(series), stage })
}

/// A comparison with a literal on the right, if one is there.
fn having(left: Scalar, op: CompareOp, right: Scalar, position: Position) -> Result<Item, ParseError> {
    let filter = match (left, right) {
        (Scalar::Static(_), Scalar::Static(_)) => {
            let message = "two numbers are compared: one side has to be an aggregate such as count()";
            return Err(ParseError::new(message, position));
        }
        (left @ Scalar::Static(_), right) => ScalarFilter { left: right, op: op.flipped(), right: left },
        (left, right) => ScalarFilter { left, op, right },
    };
    Ok(Item::Having(filter))
}

/// A calculation; literals are calculated at once.
fn figure(left: Scalar, op: ArithmeticOp, right: Scalar, position: Position) -> Result<Item, ParseError> {
    if let Scalar::Static(divisor) = &right
        && arithmetic::is_by_zero(op, divisor)
    {
        let message = format!("'{}' by zero has no value: write another number", op.symbol());
        return Err(ParseError::new(message, position));
    }
    if let (Scalar::Static(one), Scalar::Static(other)) = (&left, &right) {
        let value = arithmetic::calculate(one, op, other).filter(|value| match value {
            Static::Float(number) => number.is_finite(),
            _ => true,
        });
        return value.map(|value| Item::Figure(Scalar::Static(value))).ok_or_else(|| {
            ParseError::new("this calculation has no finite result: write another number", position)
        });
    }
    let (left, right) = (Box::new(left), Box::new(right));
    Ok(Item::Figure(Scalar::Arithmetic { left, op, right }))
}
