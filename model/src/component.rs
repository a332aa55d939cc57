//! Which part of the control plane or node a span comes from.

use std::fmt;

use crate::SpanView;

/// The program that made a span, recognised from its resource's `service.name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Component {
    /// kube-apiserver, and aggregated API servers built on its library (they all say `apiserver`).
    Apiserver,
    /// etcd.
    Etcd,
    /// The kubelet.
    Kubelet,
    /// containerd; its shims name themselves `containerd-shim-<id>`.
    Containerd,
    /// CRI-O.
    Crio,
    /// Anything else.
    Other,
}

impl Component {
    /// Every component, in the order of a request's way.
    pub const ALL: [Self; 6] =
        [Self::Apiserver, Self::Etcd, Self::Kubelet, Self::Containerd, Self::Crio, Self::Other];

    /// The component whose programs call themselves `service_name`.
    #[must_use]
    pub fn from_service_name(service_name: &str) -> Self {
        match service_name {
            "apiserver" | "kube-apiserver" => Self::Apiserver,
            "etcd" => Self::Etcd,
            "kubelet" => Self::Kubelet,
            "containerd" => Self::Containerd,
            "crio" | "cri-o" => Self::Crio,
            name if name.starts_with("containerd-shim") => Self::Containerd,
            _ => Self::Other,
        }
    }

    /// The component that made `view`'s span.
    #[must_use]
    pub fn of(view: SpanView<'_>) -> Self {
        Self::from_service_name(view.resource_text("service.name").unwrap_or_default())
    }

    /// The lower-case name used in queries and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Apiserver => "apiserver",
            Self::Etcd => "etcd",
            Self::Kubelet => "kubelet",
            Self::Containerd => "containerd",
            Self::Crio => "crio",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests;
