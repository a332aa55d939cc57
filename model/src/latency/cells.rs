//! The buckets of many histograms in one list of cells, each where its group and index say.

use super::bucket::bucket_of;
use super::state::{Histogram, SpanReference, keep_slower};

/// Buckets that lie together: durations of a group are mostly near each other.
const BLOCK_CELLS: usize = 32;
/// So many blocks hold every bucket.
const BLOCKS: usize = bucket_of(u64::MAX) as usize / BLOCK_CELLS + 1;
/// No block, or no span.
const NONE: u32 = u32::MAX;

/// The buckets of groups that are told by number.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    /// Of each group where each block is in `cells`, counted in blocks.
    blocks: Vec<[u32; BLOCKS]>,
    cells: Vec<Cell>,
    /// The slowest span of each bucket of which one is known.
    slowest: Vec<SpanReference>,
}

/// One bucket of one group. Small, for cells are met in no order, and there are more than a processor keeps near.
#[derive(Debug, Clone, Copy)]
struct Cell {
    count: u64,
    /// How long the slowest span took that is known, and its place; 0 and [`NONE`] when none is.
    slowest_ns: u64,
    slowest: u32,
}

const EMPTY: Cell = Cell { count: 0, slowest_ns: 0, slowest: NONE };

impl Buckets {
    /// Makes room for a group; its number is how many there were before.
    pub(super) fn push_group(&mut self) -> u32 {
        self.blocks.push([NONE; BLOCKS]);
        self.blocks.len() as u32 - 1
    }

    /// Counts a span, and says whether it is the slowest of its bucket as far as is known.
    pub(super) fn count(&mut self, group: u32, duration_ns: u64) -> bool {
        let cell = self.cell(group, bucket_of(duration_ns));
        cell.count += 1;
        duration_ns >= cell.slowest_ns
    }

    /// Counts spans of a bucket.
    pub(super) fn add(&mut self, group: u32, index: u16, count: u64) {
        self.cell(group, index).count += count;
    }

    /// Learns of a span that is counted.
    pub(super) fn name(&mut self, group: u32, span: SpanReference) {
        let next = self.slowest.len() as u32;
        let cell = self.cell(group, bucket_of(span.duration_ns));
        cell.slowest_ns = cell.slowest_ns.max(span.duration_ns);
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
            *at = (self.cells.len() / BLOCK_CELLS) as u32;
            self.cells.resize(self.cells.len() + BLOCK_CELLS, EMPTY);
        }
        &mut self.cells[*at as usize * BLOCK_CELLS + place]
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.blocks.capacity() * size_of::<[u32; BLOCKS]>()
            + self.cells.capacity() * size_of::<Cell>()
            + self.slowest.capacity() * size_of::<SpanReference>()
    }

    /// The buckets of a group that have spans, with what is `beside` them.
    pub(super) fn histogram(&self, group: u32, beside: Histogram) -> Histogram {
        let (mut counts, mut named) = (Vec::new(), Vec::new());
        for (block, at) in self.blocks[group as usize].iter().enumerate().filter(|(_, at)| **at != NONE) {
            let first = *at as usize * BLOCK_CELLS;
            for (place, cell) in self.cells[first..first + BLOCK_CELLS].iter().enumerate() {
                let index = (block * BLOCK_CELLS + place) as u16;
                if cell.count > 0 {
                    counts.push((index, cell.count));
                }
                named.extend(self.slowest.get(cell.slowest as usize).map(|span| (index, *span)));
            }
        }
        Histogram { counts, named, ..beside }
    }
}
