//! Pod starts: of the captures, and of runtimes that show the network in other ways.

use std::collections::BTreeMap;

use proto::otlp::{Attribute, Event, Status, Value};

use super::*;
use crate::trace::testing::{Owned, assembled, by_trace, fixture, resource, span};

fn captured_rows(spans: &[Owned]) -> Vec<PodStartRow<'_>> {
    by_trace(spans).values().flat_map(|spans| pod_start_rows(&assembled(spans.iter().copied()))).collect()
}

#[test]
fn captured_pod_starts_show_sandbox_network_images_and_containers() {
    let mut totals: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut creates, mut later, mut containers) = (0, 0, 0);
    for slice in ["calm", "stall"] {
        let spans = fixture(slice);
        for row in captured_rows(&spans) {
            assert_eq!(row.phases.total_ns(), row.duration_ns, "{row:?}");
            assert!(row.node.is_some_and(|node| !node.is_empty()));
            assert!(!row.uid.is_empty() && !row.pod.is_empty() && !row.namespace.is_empty());
            if row.update_type == "create" {
                creates += 1
            } else {
                later += 1
            }
            for phase in PodPhase::ALL {
                *totals.entry(phase.name()).or_default() += row.phases.get(phase);
            }
            if row.phases.get(PodPhase::Sandbox) > 0 {
                assert_eq!(row.network_source, NetworkSource::Span, "{row:?}");
                assert!(row.network_ns.unwrap() >= row.phases.get(PodPhase::Network));
                assert_eq!(row.runtime, Some(Component::Containerd));
            }
            for container in &row.containers {
                containers += 1;
                if container.create_ns.is_some() && !container.is_failed {
                    assert!(container.name.is_some() && container.id.is_some(), "{row:?}");
                }
            }
        }
    }
    println!("{creates} creates, {later} later rounds, {containers} containers, {totals:?}");
    assert!(creates > 5 && containers > 5);
    assert!(PodPhase::ALL.iter().all(|phase| totals[phase.name()] > 0), "{totals:?}");
}

/// A row stands for one round, not for the probes that join its trace.
#[test]
fn probes_that_outlive_the_round_are_left_out() {
    let spans = [
        sync_pod((0, 100)),
        call(2, (10, 60), "runtime.v1.RuntimeService/RunPodSandbox"),
        call(3, (70, 90), "runtime.v1.RuntimeService/StartContainer"),
        call(4, (95, 400), "runtime.v1.RuntimeService/ExecSync"),
        call(5, (500, 600), "runtime.v1.RuntimeService/ExecSync"),
    ];
    let trace = assembled(&spans);
    let rows = pod_start_rows(&trace);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].duration_ns, rows[0].phases.total_ns()), (100, 100));
    assert_eq!(rows[0].phases.get(PodPhase::Sandbox), 50);
    assert_eq!(rows[0].phases.get(PodPhase::ContainerStart), 20);
    assert_eq!(rows[0].containers.len(), 1);
}

#[test]
fn rounds_that_start_nothing_are_no_rows() {
    let mut spans = vec![sync_pod((0, 100)), call(2, (10, 60), "runtime.v1.RuntimeService/PodSandboxStatus")];
    spans[0].span.attributes[0].value = Value::String("sync".into());
    assert_eq!(pod_start_rows(&assembled(&spans)), []);
    spans.push(call(3, (70, 90), "runtime.v1.RuntimeService/StartContainer"));
    assert_eq!(pod_start_rows(&assembled(&spans))[0].update_type, "sync");
}

#[test]
fn containers_are_put_together_from_their_calls() {
    let mut spans = vec![
        sync_pod((0, 1_000)),
        call(2, (10, 20), "runtime.v1.ImageService/PullImage"),
        call(3, (30, 35), "runtime.v1.RuntimeService/CreateContainer"),
        call(4, (40, 47), "runtime.v1.RuntimeService/StartContainer"),
        call(5, (50, 59), "runtime.v1.RuntimeService/CreateContainer"),
        call(6, (60, 71), "runtime.v1.RuntimeService/StartContainer"),
        call(7, (80, 93), "runtime.v1.ImageService/PullImage"),
    ];
    spans[6].span.status = Some(Status { code: 2, message: "not found".into() });
    spans.push(answer(8, 3, (31, 34), &[("container.name", "app_web-1_team_u-1_0"), ("container.id", "c1")]));
    spans.push(answer(9, 7, (81, 92), &[("image.ref", "example.com/missing:1")]));
    let trace = assembled(&spans);
    let rows = pod_start_rows(&trace);
    let container = |pull, create, start| ContainerStart {
        image_pull_ns: pull,
        create_ns: create,
        start_ns: start,
        ..ContainerStart::default()
    };
    let expected = [
        ContainerStart { name: Some("app"), id: Some("c1"), ..container(Some(10), Some(5), Some(7)) },
        container(None, Some(9), Some(11)),
        ContainerStart {
            image: Some("example.com/missing:1"),
            is_failed: true,
            ..container(Some(13), None, None)
        },
    ];
    assert_eq!(rows[0].containers, expected);
    assert_eq!(rows[0].phases.get(PodPhase::ImagePull), 23);
}

/// containerd before 2.3 has an event when it begins with the network, and no span.
#[test]
fn the_network_is_told_by_an_event() {
    let mut sandbox = answer(3, 2, (10, 90), &[]);
    sandbox.span.events.push(Event { time: 20, name: "setup pod network".into(), ..Default::default() });
    let mut container = answer(4, 3, (60, 80), &[]);
    container.span.name = "client.NewContainer".into();
    let spans =
        [sync_pod((0, 100)), call(2, (9, 91), "runtime.v1.RuntimeService/RunPodSandbox"), sandbox, container];
    let trace = assembled(&spans);
    let row = &pod_start_rows(&trace)[0];
    assert_eq!((row.network_source, row.network_ns), (NetworkSource::Event, Some(40)));
    assert_eq!(row.phases.get(PodPhase::Network), 40);
    assert_eq!(row.phases.get(PodPhase::Sandbox), 42);
    assert_eq!(row.phases.total_ns(), 100);
}

/// CRI-O names spans by Go function.
#[test]
fn the_network_is_told_by_a_function() {
    let mut function = answer(3, 2, (20, 50), &[]).process("crio");
    function.span.name = "github.com/cri-o/cri-o/server.(*Server).networkStart".into();
    let spans = [sync_pod((0, 100)), call(2, (10, 60), "runtime.v1.RuntimeService/RunPodSandbox"), function];
    let trace = assembled(&spans);
    let row = &pod_start_rows(&trace)[0];
    assert_eq!((row.network_source, row.network_ns), (NetworkSource::Span, Some(30)));
    assert_eq!((row.phases.get(PodPhase::Network), row.phases.get(PodPhase::Sandbox)), (30, 20));
    assert_eq!(row.runtime, Some(Component::Crio));
}

/// A trace as no kubelet sends it is read in about linear time.
#[test]
fn nested_rounds_are_read_once() {
    let spans: Vec<Owned> = (1..=50_000)
        .map(|id| {
            let mut one = sync_pod((id, 200_000 - id));
            one.span.span_id = crate::trace::testing::span_id(id);
            one.span.parent_span_id = (id > 1).then(|| crate::trace::testing::span_id(id - 1));
            one
        })
        .collect();
    assert_eq!(pod_start_rows(&assembled(&spans)).len(), 1);
}

fn sync_pod((start, end): (u64, u64)) -> Owned {
    let mut one = span(1, 0, start, end).name("syncPod");
    one.resource = resource(&[("service.name", "kubelet"), ("host.name", "node-1")]);
    one.span.kind = 1;
    one.span.attributes = [("k8s.pod.update_type", "create"), ("k8s.pod.uid", "u-1")]
        .map(|(key, value)| Attribute { key: key.into(), value: Value::String(value.into()) })
        .to_vec();
    one
}

fn call(id: u64, (start, end): (u64, u64), name: &'static str) -> Owned {
    let mut one = span(id, 1, start, end).name(name);
    one.resource = resource(&[("service.name", "kubelet"), ("host.name", "node-1")]);
    one.span.kind = 3;
    one
}

fn answer(
    id: u64,
    parent: u64,
    (start, end): (u64, u64),
    attributes: &[(&'static str, &'static str)],
) -> Owned {
    let mut one = span(id, parent, start, end).process("containerd").name("runtime.v1.RuntimeService/Answer");
    one.span.kind = if attributes.is_empty() { 1 } else { 2 };
    one.span.attributes = attributes
        .iter()
        .map(|(key, value)| Attribute { key: (*key).into(), value: Value::String((*value).into()) })
        .collect();
    one
}
