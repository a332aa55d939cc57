//! The buckets of a histogram as lists. They are small: a question may hold millions of them.

use super::bucket::bucket_of;
use super::state::{SpanReference, keep_slower};

/// Each of so few among others is looked for by halving.
const FEW: usize = 16;
/// Bits of an [`Entry`] that count.
const COUNT_BITS: u32 = 48;
pub(super) const COUNT_MAX: u64 = (1 << COUNT_BITS) - 1;

/// How many spans each bucket has, of those that have some; ascending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Counts(Vec<Entry>);

/// A bucket in the upper bits, and how many spans it has: no more than [`COUNT_MAX`] are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry(u64);

impl Entry {
    pub(super) fn new(bucket: u16, count: u64) -> Self {
        Self((u64::from(bucket) << COUNT_BITS) | count.min(COUNT_MAX))
    }

    const fn bucket(self) -> u16 {
        (self.0 >> COUNT_BITS) as u16
    }

    const fn count(self) -> u64 {
        self.0 & COUNT_MAX
    }

    fn add(&mut self, other: &Self) {
        *self = Self::new(self.bucket(), self.count().saturating_add(other.count()));
    }
}

impl Counts {
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (u16, u64)> + '_ {
        self.0.iter().map(|entry| (entry.bucket(), entry.count()))
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// The highest bucket.
    pub(super) fn last(&self) -> Option<u16> {
        self.0.last().map(|entry| entry.bucket())
    }

    /// How many spans `bucket` has; None when there are none.
    pub(super) fn of(&self, bucket: u16) -> Option<u64> {
        let place = self.0.binary_search_by_key(&bucket, |entry| entry.bucket());
        place.ok().map(|place| self.0[place].count())
    }

    /// How many spans are in lower buckets than `bucket`.
    pub(super) fn below(&self, bucket: u16) -> u64 {
        let place = self.0.partition_point(|entry| entry.bucket() < bucket);
        self.0[..place].iter().map(|entry| entry.count()).sum()
    }

    /// How many spans are in higher buckets than `bucket`.
    pub(super) fn above(&self, bucket: u16) -> u64 {
        let place = self.0.partition_point(|entry| entry.bucket() <= bucket);
        self.0[place..].iter().map(|entry| entry.count()).sum()
    }

    /// Adds these, which are ascending.
    pub(super) fn add(&mut self, theirs: &[Entry]) {
        merge_sorted(&mut self.0, theirs, |entry| entry.bucket(), Entry::add);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.add(&other.0);
    }

    pub(super) const fn memory_bytes(&self) -> usize {
        self.0.capacity() * size_of::<Entry>()
    }
}

/// Of buckets that come in ascending order.
impl FromIterator<(u16, u64)> for Counts {
    fn from_iter<I: IntoIterator<Item = (u16, u64)>>(buckets: I) -> Self {
        Self(buckets.into_iter().map(|(bucket, count)| Entry::new(bucket, count)).collect())
    }
}

/// The slowest span that is known of each bucket, of those of which one is; ascending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Named(Vec<SpanReference>);

impl Named {
    pub(super) fn iter(&self) -> std::slice::Iter<'_, SpanReference> {
        self.0.iter()
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// The slowest span that is known of `bucket`.
    pub(super) fn of(&self, bucket: u16) -> Option<&SpanReference> {
        let place = self.0.binary_search_by_key(&bucket, bucket_of_span);
        place.ok().map(|place| &self.0[place])
    }

    /// Takes up these, which are ascending by bucket, each bucket once.
    pub(super) fn add(&mut self, theirs: &[SpanReference]) {
        merge_sorted(&mut self.0, theirs, bucket_of_span, keep_slower);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.add(&other.0);
    }

    pub(super) const fn memory_bytes(&self) -> usize {
        self.0.capacity() * size_of::<SpanReference>()
    }
}

/// Of each bucket of `spans`, which come in any order, the slowest; ascending.
pub(super) fn slowest_of_each(spans: &mut Vec<SpanReference>) {
    spans.sort_unstable_by(|one, other| {
        (bucket_of_span(one).cmp(&bucket_of_span(other))).then_with(|| other.by_slowness(one))
    });
    spans.dedup_by_key(|span| bucket_of_span(span));
}

fn bucket_of_span(span: &SpanReference) -> u16 {
    bucket_of(span.duration_ns)
}

/// Adds `theirs` to `ours`, both ascending by key, each key once; what both have is joined.
///
/// Most buckets of a large histogram are in the next as well, so nothing moves but where one is new.
fn merge_sorted<T: Copy>(
    ours: &mut Vec<T>,
    theirs: &[T],
    key: impl Fn(&T) -> u16,
    join: impl Fn(&mut T, &T),
) {
    let (mut at, mut added) = (0, 0);
    let are_few = theirs.len() * FEW < ours.len();
    for entry in theirs {
        let wanted = key(entry);
        if are_few {
            at += ours[at..].partition_point(|known| key(known) < wanted);
        }
        while ours.get(at).is_some_and(|known| key(known) < wanted) {
            at += 1;
        }
        match ours.get_mut(at).filter(|known| key(known) == wanted) {
            Some(known) => join(known, entry),
            None => added += 1,
        }
    }
    let (mut read, Some(any)) = (ours.len(), theirs.first().filter(|_| added > 0)) else { return };
    if ours.capacity() < read + added {
        // Not twice as much: lists of millions of buckets are mostly as long as they will be.
        ours.reserve_exact(added + read / 8);
    }
    ours.resize(read + added, *any);
    let mut write = ours.len();
    for entry in theirs.iter().rev() {
        while read > 0 && key(&ours[read - 1]) > key(entry) {
            (read, write) = (read - 1, write - 1);
            ours[write] = ours[read];
        }
        if read == 0 || key(&ours[read - 1]) < key(entry) {
            write -= 1;
            ours[write] = *entry;
        }
    }
}

#[cfg(test)]
mod tests;
