//! The meaning of queries once more, straight from the definitions: slow, with nothing shared but the tree, the values
//! that single spans have, and the model's self times and critical paths.

mod series;
mod values;

use model::trace::Trace;

use super::*;
pub(super) use series::{Plain, Slots, brute_series};

/// A trace, and whether links are followed.
#[derive(Clone, Copy)]
pub(super) struct Brute<'t> {
    pub(super) trace: &'t Trace<'t>,
    pub(super) links: bool,
}

/// Nodes and attributes by name.
pub(super) type Group = (Vec<usize>, Vec<(String, Option<Static>)>);

impl Brute<'_> {
    fn len(&self) -> usize {
        self.trace.nodes.len()
    }

    fn parent(&self, node: usize) -> Option<usize> {
        let found = &self.trace.nodes[node];
        let id = found.view.span.parent_span_id.filter(|_| !found.is_cycle_cut)?;
        (0..self.len()).find(|other| self.trace.nodes[*other].view.span.span_id == id)
    }

    /// Whether `below` hangs directly below `above`.
    fn is_child(&self, below: usize, above: usize) -> bool {
        let target = self.trace.nodes[above].view.span.span_id;
        let links = &self.trace.nodes[below].view.span.links;
        self.parent(below) == Some(above) || (self.links && links.iter().any(|link| link.span_id == target))
    }

    fn is_descendant(&self, below: usize, above: usize) -> bool {
        let mut reached = vec![false; self.len()];
        loop {
            let next = (0..self.len()).find(|node| {
                let from = |from: usize| self.is_child(*node, from);
                !reached[*node] && (from(above) || (0..self.len()).any(|other| reached[other] && from(other)))
            });
            match next {
                Some(next) => reached[next] = true,
                None => return reached[below],
            }
        }
    }

    fn is_sibling(&self, one: usize, other: usize) -> bool {
        let (a, b) = (&self.trace.nodes[one], &self.trace.nodes[other]);
        let named = a.view.span.parent_span_id == b.view.span.parent_span_id;
        one != other && named && !a.is_cycle_cut && !b.is_cycle_cut
    }

    /// Whether `right` is `relation` of `left`.
    fn is_related(&self, left: usize, relation: Relation, right: usize) -> bool {
        match relation {
            Relation::Child => self.is_child(right, left),
            Relation::Parent => self.is_child(left, right),
            Relation::Descendant => self.is_descendant(right, left),
            Relation::Ancestor => self.is_descendant(left, right),
            Relation::Sibling => self.is_sibling(left, right),
        }
    }

    pub(super) fn groups(&self, pipeline: &Pipeline) -> Vec<Group> {
        self.run(pipeline, &(0..self.len()).collect::<Vec<_>>())
    }

    fn run(&self, pipeline: &Pipeline, input: &[usize]) -> Vec<Group> {
        let mut groups: Vec<Group> = vec![(self.select(&pipeline.spans, input), Vec::new())];
        groups.retain(|group| !group.0.is_empty());
        for stage in &pipeline.stages {
            groups = match stage {
                Stage::Select(_) => groups,
                Stage::Spans(spans) => {
                    let kept = groups.into_iter().map(|group| (self.select(spans, &group.0), group.1));
                    kept.filter(|group| !group.0.is_empty()).collect()
                }
                Stage::Coalesce => {
                    let all: Vec<usize> = (0..self.len())
                        .filter(|node| groups.iter().any(|group| group.0.contains(node)))
                        .collect();
                    if all.is_empty() { Vec::new() } else { vec![(all, Vec::new())] }
                }
                Stage::By(operand) => groups.iter().flat_map(|group| self.split(operand, group)).collect(),
                Stage::Having(filter) => {
                    groups.into_iter().filter_map(|group| self.having(filter, group)).collect()
                }
            };
        }
        groups
    }

    fn union(&self, pipeline: &Pipeline, input: &[usize]) -> Vec<usize> {
        let groups = self.run(pipeline, input);
        input.iter().copied().filter(|node| groups.iter().any(|group| group.0.contains(node))).collect()
    }

    fn select(&self, spans: &SpansetExpression, input: &[usize]) -> Vec<usize> {
        let kept =
            |keeps: &dyn Fn(usize) -> bool| input.iter().copied().filter(|node| keeps(*node)).collect();
        match spans {
            SpansetExpression::Filter(filter) => kept(&|node| self.meets(node, filter)),
            SpansetExpression::Pipeline(pipeline) => self.union(pipeline, input),
            SpansetExpression::Related { left, op, right } => {
                let (left, right) = (self.select(left, input), self.select(right, input));
                let either = |node: usize| left.contains(&node) || right.contains(&node);
                match op {
                    SpansetOp::Or => kept(&either),
                    SpansetOp::And => kept(&|node| !left.is_empty() && !right.is_empty() && either(node)),
                    SpansetOp::Relation(relation, form) => kept(&|node| {
                        let on_right = left.iter().any(|other| self.is_related(*other, *relation, node));
                        let on_left = right.iter().any(|other| self.is_related(node, *relation, *other));
                        match form {
                            RelationForm::Right => right.contains(&node) && on_right,
                            RelationForm::RightWithout => right.contains(&node) && !on_right,
                            RelationForm::Both => {
                                (right.contains(&node) && on_right) || (left.contains(&node) && on_left)
                            }
                        }
                    }),
                }
            }
        }
    }

    fn split(&self, operand: &Operand, group: &Group) -> Vec<Group> {
        let name = Stage::By(operand.clone()).to_string();
        let mut groups: Vec<Group> = Vec::new();
        for node in &group.0 {
            let value = self.values(*node, operand).into_iter().next();
            let is_nan =
                |value: &Option<Static>| matches!(value, Some(Static::Float(number)) if number.is_nan());
            let same = |known: &&mut Group| {
                let same_value =
                    |other: &Option<Static>| *other == value || (is_nan(other) && is_nan(&value));
                known.1.iter().any(|(other, found)| *other == name && same_value(found))
            };
            match groups.iter_mut().find(same) {
                Some(known) => known.0.push(*node),
                None => {
                    let mut attributes: Vec<_> =
                        group.1.iter().filter(|known| known.0 != name).cloned().collect();
                    attributes.push((name.clone(), value));
                    groups.push((vec![*node], attributes));
                }
            }
        }
        groups
    }

    fn having(&self, filter: &ScalarFilter, mut group: Group) -> Option<Group> {
        let mut figures = Vec::new();
        let left = self.scalar(&filter.left, &group.0, &mut figures);
        let right = self.scalar(&filter.right, &group.0, &mut figures);
        if !values::compared(&left?, filter.op, &right?).unwrap_or(false) {
            return None;
        }
        for figure in figures {
            group.1.retain(|known| known.0 != figure.0);
            group.1.push(figure);
        }
        Some(group)
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
                let (left, right) = (self.scalar(left, nodes, figures), self.scalar(right, nodes, figures));
                return values::calculated(&left?, *op, &right?);
            }
            Scalar::Aggregate(aggregate) => self.aggregate(aggregate, nodes),
            Scalar::Pipeline { pipeline, aggregate } => {
                self.aggregate(aggregate, &self.union(pipeline, nodes))
            }
        };
        figures.push((scalar.to_string(), value.clone()));
        value
    }

    fn aggregate(&self, aggregate: &Aggregate, nodes: &[usize]) -> Option<Static> {
        let Aggregate::Of(function, operand) = aggregate else {
            return Some(Static::Int(nodes.len() as i64));
        };
        let all = nodes.iter().flat_map(|node| self.values(*node, operand)).collect::<Vec<_>>();
        values::folded(*function, &all)
    }
}
