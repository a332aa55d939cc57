//! The mergeable state of one group: every span while there are few, a histogram beyond.

use std::cmp::Ordering;

use proto::{SpanId, TraceId, UnixNanos};

use super::bucket::bucket_of;
use super::buckets::{Counts, Entry, Named, slowest_of_each};

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
    /// slowest span and a tie goes to the smaller trace and span id. Of the same ids, as those of a capture that was
    /// replayed twice, the earlier is.
    #[must_use]
    pub fn by_slowness(&self, other: &Self) -> Ordering {
        self.duration_ns.cmp(&other.duration_ns).then_with(|| {
            (other.trace_id, other.span_id, other.start).cmp(&(self.trace_id, self.span_id, self.start))
        })
    }
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

    pub(super) const fn memory_bytes(&self) -> usize {
        self.known.capacity() * size_of::<SpanReference>() + self.unnamed_ns.capacity() * size_of::<u64>()
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
    pub(super) counts: Counts,
    pub(super) named: Named,
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
            Spans::Exact(spans) => spans.memory_bytes(),
            Spans::Histogram(histogram) => histogram.memory_bytes(),
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
        if self.count == 0 {
            *self = other;
            return;
        }
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
                    Spans::Exact(spans) => merged.add_all(&spans.known, &spans.unnamed_ns),
                    Spans::Histogram(histogram) => merged.merge(&histogram),
                }
                self.spans = Spans::Histogram(merged);
            }
        }
    }

    pub(super) fn take_histogram(&mut self) -> Histogram {
        match std::mem::replace(&mut self.spans, Spans::Exact(Exact::default())) {
            Spans::Histogram(histogram) => histogram,
            Spans::Exact(spans) => {
                let mut histogram = Histogram::default();
                histogram.add_all(&spans.known, &spans.unnamed_ns);
                histogram
            }
        }
    }
}

impl Histogram {
    const fn memory_bytes(&self) -> usize {
        self.counts.memory_bytes()
            + self.named.memory_bytes()
            + self.slowest.capacity() * size_of::<SpanReference>()
    }

    fn add(&mut self, span: SpanReference) {
        self.counts.add(&[Entry::new(bucket_of(span.duration_ns), 1)]);
        self.name(span);
    }

    /// Adds many spans at once, `unnamed_ns` by their durations alone.
    pub(super) fn add_all(&mut self, known: &[SpanReference], unnamed_ns: &[u64]) {
        let durations_ns = known.iter().map(|span| span.duration_ns).chain(unnamed_ns.iter().copied());
        let mut buckets: Vec<u16> = durations_ns.map(bucket_of).collect();
        buckets.sort_unstable();
        let of_each = buckets.chunk_by(|one, next| one == next);
        let counts: Vec<Entry> = of_each.map(|equal| Entry::new(equal[0], equal.len() as u64)).collect();
        self.counts.add(&counts);
        let mut named = known.to_vec();
        slowest_of_each(&mut named);
        self.named.add(&named);
        known.iter().for_each(|span| self.offer(*span));
        self.is_partial |= !unnamed_ns.is_empty();
    }

    fn merge(&mut self, other: &Self) {
        self.counts.merge(&other.counts);
        self.named.merge(&other.named);
        self.join_lists(other);
    }

    /// Takes up what `other` has beside its buckets.
    pub(super) fn join_lists(&mut self, other: &Self) {
        self.is_partial |= other.is_partial;
        other.slowest.iter().for_each(|span| self.offer_slowest(*span));
        other.slowest_error.iter().for_each(|span| self.offer_error(*span));
    }

    /// Learns of a span that is counted.
    pub(super) fn name(&mut self, span: SpanReference) {
        self.named.add(&[span]);
        self.offer(span);
    }

    /// Keeps a span that is counted in the lists beside the buckets, if it belongs there.
    pub(super) fn offer(&mut self, span: SpanReference) {
        self.offer_slowest(span);
        if span.error {
            self.offer_error(span);
        }
    }

    /// A span that took less is none of the slowest.
    pub(super) fn slow_ns(&self) -> u64 {
        let last = self.slowest.last().filter(|_| self.slowest.len() == SLOWEST_MAX);
        last.map_or(0, |last| last.duration_ns)
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

pub(super) fn keep_slower(kept: &mut SpanReference, other: &SpanReference) {
    if other.by_slowness(kept).is_gt() {
        *kept = *other;
    }
}
