//! The tree of a metrics query: series over time.

mod print;

use super::{AggregateFunction, ArithmeticOp, Attribute, CompareOp, Operand, Pipeline, SpanFilter, Static};

/// What to plot.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricsExpression {
    /// Series, and what is calculated from them.
    Series(SeriesExpression),
    /// How some spans differ from the others.
    Compare(Comparison),
}

/// Series, each a value a slot.
#[derive(Debug, Clone, PartialEq)]
pub enum SeriesExpression {
    /// `… | rate() by(…)`.
    Aggregate(MetricsQuery),
    /// `(…) / (…)`: samples of the same labels and slot calculated with; a side whose series have no labels goes with all.
    Math {
        /// The left side.
        left: Box<Self>,
        /// The operator.
        op: MathOp,
        /// The right side.
        right: Box<Self>,
    },
    /// `(…) * 60`, `1 - (…)`: every sample calculated with a number.
    Scaled {
        /// The series.
        series: Box<Self>,
        /// The operator.
        op: MathOp,
        /// The number, or a duration, which counts as its seconds.
        number: Static,
        /// Whether the number is the left side.
        is_number_first: bool,
    },
    /// A second stage.
    Staged {
        /// The series.
        series: Box<Self>,
        /// What is left of them.
        stage: SecondStage,
    },
}

/// What is left of series.
#[derive(Debug, Clone, PartialEq)]
pub enum SecondStage {
    /// `topk(n)`: in each slot the `n` highest samples; of equal ones those whose labels come first.
    Top(u32),
    /// `bottomk(n)`: the `n` lowest.
    Bottom(u32),
    /// `> 5`: the samples that compare so with a number, or with a duration, which counts as its seconds.
    Compare(CompareOp, Static),
}

/// An operator between series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MathOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

impl MathOp {
    /// Every operator.
    pub const ALL: [Self; 4] = [Self::Add, Self::Subtract, Self::Multiply, Self::Divide];

    /// The operator as written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
        }
    }

    /// The operator that a calculation of values is between series, if there is one.
    pub(super) const fn of(op: ArithmeticOp) -> Option<Self> {
        match op {
            ArithmeticOp::Add => Some(Self::Add),
            ArithmeticOp::Subtract => Some(Self::Subtract),
            ArithmeticOp::Multiply => Some(Self::Multiply),
            ArithmeticOp::Divide => Some(Self::Divide),
            ArithmeticOp::Remainder | ArithmeticOp::Power => None,
        }
    }
}

/// Spans counted, or their values aggregated, by slot and by labels.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricsQuery {
    /// Which spans: those of its last spansets.
    pub pipeline: Pipeline,
    /// What of them.
    pub function: MetricsFunction,
    /// A series for each combination of these attributes' values.
    pub by: Vec<Attribute>,
}

/// A function over the spans of a slot. Durations come out in seconds.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricsFunction {
    /// `rate()`: spans a second.
    Rate,
    /// `count_over_time()`: spans.
    CountOverTime,
    /// `avg_over_time(x)` and the like; nil is left out.
    OverTime(AggregateFunction, Operand),
    /// `quantile_over_time(x, …)`: a series for each quantile, each in `0..=1`, at least one.
    QuantileOverTime(Operand, Vec<f64>),
    /// `histogram_over_time(x)`: a series of counts for each power of two that is the upper bound of a value.
    HistogramOverTime(Operand),
}

/// `compare({…})`: for each value of each attribute, how many spans have it among the selected and among the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// All the spans.
    pub pipeline: Pipeline,
    /// Those selected.
    pub selection: SpanFilter,
    /// The most values of an attribute that are told, the most frequent ones: 1 to 1,000.
    pub values_max: u16,
    /// The selected are in `(start, end]` too, in Unix ns.
    pub range: Option<(u64, u64)>,
}

impl Comparison {
    /// [`Comparison::values_max`] where the text does not say.
    pub const VALUES_DEFAULT: u16 = 10;
    /// The greatest [`Comparison::values_max`].
    pub const VALUES_LIMIT: u16 = 1000;
}

impl MetricsFunction {
    /// The word as written.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::CountOverTime => "count_over_time",
            Self::OverTime(AggregateFunction::Min, _) => "min_over_time",
            Self::OverTime(AggregateFunction::Max, _) => "max_over_time",
            Self::OverTime(AggregateFunction::Sum, _) => "sum_over_time",
            Self::OverTime(AggregateFunction::Avg, _) => "avg_over_time",
            Self::QuantileOverTime(..) => "quantile_over_time",
            Self::HistogramOverTime(_) => "histogram_over_time",
        }
    }

    /// The labels it takes of the five that a series may have, beside those of `by`.
    pub(super) const fn own_labels(&self) -> usize {
        match self {
            Self::QuantileOverTime(..)
            | Self::HistogramOverTime(_)
            | Self::OverTime(AggregateFunction::Avg, _) => 1,
            _ => 0,
        }
    }

    /// The value it reads; none for those that count spans.
    #[must_use]
    pub const fn operand(&self) -> Option<&Operand> {
        match self {
            Self::Rate | Self::CountOverTime => None,
            Self::OverTime(_, operand)
            | Self::QuantileOverTime(operand, _)
            | Self::HistogramOverTime(operand) => Some(operand),
        }
    }
}

impl MetricsQuery {
    pub(super) fn add_attributes<'a>(&'a self, found: &mut Vec<&'a Attribute>) {
        self.pipeline.add_attributes(found);
        found.extend(&self.by);
        found.extend(self.function.operand().map(Operand::attributes).unwrap_or_default());
    }
}

impl SeriesExpression {
    /// The metrics queries it is made of, from the left.
    #[must_use]
    pub fn queries(&self) -> Vec<&MetricsQuery> {
        match self {
            Self::Aggregate(query) => vec![query],
            Self::Math { left, right, .. } => [left.queries(), right.queries()].concat(),
            Self::Scaled { series, .. } | Self::Staged { series, .. } => series.queries(),
        }
    }
}

impl MetricsExpression {
    pub(super) fn pipelines(&self) -> Vec<&Pipeline> {
        match self {
            Self::Series(series) => series.queries().into_iter().map(|query| &query.pipeline).collect(),
            Self::Compare(comparison) => vec![&comparison.pipeline],
        }
    }

    pub(super) fn add_attributes<'a>(&'a self, found: &mut Vec<&'a Attribute>) {
        match self {
            Self::Series(series) => {
                series.queries().into_iter().for_each(|query| query.add_attributes(found))
            }
            Self::Compare(comparison) => {
                comparison.pipeline.add_attributes(found);
                found.extend(comparison.selection.attributes());
            }
        }
    }
}
