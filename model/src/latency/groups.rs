//! Many groups at once, told by number: rows that come in any order are sorted by group first, so that one histogram after the
//! other is added to and not all of them at random.

use std::ops::Range;

use proto::UnixNanos;

use super::bucket::bucket_of;
use super::codec::CorruptState;
use super::dense::Dense;
use super::state::{Limits, SpanReference, Spans, State};
use super::summary::{Summary, read};

/// The states of groups that are told by number.
#[derive(Debug, Default)]
pub struct GroupStates {
    limits: Limits,
    groups: Vec<State>,
    /// Where the rows that are added next belong.
    order: Order,
    /// Durations of these rows by group, each with the place of its row.
    sorted: Vec<(u64, u32)>,
    dense: Dense,
    /// What the groups take beside their own size.
    list_bytes: usize,
}

/// What every row is looked at for; names are asked for only where they are kept.
#[derive(Debug, Clone, Copy)]
pub struct SpanRow {
    /// The number of its group.
    pub group: u32,
    /// Whether the span's status is error.
    pub error: bool,
    /// The span's duration.
    pub duration_ns: u64,
    /// [`crate::sampling::trace_fraction`] of its trace.
    pub trace_fraction: u64,
}

impl GroupStates {
    /// No groups yet, for states within `limits`.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Makes room for a group; its number is how many there were before.
    pub fn push_group(&mut self) -> u32 {
        self.groups.push(State::default());
        self.groups.len() as u32 - 1
    }

    /// Adds rows; `span` tells of a row what it is. The more rows at once, the less each costs.
    pub fn add_all(&mut self, rows: &[SpanRow], span: impl Fn(u32) -> SpanReference) {
        self.order.count(rows.iter().map(|row| row.group), self.groups.len());
        self.sorted.resize(rows.len(), (0, 0));
        for (place, row) in rows.iter().enumerate() {
            self.sorted[self.order.next_of(row.group)] = (row.duration_ns, place as u32);
            let group = &mut self.groups[row.group as usize];
            group.count += 1;
            group.errors += u64::from(row.error);
            group.trace_fraction_max = group.trace_fraction_max.max(row.trace_fraction);
        }
        for (number, members) in self.order.groups() {
            let group = &mut self.groups[number as usize];
            let members = &self.sorted[members];
            let before = group.list_bytes();
            if let Spans::Exact(exact) = &mut group.spans
                && exact.len() + members.len() <= self.limits.exact_spans_max
            {
                exact.known.extend(members.iter().map(|(_, place)| span(*place)));
            } else {
                let mut histogram = group.take_histogram();
                let mut slow_ns = histogram.slow_ns();
                for (duration_ns, place) in members {
                    self.dense.count(*place, *duration_ns, |one, other| {
                        span(one).by_slowness(&span(other)).is_gt()
                    });
                    if *duration_ns >= slow_ns || rows[*place as usize].error {
                        histogram.offer(span(*place));
                        slow_ns = histogram.slow_ns();
                    }
                }
                self.dense.give_to(&mut histogram, |place| Some(span(place)));
                group.spans = Spans::Histogram(histogram);
            }
            self.list_bytes = self.list_bytes + group.list_bytes() - before;
        }
    }

    /// Adds [summaries](State::to_summary), each to the group that has its place in `numbers`; `summary` gives the bytes of a place, and the
    /// slot that they were made for.
    ///
    /// # Errors
    /// When one is damaged; some of the summaries were added then.
    pub fn add_summaries<'a>(
        &mut self,
        numbers: &[u32],
        summary: impl Fn(u32) -> (&'a [u8], UnixNanos),
    ) -> Result<(), CorruptState> {
        self.order.count(numbers.iter().copied(), self.groups.len());
        self.sorted.resize(numbers.len(), (0, 0));
        for (place, number) in numbers.iter().enumerate() {
            self.sorted[self.order.next_of(*number)] = (0, place as u32);
        }
        for (number, members) in self.order.groups() {
            let group = &mut self.groups[number as usize];
            let before = group.list_bytes();
            let mut damaged = None;
            for (_, place) in &self.sorted[members] {
                let (bytes, slot) = summary(*place);
                if add_summary(group, &mut self.dense, self.limits, bytes, slot).is_none() {
                    damaged = Some(CorruptState { length: bytes.len() });
                    break;
                }
            }
            if let Spans::Histogram(histogram) = &mut group.spans {
                self.dense.give_to(histogram, |_| None);
            }
            self.list_bytes = self.list_bytes + group.list_bytes() - before;
            if let Some(damaged) = damaged {
                self.dense = Dense::default();
                return Err(damaged);
            }
        }
        Ok(())
    }

    /// Adds the spans of `states`, which were built with the same limits, to a group that was pushed.
    pub fn merge(&mut self, number: u32, states: Vec<State>) {
        let group = &mut self.groups[number as usize];
        let before = group.list_bytes();
        let spans: u64 = states.iter().map(|state| state.count).sum();
        let are_few = group.count.saturating_add(spans) <= self.limits.exact_spans_max as u64;
        if are_few || group.count == 0 && states.len() == 1 {
            states.into_iter().for_each(|state| group.merge(state, self.limits));
        } else {
            merge_many(group, states, &mut self.dense);
        }
        self.list_bytes = self.list_bytes + group.list_bytes() - before;
    }

    /// Gives back what is only needed while rows are added.
    pub fn let_go(&mut self) {
        (self.order, self.sorted, self.dense) = (Order::default(), Vec::new(), Dense::default());
    }

    /// The memory held, in bytes, roughly.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.groups.capacity() * size_of::<State>()
            + self.list_bytes
            + self.order.memory_bytes()
            + self.sorted.capacity() * size_of::<(u64, u32)>()
            + self.dense.memory_bytes()
    }

    /// The state of each group, by number.
    #[must_use]
    pub fn into_states(self) -> Vec<State> {
        self.groups
    }
}

/// Adds a summary to `group`: its buckets and names to `dense`, once the group has a histogram.
fn add_summary(
    group: &mut State,
    dense: &mut Dense,
    limits: Limits,
    bytes: &[u8],
    slot: UnixNanos,
) -> Option<()> {
    let mut named = Vec::new();
    let read = read(bytes, slot, |bucket, count| dense.add(bucket, count), |span| named.push(span))?;
    let Summary { count, errors, trace_fraction_max, unnamed_ns } = read;
    group.count = group.count.checked_add(count)?;
    group.errors = group.errors.checked_add(errors)?;
    group.trace_fraction_max = group.trace_fraction_max.max(trace_fraction_max);
    let is_named_alone = unnamed_ns.as_ref().is_some_and(Vec::is_empty);
    if let (Spans::Exact(exact), Some(unnamed_ns)) = (&mut group.spans, &unnamed_ns)
        && exact.len() as u64 + count <= limits.exact_spans_max as u64
    {
        exact.known.append(&mut named);
        exact.unnamed_ns.extend(unnamed_ns);
        return Some(());
    }
    let mut histogram = group.take_histogram();
    histogram.is_partial |= !is_named_alone;
    if let Some(unnamed_ns) = unnamed_ns {
        let durations_ns = named.iter().map(|span| span.duration_ns).chain(unnamed_ns);
        durations_ns.for_each(|duration_ns| dense.add(bucket_of(duration_ns), 1));
    }
    for span in named {
        histogram.offer(span);
        dense.name(span);
    }
    group.spans = Spans::Histogram(histogram);
    Some(())
}

/// Adds `states` to `group`, whose spans are too many to be kept one by one then.
fn merge_many(group: &mut State, states: Vec<State>, dense: &mut Dense) {
    let mut histogram = group.take_histogram();
    let mut known: Vec<SpanReference> = Vec::new();
    for state in states {
        group.count += state.count;
        group.errors += state.errors;
        group.trace_fraction_max = group.trace_fraction_max.max(state.trace_fraction_max);
        match state.spans {
            Spans::Exact(exact) => {
                for span in exact.known {
                    known.push(span);
                    dense.count(known.len() as u32 - 1, span.duration_ns, |one, other| {
                        known[one as usize].by_slowness(&known[other as usize]).is_gt()
                    });
                    histogram.offer(span);
                }
                histogram.is_partial |= !exact.unnamed_ns.is_empty();
                exact.unnamed_ns.into_iter().for_each(|duration_ns| dense.add(bucket_of(duration_ns), 1));
            }
            Spans::Histogram(other) => {
                other.counts.iter().for_each(|(bucket, count)| dense.add(bucket, count));
                other.named.iter().for_each(|span| dense.name(*span));
                histogram.join_lists(&other);
            }
        }
    }
    dense.give_to(&mut histogram, |place| known.get(place as usize).copied());
    group.spans = Spans::Histogram(histogram);
}

impl State {
    /// All spans of `states`, which were built with the same limits.
    #[must_use]
    pub fn sum(states: impl IntoIterator<Item = Self>, limits: Limits) -> Self {
        let mut sums = GroupStates::new(limits);
        let number = sums.push_group();
        sums.merge(number, states.into_iter().collect());
        sums.into_states().pop().unwrap_or_default()
    }

    fn list_bytes(&self) -> usize {
        self.memory_bytes() - size_of::<Self>()
    }
}

/// Where rows belong that are put in order by group, in as many steps as there are rows. What it needs is kept.
#[derive(Debug, Default)]
struct Order {
    /// Of each group how many rows it has, then where its next one goes; zero between two uses.
    places: Vec<u32>,
    /// The groups that have rows, as they come, and where their rows end.
    ends: Vec<(u32, u32)>,
}

impl Order {
    /// Takes up rows with these `numbers` of their groups.
    fn count(&mut self, numbers: impl Iterator<Item = u32>, groups: usize) {
        for (number, _) in self.ends.drain(..) {
            self.places[number as usize] = 0;
        }
        self.places.resize(groups, 0);
        for number in numbers {
            let count = &mut self.places[number as usize];
            if *count == 0 {
                self.ends.push((number, 0));
            }
            *count += 1;
        }
        let mut next = 0;
        for (number, end) in &mut self.ends {
            let place = &mut self.places[*number as usize];
            (*end, *place) = (next + *place, next);
            next = *end;
        }
    }

    /// Where the next row of group `number` goes.
    fn next_of(&mut self, number: u32) -> usize {
        let place = &mut self.places[number as usize];
        *place += 1;
        *place as usize - 1
    }

    /// Each group that has rows, and where they are.
    fn groups(&self) -> impl Iterator<Item = (u32, Range<usize>)> {
        let begins = std::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        self.ends.iter().zip(begins).map(|((number, end), begin)| (*number, begin as usize..*end as usize))
    }

    const fn memory_bytes(&self) -> usize {
        self.places.capacity() * size_of::<u32>() + self.ends.capacity() * size_of::<(u32, u32)>()
    }
}

#[cfg(test)]
mod tests;
