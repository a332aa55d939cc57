//! Whole spans that meet a filter, latest first: for a terminal, an export, a look at what is behind a figure.

use arrow::array::RecordBatch;
use datafusion::prelude::col;
use proto::{Tenant, TimeRange};
use storage::Snapshot;
use storage::schema::column;

use crate::Result;
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

/// Answers `query` over `snapshot`, latest first.
pub(crate) async fn spans(
    query: &SpansQuery,
    snapshot: &Snapshot,
    sessions: &Sessions,
) -> Result<Vec<StoredSpan>> {
    let order = [(column::START_TIME, false), (column::START_NANOS, false), (column::SPAN_ID, true)];
    read_spans(&rows(query, order, snapshot, sessions).await?)
}

/// The same as rows of the table, earliest first.
pub(crate) async fn span_rows(
    query: &SpansQuery,
    snapshot: &Snapshot,
    sessions: &Sessions,
) -> Result<Vec<RecordBatch>> {
    let order = [(column::START_TIME, true), (column::START_NANOS, true), (column::SPAN_ID, true)];
    rows(query, order, snapshot, sessions).await
}

/// The rows, sorted by columns, each ascending or not.
async fn rows(
    query: &SpansQuery,
    order: [(&str, bool); 3],
    snapshot: &Snapshot,
    sessions: &Sessions,
) -> Result<Vec<RecordBatch>> {
    let extent = Extent { shape: ScanShape::Lookup, ..Extent::ending_in(query.tenant.clone(), query.range) };
    let rows = Scan::open(sessions, snapshot, &extent)?.ending_in(query.range)?.filter(&query.filter)?.rows;
    let order = order.map(|(name, is_ascending)| col(name).sort(is_ascending, false)).to_vec();
    Ok(rows.sort(order)?.limit(0, Some(query.limit.min(i64::MAX as usize)))?.collect().await?)
}
