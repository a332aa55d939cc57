//! What is known of the types of values before any span is seen.

use model::attributes::HotType;

use super::attribute::{Attribute, Intrinsic};
use super::{Operand, Static, TraceAttribute, TraceIntrinsic};

/// What is known of a value before any span is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// An attribute the sender wrote: its type is in the data.
    Dynamic,
    String,
    Number,
    Duration,
    Bool,
    Status,
    Kind,
    /// `parent`, which is there or not.
    Span,
}

impl Type {
    pub(super) fn of_static(value: &Static) -> Self {
        match value {
            Static::String(_) => Self::String,
            Static::Int(_) | Static::Float(_) => Self::Number,
            Static::Duration(_) => Self::Duration,
            Static::Bool(_) => Self::Bool,
            Static::Status(_) => Self::Status,
            Static::Kind(_) => Self::Kind,
        }
    }

    pub(super) fn of_attribute(attribute: &Attribute) -> Self {
        match attribute {
            Attribute::Scoped { .. } => Self::Dynamic,
            Attribute::Derived(derived) => match derived.value_type {
                HotType::String => Self::String,
                HotType::Int => Self::Number,
                HotType::Bool => Self::Bool,
            },
            Attribute::Intrinsic(intrinsic) => Self::of_intrinsic(*intrinsic),
            Attribute::Trace(attribute) => match attribute {
                TraceAttribute::Parent { .. } => Self::Dynamic,
                TraceAttribute::ParentIntrinsic(intrinsic) => Self::of_intrinsic(*intrinsic),
                TraceAttribute::Intrinsic(intrinsic) => Self::of_trace_intrinsic(*intrinsic),
            },
        }
    }

    const fn of_intrinsic(intrinsic: Intrinsic) -> Self {
        match intrinsic {
            Intrinsic::Duration | Intrinsic::EventTimeSinceStart => Self::Duration,
            Intrinsic::Status => Self::Status,
            Intrinsic::Kind => Self::Kind,
            _ => Self::String,
        }
    }

    const fn of_trace_intrinsic(intrinsic: TraceIntrinsic) -> Self {
        match intrinsic {
            TraceIntrinsic::Duration | TraceIntrinsic::SelfTime | TraceIntrinsic::CriticalPath => {
                Self::Duration
            }
            TraceIntrinsic::RootName | TraceIntrinsic::RootService => Self::String,
            TraceIntrinsic::ChildCount
            | TraceIntrinsic::NestedSetLeft
            | TraceIntrinsic::NestedSetRight
            | TraceIntrinsic::NestedSetParent => Self::Number,
            TraceIntrinsic::Parent => Self::Span,
        }
    }

    pub(super) fn of_operand(operand: &Operand) -> Self {
        match operand {
            Operand::Static(value) => Self::of_static(value),
            Operand::Attribute(attribute) => Self::of_attribute(attribute),
            Operand::Condition(_) => Self::Bool,
            Operand::Negative(inner) if Self::of_operand(inner) == Self::Duration => Self::Duration,
            // A number or a duration, which compare with each other.
            Operand::Negative(_) | Operand::Arithmetic { .. } => Self::Number,
        }
    }

    /// Whether one can calculate with it.
    pub(super) const fn is_numeric(self) -> bool {
        matches!(self, Self::Dynamic | Self::Number | Self::Duration)
    }

    pub(super) fn fits(self, other: Self) -> bool {
        let numeric = |one| matches!(one, Self::Number | Self::Duration);
        if self == Self::Span || other == Self::Span {
            return false;
        }
        self == other || self == Self::Dynamic || other == Self::Dynamic || (numeric(self) && numeric(other))
    }

    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Dynamic => "an attribute of any type",
            Self::String => "a string",
            Self::Number => "a number",
            Self::Duration => "a duration",
            Self::Bool => "a boolean",
            Self::Status => "a status",
            Self::Kind => "a span kind",
            Self::Span => "a span",
        }
    }

    /// What to compare a value of this type with.
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Dynamic | Self::String => "a string such as \"text\"",
            Self::Number => "a number such as 42",
            Self::Duration => "a duration such as 250ms",
            Self::Bool => "true or false",
            Self::Status => "unset, ok or error",
            Self::Kind => "unspecified, internal, server, client, producer or consumer",
            Self::Span => "nil, or one of its attributes, parent.x, with a value",
        }
    }
}
