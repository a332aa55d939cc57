//! Latency from rollups: what of a question they can answer, and that answer.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::prelude::{Expr, cast, col, lit};
use futures::TryStreamExt;
use model::latency::{Limits, State};
use proto::ErrorKind;
use storage::ROLLUP_SLOTS_NS;
use storage::schema::{column, rollup};

use super::LatencyQuery;
use super::groups::{Key, Slotted, key_at, names};
use super::slots::{SlotInstant, Slots};
use crate::filter::{filter_expression, group_expression};
use crate::session::Sessions;
use crate::table::FileTable;
use crate::traceql::{Attribute, AttributeScope};
use crate::{Error, Result};

/// The resource attribute of [`column::SERVICE_NAME`].
const SERVICE_NAME: &str = "service.name";
/// Microseconds, which timestamps are in, have so many.
const MICRO_NS: u64 = 1_000;

/// A question that rollups can answer.
pub(super) struct RollupPlan {
    slots: Slots,
    /// The longest slots of rollups that the question's slots are made of.
    slot_ns: u64,
    filter: Option<Expr>,
    by: Vec<Expr>,
}

/// What rollups say.
#[derive(Default)]
pub(super) struct RolledUp {
    pub(super) groups: HashMap<Key, Slotted>,
    /// Rows of rollups that were counted.
    pub(super) rows: u64,
    /// Rollups that were read.
    pub(super) files: u64,
}

impl RollupPlan {
    /// How rollups answer `query` for `slots`; `None` when they cannot: they know no starts, no slots shorter than a minute,
    /// and of attributes only those that make their series.
    pub(super) fn of(query: &LatencyQuery, slots: Slots) -> Result<Option<Self>> {
        let fits = |slot_ns: &&u64| slots.step_ns.is_multiple_of(**slot_ns);
        let Some(slot_ns) = ROLLUP_SLOTS_NS.iter().rev().find(fits) else { return Ok(None) };
        let filter = filter_expression(&query.filter)?;
        let by: Vec<Expr> = query.by.iter().map(group).collect::<Result<_>>()?;
        let are_keys = filter.iter().chain(&by).all(reads_only_keys);
        let fits = query.slots == SlotInstant::End && are_keys;
        Ok(fits.then_some(Self { slots, slot_ns: *slot_ns, filter, by }))
    }

    /// Adds what `table`, some rollups, says. False, and nothing is added, when one of them has more series than it tells
    /// apart: then only the spans know.
    pub(super) async fn answer(
        &self,
        table: FileTable,
        limits: Limits,
        sessions: &Sessions,
        rolled_up: &mut RolledUp,
    ) -> Result<bool> {
        let micros = |time_ns: u64| (time_ns / MICRO_NS) as i64;
        let start = cast(col(rollup::SLOT_START), DataType::Int64);
        let seconds = (self.slot_ns / 1_000_000_000) as i32;
        let range = self.slots.range;
        let wanted = col(rollup::SLOT_SECONDS)
            .eq(lit(seconds))
            .and(start.clone().gt_eq(lit(micros(range.start))))
            .and(start.clone().lt(lit(micros(range.end))));
        // What an overflow holds is in no series, and so in none that the filter would let through.
        let wanted = match self.filter.clone() {
            Some(filter) => wanted.and(filter.is_true().or(col(rollup::IS_OVERFLOW))),
            None => wanted,
        };
        let slot = (start - lit(micros(range.start))) / lit(micros(self.slots.step_ns));
        let mut columns = vec![slot.alias("slot")];
        columns
            .extend(self.by.iter().zip(names(self.by.len())).map(|(value, name)| value.clone().alias(name)));
        columns.extend([rollup::DURATIONS, rollup::SLOT_START, rollup::IS_OVERFLOW].map(col));
        let session = sessions.session();
        let memory = MemoryConsumer::new("latency of rollups").register(&session.runtime_env().memory_pool);
        let mut sums = Sums { by: self.by.len(), limits, memory, groups: HashMap::new(), rows: 0 };
        let rows = session.read_table(Arc::new(table))?.filter(wanted)?.select(columns)?;
        let mut batches = rows.execute_stream().await?;
        while let Some(batch) = batches.try_next().await? {
            if !sums.add(&batch)? {
                return Ok(false);
            }
        }
        rolled_up.take(sums, limits);
        Ok(true)
    }
}

impl RolledUp {
    fn take(&mut self, sums: Sums, limits: Limits) {
        self.rows += sums.rows;
        for (key, slots) in sums.groups {
            let known = self.groups.entry(key).or_default();
            for (slot, state) in slots {
                known.entry(slot).or_default().merge(state, limits);
            }
        }
    }
}

/// Rows of rollups being added up. Not an aggregate of the plan: between its stages each state would be written and read
/// again, which costs more than adding it.
struct Sums {
    /// How many values make a key.
    by: usize,
    limits: Limits,
    /// What the states take of the memory of all queries.
    memory: MemoryReservation,
    groups: HashMap<Key, Slotted>,
    rows: u64,
}

impl Sums {
    /// Adds rows: slot, `by` values, durations, the rollup's own slot, whether it is an overflow. False when one is.
    fn add(&mut self, batch: &RecordBatch) -> Result<bool> {
        if batch.column(self.by + 3).as_boolean().true_count() > 0 {
            return Ok(false);
        }
        let slots = batch.column(0).as_primitive::<Int64Type>();
        let texts: Vec<_> = (1..=self.by).map(|place| batch.column(place).as_string_view()).collect();
        let durations = batch.column(self.by + 1).as_binary_view();
        let starts = batch.column(self.by + 2).as_primitive::<TimestampMicrosecondType>();
        let (mut before, mut after) = (0, 0);
        for row in 0..batch.num_rows() {
            let start = (starts.value(row) as u64).wrapping_mul(MICRO_NS);
            let summed = State::from_summary(durations.value(row), start)
                .map_err(|error| Error::new(ErrorKind::Corrupt, error.to_string()))?;
            let group = self.groups.entry(key_at(&texts, row)).or_default();
            let state = group.entry(slots.value(row)).or_default();
            before += if state.count() == 0 { 0 } else { state.memory_bytes() };
            state.merge(summed, self.limits);
            after += state.memory_bytes();
        }
        self.rows += batch.num_rows() as u64;
        self.memory.try_resize((self.memory.size() + after).saturating_sub(before))?;
        Ok(true)
    }
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

/// Whether all columns of the expression are keys of rollups, for all of their spans.
fn reads_only_keys(expression: &Expr) -> bool {
    let is_key = |name: &str| name != rollup::INSTANCE && rollup::KEYS.contains(&name);
    expression.column_refs().iter().all(|column| is_key(&column.name))
}
