//! Which processes sent the spans of a window, and where they run, as columns (`storage::schema::instances`).
//!
//! What a window tells is added to what the last day told: a runtime's node is known once its kubelet has started a pod.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, TimestampMicrosecondArray};
use hashbrown::HashMap;
use model::place::{Arrived, InstanceId, InstanceKey, InstancePlace, Instances, Known, NodeFile};
use model::{Component, SpanView};
use parking_lot::Mutex;
use proto::{SpanId, Tenant, TraceId, UnixNanos};
use storage::Arrivals;
use storage::schema::instances::instances_schema;

use super::columns::{batch_of, count, span_columns, texts};
use super::traces::Rows;
use crate::Result;
use crate::span_rows::Envelopes;

/// What was seen longer ago says nothing of where a process runs now.
const REMEMBERED_NS: u64 = 24 * 3_600 * 1_000_000_000;

/// What is known of where processes run, from window to window.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    of_tenants: Mutex<HashMap<Tenant, Instances>>,
    nodes: Mutex<Option<Arc<NodeFile>>>,
}

impl Evidence {
    pub(super) fn set_nodes(&self, nodes: Arc<NodeFile>) {
        *self.nodes.lock() = Some(nodes);
    }

    /// The rows of the processes that a window saw, after what it told was taken in.
    pub(super) fn rows(&self, window: Sightings) -> Result<RecordBatch> {
        let Sightings { arrivals, evidence, by_instance, .. } = window;
        let mut of_tenants = self.of_tenants.lock();
        let known = of_tenants.entry(arrivals.tenant).or_default();
        known.merge(evidence);
        known.forget_before(arrivals.last.saturating_sub(REMEMBERED_NS));
        if !arrivals.rows_wanted {
            return Ok(RecordBatch::new_empty(instances_schema()));
        }
        let nodes = self.nodes.lock().clone();
        let places = known.places(nodes.as_deref());
        let seen = places.rows().filter_map(|row| Some((by_instance.get(&row.instance)?, row)));
        batch(&seen.collect::<Vec<_>>())
    }
}

/// What a window saw of one process.
#[derive(Debug)]
struct Sighting {
    component: Component,
    peer_address: Option<Arc<str>>,
    /// The span that began first.
    trace_id: TraceId,
    span_id: SpanId,
    start: UnixNanos,
    duration_ns: u64,
    spans: u64,
}

/// What tells senders apart without looking into their resources: where the shared resource and address lie in memory, which
/// [`Envelopes`] keep there.
type Sender = (usize, usize, Component);

/// The processes that sent the spans of a window.
#[derive(Debug)]
pub(super) struct Sightings {
    arrivals: Arrivals,
    evidence: Instances,
    senders: HashMap<Sender, Option<InstanceId>>,
    by_instance: HashMap<InstanceId, Sighting>,
}

impl Sightings {
    pub(super) fn of(arrivals: Arrivals) -> Self {
        Self {
            arrivals,
            evidence: Instances::default(),
            senders: HashMap::default(),
            by_instance: HashMap::default(),
        }
    }

    pub(super) const fn rows_wanted(&self) -> bool {
        self.arrivals.rows_wanted
    }

    pub(super) const fn last_arrival(&self) -> UnixNanos {
        self.arrivals.last
    }

    /// Takes in spans that arrived.
    ///
    /// # Errors
    /// `Corrupt` for spans that cannot be read.
    pub(super) fn include(&mut self, rows: &Rows<'_>, envelopes: &mut Envelopes) -> Result<()> {
        let columns = &rows.spans;
        for row in 0..rows.len() {
            let resource = columns.resource(row, envelopes)?;
            let peer_address = columns.peer(row).map(|peer| envelopes.peer(peer));
            let component = rows.component(row);
            let peer = peer_address.as_ref().map_or(0, |peer| Arc::as_ptr(peer).addr());
            let sender = (Arc::as_ptr(&resource).addr(), peer, component);
            let known = self.senders.get(&sender);
            let instance = match known {
                Some(instance) => instance.clone(),
                None => {
                    let (span, scope) = (columns.span(row)?, columns.scope(row, envelopes)?);
                    let view = SpanView { span: &span, resource: &resource, scope: &scope };
                    let instance = self.meet(view, peer_address.as_deref());
                    self.senders.insert(sender, instance.clone());
                    instance
                }
            };
            let Some(instance) = instance else { continue };
            let (start, span_id) = (columns.start(row), columns.span_id(row));
            let sighting = self.by_instance.entry(instance).or_insert_with(|| Sighting {
                component,
                peer_address,
                trace_id: TraceId::default(),
                span_id: SpanId::default(),
                start: UnixNanos::MAX,
                duration_ns: 0,
                spans: 0,
            });
            sighting.spans += 1;
            if (start, span_id) < (sighting.start, &sighting.span_id.0) {
                sighting.trace_id = TraceId::from_slice(columns.trace_id(row)).unwrap_or_default();
                sighting.span_id = SpanId::from_slice(span_id).unwrap_or_default();
                (sighting.start, sighting.duration_ns) = (start, columns.duration_ns(row));
            }
        }
        Ok(())
    }

    /// Learns from what all spans of a sender say.
    fn meet(&mut self, view: SpanView<'_>, peer_address: Option<&str>) -> Option<InstanceId> {
        for arrival in [self.arrivals.first, self.arrivals.last] {
            self.evidence.observe_resource(view, peer_address, arrival);
        }
        InstanceId::of(view, peer_address)
    }

    /// Learns from the spans of a whole trace: which node renews its lease, which runtime serves which kubelet.
    pub(super) fn learn(&mut self, trace: &[Arrived<'_>]) {
        trace.iter().for_each(|arrived| self.evidence.observe_span(arrived.view, arrived.arrival));
        self.evidence.observe_trace(trace);
    }
}

fn batch(rows: &[(&Sighting, InstancePlace)]) -> Result<RecordBatch> {
    let named =
        |of: for<'r> fn(&'r (&Sighting, InstancePlace)) -> Option<&'r str>| texts(rows.iter().map(of));
    let told = |of: fn(&(&Sighting, InstancePlace)) -> Option<String>| -> ArrayRef {
        let told: Vec<Option<String>> = rows.iter().map(of).collect();
        texts(told.iter().map(Option::as_deref))
    };
    let times = |of: fn(&InstancePlace) -> Option<UnixNanos>| -> ArrayRef {
        let micros = rows.iter().map(|(_, row)| of(row).map(|time| (time / 1_000) as i64));
        Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let mut columns = span_columns(
        rows.iter().map(|(seen, _)| (seen.trace_id, seen.span_id, seen.start, seen.duration_ns)),
    );
    columns.extend([
        named(|(_, row)| Some(row.instance.service.as_str())),
        told(|(_, row)| Some(row.instance.key.to_string())),
        named(|(_, row)| {
            Some(match row.instance.key {
                InstanceKey::Id(_) => "id",
                InstanceKey::Host(_) => "host",
                InstanceKey::Peer(_) => "peer",
            })
        }),
        named(|(seen, _)| Some(seen.component.name())),
        named(|(seen, _)| seen.peer_address.as_deref()),
        named(|(_, row)| row.place.node.value().map(String::as_str)),
        named(|(_, row)| how(&row.place.node)),
        times(|row| match row.place.node {
            Known::Value { since, .. } => since,
            Known::Unknown { .. } => None,
        }),
        told(|(_, row)| row.place.node.hint().map(ToString::to_string)),
        named(|(_, row)| row.place.zone.value().map(String::as_str)),
        named(|(_, row)| how(&row.place.zone)),
        told(|(_, row)| row.place.zone.hint().map(ToString::to_string)),
        named(|(_, row)| row.place.cluster.value().map(String::as_str)),
        named(|(_, row)| how(&row.place.cluster)),
        times(|row| Some(row.first_seen)),
        times(|row| Some(row.last_seen)),
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|(seen, _)| count(seen.spans)))) as ArrayRef,
    ]);
    batch_of(instances_schema(), columns)
}

fn how(known: &Known<String>) -> Option<&'static str> {
    known.how().map(model::place::How::name)
}
