//! Which traces can be in the answer.

use arrow::array::AsArray;
use datafusion::functions_aggregate::expr_fn::max;
use datafusion::logical_expr::utils::disjunction;
use datafusion::prelude::{Expr, col};
use proto::{Tenant, TimeRange, TraceId};
use storage::schema::column;
use storage::{Snapshot, SpanInstant};

use crate::Result;
use crate::filter::filter_expression;
use crate::latency::Stats;
use crate::scan::{Extent, Scan};
use crate::session::Sessions;
use crate::table::ScanShape;
use crate::traceql::{Query, SpanFilter};

/// Traces that can be in the answer.
pub(super) struct Candidates {
    /// The latest first.
    pub(super) ids: Vec<TraceId>,
    /// Whether there are more.
    pub(super) has_more: bool,
    pub(super) stats: Stats,
}

/// The `most` latest traces of `tenant` of which a span touches `range` and meets one of the filters that `query` cannot do without.
pub(super) async fn candidates(
    query: &Query,
    tenant: &Tenant,
    range: TimeRange,
    most: usize,
    snapshot: &Snapshot,
    sessions: &Sessions,
) -> Result<Candidates> {
    let extent =
        Extent { tenant: tenant.clone(), range, instant: SpanInstant::Any, shape: ScanShape::Aggregate };
    let Scan { rows, stats } = Scan::open(sessions, snapshot, &extent)?.touching(range)?;
    let rows = match any_of(&query.leaf_filters())? {
        Some(condition) => rows.filter(condition)?,
        None => rows,
    };
    let batches = rows
        .aggregate(vec![col(column::TRACE_ID)], vec![max(col(column::START_TIME)).alias("last")])?
        .sort(vec![col("last").sort(false, false), col(column::TRACE_ID).sort(true, false)])?
        .limit(0, Some(most.saturating_add(1)))?
        .collect()
        .await?;
    let ids = batches.iter().flat_map(|batch| batch.column(0).as_fixed_size_binary().iter().flatten());
    let mut ids: Vec<TraceId> = ids.filter_map(TraceId::from_slice).collect();
    let has_more = ids.len() > most;
    ids.truncate(most);
    Ok(Candidates { ids, has_more, stats })
}

/// Whether a span meets at least one filter; None when every span does.
pub(super) fn any_of(filters: &[SpanFilter]) -> Result<Option<Expr>> {
    let conditions: Option<Vec<Expr>> = filters.iter().map(filter_expression).collect::<Result<_>>()?;
    Ok(conditions.and_then(|conditions| disjunction(conditions.into_iter().map(Expr::is_true))))
}
