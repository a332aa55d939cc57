//! The tree of a span filter and its canonical text.

use std::fmt;

use super::{Attribute, Operand, Pattern, Static};

/// A span filter `{ … }`: the condition a span must meet.
///
/// `Display` prints canonical text, which [`super::parse_filter`] reads back to an equal filter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SpanFilter {
    /// The condition; None for `{}`, which every span meets.
    pub expression: Option<Expression>,
}

impl SpanFilter {
    /// Whether a span meets it can only be told with the whole trace at hand: [`super::TraceView`] can.
    #[must_use]
    pub fn needs_whole_trace(&self) -> bool {
        self.expression.as_ref().is_some_and(Expression::needs_whole_trace)
    }

    /// The attributes it reads, in the order written.
    #[must_use]
    pub fn attributes(&self) -> Vec<&Attribute> {
        let mut found = Vec::new();
        self.expression.iter().for_each(|expression| expression.add_attributes(&mut found));
        found
    }

    /// Both conditions; `{}` adds none.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let expression = match (self.expression, other.expression) {
            (Some(one), Some(other)) => Some(one.and(other)),
            (one, other) => one.or(other),
        };
        Self { expression }
    }

    /// The conditions joined by `&&` at the top: a span meets the filter only if it meets each of them, so
    /// each may rule out files and rows on its own. Empty for `{}`.
    #[must_use]
    pub fn conjuncts(&self) -> &[Expression] {
        match &self.expression {
            None => &[],
            Some(Expression::And(conditions)) => conditions,
            Some(other) => std::slice::from_ref(other),
        }
    }
}

/// A condition; for a given span it is true or false, never unknown. [`super::matches()`] is the definition.
///
/// An attribute may be missing from a span (*nil*) and may hold several values (an array; the attributes of
/// several events or links). A value whose type cannot be compared with the other side is left out; when none
/// is left, the comparison is false.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// True when every condition is. At least two, none of them an `And`.
    And(Vec<Self>),
    /// True when any condition is. At least two, none of them an `Or`.
    Or(Vec<Self>),
    /// True when the condition is false, also when it is false because an attribute is missing:
    /// `!(.x = 1)` holds for a span without `x`, `.x != 1` does not.
    Not(Box<Self>),
    /// A comparison. With a missing attribute on either side it is **false for every operator**, `!=` included.
    ///
    /// With several values on one side, `!=` means that none is equal, every other operator that any compares
    /// so. With several on both sides it is false. Numbers and durations (ns) compare as numbers: exactly when
    /// both are whole, as IEEE doubles otherwise. Strings compare by bytes. Booleans, kinds and statuses know
    /// only `=` and `!=`.
    ///
    /// A bare attribute `{ .x }` is read as `.x = true`.
    Compare {
        /// The left side; of a literal and something else, always the something else (`5 < .x` is read as
        /// `.x > 5`). Never a literal.
        left: Operand,
        /// The operator.
        op: CompareOp,
        /// What it is compared with; of a type that fits an intrinsic on the left.
        right: Operand,
    },
    /// `=~` (any string value matches) or `!~` (there is a string value, and none matches).
    Matches {
        /// A scoped attribute, or one that holds strings.
        attribute: Attribute,
        /// Whether it is `!~`.
        negated: bool,
        /// The pattern.
        pattern: Pattern,
    },
    /// `x != nil`: the attribute has a value. Never an intrinsic.
    Exists(Attribute),
    /// `x = nil`: the attribute has no value. Never an intrinsic.
    Absent(Attribute),
    /// The same for every span.
    Static(bool),
}

impl Expression {
    /// The attributes that this condition speaks of itself; none for `And`, `Or` and `Not`, whose parts do.
    #[must_use]
    pub fn attributes(&self) -> Vec<&Attribute> {
        let mut found = Vec::new();
        match self {
            Self::And(_) | Self::Or(_) | Self::Not(_) => {}
            leaf => leaf.add_attributes(&mut found),
        }
        found
    }

    /// Every attribute that it reads, those of its parts too.
    pub(super) fn add_attributes<'a>(&'a self, found: &mut Vec<&'a Attribute>) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.add_attributes(found)),
            Self::Not(part) => part.add_attributes(found),
            Self::Compare { left, right, .. } => {
                left.add_attributes(found);
                right.add_attributes(found);
            }
            Self::Matches { attribute, .. } | Self::Exists(attribute) | Self::Absent(attribute) => {
                found.push(attribute);
            }
            Self::Static(_) => {}
        }
    }

    /// Whether one span alone cannot tell it.
    #[must_use]
    pub fn needs_whole_trace(&self) -> bool {
        let mut found = Vec::new();
        self.add_attributes(&mut found);
        found.into_iter().any(Attribute::needs_whole_trace)
    }

    /// `self && other`, as one flat `And`.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::And(mut left), Self::And(right)) => {
                left.extend(right);
                Self::And(left)
            }
            (Self::And(mut left), right) => {
                left.push(right);
                Self::And(left)
            }
            (left, Self::And(mut right)) => {
                right.insert(0, left);
                Self::And(right)
            }
            (left, right) => Self::And(vec![left, right]),
        }
    }

    /// `self || other`, as one flat `Or`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Or(mut left), Self::Or(right)) => {
                left.extend(right);
                Self::Or(left)
            }
            (Self::Or(mut left), right) => {
                left.push(right);
                Self::Or(left)
            }
            (left, Self::Or(mut right)) => {
                right.insert(0, left);
                Self::Or(right)
            }
            (left, right) => Self::Or(vec![left, right]),
        }
    }
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl CompareOp {
    /// Every operator.
    pub const ALL: [Self; 6] =
        [Self::Equal, Self::NotEqual, Self::Less, Self::LessOrEqual, Self::Greater, Self::GreaterOrEqual];

    /// The operator as written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// The operator that means the same with the sides exchanged.
    pub(super) const fn flipped(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }

    /// Whether it is `=` or `!=`, which every type knows.
    pub(super) const fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }
}

impl fmt::Display for SpanFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.expression {
            None => f.write_str("{}"),
            Some(expression) => write!(f, "{{ {expression} }}"),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(conditions) => write_joined(f, conditions, " && "),
            Self::Or(conditions) => write_joined(f, conditions, " || "),
            Self::Not(condition) => write!(f, "!({condition})"),
            Self::Compare { left, op, right } => write!(f, "{left} {} {right}", op.symbol()),
            Self::Matches { attribute, negated, pattern } => {
                let symbol = if *negated { "!~" } else { "=~" };
                write!(f, "{attribute} {symbol} {}", Static::String(pattern.text().to_owned()))
            }
            Self::Exists(attribute) => write!(f, "{attribute} != nil"),
            Self::Absent(attribute) => write!(f, "{attribute} = nil"),
            Self::Static(value) => write!(f, "{value}"),
        }
    }
}

/// `&&` and `||` bind equally in TraceQL, which few expect: parentheses say what is meant.
fn write_joined(f: &mut fmt::Formatter<'_>, conditions: &[Expression], separator: &str) -> fmt::Result {
    for (index, condition) in conditions.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        match condition {
            Expression::And(_) | Expression::Or(_) => write!(f, "({condition})")?,
            other => write!(f, "{other}")?,
        }
    }
    Ok(())
}
