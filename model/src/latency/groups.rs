//! The states of many groups at once, while spans come in no order.
//!
//! A [`State`] of its own keeps its buckets sorted and each with its slowest span, so that a new bucket moves others, and what
//! is looked at is large. Here a span is counted in a small cell whose place is reckoned from its duration, and only the few that
//! are the slowest of their bucket so far are looked at again.

use super::bucket::bucket_of;
use super::cells::Buckets;
use super::state::{Exact, Histogram, Limits, SpanReference, Spans, State};

/// The states of groups that are told by number.
#[derive(Debug, Default)]
pub struct GroupStates {
    limits: Limits,
    groups: Vec<Group>,
    buckets: Buckets,
    /// What the lists of groups take.
    list_bytes: usize,
}

#[derive(Debug, Default)]
struct Group {
    count: u64,
    errors: u64,
    trace_fraction_max: u64,
    /// Where its buckets are, once its spans are too many to be kept one by one.
    buckets: Option<u32>,
    /// A span that took less is none of the slowest.
    slow_ns: u64,
    exact: Exact,
    /// What a histogram has beside its buckets.
    beside: Histogram,
}

impl GroupStates {
    /// No groups yet, for states within `limits`.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Makes room for a group; its number is how many there were before.
    pub fn push_group(&mut self) -> usize {
        self.groups.push(Group::default());
        self.groups.len() - 1
    }

    /// Adds rows: the span of each to the group whose number stands in `numbers`.
    pub fn add_all(&mut self, numbers: &[usize], span: impl Fn(usize) -> SpanReference) {
        let (mut uncounted, mut notable) = (Vec::new(), Vec::new());
        // Nothing else in this loop, so that the next cells are fetched while one is waited for.
        for (row, number) in numbers.iter().enumerate() {
            let span = span(row);
            let group = &mut self.groups[*number];
            group.count += 1;
            group.errors += u64::from(span.error);
            let fraction = crate::sampling::trace_fraction(span.trace_id);
            group.trace_fraction_max = group.trace_fraction_max.max(fraction);
            let Some(buckets) = group.buckets else {
                uncounted.push(row);
                continue;
            };
            let is_slowest = self.buckets.count(buckets, span.duration_ns);
            if is_slowest || span.error || span.duration_ns >= group.slow_ns {
                notable.push((row, buckets));
            }
        }
        for row in uncounted {
            self.add(numbers[row], span(row));
        }
        for (row, buckets) in notable {
            self.name(numbers[row], buckets, span(row));
        }
    }

    /// Adds the spans of `state` to a group that was pushed.
    pub fn merge(&mut self, number: usize, state: State) {
        let group = &mut self.groups[number];
        group.count += state.count;
        group.errors += state.errors;
        group.trace_fraction_max = group.trace_fraction_max.max(state.trace_fraction_max);
        match state.spans {
            Spans::Exact(exact) => {
                exact.known.into_iter().for_each(|span| self.add(number, span));
                exact.unnamed_ns.into_iter().for_each(|duration_ns| self.add_unnamed(number, duration_ns));
            }
            Spans::Histogram(histogram) => {
                let buckets = self.use_buckets(number);
                histogram.counts.iter().for_each(|(index, count)| self.buckets.add(buckets, *index, *count));
                histogram.named.iter().for_each(|(_, span)| self.buckets.name(buckets, *span));
                self.groups[number].beside.join_lists(&histogram);
            }
        }
    }

    /// Adds a span that is in the figures of its group already.
    fn add(&mut self, number: usize, span: SpanReference) {
        let group = &mut self.groups[number];
        if group.buckets.is_none() && group.exact.len() < self.limits.exact_spans_max {
            let before = group.exact.memory_bytes();
            group.exact.known.push(span);
            self.list_bytes += group.exact.memory_bytes() - before;
            return;
        }
        let buckets = self.use_buckets(number);
        self.buckets.add(buckets, bucket_of(span.duration_ns), 1);
        self.name(number, buckets, span);
    }

    /// The same of a span of which only the duration is known.
    fn add_unnamed(&mut self, number: usize, duration_ns: u64) {
        let group = &mut self.groups[number];
        if group.buckets.is_none() && group.exact.len() < self.limits.exact_spans_max {
            let before = group.exact.memory_bytes();
            group.exact.unnamed_ns.push(duration_ns);
            self.list_bytes += group.exact.memory_bytes() - before;
            return;
        }
        let buckets = self.use_buckets(number);
        self.groups[number].beside.is_partial = true;
        self.buckets.add(buckets, bucket_of(duration_ns), 1);
    }

    /// Where the buckets of a group are; its spans are in them from now on.
    fn use_buckets(&mut self, number: usize) -> u32 {
        if let Some(buckets) = self.groups[number].buckets {
            return buckets;
        }
        let buckets = self.buckets.push_group();
        let group = &mut self.groups[number];
        group.buckets = Some(buckets);
        let exact = std::mem::take(&mut group.exact);
        self.list_bytes -= exact.memory_bytes();
        exact.known.into_iter().for_each(|span| self.add(number, span));
        exact.unnamed_ns.into_iter().for_each(|duration_ns| self.add_unnamed(number, duration_ns));
        buckets
    }

    /// Learns of a span that is counted in its bucket.
    fn name(&mut self, number: usize, buckets: u32, span: SpanReference) {
        self.buckets.name(buckets, span);
        let group = &mut self.groups[number];
        group.beside.offer(span);
        group.slow_ns = group.beside.slow_ns();
    }

    /// The memory held, in bytes, roughly.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.groups.capacity() * size_of::<Group>() + self.buckets.memory_bytes() + self.list_bytes
    }

    /// The state of each group, by number.
    #[must_use]
    pub fn into_states(self) -> Vec<State> {
        let state = |group: Group| {
            let spans = match group.buckets {
                Some(buckets) => Spans::Histogram(self.buckets.histogram(buckets, group.beside)),
                None => Spans::Exact(group.exact),
            };
            let Group { count, errors, trace_fraction_max, .. } = group;
            State { count, errors, trace_fraction_max, spans }
        };
        self.groups.into_iter().map(state).collect()
    }
}
