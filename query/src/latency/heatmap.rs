//! Latency as a heatmap: how many spans of each slot lie in each band of durations, with one of them.

use std::collections::BTreeMap;

use model::latency::{Limits, SpanReference, State, bucket_of, shortest};
use proto::UnixNanos;

use super::groups::Groups;
use super::slots::Slots;

/// The most bands: more would be thinner than a line on a screen.
const BANDS_MAX: u16 = 48;
/// The narrowest band, in the histogram's buckets: sixteen to each doubling of the duration.
const BUCKETS_PER_BAND_MIN: u16 = 8;

/// Spans of all series together by slot and band.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heatmap {
    /// Where bands begin, in ns, and where the last ends: one more than there are bands.
    pub bounds_ns: Vec<u64>,
    /// One for each slot that has spans, in order of time.
    pub slots: Vec<HeatmapSlot>,
}

/// The bands of one slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeatmapSlot {
    /// The slot's start.
    pub slot: UnixNanos,
    /// How many spans are in each band.
    pub counts: Vec<u64>,
    /// The slowest span that is known of each band that has any, and the band's place.
    pub exemplars: Vec<(usize, SpanReference)>,
}

/// The heatmap of all series of `groups`.
pub(super) fn heatmap(groups: &Groups, slots: Slots, limits: Limits) -> Heatmap {
    let mut by_slot: BTreeMap<i64, State> = BTreeMap::new();
    for (slot, state) in groups.slotted() {
        by_slot.entry(slot).or_default().merge(state.clone(), limits);
    }
    let counted: Vec<Counted> =
        by_slot.into_iter().map(|(slot, state)| Counted { slot, buckets: state.buckets(), state }).collect();
    let all = || counted.iter().flat_map(|counted| &counted.buckets).map(|(bucket, _)| *bucket);
    let Some(bands) = all().min().zip(all().max()).map(|(first, last)| Bands::over(first, last)) else {
        return Heatmap { bounds_ns: Vec::new(), slots: Vec::new() };
    };
    let of_slot = |Counted { slot, buckets, state }: Counted| {
        let mut counts = vec![0; bands.count()];
        for (bucket, count) in buckets {
            counts[bands.of(bucket)] += count;
        }
        let mut slowest: BTreeMap<usize, SpanReference> = BTreeMap::new();
        for span in state.known_spans() {
            let kept = slowest.entry(bands.of(bucket_of(span.duration_ns))).or_insert(*span);
            if span.by_slowness(kept).is_gt() {
                *kept = *span;
            }
        }
        HeatmapSlot { slot: slots.start_of(slot), counts, exemplars: slowest.into_iter().collect() }
    };
    Heatmap { bounds_ns: bands.bounds_ns(), slots: counted.into_iter().map(of_slot).collect() }
}

/// The spans of one slot.
struct Counted {
    slot: i64,
    /// How many are in each occupied bucket.
    buckets: Vec<(u16, u64)>,
    state: State,
}

/// Bands of whole buckets, so that no span is counted in the wrong one.
#[derive(Debug, Clone, Copy)]
struct Bands {
    /// Buckets in a band.
    width: u16,
    /// The first and the last band, as multiples of the width.
    first: u16,
    last: u16,
}

impl Bands {
    /// The narrowest that are not too many from bucket `first` to `last`.
    fn over(first: u16, last: u16) -> Self {
        let mut width = BUCKETS_PER_BAND_MIN;
        while last / width - first / width >= BANDS_MAX {
            width *= 2;
        }
        Self { width, first: first / width, last: last / width }
    }

    fn count(self) -> usize {
        usize::from(self.last - self.first) + 1
    }

    fn of(self, bucket: u16) -> usize {
        usize::from(bucket / self.width - self.first)
    }

    fn bounds_ns(self) -> Vec<u64> {
        (self.first..=self.last + 1).map(|band| shortest(band * self.width)).collect()
    }
}

#[cfg(test)]
mod tests;
