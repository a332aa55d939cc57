//! What has been said about something and when: kept by recency, merged in any order.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use proto::UnixNanos;

/// How many different claims about one thing are kept: enough to see and show that they differ.
const CLAIMS_MAX: usize = 8;

/// Claims that lie further apart than this do not contradict each other: an address that passes from one node to
/// another names the new one an hour later. One hour is many export intervals (5 s) and lease renewals (10 s).
pub(super) const WINDOW_NS: u64 = 3_600_000_000_000;

/// When something was first and last seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// The first arrival.
    pub first: UnixNanos,
    /// The last arrival.
    pub last: UnixNanos,
}

impl Sight {
    /// Seen once.
    #[must_use]
    pub const fn at(time: UnixNanos) -> Self {
        Self { first: time, last: time }
    }

    /// Both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.max(other.last) }
    }
}

/// Something with a last sight that absorbs others of its kind, in any order.
pub(crate) trait Seen {
    /// When it was last seen.
    fn last(&self) -> UnixNanos;
    /// Adds what `other` knows.
    fn absorb(&mut self, other: Self);
}

impl Seen for Sight {
    fn last(&self) -> UnixNanos {
        self.last
    }

    fn absorb(&mut self, other: Self) {
        *self = self.union(other);
    }
}

/// A map of at most `MAX` entries: above it, those that were last seen longest ago are forgotten.
///
/// Up to the limit the order of insertion makes no difference.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recent<K, V, const MAX: usize>(BTreeMap<K, V>);

impl<K, V, const MAX: usize> Default for Recent<K, V, MAX> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord + Clone, V: Seen, const MAX: usize> Recent<K, V, MAX> {
    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.0.get(key)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter()
    }

    /// Adds `value` to what is known of `key`, which is copied only when it is new.
    pub(crate) fn add<Q: Ord + ToOwned<Owned = K> + ?Sized>(&mut self, key: &Q, value: V)
    where
        K: Borrow<Q>,
    {
        match self.0.get_mut(key) {
            Some(known) => known.absorb(value),
            None => {
                self.0.insert(key.to_owned(), value);
                self.shrink(MAX + MAX / 8);
            }
        }
    }

    /// Changes what is known of `key`, starting from `new()`.
    pub(crate) fn update<Q: Ord + ToOwned<Owned = K> + ?Sized>(
        &mut self,
        key: &Q,
        new: impl FnOnce() -> V,
        change: impl FnOnce(&mut V),
    ) where
        K: Borrow<Q>,
    {
        match self.0.get_mut(key) {
            Some(known) => change(known),
            None => {
                let mut value = new();
                change(&mut value);
                self.0.insert(key.to_owned(), value);
                self.shrink(MAX + MAX / 8);
            }
        }
    }

    /// Adds all of `other`.
    pub(crate) fn merge(&mut self, other: Self) {
        for (key, value) in other.0 {
            match self.0.get_mut(&key) {
                Some(known) => known.absorb(value),
                None => {
                    self.0.insert(key, value);
                }
            }
        }
        self.shrink(MAX);
    }

    /// Forgets what was last seen before `time`.
    pub(crate) fn forget_before(&mut self, time: UnixNanos) {
        self.0.retain(|_, value| value.last() >= time);
    }

    /// Shrinks to `MAX` once there are more than `slack`: not at each insertion, which would sort each time.
    fn shrink(&mut self, slack: usize) {
        if self.0.len() <= slack.max(MAX) {
            return;
        }
        let mut oldest: Vec<(UnixNanos, K)> =
            self.0.iter().map(|(key, value)| (value.last(), key.clone())).collect();
        let excess = oldest.len() - MAX;
        oldest.select_nth_unstable(excess - 1);
        for (_, key) in oldest.into_iter().take(excess) {
            self.0.remove(&key);
        }
    }
}

/// The different answers to one question, and when each was given.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Claims<K>(Recent<K, Sight, CLAIMS_MAX>);

/// What [`Claims`] come to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict<'a, K> {
    /// Nothing was said.
    Silent,
    /// Only this, within the window.
    Sole(&'a K, Sight),
    /// Different things within the window.
    Several(Vec<&'a K>),
}

impl<'a, K> Verdict<'a, K> {
    /// All that was said.
    pub(super) fn claims(&self) -> &[&'a K] {
        match self {
            Self::Silent => &[],
            Self::Sole(claim, _) => std::slice::from_ref(claim),
            Self::Several(claims) => claims,
        }
    }
}

impl<K> Default for Claims<K> {
    fn default() -> Self {
        Self(Recent::default())
    }
}

impl<K: Ord + Clone> Claims<K> {
    pub(super) fn add<Q: Ord + ToOwned<Owned = K> + ?Sized>(&mut self, claim: &Q, sight: Sight)
    where
        K: Borrow<Q>,
    {
        self.0.add(claim, sight);
    }

    /// Adds all of `other`.
    pub(super) fn add_all(&mut self, other: &Self) {
        other.0.iter().for_each(|(claim, sight)| self.0.add(claim, *sight));
    }

    /// When `claim` was made.
    pub(super) fn sight<Q: Ord + ?Sized>(&self, claim: &Q) -> Option<Sight>
    where
        K: Borrow<Q>,
    {
        self.0.get(claim).copied()
    }

    /// The claim made last; of those, the greatest.
    pub(super) fn latest(&self) -> Option<&K> {
        self.0.iter().max_by_key(|(_, sight)| sight.last).map(|(claim, _)| claim)
    }

    /// When anything was last said, or 0.
    pub(super) fn newest(&self) -> UnixNanos {
        self.0.iter().map(|(_, sight)| sight.last).max().unwrap_or(0)
    }

    /// What was said within [`WINDOW_NS`] of the newest.
    pub(super) fn verdict(&self) -> Verdict<'_, K> {
        self.verdict_at(self.newest())
    }

    /// What was said within [`WINDOW_NS`] of `time`.
    pub(super) fn verdict_at(&self, time: UnixNanos) -> Verdict<'_, K> {
        let since = time.saturating_sub(WINDOW_NS);
        let mut current = self.0.iter().filter(|(_, sight)| sight.last >= since);
        let Some((claim, sight)) = current.next() else { return Verdict::Silent };
        let others: Vec<&K> = current.map(|(other, _)| other).collect();
        if others.is_empty() {
            return Verdict::Sole(claim, *sight);
        }
        Verdict::Several(std::iter::once(claim).chain(others).collect())
    }
}

impl<K: Ord + Clone> Seen for Claims<K> {
    fn last(&self) -> UnixNanos {
        self.newest()
    }

    fn absorb(&mut self, other: Self) {
        self.0.merge(other.0);
    }
}

#[cfg(test)]
mod tests;
