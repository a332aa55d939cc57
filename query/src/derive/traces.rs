//! Traces as rows of columns: which are open, which make rows.

use std::collections::HashSet;

use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeBinaryArray, Int16Array, Int32Array, Int64Array, RecordBatch,
    StringViewArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{Int16Type, Int32Type, Int64Type, TimestampMicrosecondType};
use model::Component;
use proto::{ErrorKind, UnixNanos};
use storage::DeriveInput;
use storage::schema::column;

use super::is_due;
use crate::{Error, Result};

/// OTLP's kind of a server span.
const SERVER: i32 = 2;
/// The kubelet's span over one round of work for a pod.
const SYNC_POD: &str = "syncPod";
const COMPONENT: &str = "k8s_component";
/// So long may a span wait for what is above it: storage reads no more of the past when it starts.
const WAITS_AT_MOST_NS: u64 = storage::WAITS_AT_MOST_NS;

/// A row: of the spans that arrived (0) or of those that waited (1).
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) batch: usize,
    pub(super) row: usize,
}

impl Place {
    /// Whether it came in an earlier window.
    pub(super) const fn has_waited(self) -> bool {
        self.batch == 1
    }
}

/// The rows of both batches by trace.
pub(super) struct Traces<'a> {
    columns: [Columns<'a>; 2],
    input: &'a DeriveInput<'a>,
    places: Vec<Place>,
}

impl<'a> Traces<'a> {
    pub(super) fn of(batches: &'a [RecordBatch; 2], input: &'a DeriveInput<'a>) -> Result<Self> {
        let [arrived, waiting] = batches;
        let columns = [Columns::of(arrived)?, Columns::of(waiting)?];
        let rows = |batch: usize| (0..batches[batch].num_rows()).map(move |row| Place { batch, row });
        let mut places: Vec<Place> = rows(1).chain(rows(0)).collect();
        places.sort_by_key(|place| columns[place.batch].trace_ids.value(place.row));
        Ok(Self { columns, input, places })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[Place]> {
        self.places.chunk_by(|one, next| self.trace_id(*one) == self.trace_id(*next))
    }

    fn trace_id(&self, place: Place) -> &[u8] {
        self.columns[place.batch].trace_ids.value(place.row)
    }

    /// Whether one of its roots makes its row now.
    pub(super) fn makes_rows(&self, trace: &[Place]) -> bool {
        trace.iter().any(|place| {
            let columns = &self.columns[place.batch];
            columns.is_root(place.row) && is_due(columns.end(place.row), place.has_waited(), self.input)
        })
    }

    /// The rows that go on waiting: all of a trace with a root that is not closed; and where something is above a span
    /// that has not arrived, what ended not long ago.
    pub(super) fn waiting<'t>(&'t self, trace: &'t [Place]) -> impl Iterator<Item = Place> + 't {
        let closed_before = self.input.closed_before;
        let is_closed = closed_before == UnixNanos::MAX;
        let end = |place: &Place| self.columns[place.batch].end(place.row);
        let is_open =
            |place: &Place| self.columns[place.batch].is_root(place.row) && end(place) >= closed_before;
        let waits_from = if is_closed {
            UnixNanos::MAX
        } else if trace.iter().any(is_open) {
            0
        } else if self.lacks_parents(trace) {
            closed_before.saturating_sub(WAITS_AT_MOST_NS)
        } else {
            UnixNanos::MAX
        };
        trace.iter().copied().filter(move |place| !is_closed && end(place) >= waits_from)
    }

    /// Whether a span has a parent that is not here; that of a root is its caller's, and need not come.
    fn lacks_parents(&self, trace: &[Place]) -> bool {
        let id = |place: &Place| self.columns[place.batch].span_ids.value(place.row);
        let ids: HashSet<&[u8]> = trace.iter().map(id).collect();
        trace.iter().any(|place| {
            let columns = &self.columns[place.batch];
            !columns.is_root(place.row)
                && columns.parent_span_ids.is_valid(place.row)
                && !ids.contains(columns.parent_span_ids.value(place.row))
        })
    }
}

/// The columns that tell.
struct Columns<'a> {
    trace_ids: &'a FixedSizeBinaryArray,
    span_ids: &'a FixedSizeBinaryArray,
    parent_span_ids: &'a FixedSizeBinaryArray,
    kinds: &'a Int32Array,
    names: &'a StringViewArray,
    components: &'a StringViewArray,
    start_time: &'a TimestampMicrosecondArray,
    start_nanos: &'a Int16Array,
    durations_ns: &'a Int64Array,
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Self> {
        let column = |name: &str| -> Result<&'a ArrayRef> {
            let column = batch.column_by_name(name);
            column.ok_or_else(|| Error::new(ErrorKind::Internal, format!("spans without column {name}")))
        };
        Ok(Self {
            trace_ids: column(column::TRACE_ID)?.as_fixed_size_binary(),
            span_ids: column(column::SPAN_ID)?.as_fixed_size_binary(),
            parent_span_ids: column(column::PARENT_SPAN_ID)?.as_fixed_size_binary(),
            kinds: column(column::KIND)?.as_primitive::<Int32Type>(),
            names: column(column::NAME)?.as_string_view(),
            components: column(COMPONENT)?.as_string_view(),
            start_time: column(column::START_TIME)?.as_primitive::<TimestampMicrosecondType>(),
            start_nanos: column(column::START_NANOS)?.as_primitive::<Int16Type>(),
            durations_ns: column(column::DURATION_NS)?.as_primitive::<Int64Type>(),
        })
    }

    fn end(&self, row: usize) -> UnixNanos {
        let start = (self.start_time.value(row) as u64).wrapping_mul(1_000);
        let nanos = self.start_nanos.value(row) as u64;
        start.wrapping_add(nanos).wrapping_add(self.durations_ns.value(row) as u64)
    }

    /// Whether a row may be made of it.
    fn is_root(&self, row: usize) -> bool {
        let is_server = self.kinds.value(row) == SERVER
            && self.components.is_valid(row)
            && self.components.value(row) == Component::Apiserver.name();
        is_server || (self.names.is_valid(row) && self.names.value(row) == SYNC_POD)
    }
}
