//! Latency as a heatmap: how many spans of each slot lie in each band of durations, with one of them.

use std::collections::BTreeMap;

use model::latency::{SpanReference, State, bucket_of, shortest};
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
pub(super) fn heatmap(groups: &Groups, slots: Slots) -> Heatmap {
    let mut by_slot: BTreeMap<i64, Counted> = BTreeMap::new();
    for (slot, state) in groups.slotted() {
        by_slot.entry(slot).or_default().add(state);
    }
    let all = || by_slot.values().flat_map(|counted| counted.counts.keys().copied());
    let Some(bands) = all().min().zip(all().max()).map(|(first, last)| Bands::over(first, last)) else {
        return Heatmap { bounds_ns: Vec::new(), slots: Vec::new() };
    };
    let slots = by_slot.into_iter().map(|(slot, counted)| counted.into_slot(slots.start_of(slot), bands));
    Heatmap { bounds_ns: bands.bounds_ns(), slots: slots.collect() }
}

/// The spans of one slot, by the histogram's bucket.
#[derive(Debug, Default)]
struct Counted {
    counts: BTreeMap<u16, u64>,
    /// The slowest that is known.
    slowest: BTreeMap<u16, SpanReference>,
}

impl Counted {
    fn add(&mut self, state: &State) {
        for (bucket, count) in state.buckets() {
            *self.counts.entry(bucket).or_default() += count;
        }
        for span in state.known_spans() {
            keep_slowest(&mut self.slowest, bucket_of(span.duration_ns), *span);
        }
    }

    fn into_slot(self, slot: UnixNanos, bands: Bands) -> HeatmapSlot {
        let mut counts = vec![0; bands.count()];
        for (bucket, count) in self.counts {
            counts[bands.of(bucket)] += count;
        }
        let mut exemplars: BTreeMap<usize, SpanReference> = BTreeMap::new();
        for (bucket, span) in self.slowest {
            keep_slowest(&mut exemplars, bands.of(bucket), span);
        }
        HeatmapSlot { slot, counts, exemplars: exemplars.into_iter().collect() }
    }
}

fn keep_slowest<K: Ord>(slowest: &mut BTreeMap<K, SpanReference>, place: K, span: SpanReference) {
    let kept = slowest.entry(place).or_insert(span);
    if span.by_slowness(kept).is_gt() {
        *kept = span;
    }
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
