//! What a pipeline means: which spans of a trace it leaves, in which groups, with which figures.

mod fold;
mod relation;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::evaluate::{compare_values, values};
use super::{
    Aggregate, Operand, Pipeline, Scalar, ScalarFilter, SpansetExpression, SpansetOp, Stage, Static,
    TraceView, arithmetic,
};

pub(super) use fold::Fold;

/// Some spans of a trace.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spanset {
    /// The nodes of the trace, ascending; at least one.
    pub nodes: Vec<usize>,
    /// What the stages said of all of them, by the stage's text: `by(name)`, `count()`. `None` is nil.
    pub attributes: Vec<(String, Option<Static>)>,
}

impl TraceView<'_> {
    /// The spansets that the pipeline leaves; none where the trace is not in its result.
    ///
    /// Takes O(n log n) for each stage and each relation, in the number of spans.
    #[must_use]
    pub fn spansets(&self, pipeline: &Pipeline) -> Vec<Spanset> {
        let all = Spanset { nodes: (0..self.trace().nodes.len()).collect(), attributes: Vec::new() };
        self.run(pipeline, all)
    }

    fn run(&self, pipeline: &Pipeline, input: Spanset) -> Vec<Spanset> {
        let mut spansets = self.keep_spans(&pipeline.spans, vec![input]);
        for stage in &pipeline.stages {
            spansets = match stage {
                Stage::Spans(expression) => self.keep_spans(expression, spansets),
                Stage::Having(filter) => {
                    spansets.into_iter().filter_map(|spanset| self.having(filter, spanset)).collect()
                }
                Stage::By(operand) => spansets
                    .iter()
                    .flat_map(|spanset| self.split(operand, &stage.to_string(), spanset))
                    .collect(),
                Stage::Coalesce => coalesced(spansets),
                Stage::Select(_) => spansets,
            };
        }
        spansets
    }

    fn keep_spans(&self, expression: &SpansetExpression, spansets: Vec<Spanset>) -> Vec<Spanset> {
        let kept = spansets.into_iter().map(|spanset| Spanset {
            nodes: self.select(expression, &spanset.nodes),
            attributes: spanset.attributes,
        });
        kept.filter(|spanset| !spanset.nodes.is_empty()).collect()
    }

    /// The nodes of `input` that the expression gives, ascending.
    fn select(&self, expression: &SpansetExpression, input: &[usize]) -> Vec<usize> {
        match expression {
            SpansetExpression::Filter(filter) => {
                input.iter().copied().filter(|node| self.meets(*node, filter)).collect()
            }
            SpansetExpression::Pipeline(pipeline) => {
                let input = Spanset { nodes: input.to_vec(), attributes: Vec::new() };
                union(self.run(pipeline, input).into_iter().map(|spanset| spanset.nodes))
            }
            SpansetExpression::Related { left, op, right } => {
                let (left, right) = (self.select(left, input), self.select(right, input));
                match op {
                    SpansetOp::And if left.is_empty() || right.is_empty() => Vec::new(),
                    SpansetOp::And | SpansetOp::Or => union([left, right].into_iter()),
                    SpansetOp::Relation(relation, form) => self.relate(&left, *relation, *form, &right),
                }
            }
        }
    }

    /// The spanset with the figures that were compared, if the comparison holds.
    fn having(&self, filter: &ScalarFilter, mut spanset: Spanset) -> Option<Spanset> {
        let mut figures = Vec::new();
        let left = self.scalar(&filter.left, &spanset.nodes, &mut figures);
        let right = self.scalar(&filter.right, &spanset.nodes, &mut figures);
        if compare_values(&left?, filter.op, &right?) != Some(true) {
            return None;
        }
        for (name, value) in figures {
            spanset.attributes.retain(|(known, _)| *known != name);
            spanset.attributes.push((name, value));
        }
        Some(spanset)
    }

    fn scalar(
        &self,
        scalar: &Scalar,
        nodes: &[usize],
        figures: &mut Vec<(String, Option<Static>)>,
    ) -> Option<Static> {
        let value = match scalar {
            Scalar::Static(value) => return Some(value.clone()),
            Scalar::Arithmetic { left, op, right } => {
                let left = self.scalar(left, nodes, figures);
                let right = self.scalar(right, nodes, figures);
                return arithmetic::calculate(&left?, *op, &right?);
            }
            Scalar::Aggregate(aggregate) => self.aggregate(aggregate, nodes),
            Scalar::Pipeline { pipeline, aggregate } => {
                let input = Spanset { nodes: nodes.to_vec(), attributes: Vec::new() };
                let found = union(self.run(pipeline, input).into_iter().map(|spanset| spanset.nodes));
                self.aggregate(aggregate, &found)
            }
        };
        figures.push((scalar.to_string(), value.clone()));
        value
    }

    fn aggregate(&self, aggregate: &Aggregate, nodes: &[usize]) -> Option<Static> {
        match aggregate {
            Aggregate::Count => i64::try_from(nodes.len()).ok().map(Static::Int),
            Aggregate::Of(function, operand) => {
                let mut fold = Fold::default();
                for node in nodes {
                    values(operand, &self.span(*node)).iter().for_each(|value| fold.add(value));
                }
                fold.result(*function)
            }
        }
    }

    /// A spanset for each value, in the order of their first spans; the value gets the `name`.
    fn split(&self, operand: &Operand, name: &str, spanset: &Spanset) -> Vec<Spanset> {
        let mut places: BTreeMap<GroupKey, usize> = BTreeMap::new();
        let mut groups: Vec<Spanset> = Vec::new();
        for node in &spanset.nodes {
            let value = self.first_value(operand, *node);
            let place = *places.entry(GroupKey(value.clone())).or_insert(groups.len());
            if place == groups.len() {
                let mut attributes = spanset.attributes.clone();
                attributes.retain(|(known, _)| *known != name);
                attributes.push((name.to_owned(), value));
                groups.push(Spanset { nodes: Vec::new(), attributes });
            }
            groups[place].nodes.push(*node);
        }
        groups
    }

    /// The value that a span is grouped by: of several the first.
    pub(super) fn first_value(&self, operand: &Operand, node: usize) -> Option<Static> {
        values(operand, &self.span(node)).into_iter().next()
    }
}

fn coalesced(spansets: Vec<Spanset>) -> Vec<Spanset> {
    if spansets.is_empty() {
        return spansets;
    }
    let nodes = union(spansets.into_iter().map(|spanset| spanset.nodes));
    vec![Spanset { nodes, attributes: Vec::new() }]
}

/// All of them, each once, ascending.
fn union(parts: impl Iterator<Item = Vec<usize>>) -> Vec<usize> {
    let mut nodes: Vec<usize> = parts.flatten().collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

/// A value to group by, nil included; nil comes first.
#[derive(Debug, Clone)]
pub(super) struct GroupKey(pub(super) Option<Static>);

impl Ord for GroupKey {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => one.order(other),
            (one, other) => one.is_some().cmp(&other.is_some()),
        }
    }
}

impl PartialOrd for GroupKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for GroupKey {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for GroupKey {}
