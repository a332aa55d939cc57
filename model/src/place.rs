//! Where a span's process runs: node, zone and cluster, each with how it is known or how to make it known.
//!
//! Sources of a node, best first: resource attribute `k8s.node.name`, `host.name`, the API server id that is a hash of a
//! host name, the kubelet that calls a container runtime, and the address that spans come from (the Node objects, lease
//! heartbeats, other spans from it). Where two disagree the better one is taken and the other noted. Sources that
//! contradict themselves, as an address shared by several nodes does, are not used, and the hint says so.

mod address;
mod apiserver_id;
pub(crate) mod claims;
mod hint;
mod instances;
mod lease;
mod node_file;
mod peer;
mod places;
mod testimony;
mod trace;

use std::fmt;

use proto::UnixNanos;

pub use apiserver_id::{apiserver_id, apiserver_id_1_26, is_apiserver_id};
pub use claims::Sight;
pub use hint::{Hint, PeerRefusal};
pub use instances::{ADDRESSES_MAX, Arrived, INSTANCES_MAX, Instances};
pub use node_file::{Node, NodeFile, NodeFileError};
pub use places::{InstancePlace, Places};
pub use testimony::{InstanceId, InstanceKey};

/// Where a process runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The name of its node; of the host, where that is no node of the cluster.
    pub node: Known<String>,
    /// Its failure zone.
    pub zone: Known<String>,
    /// Its cluster.
    pub cluster: Known<String>,
    /// Sources that said otherwise and were overruled.
    pub conflicts: Vec<Conflict>,
}

/// A value with its source, or the way to get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known<T> {
    /// It is known.
    Value {
        /// What it is.
        value: T,
        /// How it is known.
        how: How,
        /// Since when; `None` if the span itself or the node file says so.
        since: Option<UnixNanos>,
    },
    /// It is unknown.
    Unknown {
        /// How to make it known.
        hint: Hint,
    },
}

/// How a value is known, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum How {
    /// A resource attribute says so: `k8s.node.name`, `cloud.availability_zone`, `k8s.cluster.name`.
    Attribute,
    /// `host.name` of its resource.
    HostName,
    /// Its `service.instance.id` is the hash of that host's name.
    ApiserverId,
    /// It serves the kubelet of that node: their spans are in one trace.
    ParentKubelet,
    /// Its spans come from an address that the Node objects list.
    PeerInNodeFile,
    /// Its spans come from the address that the node renews its lease from.
    LeaseHeartbeat,
    /// Its spans come from an address that only that host's spans come from.
    PeerHostName,
    /// A label of the Node object.
    NodeFile,
    /// A resource attribute of another process on that node.
    SameNode,
}

/// A source that disagreed with a better one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Of what: `node`, `zone` or `cluster`.
    pub of: &'static str,
    /// What was taken, and its source.
    pub taken: (String, How),
    /// What the other said, and that other.
    pub overruled: (String, How),
}

impl<T> Known<T> {
    /// The value, if it is known.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Value { value, .. } => Some(value),
            Self::Unknown { .. } => None,
        }
    }

    /// How the value is known, if it is.
    pub const fn how(&self) -> Option<How> {
        match self {
            Self::Value { how, .. } => Some(*how),
            Self::Unknown { .. } => None,
        }
    }

    /// How to make it known, if it is not.
    pub const fn hint(&self) -> Option<&Hint> {
        match self {
            Self::Value { .. } => None,
            Self::Unknown { hint } => Some(hint),
        }
    }
}

impl How {
    /// Every way, best first.
    pub const ALL: [Self; 9] = [
        Self::Attribute,
        Self::HostName,
        Self::ApiserverId,
        Self::ParentKubelet,
        Self::PeerInNodeFile,
        Self::LeaseHeartbeat,
        Self::PeerHostName,
        Self::NodeFile,
        Self::SameNode,
    ];

    /// The name used in tables and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attribute => "attribute",
            Self::HostName => "host_name",
            Self::ApiserverId => "apiserver_id",
            Self::ParentKubelet => "parent_kubelet",
            Self::PeerInNodeFile => "peer_in_node_file",
            Self::LeaseHeartbeat => "lease_heartbeat",
            Self::PeerHostName => "peer_host_name",
            Self::NodeFile => "node_file",
            Self::SameNode => "same_node",
        }
    }

    /// Whether it was inferred, not said by the process itself.
    #[must_use]
    pub const fn is_inferred(self) -> bool {
        !matches!(self, Self::Attribute | Self::HostName)
    }
}

/// A clause that can follow "known because".
impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Attribute => "its resource attributes say so",
            Self::HostName => "its resource attribute host.name says so",
            Self::ApiserverId => "its service.instance.id is the hash of that host name",
            Self::ParentKubelet => "the kubelet of that node calls it, in the same trace",
            Self::PeerInNodeFile => "its spans come from an address of that node in model.nodes_file",
            Self::LeaseHeartbeat => "its spans come from the address that the node renews its lease from",
            Self::PeerHostName => "its spans come from an address that only this host.name comes from",
            Self::NodeFile => "model.nodes_file says so of its node",
            Self::SameNode => "the resource attributes of another process on its node say so",
        })
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((taken, how), (other, other_how)) = (&self.taken, &self.overruled);
        write!(
            f,
            "{} is taken to be {taken:?}, because {how}; but it would be {other:?}, because {other_how}",
            self.of
        )
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
