//! What a query can ask for in vain.

use super::{Distribution, KubernetesVersion};

/// A query that cannot be answered. The message names the value and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// No version, or one that nothing is known of.
    #[error("{text:?} is no version of {what} that is known here: write one of {known}")]
    Version {
        /// `Kubernetes`, `etcd` or `containerd`.
        what: &'static str,
        /// The text.
        text: String,
        /// What is known.
        known: String,
    },
    /// No distribution of this name.
    #[error("there is no distribution {text:?}: write one of {}", Distribution::names())]
    Distribution {
        /// The text.
        text: String,
    },
    /// No address that components could dial.
    #[error("{text:?} is no endpoint: {reason}")]
    Endpoint {
        /// The text.
        text: String,
        /// Why, and what to write.
        reason: &'static str,
    },
    /// No share of traces.
    #[error(
        "{text:?} is no sampling rate: write percent from 0 to 100, in steps of 0.0001, such as 100, 1 or 0.5"
    )]
    Sampling {
        /// The text.
        text: String,
    },
    /// A name with characters that would need quoting.
    #[error("the {what} {text:?} has other characters than letters, digits, `.`, `-` and `_`")]
    Name {
        /// `cluster` or `tenant`.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// The distribution does not let this component send.
    #[error("{distribution} lets no {component} send that could be set up here; it lets send: {offered}")]
    Component {
        /// The distribution.
        distribution: &'static str,
        /// The component.
        component: &'static str,
        /// What it lets send.
        offered: String,
    },
    /// The distribution cannot protect the way.
    #[error(
        "{distribution} hands no certificates and no tokens to its nodes: leave --tls, --mtls, --token and --tenant out, or set up kubeadm"
    )]
    Protection {
        /// The distribution.
        distribution: &'static str,
    },
    /// The distribution has no such version.
    #[error("{distribution} {version} has nothing that could send: kubelets have tracing from 1.25 on")]
    Nothing {
        /// The distribution.
        distribution: &'static str,
        /// The version.
        version: KubernetesVersion,
    },
    /// A file in `data/setup` is faulty.
    #[error("data/setup is faulty: {0}")]
    Data(String),
}
