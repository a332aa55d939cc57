//! A rollup against the spans that it is of: every series, count, error and duration.

use std::collections::{HashMap, HashSet};

use arrow::array::RecordBatch;
use bytes::Bytes;
use jiff::Timestamp;
use model::latency::{SUMMARY_LIMITS, State};
use proto::{ErrorKind, UnixNanos};

use super::{MINUTE_NS, Rollup, RollupSlots, SLOTS_NS, Series, Slots, file};
use crate::segment::row_keys;
use crate::{Error, Result};

/// A rollup that was read, and the one that its spans would have, as far as they were added.
#[derive(Debug)]
pub(crate) struct RollupCheck {
    series: Series,
    /// The lengths of slots that it should have.
    slots: RollupSlots,
    /// By the length of their slots, as [`SLOTS_NS`].
    stored: [Slots; SLOTS_NS.len()],
    made: Rollup,
}

impl RollupCheck {
    /// The check of the rollup file `bytes`, which should have `slots`.
    ///
    /// # Errors
    /// `Corrupt` when it is no rollup, or contradicts itself.
    pub(crate) fn of(bytes: Bytes, slots: RollupSlots) -> Result<Self> {
        let mut series = Series::new(usize::MAX);
        let mut stored: [Slots; SLOTS_NS.len()] = Default::default();
        file::rows(bytes, &mut series, |row| {
            let is_of = |slot_ns: &u64| *slot_ns == row.slot_ns && slots.has(*slot_ns);
            let place = SLOTS_NS.iter().position(is_of);
            let place =
                place.ok_or_else(|| corrupt(format!("it has slots of {} s", row.slot_ns / 1_000_000_000)))?;
            let state = row.state()?;
            if i64::try_from(state.count()) != Ok(row.spans) {
                return Err(corrupt(format!(
                    "a row counts {} spans and has the durations of {}",
                    row.spans,
                    state.count()
                )));
            }
            match stored[place].insert((row.series, row.slot), state) {
                None => Ok(()),
                Some(_) => {
                    Err(corrupt(format!("it has a series twice {}", slot_name(row.slot_ns, row.slot))))
                }
            }
        })?;
        // A limit that was met left out what the file does not know.
        series.close();
        Ok(Self { series, slots, stored, made: Rollup::default() })
    }

    /// Counts the spans of `rows`, which have the columns of keys and [`super::COLUMNS_OF_A_SPAN`].
    ///
    /// # Errors
    /// `Internal` when a column is missing or of another type.
    pub(crate) fn add(&mut self, rows: &RecordBatch) -> Result<()> {
        let members = self.series.of_rows(rows)?;
        row_keys(rows, 0)?.zip(members).for_each(|(row, member)| self.made.add(member, &row));
        Ok(())
    }

    /// The first thing that the file says otherwise than its spans, and how many there are. It counts `thinned` spans more,
    /// which were dropped from the segment.
    pub(crate) fn differs(&self, thinned: u64) -> Option<String> {
        let mut differing =
            if thinned == 0 { self.differing_from_rows() } else { self.short_of_rows(thinned) };
        differing.sort();
        let (_, _, first) = differing.first()?;
        let more = differing.len() - 1;
        let others = if more == 0 { String::new() } else { format!("; {more} more series and slots differ") };
        Some(format!("{first}{others}"))
    }

    fn differing_from_rows(&self) -> Vec<Difference> {
        let minutes = self.differing(
            MINUTE_NS,
            &self.comparable(&self.stored[0]),
            &self.comparable(&self.made.minutes),
        );
        minutes.into_iter().chain(self.longer_than(&self.made)).collect()
    }

    /// Slots longer than a minute that are not those of `minutes`.
    fn longer_than(&self, minutes: &Rollup) -> Vec<Difference> {
        let mut differing = Vec::new();
        let longer = SLOTS_NS.into_iter().zip(&self.stored).skip(1).zip(minutes.longer());
        for ((slot_ns, stored), made) in longer.filter(|((slot_ns, _), _)| self.slots.has(*slot_ns)) {
            differing.extend(self.differing(slot_ns, &self.comparable(stored), &self.comparable(&made)));
        }
        differing
    }

    /// Of a segment from which spans were dropped: its rollup has no fewer than are left, in all as many as there were, and
    /// its longer slots are its minutes.
    fn short_of_rows(&self, thinned: u64) -> Vec<Difference> {
        let minutes = &self.stored[0];
        let mut differing = self.longer_than(&Rollup { minutes: minutes.clone() });
        let stored = self.comparable(minutes);
        for (key, are) in self.comparable(&self.made.minutes) {
            let said = stored.get(&key).map_or(0, State::count);
            if said < are.count() {
                differing.push(self.difference(MINUTE_NS, key, said, are.count()));
            }
        }
        let count = |slots: &Slots| slots.values().map(State::count).sum::<u64>();
        let (said, are) = (count(minutes), count(&self.made.minutes));
        if said != are + thinned {
            let what = format!(
                "it counts {said} spans, the segment has {are} and lacks {thinned} that were dropped"
            );
            differing.push((0, 0, what));
        }
        differing
    }

    /// Series of their own, or all together where some are beyond the limit: a merge may have counted one segment's spans of a
    /// series under its name, another's beyond the limit.
    fn comparable(&self, slots: &Slots) -> Slots {
        let overflow = self.series.overflow();
        let has_overflow =
            overflow.is_some_and(|overflow| self.stored[0].keys().any(|key| key.0 == overflow));
        if has_overflow { summed(slots) } else { slots.clone() }
    }

    /// What differs, with the length and the start of its slot.
    fn differing(&self, slot_ns: u64, stored: &Slots, made: &Slots) -> Vec<Difference> {
        let keys: HashSet<&(u32, UnixNanos)> = stored.keys().chain(made.keys()).collect();
        let is_wrong = |key: &&(u32, UnixNanos)| match (stored.get(*key), made.get(*key)) {
            (Some(said), Some(are)) => !said.has_figures_of(&as_stored(are, key.1)),
            _ => true,
        };
        let spans = |slots: &Slots, key: &(u32, UnixNanos)| slots.get(key).map_or(0, State::count);
        let tell =
            |key: &(u32, UnixNanos)| self.difference(slot_ns, *key, spans(stored, key), spans(made, key));
        keys.into_iter().filter(is_wrong).map(tell).collect()
    }

    fn difference(&self, slot_ns: u64, key: (u32, UnixNanos), said: u64, are: u64) -> Difference {
        let what = if said == are {
            format!("durations or errors of {said} spans are not those of the segment")
        } else {
            format!("it counts {said} spans, the segment has {are}")
        };
        (slot_ns, key.1, format!("{}{}: {what}", slot_name(slot_ns, key.1), self.name_of(key.0)))
    }

    fn name_of(&self, series: u32) -> String {
        if series == ALL { String::new() } else { format!(" of {}", self.series.label(series)) }
    }
}

/// The length and start of a slot, and what is wrong there.
type Difference = (u64, UnixNanos, String);

/// Stands for all series together.
const ALL: u32 = u32::MAX;

/// All series of each slot.
fn summed(slots: &Slots) -> Slots {
    let mut all: Slots = HashMap::new();
    for ((_, slot), state) in slots {
        all.entry((ALL, *slot)).or_default().merge(state.clone(), SUMMARY_LIMITS);
    }
    all
}

/// What a file would give back of it.
fn as_stored(state: &State, slot: UnixNanos) -> State {
    State::from_summary(&state.to_summary(slot), slot).unwrap_or_default()
}

fn slot_name(slot_ns: u64, start: UnixNanos) -> String {
    let minutes = slot_ns / MINUTE_NS;
    let length = match minutes {
        1 => "minute".to_owned(),
        60 => "hour".to_owned(),
        _ => format!("{minutes} minutes"),
    };
    match Timestamp::from_nanosecond(i128::from(start)) {
        Ok(start) => format!("in the {length} from {start}"),
        Err(_) => format!("in the {length} from {start} ns"),
    }
}

fn corrupt(what: String) -> Error {
    Error::new(ErrorKind::Corrupt, what)
}
