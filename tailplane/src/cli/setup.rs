//! The subcommand that says how a cluster is attached.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use model::Component;
use model::setup::{ContainerdVersion, Distribution, Endpoint, EtcdVersion, KubernetesVersion, SamplingRate};

/// `tailplane setup`
#[derive(Debug, Args)]
#[command(after_help = SETUP_EXAMPLES)]
pub(crate) struct SetupArgs {
    /// What is to be attached.
    #[command(subcommand)]
    pub command: SetupCommand,
}

/// The subcommands of `tailplane setup`.
#[derive(Debug, Subcommand)]
pub(crate) enum SetupCommand {
    /// Print what kube-apiserver, etcd, kubelets and the container runtime need to send their spans
    Kubernetes(KubernetesArgs),
}

/// `tailplane setup kubernetes`
#[derive(Debug, Args)]
#[command(after_help = SETUP_EXAMPLES)]
pub(crate) struct KubernetesArgs {
    /// The cluster's version, 1.22 to 1.36: the server's in `kubectl version`
    #[arg(long, value_name = "VERSION")]
    pub version: KubernetesVersion,
    /// Who made the cluster: kubeadm, kind, k3s, rke2, eks, gke or aks
    #[arg(long, value_name = "NAME")]
    pub distribution: Distribution,
    /// Where this server is reached from the cluster's machines: ingest.grpc_listen, without a scheme
    #[arg(long, value_name = "HOST:PORT")]
    pub endpoint: Endpoint,
    /// The same of ingest.http_listen, for containerd; without it the same host, port 4318
    #[arg(long, value_name = "HOST:PORT")]
    pub http_endpoint: Option<Endpoint>,
    /// The share of traces that is sampled
    #[arg(long, value_name = "PERCENT", default_value = "1")]
    pub sampling: SamplingRate,
    /// What is to send: apiserver, etcd, kubelet, containerd or crio; may be repeated. Without it all that the
    /// distribution lets send, with containerd as the runtime
    #[arg(long = "component", value_name = "NAME", value_parser = component)]
    pub components: Vec<Component>,
    /// The cluster's name, which its spans carry as k8s.cluster.name
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,
    /// This server speaks TLS (ingest.tls_cert_file)
    #[arg(long)]
    pub tls: bool,
    /// This server asks for certificates (ingest.tls_client_ca_file)
    #[arg(long, requires = "tls")]
    pub mtls: bool,
    /// This server asks for tokens (door.tokens_file); what is printed has a placeholder for it
    #[arg(long)]
    pub token: bool,
    /// The tenant that the cluster's spans are to belong to
    #[arg(long, value_name = "NAME")]
    pub tenant: Option<String>,
    /// The version of etcd, if it is not the one that comes with the cluster's version
    #[arg(long, value_name = "VERSION")]
    pub etcd: Option<EtcdVersion>,
    /// The version of containerd, if it is older than 2.0 (kubeadm)
    #[arg(long, value_name = "VERSION")]
    pub containerd: Option<ContainerdVersion>,
    /// How many nodes the cluster has, for an estimate of what it sends
    #[arg(long, value_name = "N")]
    pub nodes: Option<u32>,
    /// Write the files there, a folder for each step, with the page as README.md; there must be no such folder yet
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,
    /// How it is printed
    #[arg(long, value_enum, default_value_t = SetupFormat::Text)]
    pub format: SetupFormat,
}

/// How a set-up is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SetupFormat {
    /// A shell script in which prose is comments, to be pasted piece by piece
    Text,
    /// A page for a wiki or a pull request
    Markdown,
    /// One object, for programs
    Json,
}

/// The components that are told to send spans; whatever else sends some is told by its spans.
pub(crate) const SENDING: [Component; 5] =
    [Component::Apiserver, Component::Etcd, Component::Kubelet, Component::Containerd, Component::Crio];

/// A component that sends spans, by its name.
pub(super) fn component(name: &str) -> Result<Component, String> {
    let found = SENDING.into_iter().find(|component| component.name() == name);
    found.ok_or_else(|| format!("write one of {}", SENDING.map(Component::name).join(", ")))
}

const SETUP_EXAMPLES: &str = "Examples:
  tailplane setup kubernetes --version 1.33 --distribution kubeadm --endpoint 10.0.0.5:4317
  tailplane setup kubernetes --version 1.36 --distribution kind --endpoint tailplane:4317 \\
      --sampling 100 --write my-cluster
  tailplane setup kubernetes --version 1.30 --distribution kubeadm --endpoint spans.example:4317 \\
      --tls --token --cluster prod-1 --component apiserver --component etcd --format markdown

It changes nothing and asks nobody: it prints, for this version and distribution, what has to be
written where, the commands, how to see that they worked and how to undo them, and warns of what
keeps kube-apiserver from starting. One control-plane node at a time. Nothing that it prints is
secret: where a token belongs there is REPLACE_WITH_TOKEN.";
