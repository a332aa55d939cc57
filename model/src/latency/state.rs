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
    /// The slowest of its spans that is known by name.
    pub(super) slowest: Option<SpanReference>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spans {
    Exact(Exact),
    Histogram(Histogram),
}

/// The duration of every span, in no order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Exact {
    pub(super) known: Vec<SpanReference>,
    /// Durations of spans that a [summary](super::summary) did not name.
    pub(super) unnamed_ns: Vec<u64>,
}

impl Exact {
    pub(super) const fn len(&self) -> usize {
        self.known.len() + self.unnamed_ns.len()
    }

    /// Every duration, shortest first.
    pub(super) fn sorted_ns(&self) -> Vec<u64> {
        let known = self.known.iter().map(|span| span.duration_ns);
        let mut sorted: Vec<u64> = known.chain(self.unnamed_ns.iter().copied()).collect();
        sorted.sort_unstable();
        sorted
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Histogram {
    pub(super) buckets: BTreeMap<u16, Bucket>,
    /// The slowest spans that are known, slowest first, at most [`SLOWEST_MAX`].
    pub(super) slowest: Vec<SpanReference>,
    pub(super) slowest_error: Option<SpanReference>,
    /// Some spans are in no list: of a bucket's spans the slowest may be unknown. The slowest of all never is.
    pub(super) is_partial: bool,
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
        Self { count: 0, errors: 0, trace_fraction_max: 0, spans: Spans::Exact(Exact::default()) }
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

    /// Whether every duration is kept; else there is a histogram of them.
    #[must_use]
    pub const fn is_exact(&self) -> bool {
        matches!(self.spans, Spans::Exact(_))
    }

    /// The memory held, in bytes, roughly.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let spans = match &self.spans {
            Spans::Exact(spans) => {
                spans.known.capacity() * size_of::<SpanReference>()
                    + spans.unnamed_ns.capacity() * size_of::<u64>()
            }
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
            Spans::Exact(spans) if spans.len() < limits.exact_spans_max => spans.known.push(span),
            Spans::Exact(_) => {
                let mut histogram = self.take_histogram();
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
                ours.known.extend(theirs.known);
                ours.unnamed_ns.extend(theirs.unnamed_ns);
            }
            (_, theirs) => {
                let mut merged = self.take_histogram();
                match theirs {
                    Spans::Exact(spans) => merged.add_all(spans),
                    Spans::Histogram(histogram) => merged.merge(histogram),
                }
                self.spans = Spans::Histogram(merged);
            }
        }
    }

    fn take_histogram(&mut self) -> Histogram {
        match std::mem::replace(&mut self.spans, Spans::Exact(Exact::default())) {
            Spans::Histogram(histogram) => histogram,
            Spans::Exact(spans) => {
                let mut histogram = Histogram::default();
                histogram.add_all(spans);
                histogram
            }
        }
    }
}

impl Histogram {
    fn add(&mut self, span: SpanReference) {
        self.add_bucket(bucket_of(span.duration_ns), Bucket { count: 1, slowest: Some(span) });
        self.offer_slowest(span);
        if span.error {
            self.offer_error(span);
        }
    }

    fn add_all(&mut self, spans: Exact) {
        self.is_partial |= !spans.unnamed_ns.is_empty();
        spans.known.into_iter().for_each(|span| self.add(span));
        for duration_ns in spans.unnamed_ns {
            self.add_bucket(bucket_of(duration_ns), Bucket { count: 1, slowest: None });
        }
    }

    fn merge(&mut self, other: Self) {
        self.is_partial |= other.is_partial;
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
                let slower = |span: &SpanReference| {
                    bucket.slowest.is_none_or(|slowest| span.by_slowness(&slowest).is_gt())
                };
                if added.slowest.as_ref().is_some_and(slower) {
                    bucket.slowest = added.slowest;
                }
            })
            .or_insert(added);
    }

    pub(super) fn offer_slowest(&mut self, span: SpanReference) {
        if self.slowest.len() == SLOWEST_MAX
            && self.slowest.last().is_some_and(|last| span.by_slowness(last).is_le())
        {
            return;
        }
        let place = self.slowest.partition_point(|kept| kept.by_slowness(&span).is_ge());
        self.slowest.insert(place, span);
        self.slowest.truncate(SLOWEST_MAX);
    }

    pub(super) fn offer_error(&mut self, span: SpanReference) {
        if self.slowest_error.is_none_or(|kept| span.by_slowness(&kept).is_gt()) {
            self.slowest_error = Some(span);
        }
    }
}
