//! The hashes of the window: a few tables by age, the oldest of which goes as a whole.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Duration;

/// One table holds at most so many hashes: what fits 2^18 places, 4.5 MB, so that a table grows within milliseconds.
const SLICE_ENTRIES_MAX: usize = (1 << 18) / 8 * 7;
/// The window is cut into so many tables at least.
const SLICES_MIN: u32 = 8;
/// What one place of a table takes: the hash and a byte beside it.
const PLACE_BYTES: usize = size_of::<u128>() + 1;

/// What is known of the record behind a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// It is visible.
    Kept,
    /// A flush that did not end saved its hash: the replay has still to show it.
    AwaitsReplay,
}

#[derive(Debug)]
pub(super) struct Seen {
    /// Oldest first.
    slices: VecDeque<Slice>,
    entries: usize,
    entries_max: usize,
    slice_entries_max: usize,
    slice_length: Duration,
    evicted: u64,
}

#[derive(Debug)]
struct Slice {
    origin: Origin,
    /// When its first and last hash may be forgotten, on the monotonic clock.
    first_expires_at: Duration,
    expires_at: Duration,
    hashes: HashSet<u128, BuildHasherDefault<LowHalf>>,
}

impl Seen {
    pub(super) fn new(entries_max: usize, window: Duration) -> Self {
        Self {
            slices: VecDeque::new(),
            entries: 0,
            entries_max,
            slice_entries_max: (entries_max / SLICES_MIN as usize).clamp(1, SLICE_ENTRIES_MAX),
            slice_length: window / SLICES_MIN,
            evicted: 0,
        }
    }

    pub(super) fn contains(&self, hash: u128) -> bool {
        self.slices.iter().rev().any(|slice| slice.hashes.contains(&hash))
    }

    /// Whether a record with that hash is visible.
    pub(super) fn contains_kept(&self, hash: u128) -> bool {
        let kept = |slice: &&Slice| slice.origin == Origin::Kept;
        self.slices.iter().rev().filter(kept).any(|slice| slice.hashes.contains(&hash))
    }

    /// Remembers `hash` until `expires_at`, or somewhat longer.
    pub(super) fn insert(&mut self, hash: u128, origin: Origin, now: Duration, expires_at: Duration) {
        self.expire(now);
        let takes = |slice: &&mut Slice| {
            slice.origin == origin
                && slice.hashes.len() < self.slice_entries_max
                && expires_at <= slice.first_expires_at + self.slice_length
        };
        if let Some(slice) = self.slices.back_mut().filter(takes) {
            slice.expires_at = slice.expires_at.max(expires_at);
            self.entries += usize::from(slice.hashes.insert(hash));
        } else {
            let hashes = HashSet::from_iter([hash]);
            self.slices.push_back(Slice { origin, first_expires_at: expires_at, expires_at, hashes });
            self.entries += 1;
        }
        while self.entries > self.entries_max {
            self.evicted += self.forget_oldest() as u64;
        }
    }

    /// Forgets what is older than the window.
    pub(super) fn expire(&mut self, now: Duration) {
        while self.slices.front().is_some_and(|slice| slice.expires_at <= now) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) -> usize {
        let forgotten = self.slices.pop_front().map_or(0, |slice| slice.hashes.len());
        self.entries -= forgotten;
        forgotten
    }

    pub(super) const fn entries(&self) -> usize {
        self.entries
    }

    pub(super) fn bytes(&self) -> usize {
        // A table is never more than seven eighths full.
        self.slices.iter().map(|slice| slice.hashes.capacity() / 7 * 8 * PLACE_BYTES).sum()
    }

    pub(super) const fn evicted(&self) -> u64 {
        self.evicted
    }
}

/// What is hashed is a hash already.
#[derive(Debug, Default, Clone, Copy)]
struct LowHalf(u64);

impl Hasher for LowHalf {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 ^= u64::from_le_bytes(word);
        }
    }

    fn write_u128(&mut self, hash: u128) {
        self.0 = hash as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests;
