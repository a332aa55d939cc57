//! The few spans of a sample that are kept to be shown.

use std::cmp::Ordering;

use model::latency::SpanReference;
use proto::{SpanId, TraceId, UnixNanos};

/// Spans by value; the most telling first. Of equal values the smaller ids come first.
#[derive(Debug, Clone)]
pub(super) struct Exemplars {
    least_first: bool,
    pub(super) kept: Vec<(f64, Key)>,
}

/// Which span, and when.
pub(super) type Key = (TraceId, SpanId, UnixNanos);

impl Exemplars {
    pub(super) const fn new(least_first: bool) -> Self {
        Self { least_first, kept: Vec::new() }
    }

    pub(super) fn offer(&mut self, value: f64, span: SpanReference, most: usize) {
        self.insert((value, (span.trace_id, span.span_id, span.start)), most);
    }

    pub(super) fn merge(&mut self, other: Self, most: usize) {
        other.kept.into_iter().for_each(|one| self.insert(one, most));
    }

    fn insert(&mut self, one: (f64, Key), most: usize) {
        let place = self.kept.partition_point(|kept| self.order(kept, &one).is_lt());
        if place < most && self.kept.get(place).is_none_or(|kept| kept.1 != one.1) {
            self.kept.insert(place, one);
            self.kept.truncate(most);
        }
    }

    fn order(&self, one: &(f64, Key), other: &(f64, Key)) -> Ordering {
        let by_value = if self.least_first { one.0.total_cmp(&other.0) } else { other.0.total_cmp(&one.0) };
        by_value.then_with(|| one.1.cmp(&other.1))
    }
}
