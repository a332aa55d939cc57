//! The exporters of all processes, and the requests that they send.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use proto::UnixNanos;
use proto::otlp::{RequestEncoder, SpanSink};

use super::cluster::{Cluster, ProcessId, Role};
use super::exporter::{BATCH_DELAY_NS, Exporter, Outcome, Sending};
use super::random::{Random, mix};
use super::span::Ended;
use super::versions::Versions;

/// How an export request travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// OTLP/gRPC.
    Grpc,
    /// OTLP/HTTP with protobuf, as containerd sends.
    Http,
}

/// An export request of a process.
#[derive(Debug, Clone)]
pub struct Export {
    /// When it is sent, true time.
    pub at: UnixNanos,
    /// Who sends it.
    pub process: ProcessId,
    /// 1, or more for a batch whose acknowledgement did not arrive: the same bytes again.
    pub attempt: u32,
    /// How many spans it holds.
    pub spans: usize,
    /// How it travels.
    pub transport: Transport,
    /// The encoded `ExportTraceServiceRequest`.
    pub request: Arc<[u8]>,
}

/// What the exporters have lost, in spans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Losses {
    /// Because a queue was full.
    pub dropped: u64,
    /// With batches that could not be delivered.
    pub discarded: u64,
}

/// All exporters.
#[derive(Debug)]
pub(crate) struct Fleet {
    exporters: Vec<Exporter<Ended>>,
    in_flight: Vec<Option<(Arc<[u8]>, usize)>>,
    due: BinaryHeap<Reverse<(UnixNanos, u32)>>,
    /// The entry of `due` that counts, for each exporter.
    scheduled: Vec<Option<UnixNanos>>,
    jitter: Random,
}

impl Fleet {
    pub(crate) fn new(processes: u32, start: UnixNanos, seed: u64) -> Self {
        let mut jitter = Random::new(mix(seed) ^ 0x0066_6c65_6574);
        let exporters: Vec<Exporter<Ended>> =
            (0..processes).map(|_| Exporter::new(start - jitter.below(BATCH_DELAY_NS).min(start))).collect();
        let scheduled: Vec<Option<UnixNanos>> = exporters.iter().map(Exporter::due).collect();
        let due = scheduled
            .iter()
            .zip(0..)
            .filter_map(|(due, process)| Some(Reverse(((*due)?, process))))
            .collect();
        Self { in_flight: vec![None; exporters.len()], exporters, due, scheduled, jitter }
    }

    /// When an exporter next has something to do.
    pub(crate) fn next_due(&self) -> Option<UnixNanos> {
        self.due.peek().map(|Reverse((due, _))| *due)
    }

    /// A span has ended; if it fills its process's batch, that is sent.
    pub(crate) fn offer(&mut self, ended: Ended, world: (&Cluster, &Versions)) -> Option<Export> {
        let (at, process) = (ended.end, ended.process);
        let exporter = self.exporters.get_mut(process.0 as usize)?;
        exporter.offer(ended);
        if exporter.due() == Some(0) { self.poll(process, at, world) } else { None }
    }

    /// The exporter whose time has come at `at`, if it has anything to send.
    pub(crate) fn tick(&mut self, at: UnixNanos, world: (&Cluster, &Versions)) -> Option<Export> {
        let Reverse((due, process)) = self.due.pop()?;
        let scheduled = self.scheduled.get_mut(process as usize)?;
        if *scheduled != Some(due) {
            return None;
        }
        *scheduled = None;
        self.poll(ProcessId(process), at, world)
    }

    fn schedule(&mut self, process: u32, not_before: UnixNanos) {
        let index = process as usize;
        let due = self.exporters.get(index).and_then(Exporter::due).map(|due| due.max(not_before));
        if let (Some(due), Some(scheduled)) = (due, self.scheduled.get_mut(index))
            && *scheduled != Some(due)
        {
            *scheduled = Some(due);
            self.due.push(Reverse((due, process)));
        }
    }

    fn poll(
        &mut self,
        process: ProcessId,
        at: UnixNanos,
        (cluster, versions): (&Cluster, &Versions),
    ) -> Option<Export> {
        let index = process.0 as usize;
        let exporter = self.exporters.get_mut(index)?;
        let sending = exporter.poll(at, |first, other| first.revision == other.revision);
        let attempt = match sending {
            None => {
                self.schedule(process.0, at);
                return None;
            }
            Some(Sending::Again(attempt)) => attempt,
            Some(Sending::Batch(spans)) => {
                let request = encode(&spans, process, cluster, versions);
                self.in_flight[index] = Some((request.into(), spans.len()));
                1
            }
        };
        let (request, spans) = self.in_flight[index].clone()?;
        let http = matches!(cluster.role(process), Role::Runtime(_)) && !versions.runtime.is_crio;
        let transport = if http { Transport::Http } else { Transport::Grpc };
        Some(Export { at, process, attempt, spans, transport, request })
    }

    /// An attempt ended. A filled queue is sent on at the next tick.
    pub(crate) fn answer(&mut self, process: ProcessId, at: UnixNanos, outcome: Outcome) {
        let jitter = self.jitter.unit();
        let index = process.0 as usize;
        if let Some(exporter) = self.exporters.get_mut(index) {
            exporter.answer(at, outcome, jitter);
            self.schedule(process.0, at);
        }
    }

    pub(crate) fn losses(&self) -> Losses {
        let mut losses = Losses::default();
        for exporter in &self.exporters {
            losses.dropped += exporter.dropped();
            losses.discarded += exporter.discarded();
        }
        losses
    }

    pub(crate) fn waiting(&self) -> usize {
        self.exporters.iter().map(Exporter::waiting).sum()
    }
}

/// One request: the resource of the batch's revision, and the spans by scope in the order the scopes first come.
fn encode(spans: &[Ended], process: ProcessId, cluster: &Cluster, versions: &Versions) -> Vec<u8> {
    let mut encoder = RequestEncoder::default();
    let Some(first) = spans.first() else { return Vec::new() };
    encoder.resource(&versions.resource(cluster, process, first.revision));
    let mut scopes = Vec::with_capacity(6);
    for span in spans {
        if !scopes.contains(&span.scope) {
            scopes.push(span.scope);
        }
    }
    for scope in scopes {
        encoder.scope(&versions.scope(cluster, process, first.revision, scope));
        spans.iter().filter(|span| span.scope == scope).for_each(|span| encoder.encoded_span(&span.bytes));
    }
    encoder.finish()
}
