//! One sample in the making: what a series is in a slot.

use model::latency::{Limits, SpanReference, State};

use super::exemplars::Exemplars;
use crate::traceql::spanset::Fold;
use crate::traceql::{AggregateFunction, MetricsFunction, Static};

/// Quantiles are taken of whole numbers: of ns for durations, of billionths for numbers.
const PARTS_PER_UNIT: f64 = 1e9;

#[derive(Debug, Clone)]
pub(super) struct Sample {
    value: Value,
    pub(super) exemplars: Exemplars,
}

#[derive(Debug, Clone)]
enum Value {
    Count(u64),
    Fold(Fold),
    Quantiles(Box<State>),
}

impl Sample {
    pub(super) fn new(function: &MetricsFunction) -> Self {
        let value = match function {
            MetricsFunction::Rate
            | MetricsFunction::CountOverTime
            | MetricsFunction::HistogramOverTime(_) => Value::Count(0),
            MetricsFunction::OverTime(..) => Value::Fold(Fold::default()),
            MetricsFunction::QuantileOverTime(..) => Value::Quantiles(Box::default()),
        };
        let least_first = matches!(function, MetricsFunction::OverTime(AggregateFunction::Min, _));
        Self { value, exemplars: Exemplars::new(least_first) }
    }

    /// The memory held, in bytes, roughly: but for quantiles a sample has one size.
    pub(super) fn memory_bytes(&self) -> usize {
        let quantiles = match &self.value {
            Value::Quantiles(state) => state.memory_bytes(),
            Value::Count(_) | Value::Fold(_) => 0,
        };
        size_of::<Self>() + quantiles
    }

    /// Adds a value of `span`, whose own duration does not matter here.
    pub(super) fn add(&mut self, value: &Static, span: SpanReference, limits: Limits) {
        match &mut self.value {
            Value::Count(count) => *count += 1,
            Value::Fold(fold) => fold.add(value),
            Value::Quantiles(state) => {
                if let Some(parts) = parts(value) {
                    state.add(SpanReference { duration_ns: parts, ..span }, limits);
                }
            }
        }
    }

    pub(super) fn merge(&mut self, other: Self, limits: Limits, exemplars_max: usize) {
        self.exemplars.merge(other.exemplars, exemplars_max);
        match (&mut self.value, other.value) {
            (Value::Count(ours), Value::Count(theirs)) => *ours += theirs,
            (Value::Fold(ours), Value::Fold(theirs)) => ours.merge(&theirs),
            (Value::Quantiles(ours), Value::Quantiles(theirs)) => ours.merge(*theirs, limits),
            _ => {}
        }
    }

    /// The sample of `function`, which made it; of quantiles the one at `quantile`.
    pub(super) fn result(&self, function: &MetricsFunction, quantile: f64, step_seconds: f64) -> Option<f64> {
        match (&self.value, function) {
            (Value::Count(count), MetricsFunction::Rate) => Some(*count as f64 / step_seconds),
            (Value::Count(count), _) => Some(*count as f64),
            (Value::Fold(fold), MetricsFunction::OverTime(function, _)) => {
                fold.result(*function).as_ref().and_then(seconds)
            }
            (Value::Quantiles(state), _) if state.count() > 0 => {
                state.point(&[quantile]).quantiles.first().map(|found| found.value_ns as f64 / PARTS_PER_UNIT)
            }
            _ => None,
        }
    }

    /// The spans that stand for a quantile, and their values.
    pub(super) fn at_quantile(&self, quantile: f64, most: usize) -> Option<Vec<(SpanReference, f64)>> {
        let Value::Quantiles(state) = &self.value else { return None };
        let found = state.exemplars(&[quantile], most).into_iter();
        Some(found.map(|found| (found.span, found.span.duration_ns as f64 / PARTS_PER_UNIT)).collect())
    }
}

/// A number as it is, a duration in seconds.
pub(super) fn seconds(value: &Static) -> Option<f64> {
    match value {
        Static::Int(number) => Some(*number as f64),
        Static::Float(number) => Some(*number).filter(|number| !number.is_nan()),
        Static::Duration(nanos) => Some(*nanos as f64 / PARTS_PER_UNIT),
        _ => None,
    }
}

/// A value as quantiles take it; negative ones have none, those beyond the range count as its end.
fn parts(value: &Static) -> Option<u64> {
    match value {
        Static::Duration(nanos) => u64::try_from(*nanos).ok(),
        Static::Int(number) => u64::try_from(*number).ok().map(|number| number.saturating_mul(1_000_000_000)),
        Static::Float(number) if *number >= 0.0 => Some((number * PARTS_PER_UNIT) as u64),
        _ => None,
    }
}

/// The power of two that is the upper bound of a value, durations in seconds; `None` for negative values.
pub(super) fn bucket(value: &Static) -> Option<f64> {
    let whole = |number: i64| u64::try_from(number).ok().map(|number| number.next_power_of_two() as f64);
    match value {
        Static::Int(0) | Static::Duration(0) => Some(0.0),
        Static::Int(number) => whole(*number),
        Static::Duration(nanos) => whole(*nanos).map(|nanos| nanos / PARTS_PER_UNIT),
        Static::Float(number) if *number == 0.0 => Some(0.0),
        Static::Float(number) if *number > 0.0 => Some(power_of_two(*number)),
        _ => None,
    }
}

/// The first power of two that is no less than a positive number; of numbers too small for that, the smallest.
fn power_of_two(number: f64) -> f64 {
    const MANTISSA: u64 = (1 << 52) - 1;
    let below = f64::from_bits(number.to_bits() & !MANTISSA);
    let power = if below < number { below * 2.0 } else { below };
    power.max(f64::MIN_POSITIVE)
}
