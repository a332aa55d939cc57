//! The mergeable state of one group: every span while there are few, a histogram beyond.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use proto::{SpanId, TraceId, UnixNanos};

use super::bucket::bucket_of;

/// The slowest spans kept beside a histogram: as many as a point can be asked to show.
pub(super) const SLOWEST_MAX: usize = 8;

/// What bounds a [`State`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Up to so many spans of a group are kept one by one and answered exactly.
    pub exact_spans_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { exact_spans_max: 1024 }
    }
}

/// One span of a group: what an exemplar needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanReference {
    /// The span's duration.
    pub duration_ns: u64,
    /// The span's start.
    pub start: UnixNanos,
    /// The span's trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// Whether its status is error.
    pub error: bool,
}

impl SpanReference {
    /// Orders by duration; among equal durations the smaller ids are the *greater*, so that a maximum is the
    /// slowest span and a tie goes to the smaller trace and span id.
    #[must_use]
    pub fn by_slowness(&self, other: &Self) -> Ordering {
        self.duration_ns
            .cmp(&other.duration_ns)
            .then_with(|| (other.trace_id, other.span_id).cmp(&(self.trace_id, self.span_id)))
    }
}

/// One occupied histogram bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bucket {
    pub(super) count: u64,
    pub(super) slowest: SpanReference,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spans {
    /// Every span, in no order.
    Exact(Vec<SpanReference>),
    Histogram(Histogram),
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Histogram {
    pub(super) buckets: BTreeMap<u16, Bucket>,
    /// The slowest spans, slowest first, at most [`SLOWEST_MAX`].
    pub(super) slowest: Vec<SpanReference>,
    pub(super) slowest_error: Option<SpanReference>,
}

/// The latency state of one group of spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub(super) count: u64,
    pub(super) errors: u64,
    pub(super) trace_fraction_max: u64,
    pub(super) spans: Spans,
}

impl Default for State {
    fn default() -> Self {
        Self { count: 0, errors: 0, trace_fraction_max: 0, spans: Spans::Exact(Vec::new()) }
    }
}

impl State {
    /// The spans seen.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The spans seen whose status is error.
    #[must_use]
    pub const fn errors(&self) -> u64 {
        self.errors
    }

    /// The largest [`crate::sampling::trace_fraction`] seen.
    #[must_use]
    pub const fn trace_fraction_max(&self) -> u64 {
        self.trace_fraction_max
    }

    /// The memory held, in bytes, roughly.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let spans = match &self.spans {
            Spans::Exact(spans) => spans.capacity() * size_of::<SpanReference>(),
            Spans::Histogram(histogram) => histogram.buckets.len() * (size_of::<Bucket>() + 16),
        };
        size_of::<Self>() + spans
    }

    /// Adds one span.
    pub fn add(&mut self, span: SpanReference, limits: Limits) {
        self.count += 1;
        self.errors += u64::from(span.error);
        self.trace_fraction_max = self.trace_fraction_max.max(crate::sampling::trace_fraction(span.trace_id));
        match &mut self.spans {
            Spans::Exact(spans) if spans.len() < limits.exact_spans_max => spans.push(span),
            Spans::Exact(spans) => {
                let mut histogram = Histogram::default();
                spans.drain(..).for_each(|kept| histogram.add(kept));
                histogram.add(span);
                self.spans = Spans::Histogram(histogram);
            }
            Spans::Histogram(histogram) => histogram.add(span),
        }
    }

    /// Adds every span of `other`, which must have been built with the same limits.
    pub fn merge(&mut self, other: Self, limits: Limits) {
        self.count += other.count;
        self.errors += other.errors;
        self.trace_fraction_max = self.trace_fraction_max.max(other.trace_fraction_max);
        match (&mut self.spans, other.spans) {
            (Spans::Exact(ours), Spans::Exact(theirs))
                if ours.len() + theirs.len() <= limits.exact_spans_max =>
            {
                ours.extend(theirs);
            }
            (_, theirs) => {
                let mut merged = self.take_histogram();
                match theirs {
                    Spans::Exact(spans) => spans.into_iter().for_each(|span| merged.add(span)),
                    Spans::Histogram(histogram) => merged.merge(histogram),
                }
                self.spans = Spans::Histogram(merged);
            }
        }
    }

    fn take_histogram(&mut self) -> Histogram {
        match std::mem::replace(&mut self.spans, Spans::Exact(Vec::new())) {
            Spans::Histogram(histogram) => histogram,
            Spans::Exact(spans) => {
                let mut histogram = Histogram::default();
                spans.into_iter().for_each(|span| histogram.add(span));
                histogram
            }
        }
    }
}

impl Histogram {
    fn add(&mut self, span: SpanReference) {
        self.add_bucket(bucket_of(span.duration_ns), Bucket { count: 1, slowest: span });
        self.offer_slowest(span);
        if span.error {
            self.offer_error(span);
        }
    }

    fn merge(&mut self, other: Self) {
        for (index, bucket) in other.buckets {
            self.add_bucket(index, bucket);
        }
        other.slowest.into_iter().for_each(|span| self.offer_slowest(span));
        other.slowest_error.into_iter().for_each(|span| self.offer_error(span));
    }

    fn add_bucket(&mut self, index: u16, added: Bucket) {
        self.buckets
            .entry(index)
            .and_modify(|bucket| {
                bucket.count += added.count;
                if added.slowest.by_slowness(&bucket.slowest).is_gt() {
                    bucket.slowest = added.slowest;
                }
            })
            .or_insert(added);
    }

    fn offer_slowest(&mut self, span: SpanReference) {
        if self.slowest.len() == SLOWEST_MAX
            && self.slowest.last().is_some_and(|last| span.by_slowness(last).is_le())
        {
            return;
        }
        let place = self.slowest.partition_point(|kept| kept.by_slowness(&span).is_ge());
        self.slowest.insert(place, span);
        self.slowest.truncate(SLOWEST_MAX);
    }

    fn offer_error(&mut self, span: SpanReference) {
        if self.slowest_error.is_none_or(|kept| span.by_slowness(&kept).is_gt()) {
            self.slowest_error = Some(span);
        }
    }
}
