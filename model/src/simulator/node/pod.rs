//! The start of a pod: the kubelet's first `syncPod` and the runtime's work in it, and what follows.

use proto::{SpanId, TraceId, UnixNanos};

use super::super::cluster::ZONES;
use super::super::plan::PodContext;
use super::super::random::{Random, mix};
use super::super::render::Stage;
use super::super::span::{Parent, SERVER, event_with, text};
use super::super::truth::{PlannedContainer, PlannedPodStart};
use super::containerd::ContainerIds;
use super::rounds::{CONTAINER_STATUS, LIST_CONTAINERS, LIST_SANDBOXES};
use super::{Content, Method, Scene, image, runtime};

const RUN_SANDBOX: Method = runtime("RunPodSandbox", "runtime.v1.RuntimeService/RunPodSandbox", 480, 66);
const SANDBOX_STATUS: Method =
    runtime("PodSandboxStatus", "runtime.v1.RuntimeService/PodSandboxStatus", 66, 620);
const IMAGE_STATUS: Method = image("ImageStatus", "runtime.v1.ImageService/ImageStatus", 60, 420);
const PULL_IMAGE: Method = image("PullImage", "runtime.v1.ImageService/PullImage", 340, 74);
const CREATE_CONTAINER: Method =
    runtime("CreateContainer", "runtime.v1.RuntimeService/CreateContainer", 2_100, 66);
const START_CONTAINER: Method = runtime("StartContainer", "runtime.v1.RuntimeService/StartContainer", 66, 0);
const STOP_CONTAINER: Method = runtime("StopContainer", "runtime.v1.RuntimeService/StopContainer", 68, 0);
const STOP_SANDBOX: Method = runtime("StopPodSandbox", "runtime.v1.RuntimeService/StopPodSandbox", 66, 0);
/// How a shim tells containerd of its task.
const FORWARD: &str = "containerd.services.events.ttrpc.v1.Events/Forward";
const EXEC_SYNC: Method = runtime("ExecSync", "runtime.v1.RuntimeService/ExecSync", 90, 12);

/// What chance decides about a pod start, whatever the version.
#[derive(Debug, Clone)]
pub(crate) struct PodStart {
    pod: PodContext,
    uid: String,
    trace_id: TraceId,
    volumes: u64,
    setup: u64,
    cni: u64,
    rest: u64,
    containers: Vec<ContainerPlan>,
    /// How long the pod lives, if it ends soon (a job).
    lifetime: Option<u64>,
    seed: u64,
}

#[derive(Debug, Clone)]
struct ContainerPlan {
    name: String,
    image: String,
    pull: Option<u64>,
    create: u64,
    start: u64,
}

impl PodStart {
    /// Draws the start of `pod`, number `number`.
    pub(crate) fn draw(stage: &Stage<'_>, pod: &PodContext, number: u64, at: UnixNanos) -> Self {
        let mut random = Random::new(mix(number) ^ 0x0070_6f64);
        let host = &stage.planner.cluster.nodes[pod.node as usize];
        let faults = &stage.planner.faults;
        let slow = |random: &mut Random| faults.zone_ns(host.zone, at, random);
        let containers = (0..1 + random.below(2))
            .map(|index| ContainerPlan {
                name: if index == 0 { "app".to_owned() } else { "sidecar".to_owned() },
                image: format!("registry.example.com/{}:v{}", pod.deployment, 1 + random.below(9)),
                pull: random.chance(0.3).then(|| random.duration(1_800_000_000) + slow(&mut random)),
                create: random.duration(32_000_000),
                start: random.duration(85_000_000),
            })
            .collect();
        Self {
            uid: random.uuid(),
            trace_id: TraceId(random.trace_id()),
            volumes: random.duration(45_000_000),
            setup: random.duration(3_000_000),
            cni: random.duration(38_000_000) + faults.cni_ns(&host.name, at, &mut random) + slow(&mut random),
            rest: random.duration(130_000_000),
            containers,
            lifetime: random.chance(0.2).then(|| 20_000_000_000 + random.below(300_000_000_000)),
            seed: random.next(),
            pod: pod.clone(),
        }
    }
}

/// Sends the spans of a pod start that begins at `at` and gives its truth.
pub(crate) fn start_pod(stage: &mut Stage<'_>, plan: &PodStart, at: UnixNanos) -> PlannedPodStart {
    let lost_before = stage.outbox.lost;
    let host = &stage.planner.cluster.nodes[plan.pod.node as usize];
    let (node, zone) = (host.name.clone(), ZONES[host.zone]);
    let mut scene = Scene::new(stage, plan.pod.node, at, plan.trace_id, Random::new(plan.seed));
    let root = scene.id();
    let parent = scene.has_sync_spans(at).then_some(root);
    let mut now = at + plan.volumes;
    let ids = scene.ids(&plan.containers[0].image);
    let sandbox = ids.sandbox.clone();
    let sandbox_at = now;
    now = scene.sandbox(plan, parent, now, &sandbox);
    let sandbox_ns = now - sandbox_at;
    let inside = scene.random.duration(190_000);
    now = scene.call(SANDBOX_STATUS, parent, (now + 300_000, inside), Content::default()).2;
    let mut containers = Vec::with_capacity(plan.containers.len());
    for container in &plan.containers {
        let ids =
            ContainerIds { container: scene.random.hex(32), image: container.image.clone(), ..ids.clone() };
        let (truth, end) = scene.container(container, plan, (parent, now), &ids);
        containers.push(truth);
        now = end;
    }
    let end = now + 400_000;
    scene.sync_pod_as(root, &plan.pod, (&plan.uid, "create"), (at, end));
    scene.afterwards(plan, parent, end, &ids);
    let truth = PlannedPodStart {
        trace_id: plan.trace_id,
        span_id: parent.unwrap_or_default(),
        sampled: scene.sampled,
        process: scene.kubelet,
        node,
        zone,
        namespace: plan.pod.namespace.clone(),
        name: plan.pod.name.clone(),
        uid: plan.uid.clone(),
        start: at.saturating_add_signed(scene.skew_ns),
        duration_ns: end - at,
        sandbox_ns,
        cni_ns: plan.cni,
        containers,
        complete: true,
    };
    PlannedPodStart { complete: stage.outbox.lost == lost_before, ..truth }
}

impl Scene<'_, '_> {
    fn ids(&mut self, image: &str) -> ContainerIds {
        ContainerIds {
            sandbox: self.random.hex(32),
            container: self.random.hex(32),
            image: image.to_owned(),
            pid: 1_000 + self.random.below(60_000),
        }
    }

    fn is_crio(&self) -> bool {
        self.stage.versions.runtime.is_crio
    }

    fn log<'a>(&self, at: UnixNanos, message: String) -> proto::otlp::Event<'a> {
        event_with(at, message, vec![text("level", "info")])
    }

    fn sandbox(
        &mut self,
        plan: &PodStart,
        parent: Option<SpanId>,
        at: UnixNanos,
        sandbox: &str,
    ) -> UnixNanos {
        let pod = &plan.pod;
        let inside = plan.setup + plan.cni + plan.rest;
        let metadata = format!("name:\"{}\" uid:\"{}\" namespace:\"{}\"", pod.name, plan.uid, pod.namespace);
        let mut shown = Content::default();
        if !self.is_crio() {
            let first = self.log(at + 300_000, format!("RunPodSandbox for {metadata}"));
            let last = format!("RunPodSandbox for {metadata} returns sandbox id \"{sandbox}\"");
            shown.events = vec![first, self.log(at + inside, last)];
            if !self.stage.versions.runtime.sandbox_spans {
                shown.attributes.push(text("sandbox.id", sandbox.to_owned()));
            }
        }
        let (server, started, end) = self.call(RUN_SANDBOX, parent, (at, inside), shown);
        let times = (started, started + inside);
        let network = (started + plan.setup, started + plan.setup + plan.cni);
        if self.is_crio() {
            self.crio_sandbox(server, times, network);
        } else {
            let address = format!("10.244.{}.{}", self.random.below(250), 2 + self.random.below(250));
            let name = format!("{}_{}_{}_0", pod.name, pod.namespace, plan.uid);
            self.containerd_sandbox(server, times, (network, address), (sandbox, &name));
        }
        end
    }

    fn container(
        &mut self,
        container: &ContainerPlan,
        plan: &PodStart,
        (parent, at): (Option<SpanId>, UnixNanos),
        ids: &ContainerIds,
    ) -> (PlannedContainer, UnixNanos) {
        let inside = self.random.duration(130_000);
        let mut now = self.call(IMAGE_STATUS, parent, (at + 200_000, inside), Content::default()).2;
        let mut pull_ns = None;
        if let Some(pull) = container.pull {
            let from = now + 150_000;
            now = self.pull_image(container, parent, (from, pull));
            pull_ns = Some(now - from);
            let inside = self.random.duration(130_000);
            now = self.call(IMAGE_STATUS, parent, (now + 100_000, inside), Content::default()).2;
        }
        let create_at = now + 250_000;
        now = self.create(container, plan, (parent, create_at), ids);
        let create_ns = now - create_at;
        let start_at = now + 150_000;
        now = self.start(container, (parent, start_at), ids);
        let truth =
            PlannedContainer { name: container.name.clone(), pull_ns, create_ns, start_ns: now - start_at };
        (truth, now)
    }

    fn pull_image(
        &mut self,
        container: &ContainerPlan,
        parent: Option<SpanId>,
        (at, pull): (UnixNanos, u64),
    ) -> UnixNanos {
        let image = &container.image;
        let mut shown = Content::default();
        if !self.is_crio() {
            shown.attributes = vec![text("image.ref", image.clone()), text("snapshotter.name", "overlayfs")];
            shown.events = vec![
                self.log(at + 300_000, format!("PullImage \"{image}\"")),
                super::super::span::event(at + pull, "Pull and unpack image complete"),
                self.log(at + pull, format!("PullImage \"{image}\" returns image reference")),
            ];
        }
        let (server, started, end) = self.call(PULL_IMAGE, parent, (at, pull), shown);
        if !self.is_crio() {
            self.pull(server, image, (started + pull / 50, started + pull - pull / 50));
        }
        end
    }

    fn create(
        &mut self,
        container: &ContainerPlan,
        plan: &PodStart,
        (parent, at): (Option<SpanId>, UnixNanos),
        ids: &ContainerIds,
    ) -> UnixNanos {
        let mut shown = Content::default();
        if !self.is_crio() {
            let name = format!("{}_{}_{}_{}_0", container.name, plan.pod.name, plan.pod.namespace, plan.uid);
            shown.attributes = vec![
                text("sandbox.id", ids.sandbox.clone()),
                text("sandbox.pid", ids.pid.to_string()),
                text("container.id", ids.container.clone()),
                text("container.name", name),
                text("container.image.ref", ids.image.clone()),
            ];
            let took = format!("{}ms", container.create / 1_000_000);
            let created = event_with(
                at + container.create,
                "container created",
                vec![text("container.create.duration", took)],
            );
            let first = format!("CreateContainer within sandbox \"{}\" for container", ids.sandbox);
            let last = format!("{first} returns container id \"{}\"", ids.container);
            shown.events =
                vec![self.log(at + 300_000, first), created, self.log(at + container.create, last)];
        }
        let (server, started, end) = self.call(CREATE_CONTAINER, parent, (at, container.create), shown);
        let times = (started + container.create / 10, started + container.create / 10 * 9);
        if self.is_crio() {
            self.crio_step("CreateContainer", server, times);
        } else {
            self.new_container(server, ids, times);
        }
        end
    }

    fn start(
        &mut self,
        container: &ContainerPlan,
        (parent, at): (Option<SpanId>, UnixNanos),
        ids: &ContainerIds,
    ) -> UnixNanos {
        let mut shown = Content::default();
        if !self.is_crio() {
            shown.attributes =
                vec![text("container.id", ids.container.clone()), text("sandbox.id", ids.sandbox.clone())];
            let took = format!("{}ms", container.start / 1_000_000);
            let started = event_with(
                at + container.start,
                "container started",
                vec![text("container.start.duration", took)],
            );
            let line = format!("StartContainer for \"{}\"", ids.container);
            let last = format!("{line} returns successfully");
            shown.events = vec![self.log(at + 300_000, line), started, self.log(at + container.start, last)];
        }
        let (server, started, end) = self.call(START_CONTAINER, parent, (at, container.start), shown);
        let step = container.start / 20;
        if self.is_crio() {
            self.crio_step("StartContainer", server, (started + step, started + 19 * step));
        } else {
            self.new_task(server, ids, (started + step, started + 17 * step));
            self.start_task(server, ids, (started + 17 * step, started + 19 * step));
        }
        end
    }

    /// Two more looks at the pod, its first probes, and for a short-lived one the end of its container.
    fn afterwards(&mut self, plan: &PodStart, parent: Option<SpanId>, end: UnixNanos, ids: &ContainerIds) {
        // From 1.35 on, probes run in the context of the sync that added them, and so in its trace, for good.
        let (profile, _) = self.stage.versions.kubernetes(&self.stage.planner.cluster, self.kubelet, end);
        let joins = profile.sync_pod && matches!(profile.version.as_str(), "1.35" | "1.36" | "1.37");
        for probe in 1..=3 {
            let inside = self.random.duration(30_000_000);
            let mut shown = Content::default();
            if !self.is_crio() {
                shown.attributes.push(text("container.id", ids.container.clone()));
            }
            if joins {
                self.call(EXEC_SYNC, parent, (end + probe * 10_000_000_000, inside), shown);
            }
        }
        if let Some(lifetime) = plan.lifetime
            && !self.is_crio()
            && self.stage.versions.runtime.metadata_spans
        {
            let exited = end + lifetime;
            self.next_trace();
            let attributes = vec![text("task.id", ids.container.clone())];
            let wait = self.internal("task.Wait", None, (end, exited), attributes);
            self.shim("containerd.task.v3.Task/Wait", Some(wait), (end + 100_000, exited - 100_000));
        }
        for later in [900_000_000, 1_900_000_000] {
            let took = self.random.duration(700_000);
            self.next_trace();
            self.sync_pod(&plan.pod, &plan.uid, "sync", (end + later, end + later + took));
        }
        // Sandbox and containers tell containerd that they were created and started, each in a trace of its own.
        for told in 0..2 * (1 + plan.containers.len() as u64) {
            let length = self.random.duration(33_000);
            let context = Parent::remote(SpanId::default());
            self.lone_ttrpc((FORWARD, SERVER), context, end - told * 3_000_000, length);
        }
        if let Some(lifetime) = plan.lifetime {
            self.terminate(plan, ids, end + lifetime);
        }
    }

    /// The end of a pod whose containers exited at `at`: the kubelet stops what is left, then forgets it.
    fn terminate(&mut self, plan: &PodStart, ids: &ContainerIds, at: UnixNanos) {
        self.next_trace();
        let id = self.id();
        let parent = self.has_sync_spans(at).then_some(id);
        let mut now = at + 500_000;
        let container = text("container.id", ids.container.clone());
        let sandbox = text("sandbox.id", ids.sandbox.clone());
        for (method, median, attribute) in [
            (LIST_SANDBOXES, 300_000, None),
            (STOP_CONTAINER, 30_000_000, Some(container)),
            (STOP_SANDBOX, 160_000_000, Some(sandbox)),
            (LIST_CONTAINERS, 250_000, None),
            (SANDBOX_STATUS, 190_000, None),
            (CONTAINER_STATUS, 300_000, None),
        ] {
            let inside = self.random.duration(median);
            let attributes = attribute.into_iter().filter(|_| !self.is_crio()).collect();
            let shown = Content { attributes, ..Content::default() };
            now = self.call(method, parent, (now + 200_000, inside), shown).2;
        }
        let end = now + self.random.duration(400_000);
        self.pod_worker("syncTerminatingPod", (id, &plan.pod, &plan.uid), None, (at, end));
        self.next_trace();
        let (id, took) = (self.id(), self.random.duration(3_200_000));
        self.pod_worker(
            "syncTerminatedPod",
            (id, &plan.pod, &plan.uid),
            None,
            (end + 900_000, end + 900_000 + took),
        );
    }
}
