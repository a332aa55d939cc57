//! Types: which comparisons make sense, and the normal form of those that do.

use super::attribute::{Attribute, AttributeScope, Intrinsic};
use super::evaluate::{compare_values, constant};
use super::filter::{CompareOp, Expression};
use super::types::Type;
use super::value::{Static, StatusCode};
use super::words::excerpt;
use super::{
    ArithmeticOp, Operand, ParseError, Pattern, Position, TraceAttribute, TraceIntrinsic, arithmetic,
};

/// A part of an expression that may still become either side of an operator.
#[derive(Debug)]
pub(super) enum Term {
    /// Something that is true or false.
    Condition(Expression),
    /// A value; never an [`Operand::Condition`].
    Value(Operand),
    Nil,
}

/// A term, where it stands, and the height of its tree.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) term: Term,
    pub(super) position: Position,
    pub(super) height: usize,
}

/// A comparison operator of the text.
#[derive(Debug, Clone, Copy)]
pub(super) enum Comparison {
    Values(CompareOp),
    Regex { negated: bool },
}

impl Comparison {
    pub(super) fn from_symbol(symbol: &str) -> Option<Self> {
        match symbol {
            "=~" => Some(Self::Regex { negated: false }),
            "!~" => Some(Self::Regex { negated: true }),
            _ => CompareOp::ALL.into_iter().find(|op| op.symbol() == symbol).map(Self::Values),
        }
    }
}

/// The term as a condition: an operand of `&&`, `||`, `!`, or the whole filter.
pub(super) fn condition(parsed: Parsed) -> Result<Expression, ParseError> {
    let message = match parsed.term {
        Term::Condition(expression) => return Ok(expression),
        Term::Value(Operand::Static(Static::Bool(value))) => return Ok(Expression::Static(value)),
        Term::Value(Operand::Attribute(
            attribute @ (Attribute::Scoped { .. } | Attribute::Trace(TraceAttribute::Parent { .. })),
        )) => {
            let left = Operand::Attribute(attribute);
            let right = Operand::Static(Static::Bool(true));
            return Ok(Expression::Compare { left, op: CompareOp::Equal, right });
        }
        Term::Value(operand) => {
            let (known, shown) = (Type::of_operand(&operand), excerpt(&operand.to_string()));
            let way_out = match operand {
                Operand::Static(_) => "compare an attribute with it".to_owned(),
                _ => format!("compare it with {}", known.example()),
            };
            format!("{shown} is {}, not a condition: {way_out}", known.noun())
        }
        Term::Nil => "nil is not a condition: write .x = nil or .x != nil".to_owned(),
    };
    Err(ParseError::new(message, parsed.position))
}

/// The term as a value: an argument of a function, or a side of a comparison.
pub(super) fn value(term: Term) -> Option<Operand> {
    match term {
        Term::Value(operand) => Some(operand),
        Term::Condition(Expression::Static(value)) => Some(Operand::Static(Static::Bool(value))),
        Term::Condition(condition) => Some(Operand::Condition(Box::new(condition))),
        Term::Nil => None,
    }
}

/// The term as something to calculate with.
pub(super) fn number(parsed: Parsed, symbol: &str) -> Result<Operand, ParseError> {
    let message = match value(parsed.term) {
        Some(operand) if Type::of_operand(&operand).is_numeric() => return Ok(operand),
        Some(operand) => {
            let (known, shown) = (Type::of_operand(&operand), excerpt(&operand.to_string()));
            format!("{shown} is {}, and '{symbol}' takes numbers and durations", known.noun())
        }
        None => format!("nil is no value, and '{symbol}' takes numbers and durations"),
    };
    Err(ParseError::new(message, parsed.position))
}

/// The calculation; literals are calculated at once.
pub(super) fn calculation(left: Parsed, op: ArithmeticOp, right: Parsed) -> Result<Operand, ParseError> {
    let position = right.position;
    let (left, right) = (number(left, op.symbol())?, number(right, op.symbol())?);
    if matches!(&right, Operand::Static(divisor) if arithmetic::is_by_zero(op, divisor)) {
        let message = format!("'{}' by zero has no value: write another number", op.symbol());
        return Err(ParseError::new(message, position));
    }
    match Operand::arithmetic(left, op, right) {
        Some(Operand::Static(Static::Float(number))) if !number.is_finite() => {
            Err(ParseError::new("the result of this calculation is not a finite number", position))
        }
        Some(operand) => Ok(operand),
        None => Err(ParseError::new("this calculation has no value", position)),
    }
}

/// An operator and where it stands.
#[derive(Debug, Clone, Copy)]
struct Operator {
    op: CompareOp,
    position: Position,
}

/// One side of a comparison, for messages.
struct Side {
    text: String,
    known: Type,
}

impl From<&Operand> for Side {
    fn from(operand: &Operand) -> Self {
        let text = match operand {
            Operand::Condition(_) => "a condition".to_owned(),
            other => excerpt(&other.to_string()),
        };
        Self { text, known: Type::of_operand(operand) }
    }
}

/// The comparison of two terms, in normal form: a literal on the right, literals among themselves decided.
pub(super) fn compare(
    left: Parsed,
    comparison: Comparison,
    position: Position,
    right: Parsed,
) -> Result<Term, ParseError> {
    let op = match comparison {
        Comparison::Regex { negated } => return match_pattern(left, negated, right),
        Comparison::Values(op) => op,
    };
    let operator = Operator { op, position };
    let (left_position, right_position) = (left.position, right.position);
    let (left, right) = match (value(left.term), value(right.term)) {
        (Some(left), Some(right)) => (left, right),
        (None, None) if op.is_equality() => return Ok(Term::Condition(Expression::Static(false))),
        (None, other) => return compare_nil(other, right_position, operator),
        (other, None) => return compare_nil(other, left_position, operator),
    };
    let flipped = Operator { op: op.flipped(), position };
    Ok(Term::Condition(match (left, right) {
        (Operand::Static(one), Operand::Static(other)) => {
            compare_literals(one, operator, other, right_position)?
        }
        (Operand::Condition(condition), Operand::Static(value))
        | (Operand::Static(value), Operand::Condition(condition)) => {
            compare_condition(*condition, operator, &value, right_position)?
        }
        (Operand::Static(value), operand) => {
            compare_operands(operand, flipped, Operand::Static(value), left_position)?
        }
        (left, right) => compare_operands(left, operator, right, right_position)?,
    }))
}

fn compare_literals(
    one: Static,
    operator: Operator,
    other: Static,
    position: Position,
) -> Result<Expression, ParseError> {
    let fitting = fitting_status(Type::of_static(&one), other);
    let one = fitting_status(Type::of_static(&fitting), one);
    let (left, right) = (Operand::Static(one.clone()), Operand::Static(fitting.clone()));
    check_types(&Side::from(&left), operator, &Side::from(&right), position)?;
    Ok(Expression::Static(compare_values(&one, operator.op, &fitting).unwrap_or(false)))
}

fn compare_operands(
    left: Operand,
    operator: Operator,
    right: Operand,
    position: Position,
) -> Result<Expression, ParseError> {
    let right = match right {
        Operand::Static(value) => Operand::Static(fitting_status(Type::of_operand(&left), value)),
        other => other,
    };
    check_types(&Side::from(&left), operator, &Side::from(&right), position)?;
    let right = match (&left, right) {
        (Operand::Attribute(attribute), Operand::Static(value)) => {
            Operand::Static(whole_trace_id(attribute, operator.op, value))
        }
        (_, other) => other,
    };
    let expression = Expression::Compare { left, op: operator.op, right };
    if expression.attributes().is_empty() {
        return Ok(Expression::Static(constant(&expression)));
    }
    Ok(expression)
}

/// `position` is where the message points when the types do not fit.
fn check_types(left: &Side, operator: Operator, right: &Side, position: Position) -> Result<(), ParseError> {
    if !left.known.fits(right.known) {
        let message = format!(
            "{} is {} and {} is {}: compare {} with {}",
            left.text,
            left.known.noun(),
            right.text,
            right.known.noun(),
            left.text,
            left.known.example()
        );
        return Err(ParseError::new(message, position));
    }
    let unordered = |side: &&&Side| matches!(side.known, Type::Bool | Type::Status | Type::Kind);
    match [left, right].iter().find(unordered) {
        Some(side) if !operator.op.is_equality() => {
            let (noun, symbol) = (side.known.noun(), operator.op.symbol());
            let message = format!("{} is {noun}, which has no order: use = or !=, not {symbol}", side.text);
            Err(ParseError::new(message, operator.position))
        }
        _ => Ok(()),
    }
}

/// A status may be written as TraceQL's number for it.
fn fitting_status(other: Type, value: Static) -> Static {
    match value {
        Static::Int(number) if other == Type::Status => {
            StatusCode::from_traceql(number).map_or(value, Static::Status)
        }
        value => value,
    }
}

/// Equality with `trace:id` ignores leading zeros and case of the literal: it becomes the full id.
fn whole_trace_id(attribute: &Attribute, op: CompareOp, value: Static) -> Static {
    match value {
        Static::String(text)
            if op.is_equality() && *attribute == Attribute::Intrinsic(Intrinsic::TraceId) =>
        {
            let digits = text.trim_start_matches('0');
            let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let id = !text.is_empty() && hex && digits.len() <= 32;
            Static::String(if id { format!("{:0>32}", digits.to_ascii_lowercase()) } else { text })
        }
        value => value,
    }
}

fn compare_nil(other: Option<Operand>, position: Position, operator: Operator) -> Result<Term, ParseError> {
    let op = operator.op;
    if !op.is_equality() {
        let message = format!("nil has no order: use = or !=, not {}", op.symbol());
        return Err(ParseError::new(message, operator.position));
    }
    let message = match other {
        Some(Operand::Attribute(attribute)) if !is_always_set(&attribute) => {
            let exists = op == CompareOp::NotEqual;
            let expression = if exists { Expression::Exists } else { Expression::Absent };
            return Ok(Term::Condition(expression(attribute)));
        }
        Some(Operand::Attribute(attribute)) => {
            let example = Type::of_attribute(&attribute).example();
            format!("{attribute} cannot be compared with nil: compare it with {example}")
        }
        _ => "only an attribute can be compared with nil: write .x = nil or .x != nil".to_owned(),
    };
    Err(ParseError::new(message, position))
}

/// Whether every span has a value for it.
fn is_always_set(attribute: &Attribute) -> bool {
    match attribute {
        Attribute::Intrinsic(intrinsic) => !intrinsic.is_of_each(),
        Attribute::Scoped { scope, name } => *scope == AttributeScope::Resource && name == "service.name",
        Attribute::Derived(_)
        | Attribute::Trace(TraceAttribute::Parent { .. } | TraceAttribute::ParentIntrinsic(_)) => false,
        Attribute::Trace(TraceAttribute::Intrinsic(intrinsic)) => *intrinsic != TraceIntrinsic::Parent,
    }
}

/// A condition compared with `true` or `false` is itself or its negation.
fn compare_condition(
    condition: Expression,
    operator: Operator,
    other: &Static,
    position: Position,
) -> Result<Expression, ParseError> {
    let op = operator.op;
    match other {
        Static::Bool(value) if op.is_equality() => {
            let same = *value == (op == CompareOp::Equal);
            Ok(if same { condition } else { Expression::Not(Box::new(condition)) })
        }
        Static::Bool(_) => {
            let message = format!("a condition has no order: use = or !=, not {}", op.symbol());
            Err(ParseError::new(message, operator.position))
        }
        _ => {
            let message = "a condition can only be compared with true, false, another condition or an attribute: join \
                           conditions with && or ||, and write !(…) around what is to be negated";
            Err(ParseError::new(message, position))
        }
    }
}

fn match_pattern(left: Parsed, negated: bool, right: Parsed) -> Result<Term, ParseError> {
    let Term::Value(Operand::Static(Static::String(text))) = right.term else {
        let message = "expected a regular expression in quotes after =~ or !~";
        return Err(ParseError::new(message, right.position));
    };
    let pattern = Pattern::new(&text).map_err(|message| ParseError::new(message, right.position))?;
    let (shown, known) = match left.term {
        Term::Value(Operand::Attribute(attribute)) => match Type::of_attribute(&attribute) {
            Type::Dynamic | Type::String => {
                return Ok(Term::Condition(Expression::Matches { attribute, negated, pattern }));
            }
            other => (attribute.to_string(), other),
        },
        Term::Value(Operand::Static(Static::String(text))) => {
            let outcome = pattern.regex().is_match(&text) != negated;
            return Ok(Term::Condition(Expression::Static(outcome)));
        }
        Term::Value(operand) => (operand.to_string(), Type::of_operand(&operand)),
        Term::Condition(_) => ("this condition".to_owned(), Type::Bool),
        Term::Nil => {
            let message = "nil cannot match a regular expression: write .x = nil or .x != nil";
            return Err(ParseError::new(message, left.position));
        }
    };
    let message = format!(
        "{} is {}, and only strings match a regular expression: use = or != with {}",
        excerpt(&shown),
        known.noun(),
        known.example()
    );
    Err(ParseError::new(message, left.position))
}
