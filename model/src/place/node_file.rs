//! The cluster's Node objects, from the output of `kubectl get nodes -o json` as it is.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::address;

/// The well-known labels (kubernetes.io/docs/reference/labels-annotations-taints).
const ZONE_LABEL: &str = "topology.kubernetes.io/zone";
const REGION_LABEL: &str = "topology.kubernetes.io/region";
const HOSTNAME_LABEL: &str = "kubernetes.io/hostname";

/// A node file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NodeFileError {
    /// The bytes are not UTF-8; a shell that writes UTF-16 does that.
    #[error("the node file is not UTF-8 from byte {byte} on: write it as UTF-8")]
    NotUtf8 {
        /// The first byte that is not.
        byte: usize,
    },
    /// The text is not JSON of the right form.
    #[error("the node file is not the output of `kubectl get nodes -o json`: {0}")]
    NotNodes(#[source] serde_json::Error),
    /// Another kind of object.
    #[error(
        "the node file holds kind {found:?}, not List, NodeList or Node: write it with `kubectl get nodes -o json`"
    )]
    WrongKind {
        /// The kind found; empty if there is none.
        found: String,
    },
    /// An item that is no usable Node.
    #[error("items[{index}] of the node file is no Node: {reason}")]
    BadItem {
        /// Its position, from 0.
        index: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// Two nodes of one name.
    #[error(
        "items[{index}] of the node file is a second node named {name:?}: join the lists of one cluster only"
    )]
    DuplicateNode {
        /// The position of the second.
        index: usize,
        /// The name of both.
        name: String,
    },
}

/// A Node, as far as a place needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// `metadata.name`.
    pub name: String,
    /// Label `topology.kubernetes.io/zone`.
    pub zone: Option<String>,
    /// Label `topology.kubernetes.io/region`.
    pub region: Option<String>,
    /// Names of the host other than the node's: label `kubernetes.io/hostname`, addresses of type Hostname,
    /// InternalDNS and ExternalDNS.
    pub host_names: BTreeSet<String>,
    /// Addresses of type InternalIP and ExternalIP.
    pub addresses: BTreeSet<IpAddr>,
    /// `spec.providerID`.
    pub provider_id: Option<String>,
}

/// The nodes of a cluster, found by name, host name and address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeFile {
    nodes: BTreeMap<String, Node>,
    by_host_name: BTreeMap<String, BTreeSet<String>>,
    by_address: BTreeMap<IpAddr, BTreeSet<String>>,
}

#[derive(Deserialize)]
struct RawFile<'a> {
    #[serde(default, borrow)]
    kind: Cow<'a, str>,
    #[serde(default, borrow)]
    items: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct RawNode<'a> {
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(default)]
    metadata: RawMetadata,
    #[serde(default)]
    spec: Option<RawSpec>,
    #[serde(default)]
    status: Option<RawStatus>,
}

#[derive(Deserialize, Default)]
struct RawMetadata {
    name: Option<String>,
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize, Default)]
struct RawSpec {
    #[serde(rename = "providerID")]
    provider_id: Option<String>,
}

#[derive(Deserialize, Default)]
struct RawStatus {
    addresses: Option<Vec<RawAddress>>,
}

#[derive(Deserialize)]
struct RawAddress {
    #[serde(rename = "type")]
    address_type: String,
    address: String,
}

impl NodeFile {
    /// Reads `bytes`: a List or NodeList of Nodes, or a single Node. A byte order mark is skipped.
    ///
    /// # Errors
    /// When it is not that; the message names the offending item.
    pub fn parse(bytes: &[u8]) -> Result<Self, NodeFileError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| NodeFileError::NotUtf8 { byte: error.valid_up_to() })?
            .trim_start_matches('\u{feff}');
        let raw: RawFile<'_> = serde_json::from_str(text).map_err(NodeFileError::NotNodes)?;
        let items = match (raw.kind.as_ref(), raw.items) {
            ("List" | "NodeList", items) => items.unwrap_or_default(),
            ("Node", _) => vec![serde_json::from_str(text).map_err(NodeFileError::NotNodes)?],
            (kind, _) => return Err(NodeFileError::WrongKind { found: kind.to_owned() }),
        };
        let mut file = Self::default();
        for (index, item) in items.into_iter().enumerate() {
            let node = node(item).map_err(|reason| NodeFileError::BadItem { index, reason })?;
            file.insert(node).map_err(|name| NodeFileError::DuplicateNode { index, name })?;
        }
        Ok(file)
    }

    /// The node called `name`.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.get(name)
    }

    /// The nodes, by name.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values()
    }

    /// The node that runs on host `host_name`: the node of that name, else the only one with such a host name.
    #[must_use]
    pub fn node_of_host(&self, host_name: &str) -> Option<&Node> {
        self.nodes.get(host_name).or_else(|| self.sole(self.by_host_name.get(host_name)?))
    }

    /// The only node with address `address`.
    #[must_use]
    pub(super) fn node_of_address(&self, address: IpAddr) -> Option<&Node> {
        self.sole(self.by_address.get(&address)?)
    }

    fn sole(&self, names: &BTreeSet<String>) -> Option<&Node> {
        let mut names = names.iter();
        names.next().filter(|_| names.next().is_none()).and_then(|name| self.nodes.get(name))
    }

    fn insert(&mut self, node: Node) -> Result<(), String> {
        if self.nodes.contains_key(&node.name) {
            return Err(node.name);
        }
        for host_name in &node.host_names {
            self.by_host_name.entry(host_name.clone()).or_default().insert(node.name.clone());
        }
        for address in &node.addresses {
            self.by_address.entry(*address).or_default().insert(node.name.clone());
        }
        self.nodes.insert(node.name.clone(), node);
        Ok(())
    }
}

/// The Node in `item`, or what is wrong with it.
fn node(item: &RawValue) -> Result<Node, String> {
    let raw: RawNode<'_> = serde_json::from_str(item.get()).map_err(|error| error.to_string())?;
    if let Some(kind) = raw.kind.filter(|kind| kind != "Node") {
        return Err(format!("its kind is {kind:?}"));
    }
    let Some(name) = raw.metadata.name.filter(|name| !name.is_empty()) else {
        return Err("it has no metadata.name".to_owned());
    };
    let mut labels = raw.metadata.labels.unwrap_or_default();
    let mut label = |key| labels.remove(key).filter(|value: &String| !value.is_empty());
    let mut host_names: BTreeSet<String> = label(HOSTNAME_LABEL).into_iter().collect();
    let (zone, region) = (label(ZONE_LABEL), label(REGION_LABEL));
    let mut addresses = BTreeSet::new();
    for RawAddress { address_type, address: text } in
        raw.status.and_then(|raw| raw.addresses).into_iter().flatten()
    {
        match address_type.as_str() {
            "InternalIP" | "ExternalIP" => {
                let parsed = address::parse(&text).ok_or_else(|| {
                    format!("node {name:?} has {address_type} {text:?}, which is no IP address")
                })?;
                addresses.insert(parsed);
            }
            "Hostname" | "InternalDNS" | "ExternalDNS" if !text.is_empty() => {
                host_names.insert(text);
            }
            _ => {}
        }
    }
    host_names.remove(&name);
    let provider_id = raw.spec.and_then(|spec| spec.provider_id).filter(|id| !id.is_empty());
    Ok(Node { name, zone, region, host_names, addresses, provider_id })
}

#[cfg(test)]
mod tests;
