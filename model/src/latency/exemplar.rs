//! Which spans illustrate a group: first the one at the quantile, then the slowest, an error, the median.

use super::bucket::bucket_of;
use super::point::rank_of;
use super::state::{Histogram, SpanReference, Spans, State};

/// Why a span was picked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pick {
    /// It stands at the rank of this quantile; in a histogram, it is the slowest of the quantile's bucket.
    Quantile(f64),
    /// It is the slowest.
    Max,
    /// It is the slowest whose status is error.
    Error,
    /// It stands at the median.
    Median,
    /// It stands nearest to the highest quantile among those not picked yet.
    Nearest,
}

impl Pick {
    /// Its name in answers.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Quantile(_) => "quantile",
            Self::Max => "max",
            Self::Error => "error",
            Self::Median => "median",
            Self::Nearest => "nearest",
        }
    }
}

/// A real span that illustrates its group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exemplar {
    /// The span.
    pub span: SpanReference,
    /// Why it was picked.
    pub pick: Pick,
    /// The share of the group's spans that are no slower: from and to. Equal when it is known exactly.
    pub rank: (f64, f64),
}

/// A span with the counts that bound its rank: so many spans are no slower, at least and at most.
#[derive(Clone, Copy)]
pub(super) struct Ranked {
    pub(super) span: SpanReference,
    rank_min: u64,
    rank_max: u64,
    /// The lowest rank that it stands for: that of the fastest span of its duration, or of its bucket.
    reaches: u64,
}

/// The exemplars of a group, each span once.
struct Picks {
    most: usize,
    /// The group's spans.
    count: u64,
    exemplars: Vec<Exemplar>,
}

impl Picks {
    fn extend(&mut self, found: impl IntoIterator<Item = (Ranked, Pick)>) {
        for (found, pick) in found {
            let is_known = |known: &Exemplar| {
                (known.span.trace_id, known.span.span_id) == (found.span.trace_id, found.span.span_id)
            };
            if self.exemplars.len() < self.most && !self.exemplars.iter().any(is_known) {
                let share = |rank: u64| rank as f64 / self.count as f64;
                let rank = (share(found.rank_min), share(found.rank_max));
                self.exemplars.push(Exemplar { span: found.span, pick, rank });
            }
        }
    }
}

impl State {
    /// At most `most` exemplars, best first, for `quantiles` (each in `0..=1`); fewer only when the group has fewer
    /// spans, or, for a histogram, holds fewer.
    #[must_use]
    pub fn exemplars(&self, quantiles: &[f64], most: usize) -> Vec<Exemplar> {
        if most == 0 || self.count == 0 {
            return Vec::new();
        }
        let ranked = self.ranked();
        let mut descending: Vec<f64> = quantiles.to_vec();
        descending.sort_by(|left, right| right.total_cmp(left));
        let highest = descending.first().copied().unwrap_or(1.0);
        let at = |quantile: f64, pick: Pick| at_rank(&ranked, rank_of(quantile, self.count), pick);

        let mut picks = Picks { most, count: self.count, exemplars: Vec::with_capacity(most) };
        picks.extend(at(highest, Pick::Quantile(highest)));
        let slowest = ranked.iter().max_by(|a, b| a.span.by_slowness(&b.span));
        picks.extend(slowest.map(|found| (*found, Pick::Max)));
        picks.extend(self.slowest_error(&ranked).map(|found| (found, Pick::Error)));
        picks.extend(at(0.5, Pick::Median));
        picks.extend(
            descending.iter().skip(1).filter_map(|quantile| at(*quantile, Pick::Quantile(*quantile))),
        );
        if picks.exemplars.len() < most {
            let target = rank_of(highest, self.count);
            let mut nearest = ranked;
            nearest.sort_by(|a, b| {
                let distance = |found: &Ranked| found.rank_max.abs_diff(target);
                distance(a).cmp(&distance(b)).then_with(|| b.span.by_slowness(&a.span))
            });
            picks.extend(nearest.into_iter().map(|found| (found, Pick::Nearest)));
        }
        picks.exemplars
    }

    /// Every span this state still knows, with its rank, fastest first; ties in descending order of ids.
    pub(super) fn ranked(&self) -> Vec<Ranked> {
        match &self.spans {
            Spans::Exact(spans) => {
                let mut known = spans.known.clone();
                known.sort_by(SpanReference::by_slowness);
                let sorted_ns = spans.sorted_ns();
                let ranked = known.iter().map(|span| {
                    let slower = sorted_ns.partition_point(|other| *other <= span.duration_ns) as u64;
                    let faster = sorted_ns.partition_point(|other| *other < span.duration_ns) as u64;
                    Ranked { span: *span, rank_min: slower, rank_max: slower, reaches: faster + 1 }
                });
                ranked.collect()
            }
            Spans::Histogram(histogram) => histogram.ranked(self.count),
        }
    }

    pub(super) fn slowest_error(&self, ranked: &[Ranked]) -> Option<Ranked> {
        match &self.spans {
            Spans::Exact(_) => ranked.iter().rev().find(|found| found.span.error).copied(),
            Spans::Histogram(histogram) => histogram.slowest_error.map(|span| {
                let known = ranked.iter().find(|found| found.span.span_id == span.span_id);
                known.copied().unwrap_or_else(|| histogram.rank_interval(span))
            }),
        }
    }
}

impl Histogram {
    /// The known slowest span of each bucket, whose rank is the count through that bucket, and the slowest of all.
    fn ranked(&self, count: u64) -> Vec<Ranked> {
        let mut before = 0;
        let mut ranked: Vec<Ranked> = Vec::with_capacity(self.named.len() + self.slowest.len());
        let mut named = self.named.iter().peekable();
        for (index, spans) in self.counts.iter() {
            let through = before + spans;
            if let Some(span) = named.next_if(|known| bucket_of(known.duration_ns) == index) {
                let rank_min = if self.knows_slowest_of(index) { through } else { before + 1 };
                ranked.push(Ranked { span: *span, rank_min, rank_max: through, reaches: before + 1 });
            }
            before = through;
        }
        for span in &self.slowest {
            if ranked.iter().all(|known| known.span != *span) {
                let within = self.rank_interval(*span);
                ranked.push(if self.is_partial {
                    within
                } else {
                    let slower = self.slowest.partition_point(|other| other.duration_ns > span.duration_ns);
                    let rank = count - slower as u64;
                    Ranked { rank_min: rank, rank_max: rank, ..within }
                });
            }
        }
        ranked.sort_by(|one, other| {
            one.rank_max.cmp(&other.rank_max).then_with(|| one.span.by_slowness(&other.span))
        });
        ranked
    }

    /// The rank of a span of which only the bucket is known.
    fn rank_interval(&self, span: SpanReference) -> Ranked {
        let bucket = bucket_of(span.duration_ns);
        let (before, inside) = (self.counts.below(bucket), self.counts.of(bucket).unwrap_or(1));
        Ranked { span, rank_min: before + 1, rank_max: before + inside, reaches: before + 1 }
    }
}

/// The span at `rank`: of the first known rank that reaches it, the slowest, and of those the one with the smallest ids. Where no known span stands
/// for that rank, the nearest does.
fn at_rank(ranked: &[Ranked], rank: u64, pick: Pick) -> Option<(Ranked, Pick)> {
    let reached = ranked.iter().find(|found| found.rank_max >= rank);
    match reached.filter(|found| found.reaches <= rank) {
        Some(reached) => {
            let found = ranked.iter().rev().find(|found| found.rank_max == reached.rank_max);
            found.map(|found| (*found, pick))
        }
        None => nearest(ranked, rank).map(|found| (found, Pick::Nearest)),
    }
}

/// The known span whose rank is nearest; of two the slower.
pub(super) fn nearest(ranked: &[Ranked], rank: u64) -> Option<Ranked> {
    ranked.iter().rev().min_by_key(|found| found.rank_max.abs_diff(rank)).copied()
}
