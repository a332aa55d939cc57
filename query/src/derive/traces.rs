//! Traces as rows of columns: which are open, which make rows.

use arrow::array::RecordBatch;
use hashbrown::HashSet;
use model::Component;
use proto::{ErrorKind, UnixNanos};
use storage::DeriveInput;

use super::is_due;
use crate::span_rows::{SpanColumns, Texts};
use crate::{Error, Result};

/// OTLP's kind of a server span.
const SERVER: i32 = 2;
/// The kubelet's span over one round of work for a pod.
const SYNC_POD: &str = "syncPod";
/// The column that says what sent a span.
pub(super) const COMPONENT: &str = "k8s_component";
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

/// Spans as columns, and what sent them.
pub(super) struct Rows<'a> {
    pub(super) spans: SpanColumns<'a>,
    components: Texts<'a>,
    rows: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn of(batch: &'a RecordBatch) -> Result<Self> {
        let components = batch.column_by_name(COMPONENT).and_then(Texts::of);
        let components = components.ok_or_else(|| {
            Error::new(ErrorKind::Internal, format!("spans without a column of texts {COMPONENT}"))
        })?;
        Ok(Self { spans: SpanColumns::of(batch)?, components, rows: batch.num_rows() })
    }

    /// How many rows there are.
    pub(super) const fn len(&self) -> usize {
        self.rows
    }

    /// What sent the span in `row`.
    pub(super) fn component(&self, row: usize) -> Component {
        self.components.get(row).and_then(Component::from_name).unwrap_or(Component::Other)
    }

    /// Whether a row may be made of it.
    fn is_root(&self, row: usize) -> bool {
        let is_server =
            self.spans.kind(row) == SERVER && self.components.get(row) == Some(Component::Apiserver.name());
        is_server || self.spans.name(row) == SYNC_POD
    }
}

/// The rows of both batches by trace.
pub(super) struct Traces<'a> {
    batches: &'a [Rows<'a>; 2],
    input: &'a DeriveInput<'a>,
    places: Vec<Place>,
}

impl<'a> Traces<'a> {
    pub(super) fn of(batches: &'a [Rows<'a>; 2], input: &'a DeriveInput<'a>) -> Self {
        let rows = |batch: usize| (0..batches[batch].rows).map(move |row| Place { batch, row });
        let mut places: Vec<Place> = rows(1).chain(rows(0)).collect();
        places.sort_by_key(|place| batches[place.batch].spans.trace_id(place.row));
        Self { batches, input, places }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[Place]> {
        self.places.chunk_by(|one, next| self.trace_id(*one) == self.trace_id(*next))
    }

    fn trace_id(&self, place: Place) -> &[u8] {
        self.batches[place.batch].spans.trace_id(place.row)
    }

    /// Whether one of its roots makes its row now.
    pub(super) fn makes_rows(&self, trace: &[Place]) -> bool {
        trace.iter().any(|place| {
            let batch = &self.batches[place.batch];
            batch.is_root(place.row) && is_due(batch.spans.end(place.row), place.has_waited(), self.input)
        })
    }

    /// The rows that go on waiting: all of a trace with a root that is not closed; and where something is above a span
    /// that has not arrived, what ended not long ago.
    pub(super) fn waiting<'t>(&'t self, trace: &'t [Place]) -> impl Iterator<Item = Place> + 't {
        let closed_before = self.input.closed_before;
        let is_closed = closed_before == UnixNanos::MAX;
        let end = |place: &Place| self.batches[place.batch].spans.end(place.row);
        let is_open =
            |place: &Place| end(place) >= closed_before && self.batches[place.batch].is_root(place.row);
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
        let id = |place: &Place| self.batches[place.batch].spans.span_id(place.row);
        let ids: HashSet<&[u8]> = trace.iter().map(id).collect();
        trace.iter().any(|place| {
            let batch = &self.batches[place.batch];
            let parent = batch.spans.parent_span_id(place.row);
            parent.is_some_and(|parent| !ids.contains(parent)) && !batch.is_root(place.row)
        })
    }
}
