//! Rollups: how long a segment's spans took, by series, minute, five minutes and hour. A file beside each segment, made when the
//! segment is, named by the same commit and gone with it: a query reads one or the other, never both.

mod build;
mod check;
mod file;
mod inspect;
mod series;
mod slots;

use std::collections::HashMap;

use model::latency::{SUMMARY_LIMITS, State};
use proto::UnixNanos;

pub(crate) use self::build::{COLUMNS_OF_A_SPAN, merge_files, of_segment};
pub(crate) use self::check::RollupCheck;
pub(crate) use self::file::without;
pub use self::inspect::{RollupView, SeriesView, SlotsView, read_rollups};
pub(crate) use self::series::{Member, Series};
pub use self::slots::RollupSlots;
use crate::segment::RowKey;

/// The folder of rollups in the table's folder. A name that begins so is no data to readers of Delta tables.
const FOLDER: &str = "_rollups";
const MINUTE_NS: u64 = 60 * 1_000_000_000;
const HOUR_NS: u64 = 60 * MINUTE_NS;

/// The lengths of slots that a rollup is made with, in ns, shortest first. Each is a multiple of the one before.
const SLOTS_NS: [u64; 3] = [MINUTE_NS, 5 * MINUTE_NS, HOUR_NS];

/// Where the rollup of the segment at `path` lies.
#[must_use]
pub fn rollup_path(path: &str) -> String {
    format!("{FOLDER}/{path}")
}

/// What spans took, by series and the start of the slot that they ended in.
type Slots = HashMap<(u32, UnixNanos), State>;

/// What spans of some series took, by the minute they ended in.
#[derive(Debug, Default)]
pub(crate) struct Rollup {
    minutes: Slots,
}

impl Rollup {
    /// Counts the span of a row.
    pub(crate) fn add(&mut self, member: Member, row: &RowKey) {
        let minute = row.end - row.end % MINUTE_NS;
        let state = self.minutes.entry((member.series, minute)).or_default();
        state.add(row.reference(member.is_error), SUMMARY_LIMITS);
    }

    /// The same by each longer slot of [`SLOTS_NS`].
    fn longer(&self) -> Vec<Slots> {
        let mut longer: Vec<Slots> = Vec::new();
        for slot_ns in &SLOTS_NS[1..] {
            let mut sums = Slots::new();
            for ((series, start), state) in longer.last().unwrap_or(&self.minutes) {
                let slot = start - start % slot_ns;
                sums.entry((*series, slot)).or_default().merge(state.clone(), SUMMARY_LIMITS);
            }
            longer.push(sums);
        }
        longer
    }

    /// Counts the spans of a row.
    fn merge(&mut self, series: u32, minute: UnixNanos, state: State) {
        self.minutes.entry((series, minute)).or_default().merge(state, SUMMARY_LIMITS);
    }
}

#[cfg(test)]
mod tests;
