//! What one span's envelope says of where its process runs.

use std::net::IpAddr;

use proto::otlp::Value;

use super::address;
use crate::{Component, SpanView};

/// The longest name that is kept: what Kubernetes allows of a DNS name (RFC 1123), and more than any id here has.
const NAME_BYTES_MAX: usize = 253;

/// The sender of spans: what tells one process from another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceId {
    /// `service.name`; the shims of containerd, which name themselves `containerd-shim-<id>`, are one service.
    pub service: String,
    /// What tells it from others of its service.
    pub key: InstanceKey,
}

/// What tells an instance from others of its service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceKey {
    /// `service.instance.id`: apiserver, and etcd if it was given one.
    Id(String),
    /// `host.name`: kubelet, CRI-O, older containerd.
    Host(String),
    /// The address it sends from: all else.
    Peer(IpAddr),
}

impl InstanceId {
    /// The instance that sent `view` from `peer_address`, if anything tells.
    #[must_use]
    pub fn of(view: SpanView<'_>, peer_address: Option<&str>) -> Option<Self> {
        Testimony::of(view, peer_address).instance()
    }
}

impl std::fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(text) | Self::Host(text) => f.write_str(text),
            Self::Peer(address) => address.fmt(f),
        }
    }
}

/// The resource attributes that place a process, and the address it sends from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Testimony<'a> {
    pub(super) component: Component,
    pub(super) service: &'a str,
    pub(super) instance_id: Option<&'a str>,
    pub(super) host: Option<&'a str>,
    pub(super) node: Option<&'a str>,
    pub(super) zone: Option<&'a str>,
    pub(super) cluster: Option<&'a str>,
    pub(super) peer: Option<IpAddr>,
}

impl<'a> Testimony<'a> {
    pub(super) fn of(view: SpanView<'a>, peer_address: Option<&str>) -> Self {
        let mut testimony = Self {
            component: Component::of(view),
            service: "",
            instance_id: None,
            host: None,
            node: None,
            zone: None,
            cluster: None,
            peer: peer_address.and_then(address::parse),
        };
        for attribute in &view.resource.attributes {
            let Value::String(text) = &attribute.value else { continue };
            let text = (!text.is_empty() && text.len() <= NAME_BYTES_MAX).then_some(text.as_ref());
            match attribute.key.as_ref() {
                "service.name" => testimony.service = fold_service(text.unwrap_or_default()),
                "service.instance.id" => testimony.instance_id = testimony.instance_id.or(text),
                "host.name" => testimony.host = testimony.host.or(text),
                "k8s.node.name" => testimony.node = testimony.node.or(text),
                "cloud.availability_zone" => testimony.zone = testimony.zone.or(text),
                "k8s.cluster.name" => testimony.cluster = testimony.cluster.or(text),
                _ => {}
            }
        }
        if testimony.component == Component::Crio {
            // CRI-O 1.23 to 1.26 sends its os.Hostname as service.instance.id and no host.name.
            testimony.host = testimony.host.or(testimony.instance_id);
        }
        testimony
    }

    pub(super) fn instance(&self) -> Option<InstanceId> {
        let id = || self.instance_id.map(|id| InstanceKey::Id(id.to_owned()));
        let host = || self.host.map(|host| InstanceKey::Host(host.to_owned()));
        let key = id().or_else(host).or_else(|| self.peer.map(InstanceKey::Peer))?;
        Some(InstanceId { service: self.service.to_owned(), key })
    }

    /// The node named outright, or the host name of a program that always runs on the host itself.
    ///
    /// Elsewhere `host.name` is `os.Hostname`, and that is the name of a pod in a pod.
    pub(super) fn node_or_host(&self) -> Option<&'a str> {
        self.node.or_else(|| self.host.filter(|_| runs_on_host(self.component)))
    }
}

/// Whether programs of this kind never run in a pod with a network of its own.
pub(super) fn runs_on_host(component: Component) -> bool {
    matches!(component, Component::Kubelet | Component::Containerd | Component::Crio)
}

/// Whether programs of this kind serve the kubelet of their own node.
pub(super) fn is_runtime(component: Component) -> bool {
    matches!(component, Component::Containerd | Component::Crio)
}

fn fold_service(service: &str) -> &str {
    const SHIM: &str = "containerd-shim";
    if service.starts_with(SHIM) { SHIM } else { service }
}
