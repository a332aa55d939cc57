//! Slots of time: how long, and which instant of a span decides.

use proto::{TimeRange, UnixNanos};

use crate::{Error, Result};

/// How long a slot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Chosen from the range, so that a chart has about two hundred points.
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

const SECOND_NS: u64 = 1_000_000_000;
/// Lengths that people read well, in seconds.
const ROUND_STEPS_S: [u64; 16] =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400];
const POINTS_AIM: u64 = 200;

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
        let end = start.saturating_add(count.saturating_mul(step_ns));
        Ok(Self { range: TimeRange { start, end }, step_ns })
    }

    /// The start of slot `index`.
    pub(crate) const fn start_of(&self, index: i64) -> UnixNanos {
        self.range.start.saturating_add((index as u64).saturating_mul(self.step_ns))
    }
}

fn auto_step_ns(range: TimeRange) -> u64 {
    let wanted = range.duration_ns() / POINTS_AIM;
    ROUND_STEPS_S
        .iter()
        .map(|seconds| seconds * SECOND_NS)
        .find(|step_ns| *step_ns >= wanted)
        .unwrap_or_else(|| wanted.next_multiple_of(86_400 * SECOND_NS))
}

#[cfg(test)]
mod tests;
