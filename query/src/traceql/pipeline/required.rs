//! Which spans a trace must have to be in the result of a pipeline.

use crate::traceql::{Pipeline, RelationForm, SpanFilter, SpansetExpression, SpansetOp, Stage};

impl Pipeline {
    /// Filters one of which a span of the trace must meet, or the result is empty. They may speak of whole traces.
    pub(crate) fn required_filters(&self) -> Vec<SpanFilter> {
        let mut best = self.spans.required_filters();
        // The spans of a later stage are among those of the first, and all in the trace.
        for stage in &self.stages {
            if let Stage::Spans(spans) = stage {
                best = match (&mut best[..], spans) {
                    ([only], SpansetExpression::Filter(filter)) if self.is_filtered_only() => {
                        vec![only.clone().and(filter.clone())]
                    }
                    _ => stricter(best, spans.required_filters()),
                };
            }
        }
        best
    }

    /// Whether every expression is a single filter, so that a span has to meet all of them.
    fn is_filtered_only(&self) -> bool {
        let filters = self.stages.iter().filter_map(|stage| match stage {
            Stage::Spans(spans) => Some(spans),
            _ => None,
        });
        filters.chain([&self.spans]).all(|spans| matches!(spans, SpansetExpression::Filter(_)))
    }
}

impl SpansetExpression {
    fn required_filters(&self) -> Vec<SpanFilter> {
        match self {
            Self::Filter(filter) => vec![filter.clone()],
            Self::Pipeline(pipeline) => pipeline.required_filters(),
            Self::Related { left, op, right } => match op {
                SpansetOp::Or => {
                    let mut either = left.required_filters();
                    either.extend(right.required_filters());
                    either
                }
                // Without a span on the left, all of the right are kept.
                SpansetOp::Relation(_, RelationForm::RightWithout) => right.required_filters(),
                SpansetOp::And | SpansetOp::Relation(..) => {
                    stricter(left.required_filters(), right.required_filters())
                }
            },
        }
    }
}

/// Of two lists, each of which is enough, the one that likely leaves fewer spans.
fn stricter(one: Vec<SpanFilter>, other: Vec<SpanFilter>) -> Vec<SpanFilter> {
    // What can be looked up in columns rules out most: without whole traces, many conditions, few alternatives.
    let looseness = |filters: &[SpanFilter]| {
        let open = filters.iter().filter(|filter| filter.expression.is_none() || filter.needs_whole_trace());
        let conditions = filters.iter().map(|filter| filter.conjuncts().len()).min().unwrap_or(0);
        (open.count() > 0, filters.len(), usize::MAX - conditions)
    };
    if looseness(&other) < looseness(&one) { other } else { one }
}
