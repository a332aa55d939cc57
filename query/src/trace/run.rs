//! Finding the spans of a trace.

use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::logical_expr::SortExpr;
use datafusion::prelude::{DataFrame, col, lit};
use futures::TryStreamExt;
use model::place::NodeFile;
use proto::otlp::encode_span;
use proto::{ErrorKind, TimeRange};
use storage::schema::column;
use storage::{Completeness, Snapshot, SpanInstant};

use super::{Trace, TraceQuery};
use crate::scan::{Extent, Scan};
use crate::session::Sessions;
use crate::span_rows::{StoredSpan, read_spans};
use crate::table::ScanShape;
use crate::{Config, Error, Result};

/// Answers `query` over `snapshot`.
///
/// With a time hint only segments around it are opened; when they hold nothing, all are.
pub(crate) async fn trace(
    query: &TraceQuery,
    snapshot: &Snapshot,
    sessions: &Sessions,
    config: &Config,
    nodes: Option<Arc<NodeFile>>,
) -> Result<Trace> {
    let margin_ns = u64::try_from(config.trace_margin.as_nanos()).unwrap_or(u64::MAX);
    let hinted =
        query.near.map(|near| TimeRange { start: near, end: near.saturating_add(1) }.widened(margin_ns));
    for range in hinted.into_iter().chain([TimeRange::ALL]) {
        let (found, completeness) = spans_in(range, query, snapshot, sessions, config).await?;
        if !found.is_empty() {
            let trace = Trace::new(query.trace_id, found, config.trace_spans_max, nodes);
            // Traces are dropped whole: only one that lacks spans may have lost some so.
            let thinned = completeness.thinned && !trace.assembled().completeness.has_all_spans();
            return Ok(Trace { completeness: Completeness { thinned, ..completeness }, ..trace });
        }
    }
    Err(not_found(query, snapshot.completeness))
}

/// The same, and of a trace that is cut how many spans there are, if they can be counted.
pub(crate) async fn counted_trace(
    query: &TraceQuery,
    snapshot: &Snapshot,
    sessions: &Sessions,
    config: &Config,
    nodes: Option<Arc<NodeFile>>,
) -> Result<Trace> {
    let mut found = trace(query, snapshot, sessions, config, nodes).await?;
    if found.is_cut {
        let rows = rows_in(TimeRange::ALL, query, snapshot, sessions)?.rows;
        found.spans_total = rows.count().await.ok().map(|spans| spans as u64);
    }
    Ok(found)
}

fn not_found(query: &TraceQuery, completeness: Completeness) -> Error {
    let mut message = format!(
        "no span of trace {} is here: it was not sampled, has not arrived, was dropped by a rule of storage.thin, or \
         is past its retention",
        query.trace_id
    );
    if !completeness.is_complete() {
        let reasons: Vec<_> = completeness.incomplete_because().collect();
        message.push_str(&format!("; or it is in what cannot be read now ({})", reasons.join(", ")));
    }
    Error::new(ErrorKind::NotFound, message)
}

/// The rows of the trace.
fn rows_in(range: TimeRange, query: &TraceQuery, snapshot: &Snapshot, sessions: &Sessions) -> Result<Scan> {
    let extent =
        Extent { tenant: query.tenant.clone(), range, instant: SpanInstant::Any, shape: ScanShape::Lookup };
    let Scan { rows, stats } = Scan::open(sessions, snapshot, &extent)?;
    let id = ScalarValue::FixedSizeBinary(16, Some(query.trace_id.0.to_vec()));
    Ok(Scan { rows: rows.filter(col(column::TRACE_ID).eq(lit(id)))?, stats })
}

/// The spans, and what may be missing of them: of more than `query.trace_spans_max` one more than that, the first to start.
async fn spans_in(
    range: TimeRange,
    query: &TraceQuery,
    snapshot: &Snapshot,
    sessions: &Sessions,
    config: &Config,
) -> Result<(Vec<StoredSpan>, Completeness)> {
    let Scan { rows, stats } = rows_in(range, query, snapshot, sessions)?;
    let most = config.trace_spans_max.saturating_add(1);
    let mut memory = sessions.reservation("trace");
    let mut spans = spans_of(rows.clone().limit(0, Some(most))?, &mut memory).await?;
    if spans.len() == most {
        // Any of them, so far.
        spans.clear();
        memory.free();
        spans = first_to_start(most, rows, &mut memory).await?;
    }
    Ok((spans, stats.completeness))
}

fn by_start() -> Vec<SortExpr> {
    [column::START_TIME, column::START_NANOS].map(|name| col(name).sort(true, true)).to_vec()
}

/// The first `most` of `rows` to start, in no order: found by their starts alone, for to sort whole rows of a huge trace takes many times
/// the memory of those that are kept.
async fn first_to_start(
    most: usize,
    rows: DataFrame,
    memory: &mut MemoryReservation,
) -> Result<Vec<StoredSpan>> {
    let starts = rows.clone().select_columns(&[column::START_TIME, column::START_NANOS])?;
    let last = starts.sort(by_start())?.limit(most.saturating_sub(1), Some(1))?.collect().await?;
    let Some(last) = last.iter().find(|batch| batch.num_rows() > 0) else {
        return spans_of(rows, memory).await;
    };
    let value = |place: usize| ScalarValue::try_from_array(last.column(place), 0).map(lit);
    let (time, nanos) = (col(column::START_TIME), col(column::START_NANOS));
    let is_same_time = time.clone().eq(value(0)?);
    let before = time.lt(value(0)?).or(is_same_time.clone().and(nanos.clone().lt(value(1)?)));
    let mut spans = spans_of(rows.clone().filter(before)?, memory).await?;
    // Of those that start with the last one any will do.
    let with_last = rows.filter(is_same_time.and(nanos.eq(value(1)?)))?;
    let with_last = with_last.limit(0, Some(most.saturating_sub(spans.len())))?;
    spans.extend(spans_of(with_last, memory).await?);
    Ok(spans)
}

/// The spans of all `rows`, within `memory`.
async fn spans_of(rows: DataFrame, memory: &mut MemoryReservation) -> Result<Vec<StoredSpan>> {
    let (mut spans, mut message) = (Vec::new(), Vec::new());
    let mut stream = rows.execute_stream().await?;
    while let Some(batch) = stream.try_next().await? {
        let read = read_spans(&[batch])?;
        // About what they take: columns share their buffers with rows that are not asked for.
        let bytes = read.iter().map(|stored| {
            message.clear();
            encode_span(&stored.span, &mut message);
            size_of::<StoredSpan>() + message.len()
        });
        memory.try_grow(bytes.sum())?;
        spans.extend(read);
    }
    Ok(spans)
}
