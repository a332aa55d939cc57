//! How the durations of a group are distributed: how many are above a threshold, how many are in each bucket.

use std::ops::AddAssign;

use super::bucket::bucket_of;
use super::state::{Histogram, SpanReference, Spans, State};

/// How many spans took longer than a threshold: a histogram may not know exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Above {
    /// At least so many.
    pub count_min: u64,
    /// At most so many.
    pub count_max: u64,
}

impl AddAssign for Above {
    fn add_assign(&mut self, other: Self) {
        self.count_min += other.count_min;
        self.count_max += other.count_max;
    }
}

impl State {
    /// How many spans took longer than `threshold_ns`. Exact unless some of a histogram's bucket did and some did not.
    #[must_use]
    pub fn above(&self, threshold_ns: u64) -> Above {
        match &self.spans {
            Spans::Exact(spans) => {
                let known = spans.known.iter().map(|span| span.duration_ns);
                let above =
                    known.chain(spans.unnamed_ns.iter().copied()).filter(|duration| *duration > threshold_ns);
                let count = above.count() as u64;
                Above { count_min: count, count_max: count }
            }
            Spans::Histogram(histogram) => histogram.above(threshold_ns),
        }
    }

    /// The occupied buckets in ascending order, and how many spans are in each.
    #[must_use]
    pub fn buckets(&self) -> Vec<(u16, u64)> {
        match &self.spans {
            Spans::Exact(spans) => {
                let sorted: Vec<u16> = spans.sorted_ns().into_iter().map(bucket_of).collect();
                let of_bucket = sorted.chunk_by(|one, next| one == next);
                of_bucket.map(|equal| (equal[0], equal.len() as u64)).collect()
            }
            Spans::Histogram(histogram) => histogram.counts.iter().collect(),
        }
    }

    /// The spans that are known: all of few, of a histogram the slowest known of each bucket.
    pub fn known_spans(&self) -> impl Iterator<Item = &SpanReference> {
        match &self.spans {
            Spans::Exact(spans) => spans.known.iter(),
            Spans::Histogram(histogram) => histogram.named.iter(),
        }
    }
}

impl Histogram {
    fn above(&self, threshold_ns: u64) -> Above {
        let across = bucket_of(threshold_ns);
        let count = self.counts.above(across);
        let Some(in_bucket) = self.counts.of(across) else {
            return Above { count_min: count, count_max: count };
        };
        let slowest = self.named.of(across).map(|span| span.duration_ns);
        let one_is = slowest.is_some_and(|slowest| slowest > threshold_ns);
        let none_is = !self.is_partial && !one_is;
        Above {
            count_min: count + u64::from(one_is),
            count_max: if none_is { count } else { count + in_bucket },
        }
    }
}
