//! Figures of a spanset, and comparisons of them.

use crate::traceql::{ArithmeticOp, Attribute, CompareOp, Operand, Pipeline, Static};

/// Keeps a spanset, or drops it.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalarFilter {
    /// The left side; never a literal.
    pub left: Scalar,
    /// The comparison.
    pub op: CompareOp,
    /// The right side.
    pub right: Scalar,
}

/// A figure of a spanset, or none where all its values are nil.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// A number or duration.
    Static(Static),
    /// An aggregate of the spanset itself.
    Aggregate(Aggregate),
    /// `( … | count())`: an aggregate of the spans that a pipeline of its own finds in the spanset, of all its groups
    /// together.
    Pipeline {
        /// The pipeline.
        pipeline: Box<Pipeline>,
        /// The aggregate.
        aggregate: Aggregate,
    },
    /// Two of them calculated with; not both are literals.
    Arithmetic {
        /// The left side.
        left: Box<Self>,
        /// The operator.
        op: ArithmeticOp,
        /// The right side.
        right: Box<Self>,
    },
}

/// A figure of many spans. `Display` prints what it is called on a spanset: `avg(duration)`.
#[derive(Debug, Clone, PartialEq)]
pub enum Aggregate {
    /// `count()`: of spans.
    Count,
    /// Of the values of an operand; nil, and what is no number or duration, is left out.
    Of(AggregateFunction, Operand),
}

/// How values become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AggregateFunction {
    /// The smallest.
    Min,
    /// The greatest.
    Max,
    /// All together.
    Sum,
    /// The mean.
    Avg,
}

impl AggregateFunction {
    /// Every function.
    pub const ALL: [Self; 4] = [Self::Min, Self::Max, Self::Sum, Self::Avg];

    /// The word as written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::Max => "max",
            Self::Sum => "sum",
            Self::Avg => "avg",
        }
    }
}

impl ScalarFilter {
    pub(super) fn add_attributes<'a>(&'a self, found: &mut Vec<&'a Attribute>) {
        self.left.add_attributes(found);
        self.right.add_attributes(found);
    }
}

impl Scalar {
    fn add_attributes<'a>(&'a self, found: &mut Vec<&'a Attribute>) {
        match self {
            Self::Static(_) => {}
            Self::Aggregate(aggregate) => aggregate.add_attributes(found),
            Self::Pipeline { pipeline, aggregate } => {
                pipeline.add_attributes(found);
                aggregate.add_attributes(found);
            }
            Self::Arithmetic { left, right, .. } => {
                left.add_attributes(found);
                right.add_attributes(found);
            }
        }
    }
}

impl Aggregate {
    fn add_attributes<'a>(&'a self, found: &mut Vec<&'a Attribute>) {
        match self {
            Self::Count => {}
            Self::Of(_, operand) => found.extend(operand.attributes()),
        }
    }
}
