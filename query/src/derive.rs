//! Rows of derived tables out of stored spans: what [`storage`]'s deriver asks for.
//!
//! Which spans wait and which make rows is decided on columns alone; only traces that make a row now are read as spans.

mod columns;
mod counters;
mod instances;
mod pod_starts;
mod requests;
mod traces;

use std::sync::{Arc, LazyLock};

use arrow::array::{BooleanArray, RecordBatch};
use hashbrown::HashMap;
use model::attributes::SPAN_ATTRIBUTES;
use model::place::{Arrived, NodeFile};
use model::trace::{TraceLimits, assemble};
use model::{SpanView, pod_start_rows, request_rows};
use prometheus_client::registry::Registry;
use proto::otlp::{Resource, Scope, Span};
use proto::{SpanId, Tenant, UnixNanos};
use storage::{Arrivals, Derive, DeriveInput, DeriveWindow, Derived, DerivedRows, DerivedTable};

use self::counters::ApiCounters;
use self::instances::{Evidence, Sightings};
use self::traces::{COMPONENT, Place, Rows, Traces};
use crate::Result;
use crate::span_rows::{Envelopes, SPAN_COLUMNS};

/// What spans are read from, and what tells which of them are roots.
static COLUMNS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let attributes = SPAN_ATTRIBUTES.iter().map(|hot| hot.column);
    SPAN_COLUMNS.into_iter().chain(attributes).chain([COMPONENT]).collect()
});

/// Makes the rows of `requests`, `pod_starts` and `instances`, and counts requests.
#[derive(Debug, Default)]
pub struct Deriver {
    counters: ApiCounters,
    evidence: Evidence,
}

impl Deriver {
    /// One whose counters are in `registry`: `api_requests_total` and others, after the registry's prefix.
    #[must_use]
    pub fn registered(registry: &mut Registry) -> Self {
        let deriver = Self::default();
        deriver.counters.register(registry);
        deriver
    }

    /// Which nodes there are, and their zones, for the windows from now on.
    pub fn set_nodes(&self, nodes: Arc<NodeFile>) {
        self.evidence.set_nodes(nodes);
    }
}

impl Derive for Deriver {
    fn columns(&self) -> &[&'static str] {
        &COLUMNS
    }

    fn window<'a>(&'a self, arrivals: Arrivals) -> Box<dyn DeriveWindow + 'a> {
        Box::new(Window {
            deriver: self,
            sightings: Sightings::of(arrivals),
            envelopes: Envelopes::default(),
        })
    }

    fn committed(&self, table: DerivedTable, tenant: &Tenant, rows: &[RecordBatch]) {
        if table == DerivedTable::Requests {
            rows.iter().for_each(|rows| self.counters.count(tenant, rows));
        }
    }
}

/// A window being derived.
struct Window<'a> {
    deriver: &'a Deriver,
    sightings: Sightings,
    envelopes: Envelopes,
}

impl DeriveWindow for Window<'_> {
    fn derive(&mut self, input: &DeriveInput<'_>) -> storage::Result<Derived> {
        self.derived(input).map_err(as_of_storage)
    }

    fn end(self: Box<Self>) -> storage::Result<DerivedRows> {
        let instances = self.deriver.evidence.rows(self.sightings).map_err(as_of_storage)?;
        let [requests, pod_starts, _] =
            DerivedTable::FROM_SPANS.map(|of| RecordBatch::new_empty(of.schema()));
        Ok([requests, pod_starts, instances])
    }
}

impl Window<'_> {
    fn derived(&mut self, input: &DeriveInput<'_>) -> Result<Derived> {
        let batches = [Rows::of(input.arrived)?, Rows::of(input.waiting)?];
        let traces = Traces::of(&batches, input);
        let mut wait = [input.arrived, input.waiting].map(|rows| vec![false; rows.num_rows()]);
        self.sightings.include(&batches[0], &mut self.envelopes)?;
        let mut spans = SpansOfTraces::default();
        for trace in traces.iter() {
            for place in traces.waiting(trace) {
                wait[place.batch][place.row] = true;
            }
            if self.sightings.rows_wanted() && traces.makes_rows(trace) {
                spans.read(&batches, trace, &mut self.envelopes)?;
            }
        }
        let rows = spans.rows(input, &mut self.sightings)?;
        let [arrived_wait, waiting_wait] = wait.map(BooleanArray::from);
        Ok(Derived { rows, arrived_wait, waiting_wait })
    }
}

fn as_of_storage(error: crate::Error) -> storage::Error {
    storage::Error::new(error.kind, error.message)
}

/// A span that borrows from its columns, and whether it had waited.
struct Member<'a> {
    span: Span<'a>,
    resource: Arc<Resource<'static>>,
    scope: Arc<Scope<'static>>,
    peer_address: Option<Arc<str>>,
    has_waited: bool,
}

impl Member<'_> {
    fn view(&self) -> SpanView<'_> {
        SpanView { span: &self.span, resource: &self.resource, scope: &self.scope }
    }

    fn arrived(&self, arrival: UnixNanos) -> Arrived<'_> {
        Arrived { view: self.view(), peer_address: self.peer_address.as_deref(), arrival }
    }

    /// Whether its row, if it has one, is made now.
    fn is_due(&self, input: &DeriveInput<'_>) -> bool {
        is_due(self.span.end, self.has_waited, input)
    }
}

/// The spans of the traces that make rows.
#[derive(Default)]
struct SpansOfTraces<'a> {
    spans: Vec<Member<'a>>,
    /// Where each trace ends.
    ends: Vec<usize>,
}

impl<'a> SpansOfTraces<'a> {
    fn read(&mut self, batches: &[Rows<'a>; 2], trace: &[Place], envelopes: &mut Envelopes) -> Result<()> {
        for place in trace {
            let columns = &batches[place.batch].spans;
            self.spans.push(Member {
                span: columns.span(place.row)?,
                resource: columns.resource(place.row, envelopes)?,
                scope: columns.scope(place.row, envelopes)?,
                peer_address: columns.peer(place.row).map(|peer| envelopes.peer(peer)),
                has_waited: place.has_waited(),
            });
        }
        self.ends.push(self.spans.len());
        Ok(())
    }

    /// The rows of the traces, which `sightings` learns from.
    fn rows(&self, input: &DeriveInput<'_>, sightings: &mut Sightings) -> Result<DerivedRows> {
        let (mut requests, mut pod_starts) = (Vec::new(), Vec::new());
        let mut begin = 0;
        for end in &self.ends {
            let spans = &self.spans[begin..*end];
            begin = *end;
            let arrival = sightings.last_arrival();
            sightings.learn(&spans.iter().map(|member| member.arrived(arrival)).collect::<Vec<_>>());
            let roots: HashMap<SpanId, &Member<'_>> =
                spans.iter().map(|member| (member.span.span_id, member)).collect();
            let due = |id: &SpanId| roots.get(id).copied().filter(|root| root.is_due(input));
            let trace = assemble(spans.iter().map(Member::view), TraceLimits::default());
            let found = request_rows(&trace, |_| None);
            requests.extend(found.rows.into_iter().filter_map(|row| Some((due(&row.span_id)?.view(), row))));
            pod_starts.extend(pod_start_rows(&trace).into_iter().filter(|row| due(&row.span_id).is_some()));
        }
        let instances = RecordBatch::new_empty(DerivedTable::Instances.schema());
        Ok([requests::batch(&requests)?, pod_starts::batch(&pod_starts)?, instances])
    }
}

/// Whether a root that ended at `end` makes its row now: once it is closed, and had it waited, not before.
fn is_due(end: UnixNanos, waited: bool, input: &DeriveInput<'_>) -> bool {
    (end < input.closed_before || input.closed_before == UnixNanos::MAX)
        && !(waited && end < input.closed_earlier)
}
