//! Rows of derived tables out of stored spans: what [`storage`]'s deriver asks for.
//!
//! Which spans wait and which make rows is decided on columns alone; only traces that make a row now are read as spans.

mod columns;
mod counters;
mod pod_starts;
mod requests;
mod traces;

use std::collections::HashMap;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::cast;
use model::trace::{TraceLimits, assemble};
use model::{SpanView, pod_start_rows, request_rows};
use prometheus_client::registry::Registry;
use proto::{ErrorKind, SpanId, Tenant, UnixNanos};
use storage::{Derive, DeriveInput, Derived, DerivedTable};

use self::counters::ApiCounters;
use self::traces::{Place, Traces};
use crate::span_rows::{Envelopes, StoredSpan, read_span};
use crate::table::query_schema;
use crate::{Error, Result};

/// Makes the rows of `requests` and `pod_starts`, and counts requests.
#[derive(Debug, Clone, Default)]
pub struct Deriver {
    counters: ApiCounters,
}

impl Deriver {
    /// One whose counters are in `registry`: `api_requests_total` and others, after the registry's prefix.
    #[must_use]
    pub fn registered(registry: &mut Registry) -> Self {
        let deriver = Self::default();
        deriver.counters.register(registry);
        deriver
    }
}

impl Derive for Deriver {
    fn derive(&self, input: &DeriveInput<'_>) -> storage::Result<Derived> {
        derive(input).map_err(|error| storage::Error::new(error.kind, error.message))
    }

    fn committed(&self, table: DerivedTable, tenant: &Tenant, rows: &[RecordBatch]) {
        if table == DerivedTable::Requests {
            rows.iter().for_each(|rows| self.counters.count(tenant, rows));
        }
    }
}

fn derive(input: &DeriveInput<'_>) -> Result<Derived> {
    let batches = [as_views(input.arrived)?, as_views(input.waiting)?];
    let traces = Traces::of(&batches, input)?;
    let mut wait = batches.each_ref().map(|batch| vec![false; batch.num_rows()]);
    let mut spans = SpansOfTraces::default();
    for trace in traces.iter() {
        for place in traces.waiting(trace) {
            wait[place.batch][place.row] = true;
        }
        if input.rows_wanted && traces.makes_rows(trace) {
            spans.read(&batches, trace)?;
        }
    }
    let rows = spans.rows(input)?;
    let [arrived_wait, waiting_wait] = wait.map(BooleanArray::from);
    Ok(Derived { rows, arrived_wait, waiting_wait })
}

/// The spans of the traces that make rows.
#[derive(Default)]
struct SpansOfTraces {
    envelopes: Envelopes,
    spans: Vec<StoredSpan>,
    /// Of each span, whether it had waited.
    waited: Vec<bool>,
    /// Where each trace ends.
    ends: Vec<usize>,
}

impl SpansOfTraces {
    fn read(&mut self, batches: &[RecordBatch; 2], trace: &[Place]) -> Result<()> {
        for place in trace {
            self.spans.push(read_span(&batches[place.batch], place.row, &mut self.envelopes)?);
            self.waited.push(place.has_waited());
        }
        self.ends.push(self.spans.len());
        Ok(())
    }

    fn rows(&self, input: &DeriveInput<'_>) -> Result<[RecordBatch; 2]> {
        let (mut requests, mut pod_starts) = (Vec::new(), Vec::new());
        let mut begin = 0;
        for end in &self.ends {
            let range = begin..*end;
            begin = *end;
            let spans = &self.spans[range.clone()];
            let roots: HashMap<SpanId, Root<'_>> = spans
                .iter()
                .zip(&self.waited[range])
                .map(|(stored, waited)| (stored.span.span_id, Root { stored, waited: *waited }))
                .collect();
            let is_due = |id: &SpanId| roots.get(id).filter(|root| root.is_due(input));
            let trace = assemble(spans.iter().map(view), TraceLimits::default());
            let found = request_rows(&trace, |_| None);
            requests
                .extend(found.rows.into_iter().filter_map(|row| Some((is_due(&row.span_id)?.stored, row))));
            pod_starts
                .extend(pod_start_rows(&trace).into_iter().filter(|row| is_due(&row.span_id).is_some()));
        }
        Ok([requests::batch(&requests)?, pod_starts::batch(&pod_starts)?])
    }
}

/// A span that a row is of.
struct Root<'a> {
    stored: &'a StoredSpan,
    waited: bool,
}

impl Root<'_> {
    /// Whether its row is made now.
    fn is_due(&self, input: &DeriveInput<'_>) -> bool {
        is_due(self.stored.span.end, self.waited, input)
    }
}

/// Whether a root that ended at `end` makes its row now: once it is closed, and had it waited, not before.
fn is_due(end: UnixNanos, waited: bool, input: &DeriveInput<'_>) -> bool {
    (end < input.closed_before || input.closed_before == UnixNanos::MAX)
        && !(waited && end < input.closed_earlier)
}

fn view(stored: &StoredSpan) -> SpanView<'_> {
    SpanView { span: &stored.span, resource: &stored.resource, scope: &stored.scope }
}

/// The batch in the types that queries see.
fn as_views(rows: &RecordBatch) -> Result<RecordBatch> {
    let schema = query_schema();
    let columns =
        rows.columns().iter().zip(schema.fields()).map(|(column, field)| cast(column, field.data_type()));
    let batch = columns.collect::<Result<_, _>>().and_then(|columns| RecordBatch::try_new(schema, columns));
    batch.map_err(|error| Error::new(ErrorKind::Internal, format!("spans of another shape: {error}")))
}
