//! What a node does whether or not anything happens: the kubelet's rounds through the runtime.

use proto::{TraceId, UnixNanos};

use super::super::plan::PodContext;
use super::super::random::{Random, mix};
use super::super::render::Stage;
use super::super::span::{CLIENT, INTERNAL, ScopeName, text};
use super::{Content, Method, Scene, image, runtime};

/// Once in this time each node makes a round, in ns.
pub(crate) const ROUND_NS: u64 = 1_000_000_000;

pub(super) const LIST_SANDBOXES: Method =
    runtime("ListPodSandbox", "runtime.v1.RuntimeService/ListPodSandbox", 4, 14_000);
pub(super) const LIST_CONTAINERS: Method =
    runtime("ListContainers", "runtime.v1.RuntimeService/ListContainers", 4, 19_000);
const STATUS: Method = runtime("Status", "runtime.v1.RuntimeService/Status", 0, 310);
pub(super) const CONTAINER_STATUS: Method =
    runtime("ContainerStatus", "runtime.v1.RuntimeService/ContainerStatus", 66, 1_400);
const STATS: Method =
    runtime("ListContainerStats", "runtime.v1.RuntimeService/ListContainerStats", 4, 24_000);
const IMAGE_FS: Method = image("ImageFsInfo", "runtime.v1.ImageService/ImageFsInfo", 0, 140);

/// Round `number` of `node` at `at`: relist each second, housekeeping each other, status, statistics, and the pods
/// whose turn it is to be looked at.
pub(crate) fn round(stage: &mut Stage<'_>, node: u32, number: u64, at: UnixNanos) {
    let mut random = Random::new(mix(at) ^ mix(u64::from(node) << 20));
    let mut calls: Vec<(Method, u64, u64)> =
        vec![(LIST_SANDBOXES, 300_000, 0), (LIST_CONTAINERS, 250_000, 2_000_000)];
    if number.is_multiple_of(2) {
        calls.extend([(LIST_SANDBOXES, 300_000, 400_000_000), (LIST_CONTAINERS, 250_000, 402_000_000)]);
    }
    if number.is_multiple_of(5) {
        calls.extend([(STATUS, 260_000, 600_000_000), (CONTAINER_STATUS, 300_000, 640_000_000)]);
    }
    if number.is_multiple_of(4) {
        calls.extend([(STATS, 9_000_000, 700_000_000), (IMAGE_FS, 220_000, 720_000_000)]);
    }
    for (method, median, offset) in calls {
        let trace_id = TraceId(random.trace_id());
        let inside = random.duration(median);
        let ids = Random::new(random.next());
        let mut scene = Scene::new(stage, node, at, trace_id, ids);
        if scene.sampled {
            scene.call(method, None, (at + offset, inside), Content::default());
        }
    }
    if number.is_multiple_of(4) {
        task_stats(stage, node, at + 705_000_000, Random::new(mix(at ^ 0x7374_6174)));
    }
    // Every pod once in about 75 s.
    let pods = u64::from(stage.planner.scenario.pods_per_node);
    if random.below(75) < pods {
        let pod = PodContext::draw(&mut random, 1);
        idle_sync(stage, (node, &pod), at + random.below(ROUND_NS), Random::new(random.next()));
    }
    if number.is_multiple_of(15) {
        let length = random.duration(30_000_000);
        let scrape = ("/metrics/cadvisor", "/metrics/cadvisor");
        super::serve(stage, node, scrape, "Prometheus/3.5.0", (at + 300_000_000, length));
    }
    if number.is_multiple_of(60) {
        collect_garbage(stage, node, at + 800_000_000, Random::new(mix(at)));
    }
}

/// A `syncPod` that finds nothing to do.
fn idle_sync(stage: &mut Stage<'_>, (node, pod): (u32, &PodContext), at: UnixNanos, mut random: Random) {
    let trace_id = TraceId(random.trace_id());
    let uid = random.uuid();
    let took = random.duration(660_000);
    let mut scene = Scene::new(stage, node, at, trace_id, random);
    scene.sync_pod(pod, &uid, "sync", (at, at + took));
}

/// The metrics of tasks, each by a call of its shim in a trace of its own. So many that they are the part of an idle
/// containerd's spans that was captured, about a seventh.
fn task_stats(stage: &mut Stage<'_>, node: u32, at: UnixNanos, mut random: Random) {
    let trace_id = TraceId(random.trace_id());
    let mut scene = Scene::new(stage, node, at, trace_id, random);
    for task in 0..3 {
        let length = scene.random.duration(840_000);
        scene.lone_ttrpc(("containerd.task.v3.Task/Stats", CLIENT), None, at + task * 2_000_000, length);
    }
}

fn collect_garbage(stage: &mut Stage<'_>, node: u32, at: UnixNanos, mut random: Random) {
    let trace_id = TraceId(random.trace_id());
    let mut scene = Scene::new(stage, node, at, trace_id, random);
    if !scene.has_sync_spans(at) {
        return;
    }
    let id = scene.id();
    let (_, _, listed) = scene.call(LIST_CONTAINERS, Some(id), (at + 40_000, 250_000), Content::default());
    let (_, _, end) = scene.call(LIST_SANDBOXES, Some(id), (listed + 30_000, 300_000), Content::default());
    let what = (ScopeName::KubeRuntime, "Containers/GarbageCollect", INTERNAL);
    scene.kubelet_span(what, (id, None), (at, end + 60_000), Content::default());
}

impl Scene<'_, '_> {
    /// Whether the kubelet has the spans of the `syncPod` family (1.27 and later).
    pub(super) fn has_sync_spans(&self, at: UnixNanos) -> bool {
        self.stage.versions.kubernetes(&self.stage.planner.cluster, self.kubelet, at).0.sync_pod
    }

    /// A `syncPod` root; gives its id, or none where the version has no such span.
    pub(super) fn sync_pod(
        &mut self,
        pod: &PodContext,
        uid: &str,
        update_type: &'static str,
        times: (UnixNanos, UnixNanos),
    ) {
        let id = self.id();
        self.sync_pod_as(id, pod, (uid, update_type), times);
    }

    pub(super) fn sync_pod_as(
        &mut self,
        id: proto::SpanId,
        pod: &PodContext,
        (uid, update_type): (&str, &'static str),
        times: (UnixNanos, UnixNanos),
    ) {
        self.pod_worker("syncPod", (id, pod, uid), Some(update_type), times);
    }

    /// A round of the kubelet's worker for a pod: a root.
    pub(super) fn pod_worker(
        &mut self,
        name: &'static str,
        (id, pod, uid): (proto::SpanId, &PodContext, &str),
        update_type: Option<&'static str>,
        times: (UnixNanos, UnixNanos),
    ) {
        if !self.has_sync_spans(times.0) {
            return;
        }
        let mut attributes = vec![
            text("k8s.pod.uid", uid),
            text("k8s.pod", format!("{}/{}", pod.namespace, pod.name)),
            text("k8s.pod.name", pod.name.as_str()),
        ];
        attributes.extend(update_type.map(|update_type| text("k8s.pod.update_type", update_type)));
        attributes.push(text("k8s.namespace.name", pod.namespace.as_str()));
        self.kubelet_span((ScopeName::Kubelet, name, INTERNAL), (id, None), times, attributes.into());
    }
}
