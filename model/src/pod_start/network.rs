//! The time of a pod's network, for runtimes that have no span for it.

use proto::UnixNanos;

use crate::trace::Trace;

/// How the time of a pod's network is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NetworkSource {
    /// Not known, or the pod has none of its own.
    Unknown,
    /// By a span: containerd since 2.3, CRI-O since 1.27.
    Span,
    /// From the event `setup pod network` to the creation of the sandbox's container: containerd before 2.3. An upper
    /// bound: the network namespace is made in it too.
    Event,
}

/// The event of containerd before the network is set up (internal/cri/server/sandbox_run.go).
const SETUP_EVENT: &str = "setup pod network";

/// What follows it: the sandbox's own container.
const NEXT_STEPS: [&str; 3] = ["client.NewContainer", "container.NewTask", "client.task.Start"];

/// From when to when the runtime was busy with the network of a pod, by the events in the subtree of `sandbox`.
pub(super) fn by_event(trace: &Trace<'_>, sandbox: usize) -> Option<(UnixNanos, UnixNanos)> {
    let subtree = || trace.subtree(sandbox).map(|node| trace.nodes[node].view);
    let begin = subtree().find_map(|view| view.event(SETUP_EVENT)).map(|event| event.time)?;
    let next =
        subtree().filter(|view| NEXT_STEPS.contains(&view.span.name.as_ref()) && view.span.start >= begin);
    let end = next.map(|view| view.span.start).min()?;
    Some((begin, end))
}
