//! Ranking the suspects: who adds more time than a baseline explains.

use std::collections::BTreeMap;

/// One suspect, and what it adds.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked<K> {
    /// Who.
    pub key: K,
    /// How many observations.
    pub count: u64,
    /// Their time, in ns.
    pub total_ns: u128,
    /// The time that the baseline explains, in ns.
    pub expected_ns: f64,
    /// What is left: how much it adds, in ns. Negative for those that are better than the baseline.
    pub excess_ns: f64,
}

/// Count and total of the observations of one key.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    count: u64,
    total_ns: u128,
}

impl Sum {
    fn mean_ns(self) -> f64 {
        self.total_ns as f64 / self.count.max(1) as f64
    }
}

/// Ranks the keys of `observed` (a key and a time in ns each) by how much time they add over `baseline`, the same taken
/// at another time; `scale` is how many times as long was observed. Finds what became slower and what became more.
#[must_use]
pub fn rank_over_baseline<K: Ord>(
    observed: impl IntoIterator<Item = (K, u64)>,
    baseline: impl IntoIterator<Item = (K, u64)>,
    scale: f64,
) -> Vec<Ranked<K>> {
    let baseline = sums(baseline);
    let expected = |key: &K, _: Sum| baseline.get(key).map_or(0.0, |sum| sum.total_ns as f64 * scale);
    ranked(sums(observed), expected)
}

/// Ranks the keys of `observed` (a key and a time in ns each) by how much time they add over their peers: over what as
/// many observations would take at the median of the other keys' means. Finds the one that is slower than the others:
/// a node, a member, a webhook. A key without peers adds all of its time.
#[must_use]
pub fn rank_over_peers<K: Ord + Clone>(observed: impl IntoIterator<Item = (K, u64)>) -> Vec<Ranked<K>> {
    let observed = sums(observed);
    let mut means: Vec<f64> = observed.values().map(|sum| sum.mean_ns()).collect();
    means.sort_by(f64::total_cmp);
    let expected = |_: &K, sum: Sum| {
        let own = means.partition_point(|mean| *mean < sum.mean_ns());
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
    for (key, time_ns) in observed {
        let sum = sums.entry(key).or_default();
        sum.count += 1;
        sum.total_ns += u128::from(time_ns);
    }
    sums
}

/// The largest excess first; ties in the order of the keys.
fn ranked<K: Ord>(observed: BTreeMap<K, Sum>, expected: impl Fn(&K, Sum) -> f64) -> Vec<Ranked<K>> {
    let mut ranked: Vec<Ranked<K>> = observed
        .into_iter()
        .map(|(key, sum)| {
            let expected_ns = expected(&key, sum);
            let excess_ns = sum.total_ns as f64 - expected_ns;
            Ranked { key, count: sum.count, total_ns: sum.total_ns, expected_ns, excess_ns }
        })
        .collect();
    ranked.sort_by(|one, other| other.excess_ns.total_cmp(&one.excess_ns));
    ranked
}
