//! Relations between spans of a trace, each in one pass over it.

use std::collections::BTreeMap;

use crate::traceql::{Relation, RelationForm, TraceView};

impl TraceView<'_> {
    pub(super) fn relate(
        &self,
        left: &[usize],
        relation: Relation,
        form: RelationForm,
        right: &[usize],
    ) -> Vec<usize> {
        let mut related = self.related(left, relation, right);
        match form {
            RelationForm::Right => related,
            RelationForm::RightWithout => {
                right.iter().copied().filter(|node| related.binary_search(node).is_err()).collect()
            }
            RelationForm::Both => {
                related.extend(self.related(right, relation.inverse(), left));
                super::union([related].into_iter())
            }
        }
    }

    /// The nodes of `right` that are `relation` of one of `left`, ascending.
    fn related(&self, left: &[usize], relation: Relation, right: &[usize]) -> Vec<usize> {
        let is_left = self.marked(left);
        let is_related = match relation {
            Relation::Sibling => return self.siblings(left, &is_left, right),
            Relation::Child => self.stepped(left, Self::push_below),
            Relation::Parent => self.stepped(left, Self::push_above),
            Relation::Descendant if self.has_links() => self.reached(left, Self::push_below),
            Relation::Ancestor if self.has_links() => self.reached(left, Self::push_above),
            Relation::Descendant => self.below(&is_left),
            Relation::Ancestor => self.above(&is_left),
        };
        right.iter().copied().filter(|node| is_related[*node]).collect()
    }

    fn marked(&self, nodes: &[usize]) -> Vec<bool> {
        let mut marks = vec![false; self.trace().nodes.len()];
        nodes.iter().for_each(|node| marks[*node] = true);
        marks
    }

    fn has_links(&self) -> bool {
        self.follows_links && !self.trace().links().pairs().is_empty()
    }

    /// The nodes one step down: children, and what links to this one.
    fn push_below(&self, node: usize, found: &mut Vec<usize>) {
        found.extend(self.trace().children(node));
        if self.has_links() {
            found.extend(self.trace().links_in(node));
        }
    }

    /// The nodes one step up: the parent, and what this one links to.
    fn push_above(&self, node: usize, found: &mut Vec<usize>) {
        found.extend(self.trace().nodes[node].parent);
        if self.has_links() {
            found.extend(self.trace().links_out(node));
        }
    }

    /// What one step leads to.
    fn stepped(&self, from: &[usize], push: fn(&Self, usize, &mut Vec<usize>)) -> Vec<bool> {
        let mut found = Vec::new();
        from.iter().for_each(|node| push(self, *node, &mut found));
        self.marked(&found)
    }

    /// What one step or more lead to. Links can make a circle, on which a span stands below itself.
    fn reached(&self, from: &[usize], push: fn(&Self, usize, &mut Vec<usize>)) -> Vec<bool> {
        let mut reached = vec![false; self.trace().nodes.len()];
        let mut pending = Vec::new();
        from.iter().for_each(|node| push(self, *node, &mut pending));
        while let Some(node) = pending.pop() {
            if !reached[node] {
                reached[node] = true;
                push(self, node, &mut pending);
            }
        }
        reached
    }

    /// What has a marked ancestor.
    fn below(&self, marks: &[bool]) -> Vec<bool> {
        // Subtrees nest, so only the one that reaches furthest matters.
        let mut end = 0;
        let below = marks.iter().enumerate().map(|(node, marked)| {
            let is_below = node < end;
            if *marked {
                end = end.max(self.trace().subtree(node).end);
            }
            is_below
        });
        below.collect()
    }

    /// What has a marked descendant.
    fn above(&self, marks: &[bool]) -> Vec<bool> {
        let mut before = Vec::with_capacity(marks.len() + 1);
        before.push(0_usize);
        let mut count = 0;
        for marked in marks {
            count += usize::from(*marked);
            before.push(count);
        }
        (0..marks.len()).map(|node| before[self.trace().subtree(node).end] > before[node + 1]).collect()
    }

    /// The nodes of `right` of whose siblings one is marked.
    fn siblings(&self, left: &[usize], is_left: &[bool], right: &[usize]) -> Vec<usize> {
        let mut marked: BTreeMap<Family, usize> = BTreeMap::new();
        for family in left.iter().filter_map(|node| self.family(*node)) {
            *marked.entry(family).or_default() += 1;
        }
        let has_sibling = |node: &usize| {
            let count = self.family(*node).and_then(|family| marked.get(&family)).copied().unwrap_or(0);
            count > usize::from(is_left[*node])
        };
        right.iter().copied().filter(has_sibling).collect()
    }

    /// Whose child a node is; `None` where a cycle of parents was cut.
    fn family(&self, node: usize) -> Option<Family> {
        let found = &self.trace().nodes[node];
        let trace_id = found.view.span.trace_id;
        match (found.parent, found.missing_parent) {
            (Some(parent), _) => Some(Family::Of(parent)),
            (None, Some(missing)) => Some(Family::OfMissing(trace_id, missing)),
            (None, None) => (!found.is_cycle_cut).then_some(Family::Roots(trace_id)),
        }
    }
}

/// Spans that are siblings of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Family {
    Of(usize),
    /// The roots of a trace, as in Tempo.
    Roots(proto::TraceId),
    /// The orphans of a parent that is not here.
    OfMissing(proto::TraceId, proto::SpanId),
}
