//! Whole spans that meet a filter, latest first: for a terminal, an export, a look at what is behind a figure.

use datafusion::prelude::{col, lit};
use proto::{Tenant, TimeRange};
use storage::schema::column;
use storage::{Snapshot, SpanInstant};

use crate::Result;
use crate::filter::filter_expression;
use crate::functions::span_slot;
use crate::latency::{SlotInstant, Slots};
use crate::scan::{Extent, Scan};
use crate::session::Sessions;
use crate::span_rows::{StoredSpan, read_spans};
use crate::table::ScanShape;
use crate::traceql::SpanFilter;

/// A question for spans.
#[derive(Debug, Clone)]
pub struct SpansQuery {
    /// Whose spans.
    pub tenant: Tenant,
    /// Which spans.
    pub filter: SpanFilter,
    /// Spans that end in this range.
    pub range: TimeRange,
    /// At most so many.
    pub limit: usize,
}

/// Answers `query` over `snapshot`.
pub(crate) async fn spans(
    query: &SpansQuery,
    snapshot: &Snapshot,
    sessions: &Sessions,
) -> Result<Vec<StoredSpan>> {
    let extent = Extent {
        tenant: query.tenant.clone(),
        range: query.range,
        instant: SpanInstant::End,
        shape: ScanShape::Lookup,
    };
    let whole = Slots { range: query.range, step_ns: u64::MAX };
    let mut rows = Scan::open(sessions, snapshot, &extent)?
        .rows
        .filter(span_slot(whole, SlotInstant::End).eq(lit(0_i64)))?;
    if let Some(filter) = filter_expression(&query.filter)? {
        rows = rows.filter(filter)?;
    }
    let batches = rows
        .sort(vec![
            col(column::START_TIME).sort(false, false),
            col(column::START_NANOS).sort(false, false),
            col(column::SPAN_ID).sort(true, false),
        ])?
        .limit(0, Some(query.limit.min(i64::MAX as usize)))?
        .collect()
        .await?;
    read_spans(&batches)
}
