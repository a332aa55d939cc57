//! Whole spans that meet a filter, latest first: for a terminal, an export, a look at what is behind a figure.

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

/// Answers `query` over `snapshot`.
pub(crate) async fn spans(
    query: &SpansQuery,
    snapshot: &Snapshot,
    sessions: &Sessions,
) -> Result<Vec<StoredSpan>> {
    let extent = Extent { shape: ScanShape::Lookup, ..Extent::ending_in(query.tenant.clone(), query.range) };
    let rows = Scan::open(sessions, snapshot, &extent)?.ending_in(query.range)?.filter(&query.filter)?.rows;
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
