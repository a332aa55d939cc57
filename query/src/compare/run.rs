//! Reading both sides at once, a thread for each part of the rows.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::MemoryReservation;
use futures::StreamExt;
use proto::{ErrorKind, SpanId, TraceId};
use storage::Snapshot;
use storage::schema::column;
use tokio::task::JoinSet;

use super::columns::Attributes;
use super::population::{IS_SELECTED, Population, Read, open};
use super::rank::{Ranking, rank};
use super::tally::Row;
use super::{CompareAnswer, CompareQuery};
use crate::session::Sessions;
use crate::{Config, Error, Result};

/// Answers `query` over `snapshot`. `elapsed` of the answer is left at zero.
pub(crate) async fn compare(
    query: &CompareQuery,
    snapshot: &Snapshot,
    sessions: &Sessions,
    config: &Config,
) -> Result<CompareAnswer> {
    let Population { rows, read, stats } = open(query, snapshot, sessions)?;
    let mut counting = JoinSet::new();
    for part in rows.execute_stream_partitioned().await? {
        counting.spawn(count(part, read.clone(), sessions.reservation("comparison")));
    }
    // Held as long as the counts are: until they are ranked.
    let mut held = Vec::new();
    let mut attributes = Attributes::default();
    while let Some(counted) = counting.join_next().await {
        let failed = |error| Error::new(ErrorKind::Internal, format!("comparing failed: {error}"));
        let (part, memory) = counted.map_err(failed)??;
        attributes.merge(part);
        held.push(memory);
    }
    let counts = attributes.all.counts;
    let limit = query.limit.min(config.values_max);
    let Ranking { findings, hidden, compared } = rank(attributes.into_values(), counts, limit);
    drop(held);
    Ok(CompareAnswer { counts, findings, hidden, compared, stats })
}

async fn count(
    mut rows: SendableRecordBatchStream,
    read: Read,
    memory: MemoryReservation,
) -> Result<(Attributes, MemoryReservation)> {
    let mut attributes = Attributes::default();
    while let Some(batch) = rows.next().await {
        attributes.count(&batch?, &read);
        memory.try_resize(attributes.memory_bytes())?;
        // A query that nobody waits for any more ends here.
        tokio::task::yield_now().await;
    }
    Ok((attributes, memory))
}

/// What is common to all attributes of each row.
pub(super) fn rows_of(batch: &RecordBatch) -> Vec<Row> {
    let column = |name: &str| batch.column_by_name(name);
    let sides = column(IS_SELECTED).and_then(|all| all.as_boolean_opt());
    let durations = column(column::DURATION_NS).and_then(|all| all.as_primitive_opt::<Int64Type>());
    let trace_ids = column(column::TRACE_ID).and_then(|all| all.as_fixed_size_binary_opt());
    let span_ids = column(column::SPAN_ID).and_then(|all| all.as_fixed_size_binary_opt());
    let (Some(sides), Some(durations), Some(trace_ids), Some(span_ids)) =
        (sides, durations, trace_ids, span_ids)
    else {
        return Vec::new();
    };
    (0..batch.num_rows())
        .map(|at| Row {
            is_selected: sides.is_valid(at) && sides.value(at),
            trace_id: TraceId::from_slice(trace_ids.value(at)).unwrap_or_default(),
            span_id: SpanId::from_slice(span_ids.value(at)).unwrap_or_default(),
            duration_ns: durations.value(at).max(0) as u64,
        })
        .collect()
}
