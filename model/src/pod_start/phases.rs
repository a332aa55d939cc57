//! What a kubelet was doing while it started a pod (`data/pod_phases.tsv`).

use std::sync::LazyLock;

use crate::Component;

const TABLE: &str = include_str!("../../data/pod_phases.tsv");

/// What a nanosecond of a `syncPod` was spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PodPhase {
    /// The pod's sandbox, without its network.
    Sandbox,
    /// The pod's network: CNI plugins.
    Network,
    /// Pulling images.
    ImagePull,
    /// Creating containers.
    ContainerCreate,
    /// Starting containers.
    ContainerStart,
    /// Other calls of the container runtime.
    Runtime,
    /// The kubelet itself: admission, volumes, waiting.
    Own,
}

impl PodPhase {
    /// Every phase, in order of time.
    pub const ALL: [Self; 7] = [
        Self::Sandbox,
        Self::Network,
        Self::ImagePull,
        Self::ContainerCreate,
        Self::ContainerStart,
        Self::Runtime,
        Self::Own,
    ];

    /// The lower-case name used in queries, answers and data files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Network => "network",
            Self::ImagePull => "image_pull",
            Self::ContainerCreate => "container_create",
            Self::ContainerStart => "container_start",
            Self::Runtime => "runtime",
            Self::Own => "self",
        }
    }
}

/// Nanoseconds per phase of a pod's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PodPhaseTimes([u64; PodPhase::ALL.len()]);

impl PodPhaseTimes {
    /// The time of `phase`, in ns.
    #[must_use]
    pub const fn get(&self, phase: PodPhase) -> u64 {
        self.0[phase as usize]
    }

    /// Adds `duration_ns` to `phase`; the sum stops at the largest number.
    pub const fn add(&mut self, phase: PodPhase, duration_ns: u64) {
        self.0[phase as usize] = self.0[phase as usize].saturating_add(duration_ns);
    }

    /// The time of all phases, in ns.
    #[must_use]
    pub fn total_ns(&self) -> u64 {
        self.0.iter().fold(0, |sum, time| sum.saturating_add(*time))
    }
}

struct PodRule {
    name: &'static str,
    is_suffix: bool,
    is_runtime: bool,
    kind: i32,
    phase: PodPhase,
}

static RULES: LazyLock<Vec<PodRule>> = LazyLock::new(|| lines().filter_map(pod_rule).collect());

/// The phase that `component`'s span `name` begins; `None` is that of the span it lies in.
pub(super) fn phase(component: Component, kind: i32, name: &str) -> Option<PodPhase> {
    let is_runtime = match component {
        Component::Kubelet => false,
        Component::Containerd | Component::Crio => true,
        _ => return None,
    };
    let names = |rule: &&PodRule| if rule.is_suffix { name.ends_with(rule.name) } else { name == rule.name };
    RULES
        .iter()
        .filter(|rule| rule.kind == kind && rule.is_runtime == is_runtime)
        .find(names)
        .map(|rule| rule.phase)
}

fn lines() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).skip(1)
}

fn pod_rule(line: &'static str) -> Option<PodRule> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [name, component, kind, phase, _since, _until] = fields[..] else { return None };
    Some(PodRule {
        name: name.trim_start_matches('*'),
        is_suffix: name.starts_with('*'),
        is_runtime: match component {
            "kubelet" => false,
            "runtime" => true,
            _ => return None,
        },
        kind: match kind {
            "internal" => 1,
            "client" => 3,
            _ => return None,
        },
        phase: PodPhase::ALL.into_iter().find(|known| known.name() == phase)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_parses_and_names_find_their_rules() {
        for line in lines() {
            assert!(pod_rule(line).is_some(), "{line:?}");
        }
        let kubelet = |name| phase(Component::Kubelet, 3, name);
        assert_eq!(kubelet("runtime.v1.RuntimeService/RunPodSandbox"), Some(PodPhase::Sandbox));
        assert_eq!(kubelet("runtime.v1alpha2.ImageService/PullImage"), Some(PodPhase::ImagePull));
        assert_eq!(kubelet("HTTP GET"), None);
        let function = "github.com/cri-o/cri-o/server.(*Server).networkStart";
        assert_eq!(phase(Component::Crio, 1, function), Some(PodPhase::Network));
        assert_eq!(phase(Component::Containerd, 1, "cni.setup_pod_network"), Some(PodPhase::Network));
        assert_eq!(phase(Component::Kubelet, 1, "cni.setup_pod_network"), None);
    }
}
