//! The containers of one round, put together from the kubelet's calls of the runtime.

use super::ContainerStart;
use super::phases::PodPhase;
use crate::span_view::SpanView;
use crate::trace::Trace;

/// OTLP's status code for an error.
const ERROR: i32 = 2;

/// The containers that `calls` worked on: the kubelet pulls, creates and starts one after the other
/// (pkg/kubelet/kuberuntime, `startContainer`), so a pull belongs to the container created next.
pub(super) fn containers<'a>(trace: &Trace<'a>, calls: &[(usize, PodPhase)]) -> Vec<ContainerStart<'a>> {
    let mut containers: Vec<ContainerStart<'a>> = Vec::new();
    let mut open: Option<ContainerStart<'a>> = None;
    for (node, phase) in calls {
        let call = trace.nodes[*node].view;
        let took_ns = Some(call.span.duration_ns());
        match phase {
            PodPhase::ImagePull => {
                containers.extend(open.take());
                open = Some(ContainerStart { image_pull_ns: took_ns, ..ContainerStart::default() });
            }
            PodPhase::ContainerCreate => {
                let pulled = open.take_if(|container| container.create_ns.is_none());
                containers.extend(open.take());
                open = Some(ContainerStart { create_ns: took_ns, ..pulled.unwrap_or_default() });
            }
            PodPhase::ContainerStart => {
                open.get_or_insert_default().start_ns = took_ns;
            }
            _ => continue,
        }
        if let Some(container) = &mut open {
            describe(container, call, trace.children(*node).map(|child| trace.nodes[child].view));
        }
        if *phase == PodPhase::ContainerStart {
            containers.extend(open.take());
        }
    }
    containers.extend(open);
    containers
}

/// What the call and the runtime's answer to it say of the container.
fn describe<'a>(
    container: &mut ContainerStart<'a>,
    call: SpanView<'a>,
    answers: impl Iterator<Item = SpanView<'a>>,
) {
    container.is_failed = call.span.status.as_ref().is_some_and(|status| status.code == ERROR);
    for answer in answers {
        let text = |key| answer.text(key).filter(|text| !text.is_empty());
        // containerd's `container.name` is name_pod_namespace_uid_attempt (internal/cri/server/helpers.go).
        let name = || text("container.name").and_then(|name| name.split('_').next());
        container.name = container.name.or_else(name);
        container.id = container.id.or_else(|| text("container.id"));
        container.image =
            container.image.or_else(|| text("image.ref")).or_else(|| text("container.image.ref"));
    }
}
