//! Latency from the spans themselves: rows added up as they come, by a thread for each part of them. Not an aggregate of the
//! plan: between its stages each state would be written and read again, which costs more than adding it.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::prelude::{DataFrame, Expr, col, lit};
use futures::StreamExt;
use hashbrown::HashMap;
use model::latency::{Limits, SpanReference, State};
use proto::ErrorKind;
use storage::Selection;
use tokio::task::JoinSet;

use super::LatencyQuery;
use super::groups::{Counts, Groups, Key, key_at, names};
use super::series_ids::SeriesIds;
use super::slots::Slots;
use crate::filter::group_expression;
use crate::functions::{REFERENCE_COLUMNS, SpanReferences, span_slot};
use crate::scan::Scan;
use crate::session::Sessions;
use crate::table::ScanShape;
use crate::{Error, Result};

/// A question whose spans are to be read.
pub(super) struct SpanPlan<'a> {
    pub(super) query: &'a LatencyQuery,
    pub(super) slots: Slots,
    pub(super) limits: Limits,
    pub(super) sessions: &'a Sessions,
}

impl SpanPlan<'_> {
    /// The states of the spans of `selection`: of `chosen` series and all others together, where some were chosen.
    ///
    /// # Errors
    /// `TooLarge` when they take more memory than there is.
    pub(super) async fn states(
        &self,
        selection: Selection,
        chosen: Option<&Arc<HashSet<Key>>>,
    ) -> Result<States> {
        let (rows, by) = self.rows(selection)?;
        let references = REFERENCE_COLUMNS.map(col);
        let rows = rows.select([vec![self.slot().alias("slot")], by, references.to_vec()].concat())?;
        let mut adding = JoinSet::new();
        for part in rows.execute_stream_partitioned().await? {
            let memory = self.sessions.reservation("latency of spans");
            let tally = Tally::new(self.query.by.len(), self.limits, chosen.cloned(), memory);
            adding.spawn(tally.add_all(part));
        }
        let mut tallies = Vec::new();
        while let Some(added) = adding.join_next().await {
            let failed = |error| Error::new(ErrorKind::Internal, format!("adding spans up failed: {error}"));
            tallies.push(added.map_err(failed)??);
        }
        Ok(States(tallies))
    }

    /// How many spans of `selection` each series has.
    pub(super) async fn counts(&self, selection: Selection) -> Result<Counts> {
        let (rows, by) = self.rows(selection)?;
        let batches = rows.aggregate(by, vec![count(lit(1)).alias("spans")])?.collect().await?;
        let mut counts = Counts::new();
        for batch in &batches {
            let by = self.query.by.len();
            let texts: Vec<_> = (0..by).map(|place| batch.column(place).as_string_view()).collect();
            let spans = batch.column(by).as_primitive::<Int64Type>().values();
            for (row, spans) in spans.iter().enumerate() {
                *counts.entry(key_at(&texts, row)).or_default() += *spans as u64;
            }
        }
        Ok(counts)
    }

    fn slot(&self) -> Expr {
        span_slot(self.slots, self.query.slots)
    }

    /// The rows that are counted, and the values of their series.
    fn rows(&self, selection: Selection) -> Result<(DataFrame, Vec<Expr>)> {
        let scan = Scan::of(self.sessions, selection, ScanShape::Aggregate)?.filter(&self.query.filter)?;
        let names = names(self.query.by.len());
        let by = self.query.by.iter().zip(names);
        let by = by.map(|(attribute, name)| Ok(group_expression(attribute)?.alias(name)));
        Ok((scan.rows.filter(self.slot().is_not_null())?, by.collect::<Result<_>>()?))
    }
}

/// States of all series and slots, in parts.
pub(super) struct States(Vec<Tally>);

impl States {
    /// Adds all of them.
    pub(super) fn add_to(self, groups: &mut Groups) {
        for tally in self.0 {
            tally.add_to(groups);
        }
    }
}

/// Series that are not told apart.
const OTHER: u32 = u32::MAX;
/// So many spans of a sum wait to be added at once.
const WAITING_MAX: usize = 512;

/// The spans of one series and slot.
#[derive(Default)]
struct Sum {
    state: State,
    waiting: Vec<SpanReference>,
}

impl Sum {
    fn add(&mut self, span: SpanReference, limits: Limits) {
        self.waiting.push(span);
        if self.waiting.len() == WAITING_MAX {
            self.state.add_all(&self.waiting, limits);
            self.waiting.clear();
        }
    }

    /// Its state, with nothing waiting.
    fn settle(&mut self, limits: Limits) -> &mut State {
        self.state.add_all(&std::mem::take(&mut self.waiting), limits);
        &mut self.state
    }

    fn memory_bytes(&self) -> usize {
        self.state.memory_bytes() + self.waiting.capacity() * size_of::<SpanReference>()
    }
}

/// The rows of one part.
struct Tally {
    /// How many values make a key.
    by: usize,
    limits: Limits,
    chosen: Option<Arc<HashSet<Key>>>,
    ids: SeriesIds,
    /// What series of each number is told apart: itself, or [`OTHER`].
    shown: HashMap<u32, u32>,
    /// Where in `sums` that of a series and slot is.
    places: HashMap<(u32, i64), usize>,
    sums: Vec<Sum>,
    sum_bytes: usize,
    /// What of the memory of all queries this takes.
    memory: MemoryReservation,
}

impl Tally {
    fn new(by: usize, limits: Limits, chosen: Option<Arc<HashSet<Key>>>, memory: MemoryReservation) -> Self {
        Self {
            by,
            limits,
            chosen,
            ids: SeriesIds::default(),
            shown: HashMap::new(),
            places: HashMap::new(),
            sums: Vec::new(),
            sum_bytes: 0,
            memory,
        }
    }

    async fn add_all(mut self, mut rows: SendableRecordBatchStream) -> Result<Self> {
        while let Some(batch) = rows.next().await {
            self.add(&batch?);
            if self.memory.try_resize(self.memory_bytes()).is_err() {
                self.settle();
                self.memory.try_resize(self.memory_bytes())?;
            }
            // A query that nobody waits for any more ends here.
            tokio::task::yield_now().await;
        }
        Ok(self)
    }

    /// Adds rows: slot, `by` values, [`REFERENCE_COLUMNS`].
    fn add(&mut self, batch: &RecordBatch) {
        let slots = batch.column(0).as_primitive::<Int64Type>().values();
        let texts: Vec<_> = (1..=self.by).map(|place| batch.column(place).as_string_view()).collect();
        let spans = SpanReferences::of(&batch.columns()[self.by + 1..]);
        let ids = self.ids.of_rows(&texts, batch.num_rows());
        for (row, (id, slot)) in ids.into_iter().zip(slots).enumerate() {
            let place = self.place(id, *slot);
            let sum = &mut self.sums[place];
            let before = sum.memory_bytes();
            sum.add(spans.at(row), self.limits);
            self.sum_bytes = self.sum_bytes + sum.memory_bytes() - before;
        }
    }

    /// Gives up the memory of what waits.
    fn settle(&mut self) {
        for sum in &mut self.sums {
            sum.settle(self.limits);
        }
        self.sum_bytes = self.sums.iter().map(Sum::memory_bytes).sum();
    }

    fn place(&mut self, id: u32, slot: i64) -> usize {
        let series = match &self.chosen {
            None => id,
            Some(chosen) => *self
                .shown
                .entry(id)
                .or_insert_with(|| if chosen.contains(&self.ids.key(id, self.by)) { id } else { OTHER }),
        };
        *self.places.entry((series, slot)).or_insert_with(|| {
            self.sums.push(Sum::default());
            self.sum_bytes += size_of::<Sum>();
            self.sums.len() - 1
        })
    }

    fn memory_bytes(&self) -> usize {
        let place = size_of::<((u32, i64), usize)>();
        self.sum_bytes + self.ids.memory_bytes() + self.places.capacity() * place
    }

    fn add_to(mut self, groups: &mut Groups) {
        let keys: HashMap<u32, Key> = self
            .places
            .keys()
            .filter(|(series, _)| *series != OTHER)
            .map(|(series, _)| (*series, self.ids.key(*series, self.by)))
            .collect();
        for ((series, slot), place) in self.places {
            let state = std::mem::take(self.sums[place].settle(self.limits));
            groups.add(keys.get(&series), slot, state, self.limits);
        }
        groups.hold(self.memory);
    }
}
