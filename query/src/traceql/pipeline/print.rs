//! Canonical text of pipelines.

use std::fmt;

use super::{Aggregate, Pipeline, RelationForm, Scalar, ScalarFilter, SpansetExpression, SpansetOp, Stage};
use crate::traceql::{Attribute, Operand};

impl fmt::Display for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spans.fmt(f)?;
        self.stages.iter().try_for_each(|stage| write!(f, " | {stage}"))
    }
}

impl fmt::Display for SpansetExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filter(filter) => filter.fmt(f),
            Self::Pipeline(pipeline) => write!(f, "({pipeline})"),
            Self::Related { left, op, right } => {
                left.write_inside(f)?;
                write!(f, " {op} ")?;
                right.write_inside(f)
            }
        }
    }
}

impl SpansetExpression {
    fn write_inside(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Related { .. } => write!(f, "({self})"),
            simple => fmt::Display::fmt(simple, f),
        }
    }
}

impl fmt::Display for SpansetOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And => f.write_str("&&"),
            Self::Or => f.write_str("||"),
            Self::Relation(relation, form) => {
                let sign = match form {
                    RelationForm::Right => "",
                    RelationForm::RightWithout => "!",
                    RelationForm::Both => "&",
                };
                write!(f, "{sign}{}", relation.symbol())
            }
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spans(spans) => spans.fmt(f),
            Self::Having(filter) => filter.fmt(f),
            Self::By(Operand::Condition(condition)) => write!(f, "by({condition})"),
            Self::By(operand) => write!(f, "by({operand})"),
            Self::Coalesce => f.write_str("coalesce()"),
            Self::Select(attributes) => {
                f.write_str("select(")?;
                write_list(f, attributes)?;
                f.write_str(")")
            }
        }
    }
}

/// Attributes with commas between them.
pub(in crate::traceql) fn write_list(f: &mut fmt::Formatter<'_>, attributes: &[Attribute]) -> fmt::Result {
    for (index, attribute) in attributes.iter().enumerate() {
        write!(f, "{}{attribute}", if index == 0 { "" } else { ", " })?;
    }
    Ok(())
}

impl fmt::Display for ScalarFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.left, self.op.symbol(), self.right)
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Static(value) => value.fmt(f),
            Self::Aggregate(aggregate) => aggregate.fmt(f),
            Self::Pipeline { pipeline, aggregate } => write!(f, "({pipeline} | {aggregate})"),
            Self::Arithmetic { left, op, right } => {
                left.write_inside(f)?;
                write!(f, " {} ", op.symbol())?;
                right.write_inside(f)
            }
        }
    }
}

impl Scalar {
    fn write_inside(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Static(value) if value.is_negative() => write!(f, "({value})"),
            Self::Arithmetic { .. } => write!(f, "({self})"),
            simple => fmt::Display::fmt(simple, f),
        }
    }
}

impl fmt::Display for Aggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count => f.write_str("count()"),
            Self::Of(function, operand) => write!(f, "{}({operand})", function.word()),
        }
    }
}
