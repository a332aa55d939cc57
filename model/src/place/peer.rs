//! The node behind an address, if all that is known of the address agrees.

use std::net::IpAddr;

use super::claims::Verdict;
use super::hint::PeerRefusal;
use super::places::Places;
use super::{How, Instances, NodeFile};

/// The node at `peer` and how that is known, or why the address does not tell.
///
/// Any two sources that name different nodes show that the address is not one node's, so nothing is taken then: a relay
/// on a node has that node's address and passes on the spans of all.
pub(super) fn node_at(places: &Places<'_>, peer: Option<IpAddr>) -> Result<(String, How), PeerRefusal> {
    let address = peer.ok_or(PeerRefusal::Unrecorded)?;
    let Instances { peers, leases, .. } = places.instances();
    let lease = leases.get(&address).map_or(Verdict::Silent, |claims| claims.verdict());
    let sent = peers.get(&address).map_or(Verdict::Silent, |facts| facts.host());
    let in_file = places.nodes().and_then(|nodes| nodes.node_of_address(address));
    let mut found: Vec<(String, How)> = Vec::new();
    found.extend(in_file.map(|node| (node.name.clone(), How::PeerInNodeFile)));
    for (verdict, how) in [(&lease, How::LeaseHeartbeat), (&sent, How::PeerHostName)] {
        found.extend(verdict.claims().iter().map(|name| (places.node_of_host(name), how)));
    }
    let Some((node, how)) = found.first().cloned() else {
        return Err(PeerRefusal::Unknown { address, has_node_file: places.nodes().is_some() });
    };
    if found.iter().any(|(other, _)| *other != node) {
        let mut nodes: Vec<String> = found.into_iter().map(|(node, _)| node).collect();
        nodes.sort_unstable();
        nodes.dedup();
        return Err(PeerRefusal::Shared { address, nodes });
    }
    if how == How::PeerHostName && !places.is_node(&node) {
        return Err(PeerRefusal::NotANode { address, host: node });
    }
    Ok((node, how))
}

impl Places<'_> {
    /// Whether `name` is the name of a node for sure.
    pub(super) fn is_node(&self, name: &str) -> bool {
        let in_file = |nodes: &NodeFile| nodes.node_of_host(name).is_some();
        self.nodes().is_some_and(in_file) || self.instances().hosts.get(name).is_some_and(|host| host.is_node)
    }

    /// The node that runs on `host`, as far as the node file tells; else the host's name, which it mostly is.
    pub(super) fn node_of_host(&self, host: &str) -> String {
        let node = self.nodes().and_then(|nodes| nodes.node_of_host(host));
        node.map_or(host, |node| &node.name).to_owned()
    }
}
