//! What spans have shown of instances, hosts and addresses: fed span by span, merged in any order.

use std::collections::BTreeSet;
use std::net::IpAddr;

use proto::UnixNanos;

use super::NodeFile;
use super::claims::{Claims, Recent, Seen, Sight, Verdict};
use super::lease;
use super::places::Places;
use super::testimony::{InstanceId, InstanceKey, Testimony};
use super::trace;
use crate::{Component, SpanView};

/// The most instances that are kept: thirteen for each node of a 5,000-node cluster.
pub const INSTANCES_MAX: usize = 65_536;

/// The most peer addresses, lease addresses and host names, each, that are kept.
pub const ADDRESSES_MAX: usize = 65_536;

/// A span, where it came from and when.
#[derive(Debug, Clone, Copy)]
pub struct Arrived<'a> {
    /// The span with its envelope.
    pub view: SpanView<'a>,
    /// The address of the OTLP client that sent it, with or without a port.
    pub peer_address: Option<&'a str>,
    /// When its request arrived.
    pub arrival: UnixNanos,
}

/// What is known of where instances run: the raw evidence, not the verdict, so that it can be added up.
///
/// Merging is commutative, associative and idempotent while the limits ([`INSTANCES_MAX`], [`ADDRESSES_MAX`]) are not
/// reached; above them what was seen longest ago is forgotten. [`Instances::places`] draws the conclusions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Instances {
    pub(super) instances: Recent<InstanceId, Facts, INSTANCES_MAX>,
    pub(super) peers: Recent<IpAddr, PeerFacts, ADDRESSES_MAX>,
    pub(super) leases: Recent<IpAddr, Claims<String>, ADDRESSES_MAX>,
    pub(super) hosts: Recent<String, HostFacts, ADDRESSES_MAX>,
}

/// What was seen of one instance.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Facts {
    pub(super) seen: Sight,
    /// What its spans were taken for; where that differs by span, the first counts, as `Other` is the last.
    pub(super) components: BTreeSet<Component>,
    /// `k8s.node.name`.
    pub(super) nodes: Claims<String>,
    /// `host.name`.
    pub(super) hosts: Claims<String>,
    /// `cloud.availability_zone`.
    pub(super) zones: Claims<String>,
    /// `k8s.cluster.name`.
    pub(super) clusters: Claims<String>,
    /// The nodes of kubelets that it served.
    pub(super) kubelets: Claims<String>,
    /// Where it sends from.
    pub(super) peers: Claims<IpAddr>,
}

/// What was seen of an address that sends spans.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PeerFacts {
    pub(super) seen: Sight,
    /// The nodes and hosts whose spans come from it.
    pub(super) hosts: Claims<String>,
}

/// What was seen of a host name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct HostFacts {
    pub(super) seen: Sight,
    /// Said by a program that always runs on a node, or the name of a node's lease.
    pub(super) is_node: bool,
}

impl Instances {
    /// Learns from one span that arrived from `peer_address` at `arrival`.
    ///
    /// All spans of one resource say the same about it: where that counts, call [`Self::observe_resource`] once and
    /// [`Self::observe_span`] for each.
    pub fn observe(&mut self, view: SpanView<'_>, peer_address: Option<&str>, arrival: UnixNanos) {
        self.observe_resource(view, peer_address, arrival);
        self.observe_span(view, arrival);
    }

    /// Learns from the resource of `view` and the address it came from.
    pub fn observe_resource(&mut self, view: SpanView<'_>, peer_address: Option<&str>, arrival: UnixNanos) {
        let testimony = Testimony::of(view, peer_address);
        let sight = Sight::at(arrival);
        if let Some(host) = testimony.host {
            let is_node = testimony.node_or_host() == Some(host);
            self.hosts.add(host, HostFacts { seen: sight, is_node });
        }
        if let Some(node) = testimony.node {
            self.hosts.add(node, HostFacts { seen: sight, is_node: true });
        }
        if let Some(peer) = testimony.peer {
            self.peers.update(
                &peer,
                || PeerFacts::at(arrival),
                |facts| {
                    facts.seen = facts.seen.union(sight);
                    if let Some(host) = testimony.node.or(testimony.host) {
                        facts.hosts.add(host, sight);
                    }
                },
            );
        }
        if let Some(instance) = testimony.instance() {
            self.instances.update(&instance, || Facts::at(arrival), |facts| facts.add(&testimony, sight));
        }
    }

    /// Learns from the span alone: lease heartbeats.
    pub fn observe_span(&mut self, view: SpanView<'_>, arrival: UnixNanos) {
        if let Some((node, address)) = lease::heartbeat(view) {
            let sight = Sight::at(arrival);
            self.leases.update(&address, Claims::default, |claims| claims.add(node, sight));
            self.hosts.add(node, HostFacts { seen: sight, is_node: true });
        }
    }

    /// Learns from spans of one trace which container runtime serves which kubelet. Call [`Self::observe`] for each
    /// span too.
    pub fn observe_trace(&mut self, spans: &[Arrived<'_>]) {
        let views: Vec<SpanView<'_>> = spans.iter().map(|arrived| arrived.view).collect();
        for (arrived, kubelet) in spans.iter().zip(trace::kubelets(&views)) {
            let Some(kubelet) = kubelet else { continue };
            let Some(instance) = InstanceId::of(arrived.view, arrived.peer_address) else { continue };
            let sight = Sight::at(arrived.arrival);
            self.instances.update(
                &instance,
                || Facts::at(arrived.arrival),
                |facts| {
                    facts.seen = facts.seen.union(sight);
                    facts.components.insert(Component::of(arrived.view));
                    facts.kubelets.add(kubelet, sight);
                },
            );
        }
    }

    /// Adds all that `other` knows.
    pub fn merge(&mut self, other: Self) {
        self.instances.merge(other.instances);
        self.peers.merge(other.peers);
        self.leases.merge(other.leases);
        self.hosts.merge(other.hosts);
    }

    /// Forgets what was last seen before `time`: nodes come and go.
    pub fn forget_before(&mut self, time: UnixNanos) {
        self.instances.forget_before(time);
        self.peers.forget_before(time);
        self.leases.forget_before(time);
        self.hosts.forget_before(time);
    }

    /// The conclusions, with the help of the cluster's Node objects if there are any. Costs a few hashes per host name: draw
    /// them once per query or batch.
    #[must_use]
    pub fn places<'a>(&'a self, nodes: Option<&'a NodeFile>) -> Places<'a> {
        Places::new(self, nodes)
    }
}

impl Facts {
    fn at(time: UnixNanos) -> Self {
        Self {
            seen: Sight::at(time),
            components: BTreeSet::new(),
            nodes: Claims::default(),
            hosts: Claims::default(),
            zones: Claims::default(),
            clusters: Claims::default(),
            kubelets: Claims::default(),
            peers: Claims::default(),
        }
    }

    fn add(&mut self, testimony: &Testimony<'_>, sight: Sight) {
        self.seen = self.seen.union(sight);
        self.components.insert(testimony.component);
        let said = [
            (&mut self.nodes, testimony.node),
            (&mut self.hosts, testimony.host),
            (&mut self.zones, testimony.zone),
            (&mut self.clusters, testimony.cluster),
        ];
        for (claims, text) in said {
            text.into_iter().for_each(|text| claims.add(text, sight));
        }
        testimony.peer.into_iter().for_each(|peer| self.peers.add(&peer, sight));
    }

    /// What it said last of itself. An instance that sends from several addresses has none.
    pub(super) fn testimony<'a>(&'a self, instance: &'a InstanceId) -> Testimony<'a> {
        let instance_id = match &instance.key {
            InstanceKey::Id(id) => Some(id.as_str()),
            InstanceKey::Host(_) | InstanceKey::Peer(_) => None,
        };
        let peer = match self.peers.verdict() {
            Verdict::Sole(peer, _) => Some(*peer),
            Verdict::Silent | Verdict::Several(_) => None,
        };
        Testimony {
            component: self.components.first().copied().unwrap_or(Component::Other),
            service: &instance.service,
            instance_id,
            host: self.hosts.latest().map(String::as_str),
            node: self.nodes.latest().map(String::as_str),
            zone: self.zones.latest().map(String::as_str),
            cluster: self.clusters.latest().map(String::as_str),
            peer,
        }
    }
}

impl Seen for Facts {
    fn last(&self) -> UnixNanos {
        self.seen.last
    }

    fn absorb(&mut self, other: Self) {
        self.seen = self.seen.union(other.seen);
        self.components.extend(other.components);
        self.nodes.absorb(other.nodes);
        self.hosts.absorb(other.hosts);
        self.zones.absorb(other.zones);
        self.clusters.absorb(other.clusters);
        self.kubelets.absorb(other.kubelets);
        self.peers.absorb(other.peers);
    }
}

impl PeerFacts {
    fn at(time: UnixNanos) -> Self {
        Self { seen: Sight::at(time), hosts: Claims::default() }
    }

    /// The one host whose spans come from the address; one that fell silent for the window does not count.
    pub(super) fn host(&self) -> Verdict<'_, String> {
        self.hosts.verdict_at(self.seen.last)
    }
}

impl Seen for PeerFacts {
    fn last(&self) -> UnixNanos {
        self.seen.last
    }

    fn absorb(&mut self, other: Self) {
        self.seen = self.seen.union(other.seen);
        self.hosts.absorb(other.hosts);
    }
}

impl Seen for HostFacts {
    fn last(&self) -> UnixNanos {
        self.seen.last
    }

    fn absorb(&mut self, other: Self) {
        self.seen = self.seen.union(other.seen);
        self.is_node |= other.is_node;
    }
}

#[cfg(test)]
mod tests;
