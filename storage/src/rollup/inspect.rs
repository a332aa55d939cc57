//! What a rollup holds, for people: its columns, slots and series.

use std::collections::HashMap;
use std::path::PathBuf;

use super::{MINUTE_NS, SLOTS_NS, Series, file};
use crate::segment::{SegmentView, read_segment};
use crate::{Error, Result};

/// One rollup, or the sum of several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RollupView {
    /// The file, column by column.
    pub file: SegmentView,
    /// Its rows by the length of their slots, shortest first.
    pub slots: Vec<SlotsView>,
    /// Its series, the one of most spans first.
    pub series: Vec<SeriesView>,
}

/// The rows of one length of slots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlotsView {
    /// How long a slot is, in seconds.
    pub seconds: u64,
    /// Rows, each of a series and a slot.
    pub rows: u64,
    /// Their spans.
    pub spans: u64,
    /// Rows that keep every duration.
    pub exact_rows: u64,
    /// Rows that keep a histogram.
    pub histogram_rows: u64,
}

/// The minutes of one series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesView {
    /// Its keys and their values.
    pub label: String,
    /// Its spans.
    pub spans: u64,
    /// Those with an error.
    pub errors: u64,
    /// The minutes in which there are some.
    pub minutes: u64,
}

/// Looks into the rollup files at `paths`; series of one name are one, whichever file they are in.
///
/// # Errors
/// `NotFound` and other faults of the file system; `Corrupt` when one is no rollup.
pub fn read_rollups(paths: &[PathBuf]) -> Result<RollupView> {
    let slots =
        SLOTS_NS.iter().map(|slot_ns| SlotsView { seconds: slot_ns / 1_000_000_000, ..SlotsView::default() });
    let mut view = RollupView { slots: slots.collect(), ..RollupView::default() };
    let mut numbers = Series::new(usize::MAX);
    let mut series: HashMap<u32, (u64, u64, u64)> = HashMap::new();
    for path in paths {
        view.file.add(&read_segment(path)?);
        let bytes = std::fs::read(path).map_err(|error| Error::io("read the rollup", path, error))?;
        file::rows(bytes.into(), &mut numbers, |row| {
            let state = row.state()?;
            if let Some(at) = SLOTS_NS.iter().position(|slot_ns| *slot_ns == row.slot_ns) {
                view.slots[at].count(state.count(), state.is_exact());
            }
            if row.slot_ns == MINUTE_NS {
                let (spans, errors, minutes) = series.entry(row.series).or_default();
                (*spans, *errors, *minutes) =
                    (*spans + state.count(), *errors + state.errors(), *minutes + 1);
            }
            Ok(())
        })
        .map_err(|error| Error::new(error.kind, format!("{}: {}", path.display(), error.message)))?;
    }
    view.series = series
        .into_iter()
        .map(|(number, (spans, errors, minutes))| SeriesView {
            label: numbers.label(number),
            spans,
            errors,
            minutes,
        })
        .collect();
    view.series.sort_by(|one, other| other.spans.cmp(&one.spans).then_with(|| one.label.cmp(&other.label)));
    Ok(view)
}

impl SlotsView {
    fn count(&mut self, spans: u64, is_exact: bool) {
        self.rows += 1;
        self.spans += spans;
        self.exact_rows += u64::from(is_exact);
        self.histogram_rows += u64::from(!is_exact);
    }
}
