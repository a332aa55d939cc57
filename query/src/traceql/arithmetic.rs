//! Calculating with two values.
//!
//! Two whole numbers give a whole number: division truncates, and what does not fit 64 bits becomes a double. A duration
//! plus, minus or modulo something is a duration, as is one multiplied or divided by a number; a duration divided by a
//! duration is a ratio. All else is a double.

use super::{ArithmeticOp, Static};

/// `left op right`. `None` when a side is no number or duration, and when it is divided by zero.
pub(super) fn calculate(left: &Static, op: ArithmeticOp, right: &Static) -> Option<Static> {
    if is_by_zero(op, right) {
        return None;
    }
    let is_time = is_time(left, op, right);
    let is_ratio = op == ArithmeticOp::Divide && !is_time && left.is_duration();
    if let (Some(one), Some(other)) = (whole(left), whole(right))
        && let Some(result) = whole_result(one, op, other).filter(|_| !is_ratio)
    {
        return Some(if is_time { Static::Duration(result) } else { Static::Int(result) });
    }
    let (one, other) = (double(left)?, double(right)?);
    let result = match op {
        ArithmeticOp::Add => one + other,
        ArithmeticOp::Subtract => one - other,
        ArithmeticOp::Multiply => one * other,
        ArithmeticOp::Divide => one / other,
        ArithmeticOp::Remainder => one % other,
        ArithmeticOp::Power => one.powf(other),
    };
    let fits = result.abs() < 9.2e18;
    Some(if is_time && fits { Static::Duration(result.round() as i64) } else { Static::Float(result) })
}

/// Whether it would be divided by zero.
pub(super) fn is_by_zero(op: ArithmeticOp, divisor: &Static) -> bool {
    matches!(op, ArithmeticOp::Divide | ArithmeticOp::Remainder) && double(divisor) == Some(0.0)
}

/// `-value`; `None` when it is no number or duration.
pub(super) fn negate(value: &Static) -> Option<Static> {
    Some(match value {
        Static::Int(number) => number.checked_neg().map_or(Static::Float(-(*number as f64)), Static::Int),
        Static::Duration(nanos) => {
            nanos.checked_neg().map_or(Static::Float(-(*nanos as f64)), Static::Duration)
        }
        Static::Float(number) => Static::Float(-number),
        _ => return None,
    })
}

/// Whether the result of two such values is a duration.
fn is_time(left: &Static, op: ArithmeticOp, right: &Static) -> bool {
    let (left, right) = (left.is_duration(), right.is_duration());
    match op {
        ArithmeticOp::Add | ArithmeticOp::Subtract | ArithmeticOp::Remainder => left || right,
        ArithmeticOp::Multiply => left != right,
        ArithmeticOp::Divide => left && !right,
        ArithmeticOp::Power => false,
    }
}

fn whole_result(left: i64, op: ArithmeticOp, right: i64) -> Option<i64> {
    match op {
        ArithmeticOp::Add => left.checked_add(right),
        ArithmeticOp::Subtract => left.checked_sub(right),
        ArithmeticOp::Multiply => left.checked_mul(right),
        ArithmeticOp::Divide => left.checked_div(right),
        ArithmeticOp::Remainder => left.checked_rem(right),
        ArithmeticOp::Power => u32::try_from(right).ok().and_then(|right| left.checked_pow(right)),
    }
}

fn whole(value: &Static) -> Option<i64> {
    match value {
        Static::Int(number) | Static::Duration(number) => Some(*number),
        _ => None,
    }
}

/// The value as a double, durations in ns; `None` when it is no number or duration.
pub(super) fn double(value: &Static) -> Option<f64> {
    match value {
        Static::Int(number) | Static::Duration(number) => Some(*number as f64),
        Static::Float(number) => Some(*number),
        _ => None,
    }
}
