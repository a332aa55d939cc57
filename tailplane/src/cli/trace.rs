//! The subcommand that prints a trace: one that is there, or that of a command.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use proto::TraceId;

use super::SourceArgs;

/// `tailplane trace`
#[derive(Debug, Args)]
#[command(after_help = TRACE_EXAMPLES)]
pub(crate) struct TraceArgs {
    /// 32 hex digits, as the page and `tailplane query` show them
    #[arg(value_name = "TRACE_ID", required_unless_present = "command", conflicts_with = "command")]
    pub trace_id: Option<TraceId>,
    /// Whom to ask.
    #[command(flatten)]
    pub source: SourceArgs,
    /// What is run and traced instead.
    #[command(flatten)]
    pub traced: TracedArgs,
}

/// A command whose API requests become one trace.
#[derive(Debug, Clone, Args)]
pub(crate) struct TracedArgs {
    /// Run this, and print the trace of its API requests: kubectl, helm or whatever else reads KUBECONFIG
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "data")]
    pub command: Vec<OsString>,
    /// The context of the kubeconfig to run it in, instead of the current one
    #[arg(long, value_name = "NAME", conflicts_with = "trace_id")]
    pub context: Option<String>,
    /// The kubeconfig, instead of the one that kubectl takes
    #[arg(long, value_name = "FILE", conflicts_with = "trace_id")]
    pub kubeconfig: Option<PathBuf>,
    /// The kubectl that authenticates
    #[arg(long, value_name = "PROGRAM", default_value = "kubectl", conflicts_with = "trace_id")]
    pub kubectl: PathBuf,
    /// How long the trace is waited for once the command has ended; exporters hold spans for 5 s
    #[arg(long, value_name = "DURATION", default_value = "20s", conflicts_with = "trace_id")]
    pub wait: humantime::Duration,
}

const TRACE_EXAMPLES: &str = "Examples:
  tailplane trace 4bf92f3577b34da6a3ce929d0e0e4736
  tailplane trace 4bf92f3577b34da6a3ce929d0e0e4736 --data ./tailplane-data
  tailplane trace -- kubectl get pods -A
  tailplane trace --context prod -- kubectl apply -f deployment.yaml

Each line is a span: offset from the start of the trace, duration, component, name; `?` marks a
span whose parent did not arrive. Below, for each API request: where its time went.

With a command: `kubectl proxy` authenticates, as the kubeconfig says. Before it stands a proxy of
this machine alone, which gives each request a sampled traceparent, so that the API server traces it
even at a sampling rate of 0. The command gets a KUBECONFIG that leads there. Its output and its
exit code are its own; what Tailplane says goes to standard error. Watches and logs -f pass as they
come. exec, attach, port-forward and cp change the protocol and are refused.

Only callers in system:masters or system:monitoring may continue a trace (Kubernetes 1.33 and
later). For others, and before, the API server begins a trace of its own with a link to this one, if
it samples it: that is looked for, and said.";
