//! Making the pod start rows of a trace.

use proto::UnixNanos;

use super::PodStartRow;
use super::containers::containers;
use super::network::{self, NetworkSource};
use super::phases::{self, PodPhase, PodPhaseTimes};
use crate::Component;
use crate::trace::{PieceKind, Trace};

/// OTLP's status code for an error.
const ERROR: i32 = 2;

/// The kubelet's span over one round of work for a pod (pkg/kubelet/kubelet.go).
const SYNC_POD: &str = "syncPod";

/// In how many calls for a sandbox the network is looked for; one round makes one or two.
const SANDBOXES_MAX: usize = 16;

/// The rows of `trace`, in the order of its `syncPod` spans: those that create a pod, and those of other rounds that
/// created or started containers, or a sandbox. Each stands for itself, without the probes it left behind.
#[must_use]
pub fn pod_start_rows<'a>(trace: &Trace<'a>) -> Vec<PodStartRow<'a>> {
    let mut rows = Vec::new();
    if !trace.nodes.iter().any(|node| node.view.span.name == SYNC_POD) {
        return rows;
    }
    let mut reached = 0;
    for piece in trace.cut().iter().filter(|piece| piece.kind == PieceKind::SyncPod) {
        // No kubelet puts one `syncPod` into another; such a trace is not read again and again.
        let root = piece.nodes.first().copied().filter(|root| *root >= reached);
        if let Some(root) = root {
            reached = trace.subtree(root).end;
            rows.extend(row(trace, &piece.nodes));
        }
    }
    rows
}

/// The row of a `syncPod`, which is the first of `nodes`; the others lie below it.
fn row<'a>(trace: &Trace<'a>, nodes: &[usize]) -> Option<PodStartRow<'a>> {
    let root = *nodes.first()?;
    let view = trace.nodes[root].view;
    let calls = calls(trace, nodes);
    let starts = |(_, phase): &(usize, PodPhase)| !matches!(phase, PodPhase::Runtime | PodPhase::ImagePull);
    let update_type = view.text("k8s.pod.update_type").unwrap_or_default();
    if update_type != "create" && !calls.iter().any(starts) {
        return None;
    }
    let (phases, network_ns, network_source) = times(trace, root, &calls);
    let runtime = nodes.iter().map(|node| Component::of(trace.nodes[*node].view));
    let status = view.span.status.as_ref().filter(|status| status.code == ERROR);
    let text = |key| view.text(key).unwrap_or_default();
    Some(PodStartRow {
        trace_id: view.span.trace_id,
        span_id: view.span.span_id,
        node: view.resource_text("host.name"),
        runtime: runtime.into_iter().find(|made| matches!(made, Component::Containerd | Component::Crio)),
        namespace: text("k8s.namespace.name"),
        pod: text("k8s.pod.name"),
        uid: text("k8s.pod.uid"),
        update_type,
        start: view.span.start,
        duration_ns: view.span.duration_ns(),
        phases,
        network_ns,
        network_source,
        containers: containers(trace, &calls),
        error: status.map(|status| status.message.as_ref()),
    })
}

/// The kubelet's calls of the runtime among `nodes`, by start, each with its phase.
fn calls(trace: &Trace<'_>, nodes: &[usize]) -> Vec<(usize, PodPhase)> {
    let of_kubelet = |node: &usize| {
        let view = trace.nodes[*node].view;
        let component = Component::of(view);
        let phase = phases::phase(component, view.span.kind, &view.span.name)?;
        (component == Component::Kubelet).then_some((*node, phase))
    };
    let mut calls: Vec<(usize, PodPhase)> = nodes.iter().filter_map(of_kubelet).collect();
    calls.sort_by_key(|(node, _)| (trace.nodes[*node].view.span.start, *node));
    calls
}

/// Where the time of `root` went, and what the network took.
fn times(
    trace: &Trace<'_>,
    root: usize,
    calls: &[(usize, PodPhase)],
) -> (PodPhaseTimes, Option<u64>, NetworkSource) {
    let phases = phases_below(trace, root);
    let mut times = PodPhaseTimes::default();
    let mut spans_ns = 0;
    let is_network_span = |node: usize| {
        phases[node - root] == PodPhase::Network
            && phases.get(parent(trace, root, node)) != Some(&PodPhase::Network)
    };
    for node in trace.subtree(root).filter(|node| is_network_span(*node)) {
        spans_ns += trace.nodes[node].view.span.duration_ns();
    }
    let has_span = phases.contains(&PodPhase::Network);
    let sandbox = calls.iter().filter(|(_, phase)| *phase == PodPhase::Sandbox);
    let windows: Vec<(UnixNanos, UnixNanos)> = if has_span {
        Vec::new()
    } else {
        sandbox.take(SANDBOXES_MAX).filter_map(|(node, _)| network::by_event(trace, *node)).collect()
    };
    for segment in trace.critical_path(root) {
        let phase = phases[segment.node - root];
        let duration_ns = segment.end - segment.start;
        let overlap = |(from, to): &(UnixNanos, UnixNanos)| {
            segment.end.min(*to).saturating_sub(segment.start.max(*from))
        };
        let network_ns = match phase {
            PodPhase::Sandbox => windows.iter().map(overlap).sum::<u64>().min(duration_ns),
            _ => 0,
        };
        times.add(PodPhase::Network, network_ns);
        times.add(phase, duration_ns - network_ns);
    }
    if has_span {
        (times, Some(spans_ns), NetworkSource::Span)
    } else if windows.is_empty() {
        (times, None, NetworkSource::Unknown)
    } else {
        (times, Some(times.get(PodPhase::Network)), NetworkSource::Event)
    }
}

/// The position below `root` of the parent of `node`.
fn parent(trace: &Trace<'_>, root: usize, node: usize) -> usize {
    trace.nodes[node].parent.map_or(0, |parent| parent.saturating_sub(root))
}

/// The phase of every node in the subtree of `root`, by its distance from `root`.
fn phases_below(trace: &Trace<'_>, root: usize) -> Vec<PodPhase> {
    let mut found: Vec<PodPhase> = Vec::with_capacity(trace.nodes[root].descendants + 1);
    for node in trace.subtree(root) {
        let view = trace.nodes[node].view;
        let own = phases::phase(Component::of(view), view.span.kind, &view.span.name);
        let around = found.get(parent(trace, root, node)).copied().unwrap_or(PodPhase::Own);
        found.push(own.filter(|_| node != root).unwrap_or(around));
    }
    found
}
