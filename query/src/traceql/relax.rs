//! A filter of single spans that every span meets which may meet one of whole traces.

use super::{Expression, SpanFilter};

/// The filter without what only a whole trace can tell: a span that meets `filter` meets the result.
pub(super) fn relaxed(filter: &SpanFilter) -> SpanFilter {
    let expression = filter.expression.as_ref().map(|expression| at_bound(expression, true));
    SpanFilter { expression: expression.filter(|expression| *expression != Expression::Static(true)) }
}

/// What holds whenever `expression` may hold (`upper`), or only if it must.
fn at_bound(expression: &Expression, upper: bool) -> Expression {
    match expression {
        Expression::And(parts) => {
            joined(parts.iter().map(|part| at_bound(part, upper)), true, Expression::and)
        }
        Expression::Or(parts) => {
            joined(parts.iter().map(|part| at_bound(part, upper)), false, Expression::or)
        }
        Expression::Not(part) => match at_bound(part, !upper) {
            Expression::Static(value) => Expression::Static(!value),
            bound => Expression::Not(Box::new(bound)),
        },
        leaf if leaf.needs_whole_trace() => Expression::Static(upper),
        leaf => leaf.clone(),
    }
}

/// The parts joined, those that equal `neutral` left out; one that equals its contrary decides.
fn joined(
    parts: impl Iterator<Item = Expression>,
    neutral: bool,
    join: fn(Expression, Expression) -> Expression,
) -> Expression {
    let mut result = None;
    for part in parts {
        match part {
            Expression::Static(value) if value == neutral => {}
            Expression::Static(value) => return Expression::Static(value),
            part => {
                result = Some(match result {
                    None => part,
                    Some(before) => join(before, part),
                });
            }
        }
    }
    result.unwrap_or(Expression::Static(neutral))
}
