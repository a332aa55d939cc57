//! Segments whose rows come out sorted: a k-way merge, each span once.
//!
//! Of each run of a segment one row group is in memory as it lies in the file, and one batch of it as columns.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use arrow::array::{Array, ArrayData, ArrayRef, MutableArrayData, RecordBatch, make_array, new_null_array};
use arrow::compute::interleave;
use arrow::datatypes::SchemaRef;
use futures::TryStreamExt;
use object_store::ObjectStore;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::async_reader::ParquetRecordBatchStream;
use parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use proto::{ErrorKind, UnixNanos};

use super::duplicates::Variants;
use super::merge::cannot_merge;
use super::order::{RowKey, row_keys};
use super::reader::{SegmentReader, cannot_read};
use super::runs::runs;
use super::traces::Traces;
use crate::catalog::SegmentFile;
use crate::{Error, Result};

/// Rows of a segment that are columns at once.
const INPUT_ROWS: usize = 2_048;
/// Rows that come out together.
const OUTPUT_ROWS: usize = 8_192;
/// Rows that lie together in an input are copied together where so many do on average; fewer are faster copied one by one.
const STRETCH_ROWS: usize = 64;

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

/// A run of a segment being read.
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
        let mut inputs = Vec::with_capacity(files.len());
        for file in files {
            inputs.extend(Input::open(store, file, &schema, &Traces::AllBut([].into())).await?);
        }
        Self::of(inputs, schema).await
    }

    /// The rows of `traces` in `file`, as [`Self::open`] gives them. Those of [`Traces::AllBut`] are among the others: which to leave
    /// out is known once a row is read.
    pub(super) async fn of_traces(
        store: &Arc<dyn ObjectStore>,
        file: &SegmentFile,
        traces: &Traces,
        schema: SchemaRef,
    ) -> Result<Self> {
        Self::of(Input::open(store, file, &schema, traces).await?, schema).await
    }

    async fn of(inputs: Vec<Input>, schema: SchemaRef) -> Result<Self> {
        let mut merge = Self {
            heap: BinaryHeap::with_capacity(inputs.len()),
            held: Vec::with_capacity(inputs.len()),
            picked: Vec::with_capacity(OUTPUT_ROWS),
            variants: Variants::of(&schema),
            duplicates: 0,
            inputs,
            schema,
        };
        for index in 0..merge.inputs.len() {
            merge.advance(index).await?;
        }
        Ok(merge)
    }

    /// Whether there are no rows to come.
    pub(super) fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// How many copies of spans have been left out.
    pub(super) const fn duplicates(&self) -> u64 {
        self.duplicates
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
        let stretches = stretches(&self.picked);
        if let [one] = stretches.as_slice() {
            return Ok(self.held[one.batch].slice(one.from, one.rows));
        }
        let are_long = self.picked.len() >= stretches.len() * STRETCH_ROWS;
        let column = |(at, field): (usize, &Arc<arrow::datatypes::Field>)| -> Result<ArrayRef> {
            let values: Vec<&dyn Array> = self.held.iter().map(|batch| batch.column(at).as_ref()).collect();
            if values.iter().all(|values| values.null_count() == values.len()) {
                return Ok(new_null_array(field.data_type(), self.picked.len()));
            }
            if are_long {
                return joined(&values, &stretches, self.picked.len());
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
struct Stretch {
    batch: usize,
    from: usize,
    rows: usize,
}

fn stretches(places: &[Place]) -> Vec<Stretch> {
    let follows = |one: &Place, next: &Place| one.0 == next.0 && one.1 + 1 == next.1;
    places
        .chunk_by(follows)
        .filter_map(|places| {
            places.first().map(|(batch, from)| Stretch { batch: *batch, from: *from, rows: places.len() })
        })
        .collect()
}

/// The values of `stretches`, which have so many `rows`.
fn joined(values: &[&dyn Array], stretches: &[Stretch], rows: usize) -> Result<ArrayRef> {
    let data: Vec<ArrayData> = values.iter().map(|values| values.to_data()).collect();
    let mut joined = MutableArrayData::new(data.iter().collect(), false, rows);
    for one in stretches {
        joined.try_extend(one.batch, one.from, one.from + one.rows).map_err(cannot_merge)?;
    }
    Ok(make_array(joined.freeze()))
}

impl Input {
    /// Each run of `file` that may have rows of `traces`.
    async fn open(
        store: &Arc<dyn ObjectStore>,
        file: &SegmentFile,
        schema: &SchemaRef,
        traces: &Traces,
    ) -> Result<Vec<Self>> {
        let failed = |error| cannot_read(&file.path, error);
        let mut reader = SegmentReader::new(store, file);
        let options = ArrowReaderOptions::new().with_page_index_policy(traces.page_index());
        let metadata = ArrowReaderMetadata::load_async(&mut reader, options).await.map_err(failed)?;
        let found = schema.fields().iter().filter_map(|field| metadata.schema().index_of(field.name()).ok());
        let projection = ProjectionMask::roots(metadata.parquet_schema(), found);
        let mut inputs = Vec::new();
        for run in runs(metadata.metadata()).map_err(failed)? {
            let reader = SegmentReader::new(store, file);
            let builder = ParquetRecordBatchStreamBuilder::new_with_metadata(reader, metadata.clone())
                .with_projection(projection.clone())
                .with_batch_size(INPUT_ROWS);
            if let Some(builder) = traces.select(builder, run).await.map_err(failed)? {
                let stream = builder.build().map_err(failed)?;
                inputs.push(Self { path: file.path.clone(), stream, batch: 0, keys: Vec::new(), at: 0 });
            }
        }
        Ok(inputs)
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
