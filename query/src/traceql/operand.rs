//! Values inside conditions: literals, attributes and what is calculated from them.

use std::fmt;

use super::{Attribute, Expression, Static, arithmetic};

/// A side of a comparison: something that has a value for a span, several values, or none (nil).
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A literal.
    Static(Static),
    /// An attribute of the same span.
    Attribute(Attribute),
    /// `-x`, of something that is not a literal.
    Negative(Box<Self>),
    /// Two operands calculated with; not both are literals.
    ///
    /// There is no value where a side has none, several, or one that is not a number or a duration, and
    /// where it is divided by zero.
    Arithmetic {
        /// The left side.
        left: Box<Self>,
        /// The operator.
        op: ArithmeticOp,
        /// The right side.
        right: Box<Self>,
    },
    /// `true` or `false`, as a condition says. Never an [`Expression::Static`].
    Condition(Box<Expression>),
}

impl Operand {
    /// `left op right`; literals are calculated at once. `None` when they divide by zero or are no numbers.
    pub(super) fn arithmetic(left: Self, op: ArithmeticOp, right: Self) -> Option<Self> {
        match (&left, &right) {
            (Self::Static(one), Self::Static(other)) => {
                arithmetic::calculate(one, op, other).map(Self::Static)
            }
            _ => Some(Self::Arithmetic { left: Box::new(left), op, right: Box::new(right) }),
        }
    }

    /// The attributes it reads.
    pub(super) fn add_attributes<'a>(&'a self, found: &mut Vec<&'a Attribute>) {
        match self {
            Self::Static(_) => {}
            Self::Attribute(attribute) => found.push(attribute),
            Self::Negative(inner) => inner.add_attributes(found),
            Self::Arithmetic { left, right, .. } => {
                left.add_attributes(found);
                right.add_attributes(found);
            }
            Self::Condition(condition) => condition.add_attributes(found),
        }
    }

    /// The attributes it reads, in the order written.
    #[must_use]
    pub fn attributes(&self) -> Vec<&Attribute> {
        let mut found = Vec::new();
        self.add_attributes(&mut found);
        found
    }

    /// Whether one span alone cannot tell its value.
    #[must_use]
    pub fn needs_whole_trace(&self) -> bool {
        self.attributes().into_iter().any(Attribute::needs_whole_trace)
    }

    /// As a side of a calculation.
    fn write_inside(&self, f: &mut fmt::Formatter<'_>, is_left: bool) -> fmt::Result {
        match self {
            // On the left, the sign would be taken for that of the whole calculation.
            Self::Static(value) if is_left && value.is_negative() => write!(f, "({value})"),
            Self::Negative(_) | Self::Arithmetic { .. } => write!(f, "({self})"),
            simple => fmt::Display::fmt(simple, f),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Static(value) => value.fmt(f),
            Self::Attribute(attribute) => attribute.fmt(f),
            Self::Negative(inner) => {
                f.write_str("-")?;
                inner.write_inside(f, false)
            }
            Self::Arithmetic { left, op, right } => {
                left.write_inside(f, true)?;
                write!(f, " {} ", op.symbol())?;
                right.write_inside(f, false)
            }
            Self::Condition(condition) => write!(f, "({condition})"),
        }
    }
}

/// An operator of arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArithmeticOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `^`
    Power,
}

impl ArithmeticOp {
    /// Every operator.
    pub const ALL: [Self; 6] =
        [Self::Add, Self::Subtract, Self::Multiply, Self::Divide, Self::Remainder, Self::Power];

    /// The operator as written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Power => "^",
        }
    }

    /// The operator of a symbol.
    pub(super) fn from_symbol(symbol: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.symbol() == symbol)
    }
}
