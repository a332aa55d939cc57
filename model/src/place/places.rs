//! The conclusions from what was seen: the place of a span, of the spans of a trace, of every instance.

use std::collections::{BTreeMap, BTreeSet};

use proto::UnixNanos;

use super::claims::{Claims, Verdict};
use super::hint::PeerRefusal;
use super::instances::{Arrived, Facts};
use super::testimony::{InstanceId, Testimony, is_runtime, runs_on_host};
use super::{
    Conflict, Hint, How, Instances, Known, NodeFile, Place, apiserver_id, apiserver_id_1_26, is_apiserver_id,
    peer, trace,
};
use crate::{Component, SpanView};

/// What [`Instances`] and the node file come to.
#[derive(Debug)]
pub struct Places<'a> {
    instances: &'a Instances,
    nodes: Option<&'a NodeFile>,
    /// The names of hosts by the API server id that they would give.
    hosts_by_id: BTreeMap<String, BTreeSet<&'a str>>,
    /// Zones and clusters that processes on a node say.
    said_on_node: BTreeMap<String, Said>,
}

/// What processes on one node say of it.
#[derive(Debug, Default)]
struct Said {
    zones: Claims<String>,
    clusters: Claims<String>,
}

/// A row of the table of instances.
#[derive(Debug, Clone, PartialEq)]
pub struct InstancePlace {
    /// The instance.
    pub instance: InstanceId,
    /// Where it runs.
    pub place: Place,
    /// Its first arrival.
    pub first_seen: UnixNanos,
    /// Its last arrival.
    pub last_seen: UnixNanos,
}

/// An answer, its source, and since when it was given.
type Candidate = (String, How, Option<UnixNanos>);

impl<'a> Places<'a> {
    pub(super) fn new(instances: &'a Instances, nodes: Option<&'a NodeFile>) -> Self {
        let mut places =
            Self { instances, nodes, hosts_by_id: BTreeMap::new(), said_on_node: BTreeMap::new() };
        let seen = instances.hosts.iter().map(|(host, _)| host.as_str());
        let listed = nodes.into_iter().flat_map(NodeFile::nodes);
        let listed = listed.flat_map(|node| node.host_names.iter().chain([&node.name]).map(String::as_str));
        for host in seen.chain(listed) {
            let short = host.split_once('.').map(|(short, _)| short);
            for name in [Some(host), short].into_iter().flatten() {
                for id in [apiserver_id(name), apiserver_id_1_26(name)] {
                    places.hosts_by_id.entry(id).or_default().insert(host);
                }
            }
        }
        for (_, facts) in instances.instances.iter() {
            if let Some(node) = places.own_node(facts) {
                let said = places.said_on_node.entry(node).or_default();
                said.zones.add_all(&facts.zones);
                said.clusters.add_all(&facts.clusters);
            }
        }
        places
    }

    pub(super) const fn instances(&self) -> &'a Instances {
        self.instances
    }

    pub(super) const fn nodes(&self) -> Option<&'a NodeFile> {
        self.nodes
    }

    /// The place of the process that sent `view` from `peer_address`.
    #[must_use]
    pub fn place_of(&self, view: SpanView<'_>, peer_address: Option<&str>) -> Place {
        self.place(&Testimony::of(view, peer_address), None)
    }

    /// The places of `spans`, which are of one trace: as [`Self::place_of`], and container runtimes are where the
    /// kubelet that calls them is.
    #[must_use]
    pub fn places_in_trace(&self, spans: &[Arrived<'_>]) -> Vec<Place> {
        let views: Vec<SpanView<'_>> = spans.iter().map(|arrived| arrived.view).collect();
        spans
            .iter()
            .zip(trace::kubelets(&views))
            .map(|(arrived, kubelet)| self.place(&Testimony::of(arrived.view, arrived.peer_address), kubelet))
            .collect()
    }

    /// Every instance and its place, by service and key: the rows of the table of instances.
    pub fn rows(&self) -> impl Iterator<Item = InstancePlace> {
        self.instances.instances.iter().map(|(instance, facts)| InstancePlace {
            instance: instance.clone(),
            place: self.place(&facts.testimony(instance), None),
            first_seen: facts.seen.first,
            last_seen: facts.seen.last,
        })
    }

    fn place(&self, testimony: &Testimony<'_>, kubelet: Option<&str>) -> Place {
        let facts = testimony.instance().and_then(|instance| self.instances.instances.get(&instance));
        let mut conflicts = Vec::new();
        let node = self.node(testimony, facts, kubelet, &mut conflicts);
        let zone = self.zone(testimony, facts, node.value(), &mut conflicts);
        let cluster = self.cluster(testimony, facts, node.value(), &mut conflicts);
        Place { node, zone, cluster, conflicts }
    }

    fn node(
        &self,
        testimony: &Testimony<'_>,
        facts: Option<&Facts>,
        kubelet: Option<&str>,
        conflicts: &mut Vec<Conflict>,
    ) -> Known<String> {
        let mut candidates: Vec<Candidate> = Vec::new();
        if let Some(node) = testimony.node {
            candidates.push((node.to_owned(), How::Attribute, since(facts.map(|facts| &facts.nodes), node)));
        }
        if let Some(host) = testimony.host.filter(|host| self.host_is_place(testimony.component, host)) {
            let since = since(facts.map(|facts| &facts.hosts), host);
            candidates.push((self.node_of_host(host), How::HostName, since));
        }
        let id = testimony.instance_id.filter(|id| is_apiserver_id(id));
        candidates.extend(id.and_then(|id| self.host_of_id(id)).map(|node| (node, How::ApiserverId, None)));
        let peer = peer::node_at(self, testimony.peer);
        // An instance that is told only by an address is several if several nodes are behind the address.
        let is_one = testimony.instance_id.or(testimony.host).is_some()
            || !matches!(peer, Err(PeerRefusal::Shared { .. }));
        let served = facts.filter(|_| is_one).map_or(Verdict::Silent, |facts| facts.kubelets.verdict());
        if let Some(kubelet) = kubelet {
            candidates.push((self.node_of_host(kubelet), How::ParentKubelet, None));
        } else if let Verdict::Sole(kubelet, sight) = served {
            candidates.push((self.node_of_host(kubelet), How::ParentKubelet, Some(sight.first)));
        }
        if let Ok((node, how)) = &peer {
            candidates.push((node.clone(), *how, None));
        }
        choose("node", candidates, conflicts, || {
            let peer = peer.err().unwrap_or(PeerRefusal::Unrecorded);
            self.node_hint(testimony, id, &served, peer)
        })
    }

    fn node_hint(
        &self,
        testimony: &Testimony<'_>,
        id: Option<&str>,
        served: &Verdict<'_, String>,
        peer: PeerRefusal,
    ) -> Hint {
        let has_node_file = self.nodes.is_some();
        if let Some(id) = id {
            return Hint::ApiserverHostUnseen { id: id.to_owned(), has_node_file };
        }
        if let Some(host) = testimony.host {
            return Hint::HostIsNoNode { host: host.to_owned(), has_node_file };
        }
        match served {
            Verdict::Several(nodes) => {
                Hint::SeveralKubelets { nodes: nodes.iter().copied().cloned().collect() }
            }
            _ if is_runtime(testimony.component) => Hint::RuntimeWithoutKubelet { peer },
            _ => Hint::NoNode { peer },
        }
    }

    fn zone(
        &self,
        testimony: &Testimony<'_>,
        facts: Option<&Facts>,
        node: Option<&String>,
        conflicts: &mut Vec<Conflict>,
    ) -> Known<String> {
        let own = testimony.zone.map(|zone| (zone, since(facts.map(|facts| &facts.zones), zone)));
        let listed = node.and_then(|node| self.nodes?.node(node));
        let zone = listed.and_then(|node| node.zone.clone());
        let said = node.and_then(|node| self.said_on_node.get(node)).map(|said| said.zones.verdict());
        let mut candidates: Vec<Candidate> = Vec::new();
        candidates.extend(own.map(|(zone, since)| (zone.to_owned(), How::Attribute, since)));
        candidates.extend(zone.map(|zone| (zone, How::NodeFile, None)));
        candidates.extend(said.as_ref().and_then(sole));
        choose("zone", candidates, conflicts, || match (node, said) {
            (Some(node), Some(Verdict::Several(said))) => disagreement("zone", node, &said),
            (Some(node), _) if listed.is_some() => Hint::NodeWithoutZone { node: node.clone() },
            (Some(node), _) if self.nodes.is_some() => Hint::NodeNotInFile { node: node.clone() },
            (None, _) if self.nodes.is_some() => Hint::ZoneNeedsNode,
            _ => Hint::NoZone,
        })
    }

    fn cluster(
        &self,
        testimony: &Testimony<'_>,
        facts: Option<&Facts>,
        node: Option<&String>,
        conflicts: &mut Vec<Conflict>,
    ) -> Known<String> {
        let own =
            testimony.cluster.map(|cluster| (cluster, since(facts.map(|facts| &facts.clusters), cluster)));
        let said = node.and_then(|node| self.said_on_node.get(node)).map(|said| said.clusters.verdict());
        let mut candidates: Vec<Candidate> = Vec::new();
        candidates.extend(own.map(|(cluster, since)| (cluster.to_owned(), How::Attribute, since)));
        candidates.extend(said.as_ref().and_then(sole));
        choose("cluster", candidates, conflicts, || match (node, said) {
            (Some(node), Some(Verdict::Several(said))) => disagreement("cluster", node, &said),
            _ => Hint::NoCluster,
        })
    }

    /// Whether `host.name` of such a program tells its place: not where it may be the name of a pod.
    fn host_is_place(&self, component: Component, host: &str) -> bool {
        let is_control_plane = matches!(component, Component::Apiserver | Component::Etcd);
        runs_on_host(component) || is_control_plane || self.is_node(host)
    }

    /// The node of the host whose API server has `id`: one of that very name before one of that name and a domain.
    fn host_of_id(&self, id: &str) -> Option<String> {
        let hosts = self.hosts_by_id.get(id)?;
        if let Some(exact) = hosts
            .iter()
            .find(|host| [apiserver_id(host), apiserver_id_1_26(host)].iter().any(|own| own == id))
        {
            return Some(self.node_of_host(exact));
        }
        let nodes: BTreeSet<String> = hosts.iter().map(|host| self.node_of_host(host)).collect();
        let mut nodes = nodes.into_iter();
        nodes.next().filter(|_| nodes.next().is_none())
    }

    /// The node that an instance names itself.
    fn own_node(&self, facts: &Facts) -> Option<String> {
        match (facts.nodes.verdict(), facts.hosts.verdict()) {
            (Verdict::Sole(node, _), _) => Some(node.clone()),
            (Verdict::Silent, Verdict::Sole(host, _)) if self.is_node(host) => Some(self.node_of_host(host)),
            _ => None,
        }
    }
}

/// The first of `candidates`, which come best first; the others that differ are noted.
fn choose(
    of: &'static str,
    candidates: Vec<Candidate>,
    conflicts: &mut Vec<Conflict>,
    hint: impl FnOnce() -> Hint,
) -> Known<String> {
    let mut candidates = candidates.into_iter();
    let Some((value, how, since)) = candidates.next() else { return Known::Unknown { hint: hint() } };
    let others = candidates.filter(|(other, ..)| *other != value);
    conflicts.extend(others.map(|(other, other_how, _)| Conflict {
        of,
        taken: (value.clone(), how),
        overruled: (other, other_how),
    }));
    Known::Value { value, how, since }
}

fn since(claims: Option<&Claims<String>>, value: &str) -> Option<UnixNanos> {
    claims?.sight(value).map(|sight| sight.first)
}

fn sole(verdict: &Verdict<'_, String>) -> Option<Candidate> {
    match verdict {
        Verdict::Sole(value, sight) => Some(((*value).clone(), How::SameNode, Some(sight.first))),
        Verdict::Silent | Verdict::Several(_) => None,
    }
}

fn disagreement(of: &'static str, node: &str, said: &[&String]) -> Hint {
    Hint::NodeDisagrees { of, node: node.to_owned(), said: said.iter().copied().cloned().collect() }
}

#[cfg(test)]
mod tests;
