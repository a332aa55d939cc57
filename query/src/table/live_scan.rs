//! Reading the live buffer: dictionaries become views, small batches become large ones, only asked columns.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::SchemaRef;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use storage::LiveBatch;

use super::schema::query_schema;

/// Rows handed on at once: what the operators above are tuned for.
const BATCH_ROWS: usize = 8192;

/// A scan of `batches` in at most `partitions` parts, giving the columns of `projection`.
pub(super) fn live_scan(
    batches: &[Arc<LiveBatch>],
    projection: Option<&Vec<usize>>,
    partitions: usize,
) -> Result<Arc<dyn ExecutionPlan>> {
    let columns = projection.cloned().unwrap_or_else(|| (0..query_schema().fields().len()).collect());
    let schema = Arc::new(query_schema().project(&columns)?);
    let size = batches.len().div_ceil(partitions.max(1)).max(1);
    let parts = batches
        .chunks(size)
        .map(|part| {
            Arc::new(LivePart {
                batches: part.to_vec(),
                columns: columns.clone(),
                schema: Arc::clone(&schema),
            }) as Arc<dyn PartitionStream>
        })
        .collect();
    Ok(Arc::new(StreamingTableExec::try_new(schema, parts, None, None, false, None)?))
}

#[derive(Debug)]
struct LivePart {
    batches: Vec<Arc<LiveBatch>>,
    columns: Vec<usize>,
    schema: SchemaRef,
}

impl PartitionStream for LivePart {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (columns, schema) = (self.columns.clone(), Arc::clone(&self.schema));
        let mut groups: Vec<Vec<Arc<LiveBatch>>> = Vec::new();
        let mut rows = BATCH_ROWS;
        for batch in &self.batches {
            if rows >= BATCH_ROWS {
                groups.push(Vec::new());
                rows = 0;
            }
            rows += batch.spans.rows.num_rows();
            groups.last_mut().into_iter().for_each(|group| group.push(Arc::clone(batch)));
        }
        let batches = groups.into_iter().map(move |group| {
            let views: Vec<RecordBatch> = group
                .iter()
                .map(|batch| columns_as_views(&batch.spans.rows, &columns, &schema))
                .collect::<Result<_>>()?;
            Ok(concat_batches(&schema, &views)?)
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), futures::stream::iter(batches)))
    }
}

/// The asked columns of a live batch in the types of the query schema.
fn columns_as_views(rows: &RecordBatch, columns: &[usize], schema: &SchemaRef) -> Result<RecordBatch> {
    let arrays: Vec<ArrayRef> = columns
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| Ok(cast(rows.column(*column), field.data_type())?))
        .collect::<Result<_>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options)?)
}
