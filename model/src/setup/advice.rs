//! What a rate means: spans a second, bytes a day.

use serde::Serialize;

use super::SamplingRate;

/// Spans a second that a cluster sends at 100 %, by nodes: kube-apiserver, etcd, kubelets and containerd. Estimates, from
/// the rates of leases, watches, pod starts and idle kubelets, and of spans in each.
const FULL: [(u32, u32); 3] = [(100, 1_800), (1_000, 15_000), (5_000, 76_000)];
/// Bytes on disk that a span takes, with rollups and derived tables: benches/results/2026-11-28-storage.md.
const SPAN_BYTES: u64 = 54;
const SECONDS_A_DAY: u64 = 86_400;
/// Clusters of up to so many nodes may send everything.
const SMALL_NODES: u32 = 100;
/// Clusters of up to so many nodes may send a tenth.
const MIDDLE_NODES: u32 = 1_000;

/// What a rate means for clusters of some sizes, and with which to begin.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SamplingAdvice {
    /// What is estimated, and how to choose.
    pub text: &'static str,
    /// One cluster each, by size.
    pub estimates: Vec<Estimate>,
}

/// What a cluster of so many nodes sends.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Estimate {
    /// How many nodes.
    pub nodes: u32,
    /// Spans a second at 100 %.
    pub spans_per_second_full: u32,
    /// Spans a second at the rate asked for.
    pub spans_per_second: u32,
    /// Megabytes on disk a day at that rate.
    pub megabytes_per_day: u64,
    /// The rate to begin with, in percent.
    pub begin_with_percent: u32,
}

impl SamplingAdvice {
    /// The advice for `rate`, with a line for a cluster of `nodes`.
    pub(super) fn new(rate: SamplingRate, nodes: Option<u32>) -> Self {
        let mut sizes: Vec<u32> = FULL.iter().map(|(nodes, _)| *nodes).chain(nodes).collect();
        sizes.sort_unstable();
        sizes.dedup();
        Self {
            text: "Estimates, with containerd; CRI-O sends about twice as much in all. Two fifths are calls of idle kubelets. \
                   Begin low, look at /api/v1/ledger for a day, then raise: one rate for all components keeps traces whole.",
            estimates: sizes.into_iter().map(|nodes| Estimate::new(rate, nodes)).collect(),
        }
    }
}

impl Estimate {
    fn new(rate: SamplingRate, nodes: u32) -> Self {
        let full = full_rate(nodes);
        let sampled = u64::from(full) * u64::from(rate.per_million()) / 1_000_000;
        let begin_with_percent = match nodes {
            _ if nodes <= SMALL_NODES => 100,
            _ if nodes <= MIDDLE_NODES => 10,
            _ => 1,
        };
        Self {
            nodes,
            spans_per_second_full: full,
            spans_per_second: u32::try_from(sampled).unwrap_or(u32::MAX),
            megabytes_per_day: sampled * SECONDS_A_DAY * SPAN_BYTES / 1_000_000,
            begin_with_percent,
        }
    }
}

/// Between two sizes that are known, as many a node as in the larger.
fn full_rate(nodes: u32) -> u32 {
    let known = FULL.iter().find(|(size, _)| nodes <= *size).or(FULL.last());
    let per_second = known.map_or(0, |(size, spans)| u64::from(nodes) * u64::from(*spans) / u64::from(*size));
    u32::try_from(per_second).unwrap_or(u32::MAX)
}
