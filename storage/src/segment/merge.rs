//! Several segments as one: a k-way merge of their sorted rows, each span once.
//!
//! Of each segment one row group is in memory as it lies in the file, and one batch of it as columns; of the new one,
//! the row group that is being encoded.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use arrow::array::{Array, ArrayData, ArrayRef, MutableArrayData, RecordBatch, make_array, new_null_array};
use arrow::compute::interleave;
use arrow::datatypes::SchemaRef;
use futures::TryStreamExt;
use object_store::ObjectStore;
use object_store::buffered::BufWriter;
use object_store::path::Path as ObjectPath;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::arrow::async_reader::ParquetRecordBatchStream;
use parquet::arrow::{AsyncArrowWriter, ParquetRecordBatchStreamBuilder, ProjectionMask};
use proto::{ErrorKind, UnixNanos};

use super::duplicates::Variants;
use super::order::{RowKey, row_keys};
use super::properties;
use super::reader::{SegmentReader, cannot_read};
use crate::catalog::SegmentFile;
use crate::schema::file_schema;
use crate::{Error, Result, SpanTimes};

/// Rows of a segment that are columns at once.
const INPUT_ROWS: usize = 2_048;
/// Rows that are encoded together.
const OUTPUT_ROWS: usize = 8_192;
/// Rows that lie together in an input are copied together where so many do on average; fewer are faster copied one by one.
const RUN_ROWS: usize = 64;

/// What a merge has written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MergedSegment {
    pub(crate) bytes: u64,
    pub(crate) rows: u64,
    /// Exact copies of spans that were left out.
    pub(crate) duplicates: u64,
    pub(crate) times: SpanTimes,
}

/// Writes the rows of `inputs` to `output`, sorted as they are. Nothing is there after an error. CPU-heavy. Between two
/// batches `may_go_on` is asked.
///
/// # Errors
/// `Corrupt` when an input is damaged or not sorted; `Unavailable` when one cannot be read, the output cannot be
/// written, or the merge may not go on.
pub(crate) async fn merge(
    store: &Arc<dyn ObjectStore>,
    inputs: &[Arc<SegmentFile>],
    output: &ObjectPath,
    may_go_on: impl Fn() -> bool + Send,
) -> Result<MergedSegment> {
    rewrite(store, inputs, output, move |batch| {
        if may_go_on() {
            return Ok(batch);
        }
        Err(Error::new(ErrorKind::Unavailable, "the merge was told to stop"))
    })
    .await
}

/// As [`merge`], each batch of rows as `change` gives it back, which leaves their order as it is.
pub(crate) async fn rewrite(
    store: &Arc<dyn ObjectStore>,
    inputs: &[Arc<SegmentFile>],
    output: &ObjectPath,
    change: impl FnMut(RecordBatch) -> Result<RecordBatch> + Send,
) -> Result<MergedSegment> {
    let mut rows = SortedSpans::open(store, inputs, file_schema()).await?;
    let mut writer = Output::open(store, output)?;
    match pour(&mut rows, &mut writer, change).await {
        Ok((written, times)) => Ok(MergedSegment {
            bytes: writer.finish().await?,
            rows: written,
            duplicates: rows.duplicates,
            times,
        }),
        Err(error) => {
            writer.abort().await;
            Err(error)
        }
    }
}

/// A segment that is being written, of rows that come in its order.
pub(super) struct Output {
    writer: AsyncArrowWriter<BufWriter>,
}

impl Output {
    pub(super) fn open(store: &Arc<dyn ObjectStore>, path: &ObjectPath) -> Result<Self> {
        let sink = BufWriter::new(Arc::clone(store), path.clone());
        let options =
            ArrowWriterOptions::new().with_properties(properties::writer()).with_skip_arrow_metadata(true);
        let writer = AsyncArrowWriter::try_new_with_options(sink, file_schema(), options);
        Ok(Self { writer: writer.map_err(cannot_merge)? })
    }

    pub(super) async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.write(batch).await.map_err(cannot_merge)
    }

    /// Makes it durable, and says how many bytes it has.
    pub(super) async fn finish(mut self) -> Result<u64> {
        self.writer.finish().await.map_err(cannot_merge)?;
        Ok(self.writer.bytes_written() as u64)
    }

    /// Leaves nothing.
    pub(super) async fn abort(self) {
        if let Err(error) = self.writer.into_inner().abort().await {
            tracing::warn!(%error, "what was begun of a segment cannot be removed");
        }
    }
}

/// How many rows were written, and their times.
async fn pour(
    rows: &mut SortedSpans,
    writer: &mut Output,
    mut change: impl FnMut(RecordBatch) -> Result<RecordBatch> + Send,
) -> Result<(u64, SpanTimes)> {
    let (mut written, mut times) = (0, SpanTimes::NONE);
    while let Some(batch) = rows.next().await? {
        let batch = change(batch)?;
        written += batch.num_rows() as u64;
        times = row_keys(&batch, 0)?.fold(times, |times, row| times.including(row.start, row.end));
        writer.write(&batch).await?;
    }
    Ok((written, times))
}

/// A row: which of the held batches, and where in it.
type Place = (usize, usize);

/// What rows are merged by; the last is the input, so that equal rows come in the order of the inputs.
type Order = (u128, UnixNanos, u64, usize);

/// Segments whose rows come out in order.
pub(crate) struct SortedSpans {
    schema: SchemaRef,
    inputs: Vec<Input>,
    /// The next row of each input that has one.
    heap: BinaryHeap<Reverse<Order>>,
    /// Batches that picked rows, or rows to come, are in.
    held: Vec<RecordBatch>,
    picked: Vec<Place>,
    variants: Variants<Place>,
    duplicates: u64,
}

/// A segment being read.
struct Input {
    path: String,
    stream: ParquetRecordBatchStream<SegmentReader>,
    /// Which of the held batches it is at.
    batch: usize,
    keys: Vec<RowKey>,
    at: usize,
}

impl SortedSpans {
    /// The rows of `files`, sorted by trace and start, each span once: the columns of `schema`, which are some of the
    /// table's and have ids and times among them.
    pub(crate) async fn open(
        store: &Arc<dyn ObjectStore>,
        files: &[Arc<SegmentFile>],
        schema: SchemaRef,
    ) -> Result<Self> {
        let mut merge = Self {
            inputs: Vec::with_capacity(files.len()),
            heap: BinaryHeap::with_capacity(files.len()),
            held: Vec::with_capacity(files.len()),
            picked: Vec::with_capacity(OUTPUT_ROWS),
            variants: Variants::of(&schema),
            duplicates: 0,
            schema,
        };
        for (index, file) in files.iter().enumerate() {
            merge.inputs.push(Input::open(store, file, &merge.schema).await?);
            merge.advance(index).await?;
        }
        Ok(merge)
    }

    /// The next rows; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<RecordBatch>> {
        self.next_traces(0).await
    }

    /// The next rows, and with the last of them the rest of its trace, as long as they are no more than `rows_max`; none at
    /// the end.
    pub(crate) async fn next_traces(&mut self, rows_max: usize) -> Result<Option<RecordBatch>> {
        let mut last_trace = None;
        while let Some(Reverse((trace, .., index))) = self.heap.peek().copied() {
            let is_begun = last_trace == Some(trace) && self.picked.len() < rows_max;
            if self.picked.len() >= OUTPUT_ROWS && !is_begun {
                break;
            }
            self.heap.pop();
            last_trace = Some(trace);
            let input = &mut self.inputs[index];
            let (key, place) = (input.keys[input.at], (input.batch, input.at));
            input.at += 1;
            let held = &self.held;
            if self.variants.is_copy(&key, place, |(batch, row)| (&held[batch], row)) {
                self.duplicates += 1;
            } else {
                self.picked.push(place);
            }
            self.advance(index).await?;
        }
        if self.picked.is_empty() {
            return Ok(None);
        }
        let batch = self.gather()?;
        self.picked.clear();
        self.let_go();
        Ok(Some(batch))
    }

    /// Queues the next row of an input, if it has one.
    async fn advance(&mut self, index: usize) -> Result<()> {
        let input = &mut self.inputs[index];
        if input.at == input.keys.len() {
            let Some(batch) = input.next_batch(&self.schema).await? else { return Ok(()) };
            input.batch = self.held.len();
            self.held.push(batch);
        }
        let (trace_id, start, span_id, _) = input.keys[input.at].sort_key();
        self.heap.push(Reverse((trace_id, start, span_id, index)));
        Ok(())
    }

    /// The picked rows as columns.
    fn gather(&self) -> Result<RecordBatch> {
        let runs = runs(&self.picked);
        if let [run] = runs.as_slice() {
            return Ok(self.held[run.batch].slice(run.from, run.rows));
        }
        let are_long = self.picked.len() >= runs.len() * RUN_ROWS;
        let column = |(at, field): (usize, &Arc<arrow::datatypes::Field>)| -> Result<ArrayRef> {
            let values: Vec<&dyn Array> = self.held.iter().map(|batch| batch.column(at).as_ref()).collect();
            if values.iter().all(|values| values.null_count() == values.len()) {
                return Ok(new_null_array(field.data_type(), self.picked.len()));
            }
            if are_long {
                return joined(&values, &runs, self.picked.len());
            }
            interleave(&values, &self.picked).map_err(cannot_merge)
        };
        let columns = self.schema.fields().iter().enumerate().map(column).collect::<Result<_>>()?;
        RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(cannot_merge)
    }

    /// Lets go of the batches that no row to come is in or is compared with.
    fn let_go(&mut self) {
        let mut kept = Vec::with_capacity(self.inputs.len());
        let mut places: Vec<Option<usize>> = vec![None; self.held.len()];
        let mut keep = |batch: &mut usize| {
            *batch = *places[*batch].get_or_insert_with(|| {
                kept.push(self.held[*batch].clone());
                kept.len() - 1
            });
        };
        self.inputs
            .iter_mut()
            .filter(|input| input.at < input.keys.len())
            .for_each(|input| keep(&mut input.batch));
        self.variants.places().iter_mut().for_each(|(batch, _)| keep(batch));
        self.held = kept;
    }
}

/// Rows that lie together in a held batch.
struct Run {
    batch: usize,
    from: usize,
    rows: usize,
}

fn runs(places: &[Place]) -> Vec<Run> {
    let follows = |one: &Place, next: &Place| one.0 == next.0 && one.1 + 1 == next.1;
    places
        .chunk_by(follows)
        .filter_map(|run| {
            run.first().map(|(batch, from)| Run { batch: *batch, from: *from, rows: run.len() })
        })
        .collect()
}

/// The values of `runs`, which have so many `rows`.
fn joined(values: &[&dyn Array], runs: &[Run], rows: usize) -> Result<ArrayRef> {
    let data: Vec<ArrayData> = values.iter().map(|values| values.to_data()).collect();
    let mut joined = MutableArrayData::new(data.iter().collect(), false, rows);
    for run in runs {
        joined.try_extend(run.batch, run.from, run.from + run.rows).map_err(cannot_merge)?;
    }
    Ok(make_array(joined.freeze()))
}

impl Input {
    async fn open(store: &Arc<dyn ObjectStore>, file: &SegmentFile, schema: &SchemaRef) -> Result<Self> {
        let opened = ParquetRecordBatchStreamBuilder::new(SegmentReader::new(store, file)).await;
        let stream = opened.and_then(|builder| {
            let found =
                schema.fields().iter().filter_map(|field| builder.schema().index_of(field.name()).ok());
            let projection = ProjectionMask::roots(builder.parquet_schema(), found);
            builder.with_projection(projection).with_batch_size(INPUT_ROWS).build()
        });
        Ok(Self {
            path: file.path.clone(),
            stream: stream.map_err(|error| cannot_read(&file.path, error))?,
            batch: 0,
            keys: Vec::new(),
            at: 0,
        })
    }

    /// The next batch, in the table's columns, its rows' keys ready.
    async fn next_batch(&mut self, schema: &SchemaRef) -> Result<Option<RecordBatch>> {
        let last = self.keys.last().map(order_in_file);
        let read = loop {
            let read = self.stream.try_next().await.map_err(|error| cannot_read(&self.path, error))?;
            let Some(read) = read else { return Ok(None) };
            if read.num_rows() > 0 {
                break read;
            }
        };
        let batch = conform(&read, schema).map_err(|error| cannot_read(&self.path, error.into()))?;
        self.keys = row_keys(&batch, 0)?.collect();
        self.at = 0;
        let first = self.keys.first().map(order_in_file);
        if !self.keys.is_sorted_by_key(order_in_file) || last.is_some_and(|last| first < Some(last)) {
            let message = format!("segment {} is not sorted by trace and start", self.path);
            return Err(Error::new(ErrorKind::Corrupt, message));
        }
        Ok(Some(batch))
    }
}

fn order_in_file(key: &RowKey) -> (u128, UnixNanos, u64) {
    let (trace_id, start, span_id, _) = key.sort_key();
    (trace_id, start, span_id)
}

/// The columns of `schema`: those that an older file lacks are null.
pub(crate) fn conform(
    batch: &RecordBatch,
    schema: &SchemaRef,
) -> std::result::Result<RecordBatch, arrow::error::ArrowError> {
    let columns = schema.fields().iter().map(|field| {
        let column = batch.column_by_name(field.name()).map(Arc::clone);
        column.unwrap_or_else(|| new_null_array(field.data_type(), batch.num_rows()))
    });
    RecordBatch::try_new(Arc::clone(schema), columns.collect())
}

fn cannot_merge(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Unavailable, format!("cannot write a merged segment: {source}")).caused_by(source)
}

#[cfg(test)]
mod tests;
