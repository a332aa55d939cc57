//! Types: which comparisons make sense, and the normal form of those that do.

use model::attributes::HotType;

use super::attribute::{Attribute, AttributeScope, Intrinsic};
use super::evaluate::compare_values;
use super::filter::{CompareOp, Expression, Operand};
use super::value::{Static, StatusCode};
use super::words::excerpt;
use super::{ParseError, Pattern, Position};

/// A part of an expression that may still become either side of an operator.
#[derive(Debug)]
pub(super) enum Term {
    /// Something that is true or false.
    Condition(Expression),
    Attribute(Attribute),
    Static(Static),
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

/// What is known of a value before any span is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    /// An attribute the sender wrote: its type is in the data.
    Dynamic,
    String,
    Number,
    Duration,
    Bool,
    Status,
    Kind,
}

impl Type {
    fn of_static(value: &Static) -> Self {
        match value {
            Static::String(_) => Self::String,
            Static::Int(_) | Static::Float(_) => Self::Number,
            Static::Duration(_) => Self::Duration,
            Static::Bool(_) => Self::Bool,
            Static::Status(_) => Self::Status,
            Static::Kind(_) => Self::Kind,
        }
    }

    fn of_attribute(attribute: &Attribute) -> Self {
        match attribute {
            Attribute::Scoped { .. } => Self::Dynamic,
            Attribute::Derived(derived) => match derived.value_type {
                HotType::String => Self::String,
                HotType::Int => Self::Number,
                HotType::Bool => Self::Bool,
            },
            Attribute::Intrinsic(Intrinsic::Duration | Intrinsic::EventTimeSinceStart) => Self::Duration,
            Attribute::Intrinsic(Intrinsic::Status) => Self::Status,
            Attribute::Intrinsic(Intrinsic::Kind) => Self::Kind,
            Attribute::Intrinsic(_) => Self::String,
        }
    }

    fn fits(self, other: Self) -> bool {
        let numeric = |one| matches!(one, Self::Number | Self::Duration);
        self == other || self == Self::Dynamic || other == Self::Dynamic || (numeric(self) && numeric(other))
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Dynamic => "an attribute of any type",
            Self::String => "a string",
            Self::Number => "a number",
            Self::Duration => "a duration",
            Self::Bool => "a boolean",
            Self::Status => "a status",
            Self::Kind => "a span kind",
        }
    }

    /// What to compare a value of this type with.
    fn example(self) -> &'static str {
        match self {
            Self::Dynamic | Self::String => "a string such as \"text\"",
            Self::Number => "a number such as 42",
            Self::Duration => "a duration such as 250ms",
            Self::Bool => "true or false",
            Self::Status => "unset, ok or error",
            Self::Kind => "unspecified, internal, server, client, producer or consumer",
        }
    }
}

/// The term as a condition: an operand of `&&`, `||`, `!`, or the whole filter.
pub(super) fn condition(parsed: Parsed) -> Result<Expression, ParseError> {
    let message = match parsed.term {
        Term::Condition(expression) => return Ok(expression),
        Term::Static(Static::Bool(value)) => return Ok(Expression::Static(value)),
        Term::Attribute(left @ Attribute::Scoped { .. }) => {
            let right = Operand::Static(Static::Bool(true));
            return Ok(Expression::Compare { left, op: CompareOp::Equal, right });
        }
        Term::Attribute(attribute) => {
            let known = Type::of_attribute(&attribute);
            format!("{attribute} is {}, not a condition: compare it with {}", known.noun(), known.example())
        }
        Term::Static(value) => {
            let noun = Type::of_static(&value).noun();
            let value = excerpt(&value.to_string());
            format!("{value} is {noun}, not a condition: compare an attribute with it")
        }
        Term::Nil => "nil is not a condition: write .x = nil or .x != nil".to_owned(),
    };
    Err(ParseError::new(message, parsed.position))
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

impl From<&Static> for Side {
    fn from(value: &Static) -> Self {
        Self { text: excerpt(&value.to_string()), known: Type::of_static(value) }
    }
}

impl From<&Attribute> for Side {
    fn from(attribute: &Attribute) -> Self {
        Self { text: excerpt(&attribute.to_string()), known: Type::of_attribute(attribute) }
    }
}

/// The comparison of two terms, in normal form: an attribute on the left, literals among themselves decided.
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
    match (left.term, right.term) {
        (Term::Nil, Term::Nil) if op.is_equality() => Ok(Term::Condition(Expression::Static(false))),
        (Term::Nil, other) => compare_nil(other, right.position, operator),
        (other, Term::Nil) => compare_nil(other, left.position, operator),
        (Term::Condition(condition), other) => compare_condition(condition, operator, other, right.position),
        (other, Term::Condition(condition)) => compare_condition(condition, operator, other, left.position),
        (Term::Static(one), Term::Static(other)) => {
            let other = fitting_status(Type::of_static(&one), other);
            let one = fitting_status(Type::of_static(&other), one);
            check_types(Side::from(&one), operator, Side::from(&other), right.position)?;
            let outcome = compare_values(&one, op, &other).unwrap_or(false);
            Ok(Term::Condition(Expression::Static(outcome)))
        }
        (Term::Static(value), Term::Attribute(attribute)) => {
            compare_static(attribute, Operator { op: op.flipped(), position }, value, left.position)
        }
        (Term::Attribute(attribute), Term::Static(value)) => {
            compare_static(attribute, operator, value, right.position)
        }
        (Term::Attribute(one), Term::Attribute(other)) => {
            check_types(Side::from(&one), operator, Side::from(&other), right.position)?;
            let right = Operand::Attribute(other);
            Ok(Term::Condition(Expression::Compare { left: one, op, right }))
        }
    }
}

fn compare_static(
    attribute: Attribute,
    operator: Operator,
    value: Static,
    position: Position,
) -> Result<Term, ParseError> {
    let value = fitting_status(Type::of_attribute(&attribute), value);
    check_types(Side::from(&attribute), operator, Side::from(&value), position)?;
    let right = Operand::Static(whole_trace_id(&attribute, operator.op, value));
    Ok(Term::Condition(Expression::Compare { left: attribute, op: operator.op, right }))
}

/// `position` is where the message points when the types do not fit.
fn check_types(left: Side, operator: Operator, right: Side, position: Position) -> Result<(), ParseError> {
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
    let unordered = |side: &&Side| matches!(side.known, Type::Bool | Type::Status | Type::Kind);
    match [&left, &right].into_iter().find(unordered) {
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

fn compare_nil(other: Term, position: Position, operator: Operator) -> Result<Term, ParseError> {
    let op = operator.op;
    if !op.is_equality() {
        let message = format!("nil has no order: use = or !=, not {}", op.symbol());
        return Err(ParseError::new(message, operator.position));
    }
    let always_set = |attribute: &Attribute| match attribute {
        Attribute::Intrinsic(_) => true,
        Attribute::Scoped { scope, name } => *scope == AttributeScope::Resource && name == "service.name",
        Attribute::Derived(_) => false,
    };
    let message = match other {
        Term::Attribute(attribute) if !always_set(&attribute) => {
            let exists = op == CompareOp::NotEqual;
            let expression = if exists { Expression::Exists } else { Expression::Absent };
            return Ok(Term::Condition(expression(attribute)));
        }
        Term::Attribute(attribute) => {
            let example = Type::of_attribute(&attribute).example();
            format!("{attribute} cannot be compared with nil: compare it with {example}")
        }
        _ => "only an attribute can be compared with nil: write .x = nil or .x != nil".to_owned(),
    };
    Err(ParseError::new(message, position))
}

/// A condition compared with `true` or `false` is itself or its negation.
fn compare_condition(
    condition: Expression,
    operator: Operator,
    other: Term,
    position: Position,
) -> Result<Term, ParseError> {
    let op = operator.op;
    match other {
        Term::Static(Static::Bool(value)) if op.is_equality() => {
            let same = value == (op == CompareOp::Equal);
            Ok(Term::Condition(if same { condition } else { Expression::Not(Box::new(condition)) }))
        }
        Term::Static(Static::Bool(_)) => {
            let message = format!("a condition has no order: use = or !=, not {}", op.symbol());
            Err(ParseError::new(message, operator.position))
        }
        _ => {
            let message = "a condition can only be compared with true or false: join conditions with && or ||, \
                           and write !(…) around what is to be negated";
            Err(ParseError::new(message, position))
        }
    }
}

fn match_pattern(left: Parsed, negated: bool, right: Parsed) -> Result<Term, ParseError> {
    let Term::Static(Static::String(text)) = right.term else {
        let message = "expected a regular expression in quotes after =~ or !~";
        return Err(ParseError::new(message, right.position));
    };
    let pattern = Pattern::new(&text).map_err(|message| ParseError::new(message, right.position))?;
    let (shown, known) = match left.term {
        Term::Attribute(attribute) => match Type::of_attribute(&attribute) {
            Type::Dynamic | Type::String => {
                return Ok(Term::Condition(Expression::Matches { attribute, negated, pattern }));
            }
            other => (attribute.to_string(), other),
        },
        Term::Static(Static::String(text)) => {
            let outcome = pattern.regex().is_match(&text) != negated;
            return Ok(Term::Condition(Expression::Static(outcome)));
        }
        Term::Static(value) => (value.to_string(), Type::of_static(&value)),
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
