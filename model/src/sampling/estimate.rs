//! The sampling rate from the ids of root spans: an estimator that can be added up.

use std::collections::BTreeSet;

use proto::TraceId;

use super::{WHOLE, trace_fraction};

/// Fewer roots than this say nothing: the interval would be wider than a fifth of the rate.
pub const ROOTS_MIN: u64 = 20;

/// How many of the largest fractions are kept, and so how many foreign roots, less one, can be seen through.
const LARGEST_MAX: usize = 64;

/// At most one root in so many is taken for foreign (but two always may be).
const ROOTS_PER_FOREIGN: u64 = 20;

/// Roots above the edge are foreign only if they lie at most this fraction as dense as those below.
const FOREIGN_DENSITY_MAX: f64 = 0.1;

/// An explanation with foreign roots must be this much likelier than one without, in nats.
const GAIN_MIN: f64 = 3.0;

/// The probability outside each end of a 95 % interval.
const TAIL: f64 = 0.025;

/// A rate of one is by far the commonest, so it is told as long as roots like these are not rarer than this under it.
const ONE_REFUSED_BELOW: f64 = 0.001;

/// The 97.5 % quantile of the normal distribution.
const Z: f64 = 1.959_964;

/// What the ids of root spans told: how many there were, and the largest of their fractions.
///
/// Feed it the roots of one instance and one stretch of time: when the rate changes, the higher one is told until the
/// older roots are left out. Merging is commutative and associative. Each root counts as often as it is observed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SamplingEstimate {
    roots: u64,
    largest: BTreeSet<u64>,
}

/// A sampling rate with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// The estimate, in `(0, 1]`: one unless the roots exclude it (at 99.9 %).
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end: one if `value` is.
    pub high: f64,
    /// How many roots it rests on.
    pub roots: u64,
}

/// A count before sampling, with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scaled {
    /// The estimate.
    pub value: f64,
    /// The lower end, never below what was counted.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl SamplingEstimate {
    /// Counts a root span with this id; its trace must not have been started elsewhere ([`super::is_own_root`]).
    pub fn observe(&mut self, trace_id: TraceId) {
        self.roots = self.roots.saturating_add(1);
        let fraction = trace_fraction(trace_id);
        if self.largest.len() < LARGEST_MAX || self.largest.first().is_some_and(|least| *least < fraction) {
            self.largest.insert(fraction);
            self.shrink();
        }
    }

    /// Adds the roots of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.roots = self.roots.saturating_add(other.roots);
        self.largest.extend(&other.largest);
        self.shrink();
    }

    /// How many roots were observed.
    #[must_use]
    pub const fn roots(&self) -> u64 {
        self.roots
    }

    /// The rate, or `None` when there are too few roots to tell.
    ///
    /// Of n uniform fractions below the rate, the largest m is distributed so that `(m / rate)^n` is uniform in (0, 1):
    /// that gives the interval, and `rate = m (n + 1) / n` the estimate. A few roots that lie thinly above all others
    /// are left out as foreign.
    #[must_use]
    pub fn rate(&self) -> Option<Rate> {
        if self.roots < ROOTS_MIN {
            return None;
        }
        let (edge, kept) = self.edge()?;
        let end = |probability: f64| (edge * probability.powf(-1.0 / kept)).min(1.0);
        let (low, high) = (end(1.0 - TAIL), end(TAIL));
        if edge.powf(kept) >= ONE_REFUSED_BELOW {
            return Some(Rate { value: 1.0, low, high: 1.0, roots: self.roots });
        }
        Some(Rate { value: (edge * (kept + 1.0) / kept).clamp(low, high), low, high, roots: self.roots })
    }

    /// The largest fraction that is not foreign, in `(0, 1]`, and the number of roots up to it.
    ///
    /// The likeliest edge between two densities: all roots below it, foreign ones from it to one.
    fn edge(&self) -> Option<(f64, f64)> {
        let roots = self.roots as f64;
        let foreign_max = (self.roots / ROOTS_PER_FOREIGN).max(2);
        let mut best = None;
        let mut gain_min = f64::NEG_INFINITY;
        for (foreign, fraction) in (0..=foreign_max).zip(self.largest.iter().rev()) {
            let edge = (*fraction as f64 / WHOLE).max(1.0 / WHOLE);
            let (above, kept) = (foreign as f64, roots - foreign as f64);
            let below_density = kept / edge;
            let mut likelihood = kept * (below_density / roots).ln();
            if foreign > 0 {
                let above_density = above / (1.0 - edge).max(f64::EPSILON);
                if above_density > FOREIGN_DENSITY_MAX * below_density {
                    continue;
                }
                likelihood += above * (above_density / roots).ln();
            }
            if likelihood > gain_min {
                gain_min = likelihood + if foreign == 0 { GAIN_MIN } else { 0.0 };
                best = Some((edge, kept));
            }
        }
        best
    }

    fn shrink(&mut self) {
        while self.largest.len() > LARGEST_MAX {
            self.largest.pop_first();
        }
    }
}

impl Rate {
    /// How many there were before sampling, if `count` of them were kept: each end takes the rate and the chance of
    /// being kept (a score interval) at their worst. Exact when the rate is one for sure.
    ///
    /// For spans of whole traces `count` must count traces: the spans of a trace are kept together.
    #[must_use]
    pub fn scale(&self, count: u64) -> Scaled {
        let count = count as f64;
        let end = |rate: f64, sign: f64| {
            let spread = Z * Z * (1.0 - rate);
            (2.0 * count + spread + sign * (spread * (4.0 * count + spread)).sqrt()) / (2.0 * rate)
        };
        let value = count / self.value;
        Scaled {
            value,
            low: end(self.high, -1.0).clamp(count, value),
            high: end(self.low.min(self.value), 1.0).max(value),
        }
    }
}

#[cfg(test)]
mod tests;
