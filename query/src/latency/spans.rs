//! Latency from the spans themselves.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::prelude::{DataFrame, Expr, col, lit};
use model::latency::Limits;
use storage::Selection;

use super::LatencyQuery;
use super::groups::{Counts, Key, key_at, names};
use super::slots::Slots;
use super::tally::{Adding, ByWhom, Rows, Sums};
use crate::Result;
use crate::filter::group_expression;
use crate::functions::{REFERENCE_COLUMNS, span_slot};
use crate::scan::Scan;
use crate::session::Sessions;
use crate::table::ScanShape;

/// A question whose spans are to be read.
pub(super) struct SpanPlan<'a> {
    pub(super) query: &'a LatencyQuery,
    pub(super) slots: Slots,
    pub(super) limits: Limits,
    pub(super) sessions: &'a Sessions,
}

impl SpanPlan<'_> {
    /// The states of the spans of `selection`: of `chosen` series and all others together, where some were chosen because there is
    /// no room for all; in as little memory as can be, then.
    ///
    /// # Errors
    /// `TooLarge` when they take more memory than there is.
    pub(super) async fn states(
        &self,
        selection: Selection,
        chosen: Option<&Arc<HashSet<Key>>>,
    ) -> Result<Sums> {
        let (rows, by) = self.rows(selection)?;
        let references = REFERENCE_COLUMNS.map(col);
        let rows = rows.select([vec![self.slot().alias("slot")], by, references.to_vec()].concat())?;
        let by_whom = if chosen.is_some() { ByWhom::One } else { ByWhom::Each };
        let (by, chosen) = (self.query.by.len(), chosen.cloned());
        let adding = Adding { rows: Rows::Spans, by, limits: self.limits, chosen, by_whom };
        adding.add_up(rows, self.sessions).await
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
