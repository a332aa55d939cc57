//! What a span filter means, one span at a time: the definition that every faster implementation must equal.

use std::cmp::Ordering;

use super::{Attribute, CompareOp, Expression, Operand, SpanFilter, Static, arithmetic};

/// One span, as a filter sees it.
pub trait SpanAttributes {
    /// The values of an attribute: none when it is missing (nil), several for an array and for what events and
    /// links hold, in any order. An empty array counts as missing; arrays within arrays are flattened.
    ///
    /// [`super::AttributeScope::Any`] yields the span's values, and the resource's only if the span has none.
    /// Values that TraceQL has no type for (bytes, maps) are left out.
    fn get(&self, attribute: &Attribute) -> Vec<Static>;
}

/// Whether the span meets the filter.
#[must_use]
pub fn matches(filter: &SpanFilter, span: &dyn SpanAttributes) -> bool {
    filter.expression.as_ref().is_none_or(|expression| holds(expression, span))
}

/// What a condition that reads no attribute says of every span.
pub(super) fn constant(expression: &Expression) -> bool {
    struct NoValues;
    impl SpanAttributes for NoValues {
        fn get(&self, _: &Attribute) -> Vec<Static> {
            Vec::new()
        }
    }
    holds(expression, &NoValues)
}

fn holds(expression: &Expression, span: &dyn SpanAttributes) -> bool {
    match expression {
        Expression::And(conditions) => conditions.iter().all(|condition| holds(condition, span)),
        Expression::Or(conditions) => conditions.iter().any(|condition| holds(condition, span)),
        Expression::Not(condition) => !holds(condition, span),
        Expression::Compare { left, op, right: Operand::Static(value) } => {
            compare(&values(left, span), *op, std::slice::from_ref(value))
        }
        Expression::Compare { left, op, right } => compare(&values(left, span), *op, &values(right, span)),
        Expression::Matches { attribute, negated, pattern } => {
            let values = span.get(attribute);
            let outcomes = values.iter().filter_map(|value| match value {
                Static::String(text) => Some(pattern.regex().is_match(text)),
                _ => None,
            });
            any_or_none(outcomes, *negated)
        }
        Expression::Exists(attribute) => !span.get(attribute).is_empty(),
        Expression::Absent(attribute) => span.get(attribute).is_empty(),
        Expression::Static(value) => *value,
    }
}

/// The values of an operand for a span; none for nil.
pub(super) fn values(operand: &Operand, span: &dyn SpanAttributes) -> Vec<Static> {
    match operand {
        Operand::Static(value) => vec![value.clone()],
        Operand::Attribute(attribute) => span.get(attribute),
        Operand::Condition(condition) => vec![Static::Bool(holds(condition, span))],
        Operand::Negative(inner) => match values(inner, span).as_slice() {
            [value] => arithmetic::negate(value).into_iter().collect(),
            _ => Vec::new(),
        },
        Operand::Arithmetic { left, op, right } => {
            match (values(left, span).as_slice(), values(right, span).as_slice()) {
                ([left], [right]) => arithmetic::calculate(left, *op, right).into_iter().collect(),
                _ => Vec::new(),
            }
        }
    }
}

fn compare(left: &[Static], op: CompareOp, right: &[Static]) -> bool {
    if left.len() > 1 && right.len() > 1 {
        return false;
    }
    let negated = op == CompareOp::NotEqual;
    let op = if negated { CompareOp::Equal } else { op };
    let outcomes =
        left.iter().flat_map(|left| right.iter().filter_map(move |right| compare_values(left, op, right)));
    any_or_none(outcomes, negated)
}

/// Whether any outcome is true; negated: whether there are outcomes and none is true.
fn any_or_none(mut outcomes: impl Iterator<Item = bool>, negated: bool) -> bool {
    match outcomes.next() {
        None => false,
        Some(first) => negated != (first || outcomes.any(|outcome| outcome)),
    }
}

/// The outcome for two values; None when their types cannot be compared so.
pub(super) fn compare_values(left: &Static, op: CompareOp, right: &Static) -> Option<bool> {
    let ordering = match (left, right) {
        (Static::String(left), Static::String(right)) => Some(left.as_bytes().cmp(right.as_bytes())),
        (Static::Bool(left), Static::Bool(right)) if op.is_equality() => Some(left.cmp(right)),
        (Static::Status(left), Static::Status(right)) if op.is_equality() => Some(left.cmp(right)),
        (Static::Kind(left), Static::Kind(right)) if op.is_equality() => Some(left.cmp(right)),
        _ => match (Number::of(left)?, Number::of(right)?) {
            (Number::Whole(left), Number::Whole(right)) => Some(left.cmp(&right)),
            (left, right) => left.double().partial_cmp(&right.double()),
        },
    };
    Some(match op {
        CompareOp::Equal => ordering == Some(Ordering::Equal),
        CompareOp::NotEqual => ordering != Some(Ordering::Equal),
        CompareOp::Less => ordering == Some(Ordering::Less),
        CompareOp::LessOrEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        CompareOp::Greater => ordering == Some(Ordering::Greater),
        CompareOp::GreaterOrEqual => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
    })
}

#[derive(Clone, Copy)]
enum Number {
    Whole(i64),
    Double(f64),
}

impl Number {
    fn of(value: &Static) -> Option<Self> {
        match value {
            Static::Int(number) | Static::Duration(number) => Some(Self::Whole(*number)),
            Static::Float(number) => Some(Self::Double(*number)),
            _ => None,
        }
    }

    fn double(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Double(number) => number,
        }
    }
}
