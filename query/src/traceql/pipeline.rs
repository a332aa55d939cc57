//! The tree of a pipeline: which spans of a trace, stage by stage.

mod print;
mod required;
mod scalar;

use super::{Attribute, Operand, SpanFilter};

pub(super) use print::write_list;
pub use scalar::{Aggregate, AggregateFunction, Scalar, ScalarFilter};

/// Stages that the spans of one trace pass; each takes and gives *spansets*, at first one of all spans.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// The first stage. Where the text begins with another one, `{}`.
    pub spans: SpansetExpression,
    /// What follows, after `|`.
    pub stages: Vec<Stage>,
}

/// Which spans of a spanset.
#[derive(Debug, Clone, PartialEq)]
pub enum SpansetExpression {
    /// `{ … }`: those that meet the filter.
    Filter(SpanFilter),
    /// `( … | … )`: the spans that another pipeline leaves, which has at least one stage.
    Pipeline(Box<Pipeline>),
    /// Two of them related.
    Related {
        /// The left side.
        left: Box<Self>,
        /// How.
        op: SpansetOp,
        /// The right side.
        right: Box<Self>,
    },
}

/// How the spans of two sides are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpansetOp {
    /// `&&`: the spans of both sides, if neither is empty.
    And,
    /// `||`: the spans of both sides.
    Or,
    /// A relation in the tree of the trace.
    Relation(Relation, RelationForm),
}

/// What a span on the right side is to a span on the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// `>`: its child.
    Child,
    /// `<`: its parent.
    Parent,
    /// `>>`: its descendant.
    Descendant,
    /// `<<`: its ancestor.
    Ancestor,
    /// `~`: another child of its parent.
    Sibling,
}

/// Which spans a relation gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RelationForm {
    /// Those of the right side that are so related to one of the left.
    Right,
    /// `!`: those of the right side that are not.
    RightWithout,
    /// `&`: of both sides those that take part.
    Both,
}

impl Relation {
    /// Every relation.
    pub const ALL: [Self; 5] = [Self::Child, Self::Parent, Self::Descendant, Self::Ancestor, Self::Sibling];

    /// The relation as written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Child => ">",
            Self::Parent => "<",
            Self::Descendant => ">>",
            Self::Ancestor => "<<",
            Self::Sibling => "~",
        }
    }

    /// What a span on the left side is to one on the right.
    #[must_use]
    pub const fn inverse(self) -> Self {
        match self {
            Self::Child => Self::Parent,
            Self::Parent => Self::Child,
            Self::Descendant => Self::Ancestor,
            Self::Ancestor => Self::Descendant,
            Self::Sibling => Self::Sibling,
        }
    }
}

impl SpansetOp {
    /// The operator of a symbol.
    pub(super) fn from_symbol(symbol: &str) -> Option<Self> {
        let (form, rest) = match symbol {
            "&&" => return Some(Self::And),
            "||" => return Some(Self::Or),
            other => match (other.strip_prefix('!'), other.strip_prefix('&')) {
                (Some(rest), _) => (RelationForm::RightWithout, rest),
                (_, Some(rest)) => (RelationForm::Both, rest),
                _ => (RelationForm::Right, other),
            },
        };
        let relation = Relation::ALL.into_iter().find(|relation| relation.symbol() == rest)?;
        Some(Self::Relation(relation, form))
    }
}

/// A stage after the first.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// Of each spanset the spans that the expression gives; without any, it is dropped.
    Spans(SpansetExpression),
    /// Keeps the spansets for which the comparison holds.
    Having(ScalarFilter),
    /// `by(…)`: splits each spanset by a value; nil is one.
    By(Operand),
    /// `coalesce()`: one spanset of all.
    Coalesce,
    /// `select(…)`: these attributes are shown with the spans. At least one.
    Select(Vec<Attribute>),
}

impl Pipeline {
    /// A pipeline of one filter.
    #[must_use]
    pub const fn of_filter(filter: SpanFilter) -> Self {
        Self { spans: SpansetExpression::Filter(filter), stages: Vec::new() }
    }

    /// The filter that says it all, where every stage only filters spans one by one, or selects attributes.
    #[must_use]
    pub fn plain_filter(&self) -> Option<SpanFilter> {
        let SpansetExpression::Filter(first) = &self.spans else { return None };
        let mut plain = first.clone();
        for stage in &self.stages {
            match stage {
                Stage::Spans(SpansetExpression::Filter(filter)) => plain = plain.and(filter.clone()),
                Stage::Select(_) => {}
                _ => return None,
            }
        }
        (!plain.needs_whole_trace()).then_some(plain)
    }

    /// The attributes that are to be shown, in the order written.
    #[must_use]
    pub fn selected(&self) -> Vec<&Attribute> {
        let selected = self.stages.iter().filter_map(|stage| match stage {
            Stage::Select(attributes) => Some(attributes),
            _ => None,
        });
        selected.flatten().collect()
    }

    pub(super) fn add_attributes<'a>(&'a self, found: &mut Vec<&'a Attribute>) {
        self.spans.add_attributes(found);
        for stage in &self.stages {
            match stage {
                Stage::Spans(spans) => spans.add_attributes(found),
                Stage::Having(filter) => filter.add_attributes(found),
                Stage::By(operand) => operand.add_attributes(found),
                Stage::Coalesce => {}
                Stage::Select(attributes) => found.extend(attributes),
            }
        }
    }
}

impl SpansetExpression {
    fn add_attributes<'a>(&'a self, found: &mut Vec<&'a Attribute>) {
        match self {
            Self::Filter(filter) => found.extend(filter.attributes()),
            Self::Pipeline(pipeline) => pipeline.add_attributes(found),
            Self::Related { left, right, .. } => {
                left.add_attributes(found);
                right.add_attributes(found);
            }
        }
    }
}
