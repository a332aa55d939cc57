//! Canonical text of metrics queries.

use std::fmt;

use super::{
    Comparison, MathOp, MetricsExpression, MetricsFunction, MetricsQuery, SecondStage, SeriesExpression,
};
use crate::traceql::pipeline::write_list;

impl fmt::Display for MetricsExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Series(series) => series.fmt(f),
            Self::Compare(comparison) => comparison.fmt(f),
        }
    }
}

impl fmt::Display for SeriesExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aggregate(query) => query.fmt(f),
            Self::Math { left, op, right } => write!(f, "({left}) {op} ({right})"),
            Self::Scaled { series, op, number, is_number_first: false } => {
                write!(f, "({series}) {op} {number}")
            }
            Self::Scaled { series, op, number, .. } if number.is_negative() => {
                write!(f, "({number}) {op} ({series})")
            }
            Self::Scaled { series, op, number, .. } => write!(f, "{number} {op} ({series})"),
            Self::Staged { series, stage } => write!(f, "{series}{stage}"),
        }
    }
}

impl fmt::Display for MathOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

impl fmt::Display for SecondStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Top(count) => write!(f, " | topk({count})"),
            Self::Bottom(count) => write!(f, " | bottomk({count})"),
            Self::Compare(op, value) => write!(f, " {} {value}", op.symbol()),
        }
    }
}

impl fmt::Display for MetricsQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {}", self.pipeline, self.function)?;
        if self.by.is_empty() {
            return Ok(());
        }
        f.write_str(" by(")?;
        write_list(f, &self.by)?;
        f.write_str(")")
    }
}

impl fmt::Display for MetricsFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.word())?;
        match self {
            Self::Rate | Self::CountOverTime => {}
            Self::OverTime(_, operand) | Self::HistogramOverTime(operand) => operand.fmt(f)?,
            Self::QuantileOverTime(operand, quantiles) => {
                operand.fmt(f)?;
                quantiles.iter().try_for_each(|quantile| write!(f, ", {quantile}"))?;
            }
        }
        f.write_str(")")
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | compare({}", self.pipeline, self.selection)?;
        if self.values_max != Self::VALUES_DEFAULT || self.range.is_some() {
            write!(f, ", {}", self.values_max)?;
        }
        if let Some((start, end)) = self.range {
            write!(f, ", {start}, {end}")?;
        }
        f.write_str(")")
    }
}
