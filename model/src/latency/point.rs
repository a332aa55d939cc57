//! The figures of one group: counts, quantiles, how far they can be off.

use super::bucket::{ERROR_BOUND, representative};
use super::state::{Histogram, Spans, State};

/// The normal quantile of a two-sided 95 % interval.
const Z_95: f64 = 1.959_963_984_540_054;

/// One quantile of a group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The quantile asked for, in `0..=1`.
    pub quantile: f64,
    /// The duration at rank `ceil(quantile * count)`, in ns.
    pub value_ns: u64,
    /// The group is so small that this is simply its slowest span.
    pub is_max: bool,
    /// A 95 % interval for the population the spans were sampled from; the upper end is `None` where so few spans
    /// cannot tell.
    pub interval_ns: (u64, Option<u64>),
}

/// The figures of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The spans.
    pub count: u64,
    /// The spans whose status is error.
    pub errors: u64,
    /// One for each quantile asked for, in that order.
    pub quantiles: Vec<Quantile>,
    /// Whether the quantiles are durations of spans rather than of histogram buckets.
    pub exact: bool,
    /// The largest relative error of a quantile: zero when exact.
    pub error_bound: f64,
}

impl State {
    /// The figures, for `quantiles` each in `0..=1`.
    #[must_use]
    pub fn point(&self, quantiles: &[f64]) -> Point {
        let exact = matches!(self.spans, Spans::Exact(_));
        let values = Values::of(self);
        let quantiles = quantiles
            .iter()
            .map(|quantile| {
                let rank = rank_of(*quantile, self.count);
                Quantile {
                    quantile: *quantile,
                    value_ns: values.at(rank),
                    is_max: rank == self.count,
                    interval_ns: self.interval(&values, *quantile),
                }
            })
            .collect();
        let error_bound = if exact { 0.0 } else { ERROR_BOUND };
        Point { count: self.count, errors: self.errors, quantiles, exact, error_bound }
    }

    /// The ranks that hold the population's quantile with 95 % confidence (normal approximation of the binomial).
    fn interval(&self, values: &Values<'_>, quantile: f64) -> (u64, Option<u64>) {
        let count = self.count as f64;
        let spread = Z_95 * (count * quantile * (1.0 - quantile)).sqrt();
        let lower = (count * quantile - spread).floor().max(1.0) as u64;
        let upper = (count * quantile + spread).ceil() as u64 + 1;
        (values.at(lower), (upper <= self.count).then(|| values.at(upper)))
    }
}

/// The rank, from one, of `quantile` among `count` spans: `ceil(quantile * count)`.
pub(super) fn rank_of(quantile: f64, count: u64) -> u64 {
    // A product such as 0.99 * 100 may come out a hair above the integer it means.
    let rank = (quantile * count as f64 - 1e-9).ceil();
    (rank.max(1.0) as u64).min(count)
}

/// Durations by rank.
enum Values<'a> {
    Sorted(Vec<u64>),
    Histogram(&'a Histogram),
}

impl<'a> Values<'a> {
    fn of(state: &'a State) -> Self {
        match &state.spans {
            Spans::Exact(spans) => Self::Sorted(spans.sorted_ns()),
            Spans::Histogram(histogram) => Self::Histogram(histogram),
        }
    }

    /// The duration at `rank`, from one; zero when there is none.
    fn at(&self, rank: u64) -> u64 {
        match self {
            Self::Sorted(sorted) => {
                let place = usize::try_from(rank).ok().and_then(|rank| rank.checked_sub(1));
                place.and_then(|place| sorted.get(place)).copied().unwrap_or(0)
            }
            Self::Histogram(histogram) => histogram.value_at(rank),
        }
    }
}

impl Histogram {
    /// The middle of the bucket that holds `rank`, but the bucket's slowest span where `rank` is its last.
    fn value_at(&self, rank: u64) -> u64 {
        let mut through = 0;
        for (bucket, count) in self.counts.iter() {
            through += count;
            if through >= rank {
                let middle = representative(bucket);
                return match self.named.of(bucket).filter(|_| self.knows_slowest_of(bucket)) {
                    Some(slowest) if through == rank => slowest.duration_ns,
                    Some(slowest) => middle.min(slowest.duration_ns),
                    None => middle,
                };
            }
        }
        0
    }

    /// Whether the span that is known of a bucket is its slowest: of the last one it always is.
    pub(super) fn knows_slowest_of(&self, index: u16) -> bool {
        !self.is_partial || self.counts.last() == Some(index)
    }
}
