//! One window of one tenant: its spans in order of trace, with those that waited for them, a few thousand at a time.

use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, FixedSizeBinaryArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use object_store::ObjectStore;
use proto::{ErrorKind, UnixNanos};

use super::{Arrivals, Derive, DeriveInput, DeriveWindow, Derived, DerivedRows, DerivedTable};
use crate::catalog::SegmentFile;
use crate::schema::{column, file_columns};
use crate::segment::SortedSpans;
use crate::{Error, Result};

/// A trace with more spans than this in one window is derived in parts.
const TRACE_ROWS_MAX: usize = 100_000;
/// So many spans of a tenant wait for the next window at most; what is beyond is derived as it is.
const WAITING_ROWS_MAX: usize = 250_000;

/// Spans of open traces, and up to when traces are closed.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting {
    /// In order of trace.
    pub(super) rows: Vec<RecordBatch>,
    /// What ended before this has made its rows.
    pub(super) closed_before: UnixNanos,
}

/// What a window became.
#[derive(Debug, Default)]
pub(super) struct Step {
    /// Rows of each table.
    pub(super) rows: [Vec<RecordBatch>; DerivedTable::FROM_SPANS.len()],
    pub(super) waiting: Waiting,
}

/// Derives the spans of `files`, after which traces are closed that ended before `closed_before`. CPU-heavy.
///
/// # Errors
/// `Corrupt` when a file is damaged; `Unavailable` when one cannot be read.
pub(super) async fn step(
    store: &Arc<dyn ObjectStore>,
    files: &[Arc<SegmentFile>],
    waiting: Waiting,
    closed_before: UnixNanos,
    derive: &dyn Derive,
    arrivals: Arrivals,
) -> Result<Step> {
    let schema = file_columns(derive.columns());
    let mut spans = SortedSpans::open(store, files, Arc::clone(&schema)).await?;
    let mut window = Window::new(waiting, closed_before, derive.window(arrivals), &schema)?;
    while let Some(traces) = spans.next_traces(TRACE_ROWS_MAX).await? {
        window.derive(&traces, false)?;
    }
    window.derive(&RecordBatch::new_empty(schema), true)?;
    window.end()
}

/// A window being derived.
struct Window<'a> {
    derive: Box<dyn DeriveWindow + 'a>,
    closed_before: UnixNanos,
    closed_earlier: UnixNanos,
    /// What waited, and how much of it has been taken.
    waited: RecordBatch,
    taken: usize,
    step: Step,
    waiting_rows: usize,
}

impl<'a> Window<'a> {
    fn new(
        waiting: Waiting,
        closed_before: UnixNanos,
        derive: Box<dyn DeriveWindow + 'a>,
        schema: &SchemaRef,
    ) -> Result<Self> {
        // A clock that was set back opens nothing again.
        let closed_before = closed_before.max(waiting.closed_before);
        Ok(Self {
            derive,
            closed_before,
            closed_earlier: waiting.closed_before,
            waited: concat_batches(schema, &waiting.rows).map_err(cannot_derive)?,
            taken: 0,
            step: Step { waiting: Waiting { rows: Vec::new(), closed_before }, ..Step::default() },
            waiting_rows: 0,
        })
    }

    /// Derives `arrived`, whole traces, and what waited of traces up to the last of them; in the end all of it.
    fn derive(&mut self, arrived: &RecordBatch, is_end: bool) -> Result<()> {
        let ids = trace_ids(&self.waited)?;
        let arrived_ids = trace_ids(arrived)?;
        let taken = if is_end || arrived_ids.is_empty() {
            ids.len()
        } else {
            let last = arrived_ids.value(arrived_ids.len() - 1);
            let rest = (self.taken..ids.len()).find(|row| ids.value(*row) > last);
            rest.unwrap_or(ids.len())
        };
        let waiting = self.waited.slice(self.taken, taken - self.taken);
        self.taken = taken;
        if arrived.num_rows() + waiting.num_rows() == 0 {
            return Ok(());
        }
        let is_full = self.waiting_rows >= WAITING_ROWS_MAX;
        let closed_before = if is_full { UnixNanos::MAX } else { self.closed_before };
        let input =
            DeriveInput { arrived, waiting: &waiting, closed_earlier: self.closed_earlier, closed_before };
        let Derived { rows, arrived_wait, waiting_wait } = self.derive.derive(&input)?;
        self.step.keep(rows);
        // By trace again: those of a trace lie beside each other, whichever came first.
        let kept = sorted(&kept(&waiting, &waiting_wait)?, &kept(arrived, &arrived_wait)?)?;
        self.waiting_rows += kept.num_rows();
        self.step.waiting.rows.extend((kept.num_rows() > 0).then_some(kept));
        Ok(())
    }

    fn end(mut self) -> Result<Step> {
        self.step.keep(self.derive.end()?);
        Ok(self.step)
    }
}

impl Step {
    fn keep(&mut self, rows: DerivedRows) {
        for (all, rows) in self.rows.iter_mut().zip(rows) {
            all.extend((rows.num_rows() > 0).then_some(rows));
        }
    }
}

fn kept(rows: &RecordBatch, wait: &BooleanArray) -> Result<RecordBatch> {
    filter_record_batch(rows, wait).map_err(cannot_derive)
}

/// Both, by trace.
fn sorted(waiting: &RecordBatch, arrived: &RecordBatch) -> Result<RecordBatch> {
    if waiting.num_rows() == 0 {
        return Ok(arrived.clone());
    }
    if arrived.num_rows() == 0 {
        return Ok(waiting.clone());
    }
    let rows = concat_batches(&arrived.schema(), [waiting, arrived]).map_err(cannot_derive)?;
    let by_trace = rows.column_by_name(column::TRACE_ID).ok_or_else(|| cannot_derive(no_trace_ids()))?;
    let order = arrow::compute::sort_to_indices(by_trace, None, None).map_err(cannot_derive)?;
    arrow::compute::take_record_batch(&rows, &order).map_err(cannot_derive)
}

pub(super) fn trace_ids(rows: &RecordBatch) -> Result<&FixedSizeBinaryArray> {
    let column = rows.column_by_name(column::TRACE_ID).and_then(|column| column.as_fixed_size_binary_opt());
    column.ok_or_else(|| cannot_derive(no_trace_ids()))
}

fn no_trace_ids() -> ArrowError {
    ArrowError::SchemaError("spans without trace ids".to_owned())
}

pub(super) fn cannot_derive(source: ArrowError) -> Error {
    Error::new(ErrorKind::Internal, format!("cannot derive: {source}")).caused_by(source)
}
