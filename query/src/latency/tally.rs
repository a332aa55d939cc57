//! Adding rows up: a state for each series and slot, from spans or from rows of rollups.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray};
use arrow::compute::{filter_record_batch, is_not_null};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::prelude::DataFrame;
use futures::StreamExt;
use hashbrown::HashMap;
use model::latency::{GroupStates, Limits, SpanRow};
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
    pub(super) choice: Choice,
    pub(super) by_whom: ByWhom,
}

/// Which series are told apart.
#[derive(Debug, Clone)]
pub(super) enum Choice {
    All,
    /// All, unless there turn out to be many more than so many that will be shown.
    AllFor(usize),
    /// These.
    These(Arc<HashSet<Key>>),
}

impl Choice {
    /// `chosen` series, or all where none were chosen.
    pub(super) fn of(chosen: Option<&Arc<HashSet<Key>>>) -> Self {
        chosen.map_or(Self::All, |chosen| Self::These(Arc::clone(chosen)))
    }
}

/// Who adds the parts of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByWhom {
    /// Each is added by a task of its own.
    Each,
    /// All are added by one, so that a state is there once: slower, and with less memory where parts are of the same time.
    One,
}

impl Adding {
    /// Adds all rows. Not an aggregate of the plan: between its stages each state would be
    /// written and read again, which costs more than adding it.
    ///
    /// None when there are many more series than [`Choice::AllFor`] said: it is cheaper to know before which are shown.
    ///
    /// # Errors
    /// `TooLarge` when states take more memory than there is; `Corrupt` when a rollup is damaged.
    pub(super) async fn add_up(self, rows: DataFrame, sessions: &Sessions) -> Result<Option<Sums>> {
        let mut adding = JoinSet::new();
        let parts = match self.by_whom {
            ByWhom::Each => rows.execute_stream_partitioned().await?,
            ByWhom::One => vec![rows.execute_stream().await?],
        };
        let kept_bytes_max = sessions.kept_bytes_max() / parts.len().max(1);
        for part in parts {
            let tally = Tally::new(self.clone(), kept_bytes_max, sessions.reservation("latency"));
            adding.spawn(tally.add_all(part));
        }
        let mut tallies = Vec::new();
        while let Some(added) = adding.join_next().await {
            let failed = |error| Error::new(ErrorKind::Internal, format!("adding up failed: {error}"));
            match added.map_err(failed).flatten() {
                Ok(Some(tally)) => tallies.push(tally),
                other => {
                    // What comes next finds the memory that the others had.
                    adding.shutdown().await;
                    return other.map(|_| None);
                }
            }
        }
        Ok(Some(Sums(tallies)))
    }
}

/// States of all series and slots, in parts.
#[derive(Default)]
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

/// A place of a table in which no group is yet.
const NONE: u32 = u32::MAX;
/// So many spans are added at once: the more, the fewer times a state is opened.
const SPANS_AT_ONCE: usize = 262_144;
/// Many more series than are shown are so many times as many.
const MANY_MORE: usize = 4;
/// Groups of a batch are told by a table of at most so many places; beyond, each is looked for.
const TABLE_MAX: usize = 65_536;

/// The rows of one part.
struct Tally {
    adding: Adding,
    ids: SeriesIds,
    /// What series of each number is told apart: itself, or [`OTHER`].
    shown: HashMap<u32, u32>,
    /// The group of a series and slot.
    groups: HashMap<(u32, i64), u32>,
    /// The series that have groups.
    series: HashSet<u32>,
    states: GroupStates,
    waiting: WaitingSpans,
    /// What may wait; and what states may take of series of which few are shown.
    kept_bytes_max: usize,
    rows: u64,
    /// What of the memory of all queries this takes.
    memory: MemoryReservation,
}

impl Tally {
    fn new(adding: Adding, kept_bytes_max: usize, memory: MemoryReservation) -> Self {
        Self {
            states: GroupStates::new(adding.limits),
            adding,
            ids: SeriesIds::default(),
            shown: HashMap::new(),
            groups: HashMap::new(),
            series: HashSet::new(),
            waiting: WaitingSpans::default(),
            kept_bytes_max,
            rows: 0,
            memory,
        }
    }

    /// With all of `rows`; None when there are too many series.
    async fn add_all(mut self, mut rows: SendableRecordBatchStream) -> Result<Option<Self>> {
        while let Some(batch) = rows.next().await {
            let batch = in_slots(batch?)?;
            if batch.num_rows() > 0 {
                self.add(&batch)?;
            }
            if self.memory.try_resize(self.memory_bytes()).is_err() {
                self.waiting.add_to(&mut self.states);
                self.let_go();
                self.memory.try_resize(self.memory_bytes())?;
            }
            if self.are_too_many() {
                return Ok(None);
            }
            // A query that nobody waits for any more ends here.
            tokio::task::yield_now().await;
        }
        self.waiting.add_to(&mut self.states);
        self.let_go();
        self.memory.try_resize(self.memory_bytes())?;
        Ok(Some(self))
    }

    /// Whether it is cheaper to begin again once it is known which series are shown.
    fn are_too_many(&self) -> bool {
        matches!(self.adding.choice, Choice::AllFor(shown) if self.series.len() > shown.saturating_mul(MANY_MORE))
            && self.states.memory_bytes() > self.kept_bytes_max
    }

    /// Gives back what is only needed while rows are added.
    fn let_go(&mut self) {
        self.waiting = WaitingSpans::default();
        self.states.let_go();
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let groups = self.groups_of(batch);
        let rest = &batch.columns()[self.adding.by + 1..];
        match self.adding.rows {
            Rows::Spans => {
                self.waiting.push(&groups, rest);
                let is_full = self.waiting.rows.len() >= SPANS_AT_ONCE
                    || self.waiting.memory_bytes() >= self.kept_bytes_max;
                if is_full {
                    self.waiting.add_to(&mut self.states);
                }
            }
            Rows::Rollups => {
                let durations = rest[0].as_binary_view();
                let starts = rest[1].as_primitive::<TimestampMicrosecondType>().values();
                let start = |row: usize| (starts[row] as u64).wrapping_mul(MICRO_NS);
                let summary = |row: u32| (durations.value(row as usize), start(row as usize));
                let added = self.states.add_summaries(&groups, summary);
                added.map_err(|error| Error::new(ErrorKind::Corrupt, error.to_string()))?;
            }
        }
        self.rows += groups.len() as u64;
        Ok(())
    }

    /// The number of each row's group.
    fn groups_of(&mut self, batch: &RecordBatch) -> Vec<u32> {
        let by = self.adding.by;
        let texts: Vec<&StringViewArray> =
            (1..=by).map(|place| batch.column(place).as_string_view()).collect();
        let series = self.ids.of_rows(&texts, batch.num_rows());
        let slots = batch.column(0).as_primitive::<Int64Type>().values();
        let first = slots.iter().copied().min().unwrap_or(0);
        let count = slots.iter().max().map_or(0, |last| last.abs_diff(first).saturating_add(1));
        let ids = series.iter().max().map_or(0, |last| *last as usize + 1);
        let places = usize::try_from(count).ok().and_then(|count| count.checked_mul(ids));
        // Most batches have few slots and series, and a place in a table is sooner found than a key.
        let mut table = vec![NONE; places.filter(|places| *places <= TABLE_MAX).unwrap_or(0)];
        let mut group = |(id, slot): (u32, i64)| {
            let place = slot.abs_diff(first) as usize * ids + id as usize;
            match table.get(place) {
                Some(&NONE) => {
                    table[place] = self.group(id, slot);
                    table[place]
                }
                Some(group) => *group,
                None => self.group(id, slot),
            }
        };
        series.into_iter().zip(slots.iter().copied()).map(&mut group).collect()
    }

    fn group(&mut self, id: u32, slot: i64) -> u32 {
        let series = match &self.adding.choice {
            Choice::All | Choice::AllFor(_) => id,
            Choice::These(chosen) => *self.shown.entry(id).or_insert_with(|| {
                if chosen.contains(&self.ids.key(id, self.adding.by)) { id } else { OTHER }
            }),
        };
        *self.groups.entry((series, slot)).or_insert_with(|| {
            self.series.insert(series);
            self.states.push_group()
        })
    }

    fn memory_bytes(&self) -> usize {
        let group = size_of::<((u32, i64), u32)>();
        self.states.memory_bytes()
            + self.ids.memory_bytes()
            + self.groups.capacity() * group
            + self.waiting.memory_bytes()
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
            let state = std::mem::take(&mut states[group as usize]);
            groups.add(keys.get(&series), slot, state, self.adding.limits);
        }
        groups.hold(self.memory);
    }
}

/// The rows of `batch` that are in a slot.
fn in_slots(batch: RecordBatch) -> Result<RecordBatch> {
    if batch.column(0).null_count() == 0 {
        return Ok(batch);
    }
    let failed = |error: ArrowError| Error::from(DataFusionError::from(error));
    let are_in_one = is_not_null(batch.column(0)).map_err(failed)?;
    filter_record_batch(&batch, &are_in_one).map_err(failed)
}

/// Spans that were read and are in no state yet.
#[derive(Default)]
struct WaitingSpans {
    rows: Vec<SpanRow>,
    /// The columns of the batches that they stand in, and how many rows are of batches before.
    batches: Vec<(u32, Vec<ArrayRef>)>,
    bytes: usize,
}

impl WaitingSpans {
    /// Takes up the rows of `columns`, which are of these `groups`.
    fn push(&mut self, groups: &[u32], columns: &[ArrayRef]) {
        let spans = SpanReferences::of(columns);
        self.batches.push((self.rows.len() as u32, columns.to_vec()));
        self.rows.extend(groups.iter().enumerate().map(|(row, group)| spans.row(row, *group)));
        self.bytes += columns.iter().map(|column| column.get_array_memory_size()).sum::<usize>();
    }

    /// Adds them to `states`.
    fn add_to(&mut self, states: &mut GroupStates) {
        let spans: Vec<(u32, SpanReferences<'_>)> =
            self.batches.iter().map(|(first, columns)| (*first, SpanReferences::of(columns))).collect();
        states.add_all(&self.rows, |row| {
            let (first, spans) = &spans[spans.partition_point(|(first, _)| *first <= row) - 1];
            spans.at((row - first) as usize)
        });
        self.rows.clear();
        self.batches.clear();
        self.bytes = 0;
    }

    const fn memory_bytes(&self) -> usize {
        self.bytes + self.rows.capacity() * size_of::<SpanRow>()
    }
}

#[cfg(test)]
mod tests;
