//! Traces read whole, some at a time.

use std::sync::Arc;

use arrow::array::{FixedSizeBinaryArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::{JoinType, ScalarValue};
use datafusion::prelude::{DataFrame, col, lit};
use proto::{ErrorKind, Tenant, TimeRange, TraceId};
use storage::schema::column;
use storage::{Snapshot, SpanInstant};

use crate::scan::{Extent, Scan};
use crate::session::Sessions;
use crate::span_rows::{StoredSpan, read_spans};
use crate::table::ScanShape;
use crate::trace::Trace;
use crate::{Config, Error, Result};

/// Up to so many ids are looked up one by one, where statistics and bloom filters say which pages have them; of more, every
/// trace in the range is passed by.
pub(super) const LOOKED_UP_MAX: usize = 20;
/// So many traces are read at once.
pub(super) const READ_TOGETHER_MAX: usize = 1000;
/// The column of ids that are wanted.
const WANTED: &str = "wanted";

/// The traces `ids` of `tenant` as far as their spans touch `range`, in the order of `ids`; those of which no span does are left out.
/// Also says how many of `ids` it got through: those that come first, when all have more than `query.trace_spans_max` spans together.
pub(super) async fn whole_traces(
    ids: &[TraceId],
    tenant: &Tenant,
    range: TimeRange,
    snapshot: &Snapshot,
    sessions: &Sessions,
    config: &Config,
) -> Result<(Vec<Trace>, usize)> {
    let mut ids = ids;
    loop {
        let spans = spans_of(ids, tenant, range, snapshot, sessions, config).await?;
        if spans.len() <= config.trace_spans_max || ids.len() <= 1 {
            return Ok((in_traces(ids, spans, config.trace_spans_max), ids.len()));
        }
        ids = &ids[..ids.len() / 2];
    }
}

/// The spans of all of them, or one more than may be held.
async fn spans_of(
    ids: &[TraceId],
    tenant: &Tenant,
    range: TimeRange,
    snapshot: &Snapshot,
    sessions: &Sessions,
    config: &Config,
) -> Result<Vec<StoredSpan>> {
    let shape = if ids.len() <= LOOKED_UP_MAX { ScanShape::Lookup } else { ScanShape::Aggregate };
    let extent = Extent { tenant: tenant.clone(), range, instant: SpanInstant::Any, shape };
    let rows = Scan::open(sessions, snapshot, &extent)?.rows;
    let rows = if ids.len() <= LOOKED_UP_MAX { looked_up(rows, ids)? } else { joined(rows, ids, sessions)? };
    // Of a single trace that is too long the first spans are kept, whichever those of several are.
    let rows = match ids.len() {
        1 => rows.sort(vec![
            col(column::START_TIME).sort(true, true),
            col(column::START_NANOS).sort(true, true),
        ])?,
        _ => rows,
    };
    read_spans(&rows.limit(0, Some(config.trace_spans_max.saturating_add(1)))?.collect().await?)
}

fn in_traces(ids: &[TraceId], spans: Vec<StoredSpan>, spans_max: usize) -> Vec<Trace> {
    let mut found: hashbrown::HashMap<TraceId, Vec<StoredSpan>> = hashbrown::HashMap::new();
    for stored in spans {
        found.entry(stored.span.trace_id).or_default().push(stored);
    }
    let trace = |id: &TraceId| Some(Trace::new(*id, found.remove(id)?, spans_max, None));
    ids.iter().filter_map(trace).collect()
}

fn looked_up(rows: DataFrame, ids: &[TraceId]) -> Result<DataFrame> {
    let ids = ids.iter().map(|id| lit(ScalarValue::FixedSizeBinary(16, Some(id.0.to_vec())))).collect();
    Ok(rows.filter(col(column::TRACE_ID).in_list(ids, false))?)
}

fn joined(rows: DataFrame, ids: &[TraceId], sessions: &Sessions) -> Result<DataFrame> {
    let internal = |error: arrow::error::ArrowError| Error::new(ErrorKind::Internal, error.to_string());
    let wanted = FixedSizeBinaryArray::try_from_iter(ids.iter().map(|id| id.0)).map_err(internal)?;
    let schema = Schema::new(vec![Field::new(WANTED, DataType::FixedSizeBinary(16), false)]);
    let wanted = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(wanted)]).map_err(internal)?;
    let wanted = sessions.session().read_batch(wanted)?;
    // The side that is held in memory is the left one where nothing is known of either: the ids, not the spans.
    Ok(wanted.join(rows, JoinType::RightSemi, &[WANTED], &[column::TRACE_ID], None)?)
}
