//! A histogram with a place for every bucket, so that a span is counted by one look. It is for one group at a time: those of
//! all groups would be more than a processor keeps near.

use super::bucket::bucket_of;
use super::buckets::{Entry, slowest_of_each};
use super::state::{Histogram, SpanReference};

const BUCKETS: usize = bucket_of(u64::MAX) as usize + 1;

/// What was added and is in no histogram yet.
#[derive(Debug)]
pub(super) struct Dense {
    cells: Box<[Cell]>,
    /// A bit for each bucket that has spans.
    occupied: [u64; BUCKETS.div_ceil(64)],
    /// Spans that are known by name and stand in no cell.
    named: Vec<SpanReference>,
    /// What is handed on, kept for its memory.
    counts: Vec<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    count: u64,
    /// The slowest of the rows that were counted one by one.
    duration_ns: u64,
    row: u32,
}

/// No row.
const NONE: u32 = u32::MAX;
const EMPTY: Cell = Cell { count: 0, duration_ns: 0, row: NONE };

impl Default for Dense {
    fn default() -> Self {
        Self {
            cells: vec![EMPTY; BUCKETS].into_boxed_slice(),
            occupied: [0; BUCKETS.div_ceil(64)],
            named: Vec::new(),
            counts: Vec::new(),
        }
    }
}

impl Dense {
    /// Counts the span of `row`; of two that took as long, `is_slower` says whether the first is the slower.
    pub(super) fn count(&mut self, row: u32, duration_ns: u64, is_slower: impl FnOnce(u32, u32) -> bool) {
        let cell = self.cell(bucket_of(duration_ns));
        cell.count += 1;
        let is_first = cell.row == NONE;
        if is_first
            || cell.duration_ns < duration_ns
            || (cell.duration_ns == duration_ns && is_slower(row, cell.row))
        {
            (cell.duration_ns, cell.row) = (duration_ns, row);
        }
    }

    /// Counts spans of a bucket.
    pub(super) fn add(&mut self, bucket: u16, count: u64) {
        let cell = self.cell(bucket);
        cell.count = cell.count.saturating_add(count);
    }

    /// Learns of a span that is counted.
    pub(super) fn name(&mut self, span: SpanReference) {
        self.named.push(span);
    }

    fn cell(&mut self, bucket: u16) -> &mut Cell {
        let bucket = usize::from(bucket);
        self.occupied[bucket / 64] |= 1 << (bucket % 64);
        &mut self.cells[bucket]
    }

    /// Hands all over to `histogram`, and is empty then; `span` knows the rows that were counted.
    pub(super) fn give_to(&mut self, histogram: &mut Histogram, span: impl Fn(u32) -> Option<SpanReference>) {
        self.counts.clear();
        let mut known = histogram.named.iter().peekable();
        for (place, bits) in self.occupied.iter_mut().enumerate() {
            let mut left = std::mem::take(bits);
            while left != 0 {
                let bucket = place * 64 + left.trailing_zeros() as usize;
                left &= left - 1;
                let Cell { count, duration_ns, row } = std::mem::replace(&mut self.cells[bucket], EMPTY);
                self.counts.push(Entry::new(bucket as u16, count));
                if row == NONE {
                    continue;
                }
                while known.next_if(|known| bucket_of(known.duration_ns) < bucket as u16).is_some() {}
                // Most are slower than what comes later: those need not be looked up.
                let known = known.peek().filter(|known| bucket_of(known.duration_ns) == bucket as u16);
                if known.is_none_or(|known| known.duration_ns <= duration_ns) {
                    self.named.extend(span(row));
                }
            }
        }
        slowest_of_each(&mut self.named);
        histogram.counts.add(&self.counts);
        histogram.named.add(&self.named);
        self.named.clear();
    }

    pub(super) const fn memory_bytes(&self) -> usize {
        BUCKETS * size_of::<Cell>()
            + self.counts.capacity() * size_of::<Entry>()
            + self.named.capacity() * size_of::<SpanReference>()
    }
}
