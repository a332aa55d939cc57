//! The simulated cluster: hosts with zone, address and clock, and the processes on them.

use serde_json::{Value, json};

use super::Scenario;
use super::random::Random;

/// The zones, in turn for every host.
pub const ZONES: [&str; 3] = ["zone-a", "zone-b", "zone-c"];

/// The cluster's name where resource attributes tell it.
pub(crate) const CLUSTER_NAME: &str = "simulated";

/// A process, by its place in the cluster: API servers, etcd members, kubelets, runtimes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProcessId(pub u32);

/// What a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// kube-apiserver on this control-plane host.
    Apiserver(u32),
    /// etcd on this control-plane host.
    Etcd(u32),
    /// The kubelet of this node.
    Kubelet(u32),
    /// containerd or CRI-O of this node.
    Runtime(u32),
    /// The aggregated API server of `metrics.k8s.io`, a pod on the first node.
    Aggregated,
}

/// A machine.
#[derive(Debug, Clone)]
pub struct Host {
    /// Its name: `cp-1`, `node-00001`.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Its zone, an index into [`ZONES`].
    pub zone: usize,
    /// How far its clock is ahead, in ns.
    pub skew_ns: i64,
}

/// The machines and what runs on them.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// The control-plane hosts; each runs an API server and an etcd member.
    pub control_planes: Vec<Host>,
    /// The nodes; each runs a kubelet and a runtime.
    pub nodes: Vec<Host>,
    /// The pod of the aggregated API server, on the first node.
    pub aggregated: Host,
    kubelet_version: String,
    is_crio: bool,
}

impl Cluster {
    pub(crate) fn new(scenario: &Scenario, seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0x0063_6c75_7374_6572);
        let skew_most = (scenario.clock_skew_ms * 1e6) as u64;
        let mut host = |name: String, address: String, index: u32| Host {
            name,
            address,
            zone: index as usize % ZONES.len(),
            skew_ns: random.below(2 * skew_most + 1) as i64 - skew_most as i64,
        };
        let control_planes = (0..scenario.control_planes.max(1))
            .map(|index| host(format!("cp-{}", index + 1), format!("10.0.0.{}", index + 11), index))
            .collect();
        let nodes: Vec<Host> = (0..scenario.nodes.max(1))
            .map(|index| {
                let address =
                    format!("10.{}.{}.{}", 128 + index / 62_500, index / 250 % 250, index % 250 + 1);
                host(format!("node-{:05}", index + 1), address, index)
            })
            .collect();
        let aggregated = Host {
            name: "metrics-server-7c9f8d6b5-x2x4z".to_owned(),
            address: "10.244.0.9".to_owned(),
            zone: 0,
            skew_ns: nodes.first().map_or(0, |node| node.skew_ns),
        };
        Self {
            control_planes,
            nodes,
            aggregated,
            kubelet_version: format!("v{}.2", scenario.kubernetes),
            is_crio: scenario.runtime.starts_with("crio"),
        }
    }

    /// How many processes there are.
    #[must_use]
    pub fn processes(&self) -> u32 {
        2 * (self.control_planes.len() + self.nodes.len()) as u32 + 1
    }

    /// What process `id` is. An id past the last counts as the last.
    #[must_use]
    pub fn role(&self, id: ProcessId) -> Role {
        let (control_planes, nodes) = (self.control_planes.len() as u32, self.nodes.len() as u32);
        match id.0 {
            index if index < control_planes => Role::Apiserver(index),
            index if index < 2 * control_planes => Role::Etcd(index - control_planes),
            index if index < 2 * control_planes + nodes => Role::Kubelet(index - 2 * control_planes),
            index if index < 2 * (control_planes + nodes) => {
                Role::Runtime(index - 2 * control_planes - nodes)
            }
            _ => Role::Aggregated,
        }
    }

    /// The process that is `role`.
    #[must_use]
    pub fn process(&self, role: Role) -> ProcessId {
        let (control_planes, nodes) = (self.control_planes.len() as u32, self.nodes.len() as u32);
        ProcessId(match role {
            Role::Apiserver(index) => index,
            Role::Etcd(index) => control_planes + index,
            Role::Kubelet(index) => 2 * control_planes + index,
            Role::Runtime(index) => 2 * control_planes + nodes + index,
            Role::Aggregated => 2 * (control_planes + nodes),
        })
    }

    /// The machine that process `id` runs on, or its pod.
    #[must_use]
    pub fn host(&self, id: ProcessId) -> &Host {
        match self.role(id) {
            Role::Apiserver(index) | Role::Etcd(index) => &self.control_planes[index as usize],
            Role::Kubelet(index) | Role::Runtime(index) => &self.nodes[index as usize],
            Role::Aggregated => &self.aggregated,
        }
    }

    /// The output of `kubectl get nodes -o json` for this cluster: control-plane hosts and nodes.
    #[must_use]
    pub fn nodes_json(&self) -> String {
        let items: Vec<Value> =
            self.control_planes.iter().chain(&self.nodes).map(|host| self.node_json(host)).collect();
        json!({
            "apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""},
        })
        .to_string()
    }

    fn node_json(&self, host: &Host) -> Value {
        let runtime = if self.is_crio { "cri-o://1.36.3" } else { "containerd://2.3.4" };
        json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "creationTimestamp": "2026-10-01T00:00:00Z",
                "labels": {
                    "kubernetes.io/arch": "amd64",
                    "kubernetes.io/hostname": host.name,
                    "kubernetes.io/os": "linux",
                    "topology.kubernetes.io/region": "region-1",
                    "topology.kubernetes.io/zone": ZONES[host.zone],
                },
                "name": host.name,
            },
            "spec": {"providerID": format!("simulated:///{}/{}", ZONES[host.zone], host.name)},
            "status": {
                "addresses": [
                    {"address": host.address, "type": "InternalIP"},
                    {"address": host.name, "type": "Hostname"},
                ],
                "conditions": [{"reason": "KubeletReady", "status": "True", "type": "Ready"}],
                "nodeInfo": {
                    "containerRuntimeVersion": runtime,
                    "kubeletVersion": self.kubelet_version,
                    "operatingSystem": "linux",
                },
            },
        })
    }
}
