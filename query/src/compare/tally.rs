//! How many of the selected and of the other rows have a value, and a few of the selected ones.

use proto::{SpanId, TraceId};

use super::{Counts, Exemplar};

/// So many hashes of selected rows tell how far two values are of the same rows: the estimate is off by 1/√k or so.
const SKETCH: usize = 32;
/// The slowest selected rows that are kept of each value.
pub(super) const EXEMPLARS: usize = 3;

/// What a value takes at most, its text apart.
pub(super) const TALLY_BYTES: usize =
    size_of::<Tally>() + EXEMPLARS * size_of::<Exemplar>() + SKETCH * 8 + 64;

/// A row that is counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) is_selected: bool,
    pub(super) trace_id: TraceId,
    pub(super) span_id: SpanId,
    pub(super) duration_ns: u64,
}

/// The rows with a value.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub(super) counts: Counts,
    /// Slowest first.
    pub(super) exemplars: Vec<Exemplar>,
    sketch: Sketch,
}

impl Tally {
    /// Of rows that nothing else is known of.
    pub(super) fn of(counts: Counts) -> Self {
        Self { counts, ..Self::default() }
    }

    pub(super) fn add(&mut self, row: &Row) {
        if !row.is_selected {
            self.counts.baseline += 1;
            return;
        }
        self.counts.selected += 1;
        self.sketch.insert(u64::from_be_bytes(row.span_id.0) ^ (row.duration_ns << 1));
        if self.exemplars.len() < EXEMPLARS
            || self.exemplars.last().is_some_and(|last| last.duration_ns < row.duration_ns)
        {
            let Row { trace_id, span_id, duration_ns, .. } = *row;
            self.keep(Exemplar { trace_id, span_id, duration_ns });
        }
    }

    fn keep(&mut self, exemplar: Exemplar) {
        let order = |one: &Exemplar| (std::cmp::Reverse(one.duration_ns), one.trace_id, one.span_id);
        let place = self.exemplars.partition_point(|kept| order(kept) < order(&exemplar));
        self.exemplars.insert(place, exemplar);
        self.exemplars.truncate(EXEMPLARS);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.counts.selected += other.counts.selected;
        self.counts.baseline += other.counts.baseline;
        other.exemplars.iter().for_each(|exemplar| self.keep(*exemplar));
        other.sketch.0.iter().for_each(|hash| self.sketch.insert_mixed(*hash));
    }

    /// How far the selected rows of both are the same: 0 to 1, an estimate above [`SKETCH`] rows.
    pub(super) fn overlap(&self, other: &Self) -> f64 {
        self.sketch.overlap(&other.sketch)
    }
}

/// The smallest hashes of a set: two sets of the same rows have the same.
#[derive(Debug, Clone, Default)]
struct Sketch(Vec<u64>);

impl Sketch {
    fn insert(&mut self, of_row: u64) {
        self.insert_mixed(mix(of_row));
    }

    fn insert_mixed(&mut self, hash: u64) {
        if self.0.len() == SKETCH && self.0.last().is_some_and(|largest| *largest <= hash) {
            return;
        }
        if let Err(place) = self.0.binary_search(&hash) {
            self.0.insert(place, hash);
            self.0.truncate(SKETCH);
        }
    }

    fn overlap(&self, other: &Self) -> f64 {
        let mut union: Vec<u64> = self.0.iter().chain(&other.0).copied().collect();
        union.sort_unstable();
        union.dedup();
        union.truncate(SKETCH);
        let shared = union
            .iter()
            .filter(|hash| self.0.binary_search(hash).is_ok() && other.0.binary_search(hash).is_ok())
            .count();
        if union.is_empty() { 0.0 } else { shared as f64 / union.len() as f64 }
    }
}

/// The finaliser of splitmix64 (Vigna, public domain): ids of some senders are far from random.
const fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
