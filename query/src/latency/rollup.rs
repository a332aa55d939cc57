//! Latency from rollups: what of a question they can answer, and that answer.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::prelude::{Expr, cast, col, lit};
use model::latency::Limits;
use storage::ROLLUP_SLOTS_NS;
use storage::schema::{column, rollup};

use super::LatencyQuery;
use super::groups::{Key, Slotted, names, read_groups};
use super::slots::{SlotInstant, Slots};
use crate::Result;
use crate::filter::{filter_expression, group_expression};
use crate::functions::summed_durations;
use crate::session::Sessions;
use crate::table::FileTable;
use crate::traceql::{Attribute, AttributeScope};

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
        let rows = sessions.session().read_table(Arc::new(table))?;
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
        let by = names(self.by.len());
        let mut keys = vec![slot.alias("slot"), col(rollup::IS_OVERFLOW).alias("is_overflow")];
        keys.extend(self.by.iter().zip(&by).map(|(value, name)| value.clone().alias(name)));
        let mut columns = vec![col("slot")];
        columns.extend(by.iter().map(|name| col(name.as_str())));
        columns.extend(["state", "rows", "is_overflow"].map(col));
        let figures = vec![summed_durations(limits).alias("state"), count(lit(1)).alias("rows")];
        let batches = rows.filter(wanted)?.aggregate(keys, figures)?.select(columns)?.collect().await?;

        if batches.iter().any(|batch| overflows(batch, by.len())) {
            return Ok(false);
        }
        for batch in &batches {
            rolled_up.rows +=
                batch.column(by.len() + 2).as_primitive::<Int64Type>().values().iter().sum::<i64>() as u64;
            read_groups(batch, by.len(), limits, &mut rolled_up.groups)?;
        }
        Ok(true)
    }
}

fn overflows(batch: &RecordBatch, by: usize) -> bool {
    batch.column(by + 3).as_boolean().true_count() > 0
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
