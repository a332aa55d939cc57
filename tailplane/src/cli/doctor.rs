//! The subcommand that says what is wrong.

use clap::{Args, ValueEnum};
use model::Component;

use super::AccessArgs;
use super::setup::component;

/// `tailplane doctor`
#[derive(Debug, Args)]
#[command(after_help = DOCTOR_EXAMPLES)]
pub(crate) struct DoctorArgs {
    /// The running server to look at
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4319")]
    pub server: String,
    /// Where it takes OTLP/HTTP (ingest.http_listen), for the test span; without it the same host, port 4318
    #[arg(long, value_name = "URL")]
    pub otlp: Option<String>,
    /// What has to send: apiserver, etcd, kubelet, containerd or crio; may be repeated. Without it apiserver, etcd,
    /// kubelet and one of the two runtimes
    #[arg(long = "component", value_name = "NAME", value_parser = component)]
    pub components: Vec<Component>,
    /// How the server is reached; its token needs the scopes read and write.
    #[command(flatten)]
    pub access: AccessArgs,
    /// How the findings are printed
    #[arg(long, value_enum, default_value_t = DoctorFormat::Table)]
    pub format: DoctorFormat,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DoctorFormat {
    /// A table of components, a line for each finding, and a verdict
    Table,
    /// One object, with `well`, `test_span`, `components` and `findings`
    Json,
}

const DOCTOR_EXAMPLES: &str = "Examples:
  tailplane doctor
  tailplane doctor --server http://10.0.0.5:4319 --token-file doctor
  tailplane doctor --component kubelet --component containerd      a managed control plane
  tailplane doctor --format json | jq '.findings[]'

It sends a span of its own by OTLP/HTTP, reads it back by its trace id and says how long each step took. Then,
from what the server counted (GET /api/v1/senders and /api/v1/ledger): who sends how much, who never connected or
fell silent, whose clock is off, which share of traces is sampled as far as their ids tell, who was refused and
why. Rates and counts are of the last 15 minutes. Each finding says what mends it.

With tokens: tailplane token new --name doctor --scope read --scope write --tenant '*'

Exit code: 0 all is well, 1 something is wrong (a note alone is not), 2 the command line is.";
