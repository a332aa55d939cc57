//! Who made the cluster.

use std::fmt;
use std::str::FromStr;

use super::SetupError;
use crate::Component;

/// Who made the cluster: decides where files lie, and what may be set at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distribution {
    /// kubeadm, and what is built upon it.
    Kubeadm,
    /// Kubernetes in containers.
    Kind,
    /// k3s.
    K3s,
    /// RKE2.
    Rke2,
    /// Amazon's managed planes.
    Eks,
    /// Google's managed planes.
    Gke,
    /// Microsoft's managed planes.
    Aks,
}

impl Distribution {
    /// Every distribution.
    pub const ALL: [Self; 7] =
        [Self::Kubeadm, Self::Kind, Self::K3s, Self::Rke2, Self::Eks, Self::Gke, Self::Aks];

    /// Its name, in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kubeadm => "kubeadm",
            Self::Kind => "kind",
            Self::K3s => "k3s",
            Self::Rke2 => "rke2",
            Self::Eks => "eks",
            Self::Gke => "gke",
            Self::Aks => "aks",
        }
    }

    /// All names, for messages.
    #[must_use]
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// What it lets send; of the runtimes the usual one first.
    #[must_use]
    pub fn components(self) -> &'static [Component] {
        use Component::{Apiserver, Containerd, Crio, Etcd, Kubelet};
        match self {
            Self::Kubeadm => &[Apiserver, Etcd, Kubelet, Containerd, Crio],
            Self::Kind | Self::Rke2 => &[Apiserver, Etcd, Kubelet, Containerd],
            Self::K3s => &[Apiserver, Etcd, Kubelet],
            Self::Eks => &[Kubelet, Containerd],
            Self::Gke | Self::Aks => &[],
        }
    }

    /// Whether nobody but the provider reaches the control plane.
    #[must_use]
    pub fn is_managed(self) -> bool {
        matches!(self, Self::Eks | Self::Gke | Self::Aks)
    }
}

impl FromStr for Distribution {
    type Err = SetupError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|distribution| distribution.name() == text);
        found.ok_or_else(|| SetupError::Distribution { text: text.to_owned() })
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
