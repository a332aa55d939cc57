//! Latency from rollups: what of a question they can answer, and that answer.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::datasource::MemTable;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::prelude::{DataFrame, Expr, cast, col, lit};
use futures::TryStreamExt;
use model::latency::Limits;
use proto::{ErrorKind, TimeRange};
use storage::RollupSlots;
use storage::catalog::SegmentFile;
use storage::schema::{column, rollup};
use tokio::task::JoinSet;

use super::LatencyQuery;
use super::groups::{Counts, Key, key_at, names};
use super::slots::{MICRO_NS, SlotInstant, Slots};
use super::tally::{Adding, ByWhom, Choice, Rows, Sums};
use crate::filter::{filter_expression, group_expression};
use crate::session::Sessions;
use crate::table::FileTable;
use crate::traceql::{Attribute, AttributeScope, SpanFilter};
use crate::{Error, Result};

/// The column of a slot's index.
const SLOT: &str = "slot";
/// The resource attribute of [`column::SERVICE_NAME`].
const SERVICE_NAME: &str = "service.name";

/// Why spans are read, where rollups would have been quicker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotByRollup {
    /// Slots are of spans' starts.
    #[error("rollups count spans by their end, not by their start")]
    ByStart,
    /// Slots are no whole minutes.
    #[error("the slots of {} are not made of whole minutes, as those of rollups are", seconds(*step_ns))]
    Slots {
        /// The length of a slot, in ns.
        step_ns: u64,
    },
    /// The question needs to know something of each span.
    #[error("rollups do not know the column {column}, by which spans are chosen or grouped")]
    NoKey {
        /// The column.
        column: String,
    },
    /// There were more series than a rollup tells apart.
    #[error("there were more series than storage.rollup_series_max lets rollups tell apart")]
    Overflow,
}

fn seconds(step_ns: u64) -> String {
    format!("{} s", step_ns as f64 / 1e9)
}

/// A question that rollups can answer.
pub(super) struct RollupPlan {
    slots: Slots,
    /// The longest slots of rollups that the question's slots are made of.
    slot_ns: u64,
    filter: Option<Expr>,
    by: Vec<Expr>,
}

/// How many spans of `segments`, which have rollups, have each combination of values; None when only the spans can tell.
pub(crate) async fn rollup_counts(
    filter: &SpanFilter,
    by: &[Attribute],
    segments: &[Arc<SegmentFile>],
    sessions: &Sessions,
) -> Result<Option<Counts>> {
    let common = slots_of(segments.iter());
    let longest = common.lengths_ns().next_back().unwrap_or(u64::MAX);
    let slots = Slots { range: TimeRange::ALL, step_ns: longest };
    let Ok(plan) = RollupPlan::of_keys(filter, by, slots, common)? else { return Ok(None) };
    let rows = plan.rows(FileTable::rollups(segments, sessions), sessions)?;
    plan.counts(&RollupRows(rows)).await
}

/// The lengths of slots that all of these files have: segments with rollups, or archived ones.
pub(super) fn slots_of<'a>(files: impl Iterator<Item = &'a Arc<SegmentFile>>) -> RollupSlots {
    files.fold(RollupSlots::ALL, |common, file| common.and(file.rollup_slots))
}

/// Whether slots of `step_ns` can be made of those of `file`.
pub(super) fn can_make(step_ns: u64, file: &SegmentFile) -> bool {
    file.rollup_slots.lengths_ns().any(|slot_ns| step_ns.is_multiple_of(slot_ns))
}

/// Rows of rollups that count: the index of the slot, the values of the series, and what is told of them.
pub(super) struct RollupRows(DataFrame);

impl RollupPlan {
    /// How rollups that have `common` slots answer `query` for `slots`, or why they cannot.
    pub(super) fn of(
        query: &LatencyQuery,
        slots: Slots,
        common: RollupSlots,
    ) -> Result<Result<Self, NotByRollup>> {
        if query.slots == SlotInstant::Start {
            return Ok(Err(NotByRollup::ByStart));
        }
        Self::of_keys(&query.filter, &query.by, slots, common)
    }

    fn of_keys(
        filter: &SpanFilter,
        by: &[Attribute],
        slots: Slots,
        common: RollupSlots,
    ) -> Result<Result<Self, NotByRollup>> {
        let fits = |slot_ns: &u64| slots.step_ns.is_multiple_of(*slot_ns);
        let Some(slot_ns) = common.lengths_ns().rev().find(fits) else {
            return Ok(Err(NotByRollup::Slots { step_ns: slots.step_ns }));
        };
        let (filter, by) = expressions(filter, by)?;
        match filter.iter().chain(&by).find_map(no_key) {
            Some(column) => Ok(Err(NotByRollup::NoKey { column })),
            None => Ok(Ok(Self { slots, slot_ns, filter, by })),
        }
    }

    /// The length of the rollups' slots that are added up, in ns.
    pub(super) const fn slot_ns(&self) -> u64 {
        self.slot_ns
    }

    /// The rows of `table`, some rollups, that are counted.
    fn rows(&self, table: FileTable, sessions: &Sessions) -> Result<DataFrame> {
        let start = cast(col(rollup::SLOT_START), DataType::Int64);
        let slot = (start - lit(micros(self.slots.range.start))) / lit(micros(self.slots.step_ns));
        let mut columns = vec![slot.alias(SLOT)];
        columns
            .extend(self.by.iter().zip(names(self.by.len())).map(|(value, name)| value.clone().alias(name)));
        let told = [rollup::DURATIONS, rollup::SLOT_START, rollup::SPAN_COUNT, rollup::IS_OVERFLOW];
        columns.extend(told.map(col));
        Ok(sessions.session().read_table(Arc::new(table))?.filter(self.wanted())?.select(columns)?)
    }

    /// The same, kept in `memory` while their series are counted, if there is room, so that they are not read again for their
    /// durations.
    pub(super) async fn rows_kept(
        &self,
        table: FileTable,
        memory: &Arc<MemoryReservation>,
        sessions: &Sessions,
    ) -> Result<RollupRows> {
        let rows = self.rows(table, sessions)?;
        let (before, bytes_max) = (memory.size(), sessions.kept_bytes_max());
        let mut reading = JoinSet::new();
        for part in rows.clone().execute_stream_partitioned().await? {
            reading.spawn(kept(part, Arc::clone(memory), bytes_max));
        }
        let mut parts = Vec::new();
        while let Some(part) = reading.join_next().await {
            let failed = |error| Error::new(ErrorKind::Internal, format!("reading rollups failed: {error}"));
            match part.map_err(failed)?? {
                Some(part) => parts.push(part),
                None => {
                    reading.shutdown().await;
                    memory.shrink(memory.size() - before);
                    sessions.reads().progress().next_pass();
                    return Ok(RollupRows(rows));
                }
            }
        }
        let kept = MemTable::try_new(Arc::clone(rows.schema().inner()), parts)?;
        Ok(RollupRows(sessions.session().read_table(Arc::new(kept))?))
    }

    /// How many spans each series has in some rollups. None when one of them has more series than it tells apart: then only the
    /// spans know.
    pub(super) async fn counts(&self, RollupRows(rows): &RollupRows) -> Result<Option<Counts>> {
        let keys = names(self.by.len()).into_iter().map(col).collect();
        let overflows = sum(cast(col(rollup::IS_OVERFLOW), DataType::Int64)).alias("overflows");
        let spans = sum(col(rollup::SPAN_COUNT)).alias("spans");
        let batches = rows.clone().aggregate(keys, vec![spans, overflows])?.collect().await?;
        let mut counts = Counts::new();
        for batch in &batches {
            let by = self.by.len();
            let texts: Vec<_> = (0..by).map(|place| batch.column(place).as_string_view()).collect();
            let number = |place: usize, row: usize| {
                let numbers = batch.column(place).as_primitive::<Int64Type>();
                if numbers.is_valid(row) { numbers.value(row) } else { 0 }
            };
            for row in 0..batch.num_rows() {
                if number(by + 1, row) > 0 {
                    return Ok(None);
                }
                *counts.entry(key_at(&texts, row)).or_default() += number(by, row) as u64;
            }
        }
        Ok(Some(counts))
    }

    /// The sums of some rollups without overflows: of `chosen` series and all others together, where some were chosen.
    pub(super) async fn sums(
        &self,
        RollupRows(rows): RollupRows,
        limits: Limits,
        chosen: Option<&Arc<HashSet<Key>>>,
        sessions: &Sessions,
    ) -> Result<Sums> {
        let names = names(self.by.len());
        let columns = [SLOT].into_iter().chain(names.iter().map(String::as_str));
        let columns: Vec<&str> = columns.chain([rollup::DURATIONS, rollup::SLOT_START]).collect();
        let rows = rows.select_columns(&columns)?;
        let (by, choice) = (self.by.len(), Choice::of(chosen));
        let adding = Adding { rows: Rows::Rollups, by, limits, choice, by_whom: ByWhom::Each };
        Ok(adding.add_up(rows, sessions).await?.unwrap_or_default())
    }

    /// Which rows of rollups are counted.
    fn wanted(&self) -> Expr {
        let start = cast(col(rollup::SLOT_START), DataType::Int64);
        let seconds = (self.slot_ns / 1_000_000_000) as i32;
        let range = self.slots.range;
        let wanted = col(rollup::SLOT_SECONDS)
            .eq(lit(seconds))
            .and(start.clone().gt_eq(lit(micros(range.start))))
            .and(start.lt(lit(micros(range.end))));
        // What an overflow holds is in no series, and so in none that the filter would let through.
        let Some(filter) = &self.filter else { return wanted };
        let wanted = of_single_keys(filter).fold(wanted, Expr::and);
        wanted.and(filter.clone().is_true().or(col(rollup::IS_OVERFLOW)))
    }
}

/// All batches of `part`; None when they and what else `memory` is of are too much.
async fn kept(
    mut part: SendableRecordBatchStream,
    memory: Arc<MemoryReservation>,
    bytes_max: usize,
) -> Result<Option<Vec<RecordBatch>>> {
    let mut kept = Vec::new();
    while let Some(batch) = part.try_next().await? {
        let bytes = batch.get_array_memory_size();
        if memory.size() + bytes > bytes_max || memory.try_grow(bytes).is_err() {
            return Ok(None);
        }
        kept.push(batch);
    }
    Ok(Some(kept))
}

/// What parts of `filter` ask of one key alone, or that there is none, as in an overflow: pages of other keys are passed over by such
/// parts, and by no others.
fn of_single_keys(filter: &Expr) -> impl Iterator<Item = Expr> {
    split_conjunction(filter).into_iter().filter_map(|part| {
        let columns = part.column_refs();
        let key = columns.iter().next().filter(|_| columns.len() == 1)?;
        Some(part.clone().or(Expr::Column((*key).clone()).is_null()))
    })
}

const fn micros(time_ns: u64) -> i64 {
    (time_ns / MICRO_NS) as i64
}

/// The value to group by. A resource's service name is always in its column: no known exporter sends it as anything but a
/// string.
fn group(attribute: &Attribute) -> Result<Expr> {
    match attribute {
        Attribute::Scoped { scope: AttributeScope::Resource, name } if name == SERVICE_NAME => {
            Ok(col(column::SERVICE_NAME))
        }
        _ => group_expression(attribute),
    }
}

fn expressions(filter: &SpanFilter, by: &[Attribute]) -> Result<(Option<Expr>, Vec<Expr>)> {
    Ok((filter_expression(filter)?, by.iter().map(group).collect::<Result<_>>()?))
}

/// Whether rollups know all that spans are chosen and grouped by.
pub(super) fn are_keys(filter: &SpanFilter, by: &[Attribute]) -> Result<bool> {
    let (filter, by) = expressions(filter, by)?;
    Ok(filter.iter().chain(&by).find_map(no_key).is_none())
}

/// A column of the expression that is no key of rollups, for all of their spans.
fn no_key(expression: &Expr) -> Option<String> {
    let is_key = |name: &str| name != rollup::INSTANCE && rollup::KEYS.contains(&name);
    let mut others: Vec<&str> = expression
        .column_refs()
        .iter()
        .map(|column| column.name.as_str())
        .filter(|name| !is_key(name))
        .collect();
    others.sort_unstable();
    others.first().map(|name| (*name).to_owned())
}
