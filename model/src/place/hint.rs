//! What to tell an operator when a place is unknown: why, and how to fill it.

use std::fmt;
use std::net::IpAddr;

/// Why a value is unknown. Its text is a sentence that says how to make it known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// An API server whose host no span and no Node object names.
    ApiserverHostUnseen {
        /// Its `service.instance.id`.
        id: String,
        /// Whether there is a node file.
        has_node_file: bool,
    },
    /// `host.name` is there, but of a program that may run in a pod, whose `host.name` is the pod's.
    HostIsNoNode {
        /// The `host.name`.
        host: String,
        /// Whether there is a node file.
        has_node_file: bool,
    },
    /// A container runtime whose spans are in no kubelet's trace.
    RuntimeWithoutKubelet {
        /// Why its address does not tell either.
        peer: PeerRefusal,
    },
    /// A runtime instance that served several kubelets: several processes look like one.
    SeveralKubelets {
        /// Their nodes.
        nodes: Vec<String>,
    },
    /// Only the address could tell, and it does not.
    NoNode {
        /// Why not.
        peer: PeerRefusal,
    },
    /// The zone is in no span, and there is no node file.
    NoZone,
    /// The zone is in no span, and the node, by which the node file would tell, is unknown.
    ZoneNeedsNode,
    /// The node file does not have the node.
    NodeNotInFile {
        /// The node.
        node: String,
    },
    /// The node file has the node, without a zone.
    NodeWithoutZone {
        /// The node.
        node: String,
    },
    /// Processes on the node name different values.
    NodeDisagrees {
        /// What it is of: `zone` or `cluster`.
        of: &'static str,
        /// The node.
        node: String,
        /// What they say.
        said: Vec<String>,
    },
    /// The cluster is in no span.
    NoCluster,
}

/// Why the address that spans come from does not tell the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerRefusal {
    /// It was not kept.
    Unrecorded,
    /// Nothing is known of it.
    Unknown {
        /// The address.
        address: IpAddr,
        /// Whether there is a node file.
        has_node_file: bool,
    },
    /// Several nodes are behind it: a collector, a proxy or address translation.
    Shared {
        /// The address.
        address: IpAddr,
        /// Some of the nodes.
        nodes: Vec<String>,
    },
    /// Only one `host.name` comes from it, and no node is known by that name.
    NotANode {
        /// The address.
        address: IpAddr,
        /// That `host.name`.
        host: String,
    },
}

const SET_NODE: &str = "set OTEL_RESOURCE_ATTRIBUTES=k8s.node.name=… in its environment";
const SET_NODE_FILE: &str = "set model.nodes_file to the output of `kubectl get nodes -o json`";
const SET_ZONE: &str = "OTEL_RESOURCE_ATTRIBUTES=cloud.availability_zone=…";

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApiserverHostUnseen { id, has_node_file: false } => write!(
                f,
                "node is unknown: {id} is the hash of a host name that no span has; trace the kubelet of its node, \
                 {SET_NODE_FILE}, or {SET_NODE}"
            ),
            Self::ApiserverHostUnseen { id, has_node_file: true } => write!(
                f,
                "node is unknown: {id} is the hash of a host name that neither a span nor model.nodes_file has; write \
                 model.nodes_file anew if nodes were added, or {SET_NODE}"
            ),
            Self::HostIsNoNode { host, has_node_file: false } => write!(
                f,
                "node is unknown: host.name {host:?} may be the name of a pod; {SET_NODE_FILE}, or {SET_NODE}"
            ),
            Self::HostIsNoNode { host, has_node_file: true } => write!(
                f,
                "node is unknown: host.name {host:?} is no node of model.nodes_file, so probably a pod; {SET_NODE}"
            ),
            Self::RuntimeWithoutKubelet { peer } => write!(
                f,
                "node is unknown: this span is in no trace of a kubelet, and {peer}; trace the kubelet of its node, or \
                 {SET_NODE}"
            ),
            Self::SeveralKubelets { nodes } => write!(
                f,
                "node is unknown: what looks like one instance served the kubelets of {}; {SET_NODE}",
                list(nodes)
            ),
            Self::NoNode { peer } => {
                write!(f, "node is unknown: no attribute names it, and {peer}; {SET_NODE}")
            }
            Self::NoZone => write!(f, "zone is not in any span: {SET_NODE_FILE}, or {SET_ZONE}"),
            Self::ZoneNeedsNode => write!(
                f,
                "zone is unknown because the node is, which model.nodes_file could tell it of: see the hint of the node, \
                 or set {SET_ZONE}"
            ),
            Self::NodeNotInFile { node } => write!(
                f,
                "zone is unknown: model.nodes_file has no node {node:?}; write it anew with `kubectl get nodes -o json`, \
                 or set {SET_ZONE}"
            ),
            Self::NodeWithoutZone { node } => write!(
                f,
                "zone is unknown: node {node:?} has no label topology.kubernetes.io/zone in model.nodes_file; label the \
                 node and write the file anew, or set {SET_ZONE}"
            ),
            Self::NodeDisagrees { of, node, said } => write!(
                f,
                "{of} is unknown: processes on node {node:?} say {}; set OTEL_RESOURCE_ATTRIBUTES alike on all of them",
                list(said)
            ),
            Self::NoCluster => {
                f.write_str("cluster is not in any span: set OTEL_RESOURCE_ATTRIBUTES=k8s.cluster.name=…")
            }
        }
    }
}

/// A clause that can follow "and".
impl fmt::Display for PeerRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unrecorded => f.write_str("the address it came from is not recorded"),
            Self::Unknown { address, has_node_file } => {
                write!(f, "no host.name, no lease heartbeat")?;
                write!(
                    f,
                    "{} tells whose address {address} is",
                    if *has_node_file { " and no node of model.nodes_file" } else { "" }
                )
            }
            Self::Shared { address, nodes } => {
                write!(f, "{address}, where it came from, is shared by {}", list(nodes))
            }
            Self::NotANode { address, host } => write!(
                f,
                "from {address}, where it came from, only host.name {host:?} comes, which may be the name of a pod"
            ),
        }
    }
}

/// `"a", "b" and "c"`.
fn list(names: &[String]) -> String {
    match names {
        [] => "nobody".to_owned(),
        [only] => format!("{only:?}"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|name| format!("{name:?}")).collect();
            format!("{} and {last:?}", first.join(", "))
        }
    }
}
