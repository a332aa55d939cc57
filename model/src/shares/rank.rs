//! Ranking the suspects: who adds more than a baseline explains.

use std::collections::BTreeMap;

/// One suspect, and what it adds, in the unit of the observations: nanoseconds, or a count.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked<K> {
    /// Who.
    pub key: K,
    /// How many observations.
    pub count: u64,
    /// Their sum.
    pub total: u128,
    /// What of it the baseline explains.
    pub expected: f64,
    /// What is left: how much it adds. Negative for those that are better than the baseline.
    pub excess: f64,
}

/// Count and total of the observations of one key.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    count: u64,
    total: u128,
}

impl Sum {
    fn mean(self) -> f64 {
        self.total as f64 / self.count.max(1) as f64
    }
}

/// Ranks the keys of `observed` (a key and a weight each, mostly a time in ns) by how much they add over `baseline`, the same taken
/// at another time; `scale` is how many times as long was observed. Finds what became slower and what became more.
#[must_use]
pub fn rank_over_baseline<K: Ord>(
    observed: impl IntoIterator<Item = (K, u64)>,
    baseline: impl IntoIterator<Item = (K, u64)>,
    scale: f64,
) -> Vec<Ranked<K>> {
    let baseline = sums(baseline);
    let expected = |key: &K, _: Sum| baseline.get(key).map_or(0.0, |sum| sum.total as f64 * scale);
    ranked(sums(observed), expected)
}

/// Ranks the keys of `observed` (a key and a weight each, mostly a time in ns) by how much they add over their peers: over what as
/// many observations would take at the median of the other keys' means. Finds the one that is slower than the others:
/// a node, a member, a webhook. A key without peers adds all of it.
#[must_use]
pub fn rank_over_peers<K: Ord + Clone>(observed: impl IntoIterator<Item = (K, u64)>) -> Vec<Ranked<K>> {
    let observed = sums(observed);
    let mut means: Vec<f64> = observed.values().map(|sum| sum.mean()).collect();
    means.sort_by(f64::total_cmp);
    let expected = |_: &K, sum: Sum| {
        let own = means.partition_point(|mean| *mean < sum.mean());
        median_without(&means, own) * sum.count as f64
    };
    ranked(observed, expected)
}

/// The median of the sorted `means` without the one at `own`; 0 when no other is left.
fn median_without(means: &[f64], own: usize) -> f64 {
    let others = means.len().saturating_sub(1);
    let at = |rank: usize| means.get(if rank < own { rank } else { rank + 1 }).copied().unwrap_or(0.0);
    match others {
        0 => 0.0,
        odd if odd % 2 == 1 => at(odd / 2),
        even => f64::midpoint(at(even / 2 - 1), at(even / 2)),
    }
}

fn sums<K: Ord>(observed: impl IntoIterator<Item = (K, u64)>) -> BTreeMap<K, Sum> {
    let mut sums: BTreeMap<K, Sum> = BTreeMap::new();
    for (key, weight) in observed {
        let sum = sums.entry(key).or_default();
        sum.count += 1;
        sum.total += u128::from(weight);
    }
    sums
}

/// The largest excess first; ties in the order of the keys.
fn ranked<K: Ord>(observed: BTreeMap<K, Sum>, expected: impl Fn(&K, Sum) -> f64) -> Vec<Ranked<K>> {
    let mut ranked: Vec<Ranked<K>> = observed
        .into_iter()
        .map(|(key, sum)| {
            let expected = expected(&key, sum);
            let excess = sum.total as f64 - expected;
            Ranked { key, count: sum.count, total: sum.total, expected, excess }
        })
        .collect();
    ranked.sort_by(|one, other| other.excess.total_cmp(&one.excess));
    ranked
}
