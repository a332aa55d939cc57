//! Pod start rows: one row per `syncPod` of a kubelet that creates a pod, or starts containers of one.

mod containers;
mod network;
mod phases;
mod row;

use proto::{SpanId, TraceId, UnixNanos};

pub use network::NetworkSource;
pub use phases::{PodPhase, PodPhaseTimes};
pub use row::pod_start_rows;

use crate::Component;

/// One `syncPod`. A pod's start is often several of them: join rows by [`PodStartRow::uid`].
#[derive(Debug, Clone, PartialEq)]
pub struct PodStartRow<'a> {
    /// The trace; the probes of the pod may make it last as long as the pod.
    pub trace_id: TraceId,
    /// The `syncPod` span.
    pub span_id: SpanId,
    /// The kubelet's `host.name`: its node.
    pub node: Option<&'a str>,
    /// The container runtime, if its spans are there.
    pub runtime: Option<Component>,
    /// The pod's namespace.
    pub namespace: &'a str,
    /// The pod's name.
    pub pod: &'a str,
    /// The pod's uid.
    pub uid: &'a str,
    /// `create`; or `update`, `sync` for a later round that started containers.
    pub update_type: &'a str,
    /// When the round began.
    pub start: UnixNanos,
    /// How long it took, without the probes that outlive it.
    pub duration_ns: u64,
    /// Where the duration went; adds up to it exactly.
    pub phases: PodPhaseTimes,
    /// How long the network of the pod took to set up, where it is known.
    pub network_ns: Option<u64>,
    /// How that is known.
    pub network_source: NetworkSource,
    /// The containers it worked on, in order of time.
    pub containers: Vec<ContainerStart<'a>>,
    /// Why the round failed; empty when the span says nothing but that it did.
    pub error: Option<&'a str>,
}

/// The start of one container.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ContainerStart<'a> {
    /// The container's name, if the runtime says it (containerd).
    pub name: Option<&'a str>,
    /// Its id, if the runtime says it.
    pub id: Option<&'a str>,
    /// The image, if the runtime says it.
    pub image: Option<&'a str>,
    /// The time of pulling its image; `None` when it was there already.
    pub image_pull_ns: Option<u64>,
    /// The time of creating it; `None` when it came to no such call.
    pub create_ns: Option<u64>,
    /// The time of starting it; `None` when it came to no such call.
    pub start_ns: Option<u64>,
    /// The last call for it failed.
    pub is_failed: bool,
}

#[cfg(test)]
mod tests;
