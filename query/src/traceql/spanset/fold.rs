//! Many values into one: the smallest, the greatest, the sum, the mean. Mergeable.

use crate::traceql::evaluate::compare_values;
use crate::traceql::{AggregateFunction, CompareOp, Static};

/// Numbers and durations, folded.
#[derive(Debug, Clone, Default)]
pub(in crate::traceql) struct Fold {
    count: u64,
    /// Of whole numbers and of durations in ns: exact, in any order.
    whole: i128,
    floats: f64,
    has_floats: bool,
    has_durations: bool,
    least: Option<Static>,
    greatest: Option<Static>,
}

impl Fold {
    /// Adds a value; what is no number or duration, and what is not a number (NaN), is left out.
    pub(in crate::traceql) fn add(&mut self, value: &Static) {
        match value {
            Static::Int(number) => self.whole += i128::from(*number),
            Static::Duration(nanos) => {
                self.whole += i128::from(*nanos);
                self.has_durations = true;
            }
            Static::Float(number) if !number.is_nan() => {
                self.floats += number;
                self.has_floats = true;
            }
            _ => return,
        }
        self.count += 1;
        self.offer_least(value);
        self.offer_greatest(value);
    }

    /// Adds all that `other` has.
    pub(in crate::traceql) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.whole += other.whole;
        self.floats += other.floats;
        self.has_floats |= other.has_floats;
        self.has_durations |= other.has_durations;
        other.least.iter().for_each(|value| self.offer_least(value));
        other.greatest.iter().for_each(|value| self.offer_greatest(value));
    }

    fn offer_least(&mut self, value: &Static) {
        let is_less = |known: &Static| precedes(value, CompareOp::Less, known);
        if self.least.as_ref().is_none_or(is_less) {
            self.least = Some(value.clone());
        }
    }

    fn offer_greatest(&mut self, value: &Static) {
        let is_greater = |known: &Static| precedes(value, CompareOp::Greater, known);
        if self.greatest.as_ref().is_none_or(is_greater) {
            self.greatest = Some(value.clone());
        }
    }

    /// `None` where no value was added. A sum or mean with durations among the values is a duration; a mean of numbers is
    /// a double.
    pub(in crate::traceql) fn result(&self, function: AggregateFunction) -> Option<Static> {
        if self.count == 0 {
            return None;
        }
        match function {
            AggregateFunction::Min => self.least.clone(),
            AggregateFunction::Max => self.greatest.clone(),
            AggregateFunction::Sum => Some(self.sum()),
            AggregateFunction::Avg if self.has_durations && !self.has_floats => {
                i64::try_from(self.whole / i128::from(self.count)).ok().map(Static::Duration)
            }
            AggregateFunction::Avg => {
                Some(self.in_unit((self.whole as f64 + self.floats) / self.count as f64))
            }
        }
    }

    fn sum(&self) -> Static {
        match i64::try_from(self.whole) {
            Ok(whole) if !self.has_floats && self.has_durations => Static::Duration(whole),
            Ok(whole) if !self.has_floats => Static::Int(whole),
            _ => self.in_unit(self.whole as f64 + self.floats),
        }
    }

    fn in_unit(&self, value: f64) -> Static {
        if self.has_durations && value.abs() < 9.2e18 {
            Static::Duration(value as i64)
        } else {
            Static::Float(value)
        }
    }
}

/// Whether `one` comes before `other`; of equal values of different types, always the same one.
fn precedes(one: &Static, op: CompareOp, other: &Static) -> bool {
    compare_values(one, op, other) == Some(true)
        || (compare_values(one, CompareOp::Equal, other) == Some(true) && one.order(other).is_lt())
}
