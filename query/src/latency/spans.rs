//! Latency from spans, or from rows that are made of them.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::prelude::{DataFrame, Expr, col, lit};
use model::latency::Limits;
use storage::Selection;

use super::LatencyQuery;
use super::groups::{Counts, key_at, names};
use super::slots::Slots;
use super::tally::{Adding, ByWhom, Choice, Rows, Sums};
use crate::Result;
use crate::derived_rows::DerivedRows;
use crate::filter::{filter_expression, group_expression};
use crate::functions::{REFERENCE_COLUMNS, span_slot};
use crate::scan::Scan;
use crate::session::Sessions;
use crate::table::ScanShape;

/// The rows that meet the filter of a question, some of them outside of all slots, and the values of their series.
pub(super) struct SpanPlan<'a> {
    rows: DataFrame,
    by: Vec<Expr>,
    slot: Expr,
    pub(super) sessions: &'a Sessions,
}

impl<'a> SpanPlan<'a> {
    /// The spans of `selection`.
    pub(super) fn of_spans(
        query: &LatencyQuery,
        slots: Slots,
        selection: Selection,
        sessions: &'a Sessions,
    ) -> Result<Self> {
        let slot = span_slot(slots, query.slots);
        let scan = Scan::of(sessions, selection, ScanShape::Aggregate)?.filter(&query.filter)?;
        let by: Vec<Expr> = query.by.iter().map(group_expression).collect::<Result<_>>()?;
        // Rows outside of all slots are passed over later. Where rows are filtered anyway, or cost more than reading columns, it is
        // quicker here; else every column would be copied for it.
        let is_cheap = filter_expression(&query.filter)?.is_none()
            && by.iter().all(|value| matches!(value, Expr::Column(_)));
        let rows = if is_cheap { scan.rows } else { scan.rows.filter(slot.clone().is_not_null())? };
        Ok(Self { rows, by, slot, sessions })
    }

    /// The rows of a derived table.
    ///
    /// # Errors
    /// `Invalid` when the question asks for what they do not know.
    pub(super) fn of_rows(
        query: &LatencyQuery,
        slots: Slots,
        rows: DerivedRows,
        sessions: &'a Sessions,
    ) -> Result<Self> {
        let by = query.by.iter().map(|attribute| rows.group(attribute)).collect::<Result<_>>()?;
        let rows = rows.filter(&query.filter)?.rows;
        Ok(Self { rows, by, slot: span_slot(slots, query.slots), sessions })
    }

    /// How many values make a series.
    pub(super) const fn by(&self) -> usize {
        self.by.len()
    }

    /// The states of the rows, of all series but those of `choice` together; None where that says so.
    ///
    /// # Errors
    /// `TooLarge` when they take more memory than there is.
    pub(super) async fn states(
        &self,
        limits: Limits,
        choice: Choice,
        by_whom: ByWhom,
    ) -> Result<Option<Sums>> {
        let references = REFERENCE_COLUMNS.map(col);
        let slot = self.slot.clone().alias("slot");
        let rows = self.rows.clone().select([vec![slot], self.named(), references.to_vec()].concat())?;
        let adding = Adding { rows: Rows::Spans, by: self.by(), limits, choice, by_whom };
        adding.add_up(rows, self.sessions).await
    }

    /// How many spans each series has.
    pub(super) async fn counts(&self) -> Result<Counts> {
        let rows = self.rows.clone().filter(self.slot.clone().is_not_null())?;
        let batches = rows.aggregate(self.named(), vec![count(lit(1)).alias("spans")])?.collect().await?;
        let mut counts = Counts::new();
        for batch in &batches {
            let texts: Vec<_> = (0..self.by()).map(|place| batch.column(place).as_string_view()).collect();
            let spans = batch.column(self.by()).as_primitive::<Int64Type>().values();
            for (row, spans) in spans.iter().enumerate() {
                *counts.entry(key_at(&texts, row)).or_default() += *spans as u64;
            }
        }
        Ok(counts)
    }

    /// The values of series, as columns.
    fn named(&self) -> Vec<Expr> {
        self.by.iter().zip(names(self.by())).map(|(value, name)| value.clone().alias(name)).collect()
    }
}
