//! Slots of time: how long, and which instant of a span decides.

use proto::{TimeRange, UnixNanos};

use crate::{Error, Result};

/// How long a slot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Chosen so that the points of the large series have about a hundred spans: fewer make a p99 a maximum.
    Auto,
    /// So many ns.
    Nanos(u64),
}

/// Which instant of a span decides its slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotInstant {
    /// Its end, as the API server's own histograms do: a late span never reopens an old slot.
    End,
    /// Its start.
    Start,
}

/// Microseconds, which timestamps are in, have so many.
pub(super) const MICRO_NS: u64 = 1_000;
const SECOND_NS: u64 = 1_000_000_000;
/// Lengths that people read well, in seconds.
const ROUND_STEPS_S: [u64; 16] =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400];
/// An automatic step gives a chart at most so many points.
const POINTS_MAX: u64 = 200;
/// An automatic step gives a chart at least about so many points, however few spans they have.
const POINTS_MIN: u64 = 24;
/// An automatic step aims at so many spans a point.
const SPANS_AIM: u64 = 100;

/// A range cut into slots of equal length, aligned to the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slots {
    pub(crate) range: TimeRange,
    pub(crate) step_ns: u64,
}

impl Slots {
    /// The whole slots that cover `range`.
    pub(crate) fn cover(range: TimeRange, step: Step, slots_max: usize) -> Result<Self> {
        if range.end <= range.start {
            return Err(Error::invalid(format!(
                "the time range is empty: start {} is not before end {}",
                range.start, range.end
            )));
        }
        let step_ns = match step {
            Step::Nanos(0) => return Err(Error::invalid("step is 0: give a time such as 10s")),
            Step::Nanos(step_ns) => step_ns,
            Step::Auto => auto_step_ns(range),
        };
        let start = range.start - range.start % step_ns;
        let count = (range.end - start).div_ceil(step_ns);
        if count > slots_max as u64 {
            return Err(Error::invalid(format!(
                "{count} slots of {step_ns} ns are more than the {slots_max} of query.slots_max: ask for a larger step or a shorter range"
            )));
        }
        Ok(Self::aligned(range, step_ns))
    }

    /// Longer slots for `range`, if the series, which have `counts` spans in these slots, would otherwise have too few
    /// spans a point.
    pub(crate) fn coarser(&self, range: TimeRange, counts: &[u64]) -> Option<Self> {
        let spans: u64 = counts.iter().sum();
        let duration_ns = self.range.duration_ns();
        let for_spans =
            u128::from(duration_ns) * u128::from(SPANS_AIM) * counts.len() as u128 / u128::from(spans.max(1));
        let wanted = u64::try_from(for_spans).unwrap_or(u64::MAX).min(range.duration_ns() / POINTS_MIN);
        let step_ns = round_step_ns(wanted);
        (spans > 0 && step_ns > self.step_ns).then(|| Self::aligned(range, step_ns))
    }

    fn aligned(range: TimeRange, step_ns: u64) -> Self {
        let start = range.start - range.start % step_ns;
        let count = (range.end - start).div_ceil(step_ns);
        Self { range: TimeRange { start, end: start.saturating_add(count.saturating_mul(step_ns)) }, step_ns }
    }

    /// The start of slot `index`.
    pub(crate) const fn start_of(&self, index: i64) -> UnixNanos {
        self.range.start.saturating_add((index as u64).saturating_mul(self.step_ns))
    }
}

fn auto_step_ns(range: TimeRange) -> u64 {
    let wanted = range.duration_ns().div_ceil(POINTS_MAX);
    round_step_ns(wanted)
}

/// The shortest round step that is at least `wanted` ns.
fn round_step_ns(wanted: u64) -> u64 {
    ROUND_STEPS_S
        .iter()
        .map(|seconds| seconds * SECOND_NS)
        .find(|step_ns| *step_ns >= wanted)
        .unwrap_or_else(|| wanted.next_multiple_of(86_400 * SECOND_NS))
}

#[cfg(test)]
mod tests;
