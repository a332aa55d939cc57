//! Adding rows up: a state for each series and slot, from spans or from rows of rollups.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, StringViewArray};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::prelude::DataFrame;
use futures::StreamExt;
use hashbrown::HashMap;
use model::latency::{GroupStates, Limits, State};
use proto::ErrorKind;
use tokio::task::JoinSet;

use super::groups::{Groups, Key};
use super::series_ids::SeriesIds;
use super::slots::MICRO_NS;
use crate::functions::SpanReferences;
use crate::session::Sessions;
use crate::{Error, Result};

/// What the rows that are added are; before these columns stand the slot and the values of the series.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rows {
    /// [`REFERENCE_COLUMNS`](crate::functions::REFERENCE_COLUMNS) of a span.
    Spans,
    /// Durations of a rollup, and the start of its slot in µs.
    Rollups,
}

/// How rows are added up.
#[derive(Debug, Clone)]
pub(super) struct Adding {
    pub(super) rows: Rows,
    /// How many values make a series.
    pub(super) by: usize,
    pub(super) limits: Limits,
    /// The series that are told apart; None while all are.
    pub(super) chosen: Option<Arc<HashSet<Key>>>,
    pub(super) by_whom: ByWhom,
}

/// Who adds the parts of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByWhom {
    /// Each is added by a task of its own.
    Each,
    /// All are added by one, so that a state is there once: slower, and with a part of the memory.
    One,
}

impl Adding {
    /// Adds all rows. Not an aggregate of the plan: between its stages each state would be
    /// written and read again, which costs more than adding it.
    ///
    /// # Errors
    /// `TooLarge` when states take more memory than there is; `Corrupt` when a rollup is damaged.
    pub(super) async fn add_up(self, rows: DataFrame, sessions: &Sessions) -> Result<Sums> {
        let mut adding = JoinSet::new();
        let parts = match self.by_whom {
            ByWhom::Each => rows.execute_stream_partitioned().await?,
            ByWhom::One => vec![rows.execute_stream().await?],
        };
        for part in parts {
            let tally = Tally::new(self.clone(), sessions.reservation("latency"));
            adding.spawn(tally.add_all(part));
        }
        let mut tallies = Vec::new();
        while let Some(added) = adding.join_next().await {
            let failed = |error| Error::new(ErrorKind::Internal, format!("adding up failed: {error}"));
            tallies.push(added.map_err(failed)??);
        }
        Ok(Sums(tallies))
    }
}

/// States of all series and slots, in parts.
pub(super) struct Sums(Vec<Tally>);

impl Sums {
    /// How many rows were added.
    pub(super) fn rows(&self) -> u64 {
        self.0.iter().map(|tally| tally.rows).sum()
    }

    /// Adds all of them to `groups`.
    pub(super) fn add_to(self, groups: &mut Groups) {
        self.0.into_iter().for_each(|tally| tally.add_to(groups));
    }
}

/// Series that are not told apart.
const OTHER: u32 = u32::MAX;

/// The rows of one part.
struct Tally {
    adding: Adding,
    ids: SeriesIds,
    /// What series of each number is told apart: itself, or [`OTHER`].
    shown: HashMap<u32, u32>,
    /// The group of a series and slot.
    groups: HashMap<(u32, i64), usize>,
    states: GroupStates,
    rows: u64,
    /// What of the memory of all queries this takes.
    memory: MemoryReservation,
}

impl Tally {
    fn new(adding: Adding, memory: MemoryReservation) -> Self {
        Self {
            states: GroupStates::new(adding.limits),
            adding,
            ids: SeriesIds::default(),
            shown: HashMap::new(),
            groups: HashMap::new(),
            rows: 0,
            memory,
        }
    }

    async fn add_all(mut self, mut rows: SendableRecordBatchStream) -> Result<Self> {
        while let Some(batch) = rows.next().await {
            self.add(&batch?)?;
            self.memory.try_resize(self.memory_bytes())?;
            // A query that nobody waits for any more ends here.
            tokio::task::yield_now().await;
        }
        Ok(self)
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let by = self.adding.by;
        let texts: Vec<&StringViewArray> =
            (1..=by).map(|place| batch.column(place).as_string_view()).collect();
        let series = self.ids.of_rows(&texts, batch.num_rows());
        let slots = batch.column(0).as_primitive::<Int64Type>().values();
        let groups =
            series.into_iter().zip(slots).map(|(series, slot)| self.group(series, *slot)).collect::<Vec<_>>();
        let rest = &batch.columns()[by + 1..];
        match self.adding.rows {
            Rows::Spans => {
                let spans = SpanReferences::of(rest);
                self.states.add_all(&groups, |row| spans.at(row));
            }
            Rows::Rollups => {
                let durations = rest[0].as_binary_view();
                let starts = rest[1].as_primitive::<TimestampMicrosecondType>().values();
                for (row, group) in groups.into_iter().enumerate() {
                    let start = (starts[row] as u64).wrapping_mul(MICRO_NS);
                    let state = State::from_summary(durations.value(row), start)
                        .map_err(|error| Error::new(ErrorKind::Corrupt, error.to_string()))?;
                    self.states.merge(group, state);
                }
            }
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    fn group(&mut self, id: u32, slot: i64) -> usize {
        let series = match &self.adding.chosen {
            None => id,
            Some(chosen) => *self.shown.entry(id).or_insert_with(|| {
                if chosen.contains(&self.ids.key(id, self.adding.by)) { id } else { OTHER }
            }),
        };
        *self.groups.entry((series, slot)).or_insert_with(|| self.states.push_group())
    }

    fn memory_bytes(&self) -> usize {
        let group = size_of::<((u32, i64), usize)>();
        self.states.memory_bytes() + self.ids.memory_bytes() + self.groups.capacity() * group
    }

    fn add_to(self, groups: &mut Groups) {
        let keys: HashMap<u32, Key> = self
            .groups
            .keys()
            .filter(|(series, _)| *series != OTHER)
            .map(|(series, _)| (*series, self.ids.key(*series, self.adding.by)))
            .collect();
        let mut states = self.states.into_states();
        for ((series, slot), group) in self.groups {
            let state = std::mem::take(&mut states[group]);
            groups.add(keys.get(&series), slot, state, self.adding.limits);
        }
        groups.hold(self.memory);
    }
}
