//! How a real cluster is attached: files, commands and the roll-back for a version of Kubernetes and a distribution.
//!
//! Pure: a [`SetupQuery`] in, a [`Setup`] out, which is shown as text, as Markdown or as JSON. What is said lies in
//! `data/setup`, a file for each distribution; what of it holds for a query is decided in `setup/facts.rs`.

mod advice;
mod distribution;
mod endpoint;
mod error;
mod facts;
mod guide;
mod render;
mod sampling;
mod template;
mod version;

use serde::Serialize;

pub use advice::{Estimate, SamplingAdvice};
pub use distribution::Distribution;
pub use endpoint::Endpoint;
pub use error::SetupError;
pub use sampling::SamplingRate;
pub use version::{ContainerdVersion, EtcdVersion, KubernetesVersion};

use crate::Component;

/// What is to be attached, and to where.
#[derive(Debug, Clone, PartialEq)]
pub struct SetupQuery {
    /// The cluster's version.
    pub kubernetes: KubernetesVersion,
    /// Who made the cluster, which decides where files lie.
    pub distribution: Distribution,
    /// Where OTLP/gRPC is received.
    pub endpoint: Endpoint,
    /// Where OTLP/HTTP is received, for containerd; `None` is the same host, port 4318.
    pub http_endpoint: Option<Endpoint>,
    /// The share of traces that is sampled.
    pub sampling: SamplingRate,
    /// How the way is protected.
    pub protection: Protection,
    /// The cluster's name, sent along as `k8s.cluster.name`.
    pub cluster: Option<String>,
    /// What is to send; none stands for everything that the distribution lets send, with containerd as its runtime.
    pub components: Vec<Component>,
    /// The version of etcd; `None` is what kubeadm of that version installs.
    pub etcd: Option<EtcdVersion>,
    /// The version of containerd; `None` is 2.0 or newer.
    pub containerd: Option<ContainerdVersion>,
    /// How many nodes, for an estimate of the load.
    pub nodes: Option<u32>,
}

/// How the way to the receiver is protected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Protection {
    /// The receiver speaks TLS; its CA lies on every machine.
    pub tls: bool,
    /// Senders show a certificate of their own (mTLS).
    pub client_certificate: bool,
    /// Senders show a token.
    pub token: bool,
    /// The tenant that senders name.
    pub tenant: Option<String>,
}

/// What has to be done, in order.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Setup {
    /// The cluster's version, such as `1.36`.
    pub kubernetes: String,
    /// The distribution's name.
    pub distribution: &'static str,
    /// Where OTLP/gRPC is received.
    pub endpoint: String,
    /// The share of traces that is sampled, in percent.
    pub sampling_percent: String,
    /// What goes wrong, and what one may take for a fault.
    pub warnings: Vec<String>,
    /// What the rate means for load and disk.
    pub advice: SamplingAdvice,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// What it is about.
    pub title: String,
    /// Why, and why in this way.
    pub why: String,
    /// On which machines.
    pub machine: String,
    /// Files to write first.
    pub files: Vec<File>,
    /// Commands, a line each.
    pub commands: Vec<String>,
    /// How to see that it worked: commands and comments, a line each.
    pub check: Vec<String>,
    /// How to undo it: commands and comments, a line each.
    pub roll_back: Vec<String>,
}

/// A file to write, or a fragment to merge into something by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct File {
    /// Where it lies; none is a fragment.
    pub path: Option<String>,
    /// What a fragment is merged into.
    pub merge_into: Option<String>,
    /// The mode of a file, in octal.
    pub mode: Option<String>,
    /// What it says.
    pub content: String,
}

/// The set-up that `query` asks for.
///
/// # Errors
/// When the query asks for what does not exist or cannot work; the message says what does.
pub fn setup(query: &SetupQuery) -> Result<Setup, SetupError> {
    let facts = facts::Facts::of(query)?;
    let (steps, warnings) = guide::read(query, facts)?;
    Ok(Setup {
        kubernetes: query.kubernetes.to_string(),
        distribution: query.distribution.name(),
        endpoint: query.endpoint.to_string(),
        sampling_percent: query.sampling.percent(),
        warnings,
        advice: SamplingAdvice::new(query.sampling, query.nodes),
        steps,
    })
}

#[cfg(test)]
mod tests;
