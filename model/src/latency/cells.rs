//! The buckets of many histograms in one list of cells, each where its group and index say.

use hashbrown::HashMap;

use super::bucket::{bucket_of, place_in_bucket};
use super::state::{Histogram, SpanReference, keep_slower};

/// Buckets that lie together: durations of a group are mostly near each other.
const BLOCK_CELLS: usize = 32;
/// So many blocks hold every bucket.
const BLOCKS: usize = bucket_of(u64::MAX) as usize / BLOCK_CELLS + 1;
/// Blocks that are allocated together: what is there already never moves to make room for more.
const CHUNK_BLOCKS: usize = 1024;
/// No block, or no span.
const NONE: u32 = u32::MAX;

/// The buckets of groups that are told by number.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    /// Of each group which block is where.
    blocks: Vec<[u32; BLOCKS]>,
    blocks_used: usize,
    chunks: Vec<Box<[Block]>>,
    /// The slowest span of each bucket of which one is known.
    slowest: Vec<SpanReference>,
    /// What buckets of a group count beyond their cells.
    beyond: HashMap<(u32, u16), u64>,
}

type Block = [Cell; BLOCK_CELLS];

/// One bucket of one group. Small, for cells are met in no order, and there are more than a processor keeps near.
#[derive(Debug, Clone, Copy)]
struct Cell {
    count: u32,
    /// Where the slowest span is that is known; [`NONE`] when none is.
    slowest: u32,
    /// How far into the bucket it is, roughly: a span that is not as far took less.
    reaches: u32,
}

const EMPTY: Cell = Cell { count: 0, slowest: NONE, reaches: 0 };

impl Buckets {
    /// Makes room for a group; its number is how many there were before.
    pub(super) fn push_group(&mut self) -> u32 {
        self.blocks.push([NONE; BLOCKS]);
        self.blocks.len() as u32 - 1
    }

    /// Counts a span, and says whether it may be the slowest of its bucket as far as is known.
    pub(super) fn count(&mut self, group: u32, duration_ns: u64) -> bool {
        let index = bucket_of(duration_ns);
        let cell = self.cell(group, index);
        let may_be_slowest = place_in_bucket(duration_ns) >= cell.reaches;
        match cell.count.checked_add(1) {
            Some(count) => cell.count = count,
            None => *self.beyond.entry((group, index)).or_default() += 1,
        }
        may_be_slowest
    }

    /// Counts spans of a bucket.
    pub(super) fn add(&mut self, group: u32, index: u16, count: u64) {
        let cell = self.cell(group, index);
        match u32::try_from(count).ok().and_then(|count| cell.count.checked_add(count)) {
            Some(count) => cell.count = count,
            None => *self.beyond.entry((group, index)).or_default() += count,
        }
    }

    /// Learns of a span that is counted.
    pub(super) fn name(&mut self, group: u32, span: SpanReference) {
        let next = self.slowest.len() as u32;
        let cell = self.cell(group, bucket_of(span.duration_ns));
        cell.reaches = cell.reaches.max(place_in_bucket(span.duration_ns));
        if cell.slowest == NONE {
            cell.slowest = next;
            self.slowest.push(span);
        } else {
            let place = cell.slowest as usize;
            keep_slower(&mut self.slowest[place], &span);
        }
    }

    fn cell(&mut self, group: u32, index: u16) -> &mut Cell {
        let (block, place) = (usize::from(index) / BLOCK_CELLS, usize::from(index) % BLOCK_CELLS);
        let at = &mut self.blocks[group as usize][block];
        if *at == NONE {
            *at = self.blocks_used as u32;
            if self.blocks_used.is_multiple_of(CHUNK_BLOCKS) {
                self.chunks.push(vec![[EMPTY; BLOCK_CELLS]; CHUNK_BLOCKS].into_boxed_slice());
            }
            self.blocks_used += 1;
        }
        let at = *at as usize;
        &mut self.chunks[at / CHUNK_BLOCKS][at % CHUNK_BLOCKS][place]
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.blocks.capacity() * size_of::<[u32; BLOCKS]>()
            + self.chunks.len() * CHUNK_BLOCKS * size_of::<Block>()
            + self.slowest.capacity() * size_of::<SpanReference>()
            + self.beyond.capacity() * size_of::<((u32, u16), u64)>()
    }

    /// The buckets of a group that have spans, with what is `beside` them.
    pub(super) fn histogram(&self, group: u32, beside: Histogram) -> Histogram {
        let (mut counts, mut named) = (Vec::new(), Vec::new());
        for (block, at) in self.blocks[group as usize].iter().enumerate().filter(|(_, at)| **at != NONE) {
            let at = *at as usize;
            for (place, cell) in self.chunks[at / CHUNK_BLOCKS][at % CHUNK_BLOCKS].iter().enumerate() {
                let index = (block * BLOCK_CELLS + place) as u16;
                let beyond = if self.beyond.is_empty() { 0 } else { self.beyond(group, index) };
                let count = u64::from(cell.count) + beyond;
                if count > 0 {
                    counts.push((index, count));
                }
                named.extend(self.slowest.get(cell.slowest as usize).map(|span| (index, *span)));
            }
        }
        Histogram { counts, named, ..beside }
    }

    fn beyond(&self, group: u32, index: u16) -> u64 {
        self.beyond.get(&(group, index)).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
