//! The subcommands and their flags, and nothing else.

mod doctor;
mod folders;
mod pins;
mod setup;
mod trace;

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use door::Scope;

pub(crate) use doctor::{DoctorArgs, DoctorFormat};
pub(crate) use folders::{
    CompactArgs, ExportArgs, ExportFormat, InspectArgs, InspectCatalogArgs, InspectCommand,
    InspectRollupArgs, InspectSegmentArgs, InspectWalArgs, PurgeArgs,
};
pub(crate) use pins::{PinArgs, PinsArgs, UnpinArgs};
pub(crate) use setup::{KubernetesArgs, SENDING, SetupArgs, SetupCommand, SetupFormat};
pub(crate) use trace::{TraceArgs, TracedArgs};

/// Stores every span of a Kubernetes control plane, and says which one is the p99.
#[derive(Debug, Parser)]
#[command(name = "tailplane", version, max_term_width = 100, after_help = EXAMPLES, subcommand_required = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "Examples:
  tailplane serve --demo                     look at a real control plane, nothing to set up
  tailplane serve                            receive spans on 4317 and 4318, answer on 4319
  tailplane setup kubernetes --help          what a cluster needs to send its spans
  tailplane doctor                           what is wrong when spans do not arrive
  tailplane query '{ name = \"Create\" }'      p50, p90, p99 and the slowest spans of the last hour
  tailplane trace 4bf92f3577b34da6a3ce929d0e0e4736
  tailplane trace -- kubectl get pods -A     what a command made the control plane do
  tailplane config --explain                 every setting, and where it comes from";

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run it: receive spans, store them, answer questions, show the page
    Serve(ServeArgs),
    /// Print how a cluster is attached: files, commands and the way back
    Setup(SetupArgs),
    /// Say who sends, who does not, and what mends it
    Doctor(DoctorArgs),
    /// Send captured export requests to an OTLP/gRPC receiver
    Replay(ReplayArgs),
    /// Send the spans of a simulated control plane, healthy or with a known fault
    Simulate(SimulateArgs),
    /// Ask from a terminal, in TraceQL or SQL
    Query(QueryArgs),
    /// Print one trace as a tree, or run a command and print the trace of its API requests
    Trace(TraceArgs),
    /// Keep a trace for longer than retention keeps it
    Pin(PinArgs),
    /// Leave a pinned trace to retention again
    Unpin(UnpinArgs),
    /// List the pinned traces
    Pins(PinsArgs),
    /// Read a data folder whole and say what is damaged
    Verify(VerifyArgs),
    /// Merge the small files of a stopped server's folder
    Compact(CompactArgs),
    /// Write spans of a stopped server's folder to a file that replay can send, or to Parquet
    Export(ExportArgs),
    /// Erase a value that leaked from a stopped server's folder, for good
    Purge(PurgeArgs),
    /// Show what lies in the write-ahead log, in tables, segments and rollups
    Inspect(InspectArgs),
    /// Make tokens for those who send spans and ask questions
    Token(TokenArgs),
    /// Print the settings in effect
    Config(ConfigArgs),
}

/// Where settings come from.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SettingsArgs {
    /// The settings file; ./tailplane.toml is read if it is there and this is not given
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// One setting, such as storage.flush_interval=30s; wins over the file and the environment; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

/// How a server is reached that asks who is there.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct AccessArgs {
    /// The file whose first line is the token to show
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// The CAs by which an https:// server is known, PEM
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// The certificate to show to a server that asks for one, PEM
    #[arg(long, value_name = "FILE", requires_all = ["key_file", "ca_file"])]
    pub cert_file: Option<PathBuf>,
    /// The certificate's key, PEM
    #[arg(long, value_name = "FILE", requires = "cert_file")]
    pub key_file: Option<PathBuf>,
    /// The tenant, for those who have several
    #[arg(long, value_name = "NAME")]
    pub tenant: Option<String>,
}

/// `tailplane serve`
#[derive(Debug, Args)]
#[command(after_help = SERVE_EXAMPLES)]
pub(crate) struct ServeArgs {
    /// Where settings come from.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Show real captured data: 15 minutes of a control plane with one etcd stall in it, then more as time goes
    /// on. Lives in a temporary folder that is removed at the end, whatever storage.url says; free ports are
    /// taken when the default ones are in use
    #[arg(long)]
    pub demo: bool,
    /// `query` answers questions over tables that another process writes, in a bucket or a folder, and takes no spans; it
    /// needs a storage.local_folder of its own
    #[arg(long, value_enum, default_value = "all", conflicts_with = "demo")]
    pub role: RoleArg,
}

/// What a server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleArg {
    All,
    Query,
}

const SERVE_EXAMPLES: &str =
    "Settings are read from tailplane.toml, then from the environment, then from --set:
  TAILPLANE__STORAGE__URL=/var/lib/tailplane tailplane serve
  tailplane serve --set storage.retention=3d --set web.listen=127.0.0.1:8080

Examples:
  tailplane serve
  tailplane serve --demo
  tailplane serve --config /etc/tailplane.toml
  tailplane serve --role query --set storage.url=s3://spans/prod --set storage.local_folder=/var/lib/reader

Each address is printed as `listening KEY ADDRESS` once it is taken. Ctrl-C or SIGTERM ends it
in order: what was acknowledged is on disk.";

/// `tailplane replay`
#[derive(Debug, Args)]
#[command(after_help = REPLAY_EXAMPLES)]
pub(crate) struct ReplayArgs {
    /// Capture files, one connection each: length-prefixed ExportTraceServiceRequests, zstd-compressed
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The OTLP/gRPC receiver
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4317")]
    pub to: String,
    /// How many times faster than it was captured, or max: each connection as fast as it is acknowledged
    #[arg(long, value_name = "N|max", default_value = "1")]
    pub speed: Speed,
    /// Move all times to now: at the original pace or slower the first request is now, faster than that the last
    /// one is when it is sent, so that no span lies in the future
    #[arg(long)]
    pub now: bool,
    /// Give traces and spans new ids (links and parents follow), so that the same file can be sent again;
    /// a receiver that knows retries takes an identical request only once
    #[arg(long)]
    pub rekey: bool,
    /// Begin again at the end, until Ctrl-C, each time with new ids and later times
    #[arg(long = "loop")]
    pub repeat: bool,
    /// How the receiver is reached.
    #[command(flatten)]
    pub access: AccessArgs,
}

const REPLAY_EXAMPLES: &str = "Examples:
  tailplane replay apiserver.otlp.zst etcd.otlp.zst --now
  tailplane replay capture/*.otlp.zst --speed max --rekey
  tailplane replay capture/*.otlp.zst --now --loop --to http://127.0.0.1:14317

Several files keep their pace towards each other. A request has no arrival time of its own: the
end of its last span stands for it. A receiver that is busy is waited for as the Go exporter does
(RetryInfo, backoff). The exit code is 1 when a request was refused or spans were rejected.";

/// `tailplane simulate`
#[derive(Debug, Args)]
#[command(after_help = SIMULATE_EXAMPLES)]
pub(crate) struct SimulateArgs {
    /// A scenario by name (--list shows them), or a .toml file of the same form
    #[arg(default_value = "small")]
    pub scenario: String,
    /// Print the scenarios that come with the program
    #[arg(long)]
    pub list: bool,
    /// Chooses among the histories of the scenario: the same number, the same spans
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The OTLP/gRPC receiver
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4317")]
    pub to: String,
    /// How much time is simulated
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    pub duration: humantime::Duration,
    /// How many times faster than real time, or max: as fast as it is acknowledged. Faster simulations end now
    #[arg(long, value_name = "N|max", default_value = "1")]
    pub speed: Speed,
    /// How many nodes, instead of the scenario's number
    #[arg(long, value_name = "N")]
    pub nodes: Option<u32>,
    /// How many connections the simulated processes share
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub connections: usize,
    /// Write the cluster's nodes there, as `kubectl get nodes -o json` would: for model.nodes_file
    #[arg(long, value_name = "FILE")]
    pub write_nodes: Option<PathBuf>,
    /// How the receiver is reached.
    #[command(flatten)]
    pub access: AccessArgs,
}

const SIMULATE_EXAMPLES: &str = "Examples:
  tailplane simulate --list
  tailplane simulate etcd-disk-slow --duration 10m --speed max
  tailplane simulate 5000-nodes --duration 2m --to http://127.0.0.1:14317
  tailplane simulate slow-zone --write-nodes nodes.json

Every process of the cluster batches, waits, retries and drops as the OpenTelemetry exporters in
Kubernetes do. Ctrl-C ends it. The exit code is 1 when spans were lost.";

/// How fast a capture is sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Speed {
    /// So many times as fast as it was captured.
    Times(f64),
    /// As fast as it is acknowledged.
    Max,
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let times = text.strip_suffix('x').unwrap_or(text).parse::<f64>().ok();
        match times.filter(|times| times.is_finite() && *times > 0.0) {
            Some(times) => Ok(Self::Times(times)),
            None => Err("give a number above 0, such as 1, 0.5 or 10, or max".to_owned()),
        }
    }
}

/// Whom to ask.
#[derive(Debug, Clone, Args)]
pub(crate) struct SourceArgs {
    /// The running server to ask
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4319", conflicts_with = "data")]
    pub server: String,
    /// Ask the data folder of a stopped server instead; a running one keeps its folder locked
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// How the server is reached.
    #[command(flatten)]
    pub access: AccessArgs,
}

/// `tailplane query`
#[derive(Debug, Args)]
#[command(after_help = QUERY_EXAMPLES)]
pub(crate) struct QueryArgs {
    /// A TraceQL query, or an SQL query over the tables spans, requests, pod_starts and instances
    #[arg(value_name = "TRACEQL or SQL")]
    pub text: String,
    /// Whom to ask.
    #[command(flatten)]
    pub source: SourceArgs,
    /// From when (TraceQL): Unix seconds, milliseconds or nanoseconds, RFC 3339, now or now-15m
    #[arg(long, value_name = "TIME", default_value = "now-1h")]
    pub start: String,
    /// Until when (TraceQL)
    #[arg(long, value_name = "TIME", default_value = "now")]
    pub end: String,
    /// How long a slot of a metrics query is, such as 5m; a sixtieth of the time when left out
    #[arg(long, value_name = "DURATION")]
    pub step: Option<String>,
    /// At most so many traces; 20 when left out
    #[arg(long, value_name = "TRACES")]
    pub limit: Option<usize>,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Also say how the answer came about; of SQL, print the plan that ran and what each step of it cost
    #[arg(long)]
    pub explain: bool,
}

const QUERY_EXAMPLES: &str = "Examples:
  tailplane query '{ kind = server }'
  tailplane query '{ resource.service.name = \"etcd\" && duration > 100ms }' --start now-15m
  tailplane query '{ status = error }' --format csv > errors.csv
  tailplane query '{ k8s:namespace = \"shop\" }' --start now-24h --explain
  tailplane query '{ kind = server } >> { k8s:component = \"etcd\" && duration > 1s }'
  tailplane query '{ status = error } | rate() by(k8s:resource)' --step 5m
  tailplane query 'select k8s_verb, count(*) from requests group by 1' --data ./tailplane-data
  tailplane query \"select attribute('url.path'), count(*) from spans group by 1 order by 2 desc limit 9\"

A filter is answered by one line per span name: count, errors, p50, p90, p99, and the slowest span
with its trace. Relations, pipelines and metrics are answered from whole traces (docs/traceql.md).";

/// How an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns, durations with units
    Table,
    /// A JSON array of objects, durations in nanoseconds
    Json,
    /// Comma-separated values with a header, durations in nanoseconds
    Csv,
}

/// `tailplane verify`
#[derive(Debug, Args)]
#[command(after_help = VERIFY_EXAMPLES)]
pub(crate) struct VerifyArgs {
    /// The data folder, or s3://bucket/prefix, as in storage.url
    #[arg(value_name = "URL", default_value = "./tailplane-data")]
    pub url: String,
    /// Of tables in a bucket: where the server's write-ahead log is; without one only the tables are checked
    #[arg(long, value_name = "DIR", default_value = "./tailplane-data")]
    pub local_folder: PathBuf,
    /// How the findings are printed
    #[arg(long, value_enum, default_value_t = VerifyFormat::Text)]
    pub format: VerifyFormat,
}

const VERIFY_EXAMPLES: &str = "Examples:
  tailplane verify
  tailplane verify /var/lib/tailplane --format json
  tailplane verify s3://spans/prod --local-folder /var/lib/tailplane

It changes nothing. Checked are: every record of the write-ahead log and their order; every 64 KiB block of every
file, log entry and checkpoint against its checksum; what each table's log says of its files against what is
there: names, sizes, rows, order, times; every rollup against the spans of its segment; derived tables against the
spans that they follow, and that no row is there twice. Each finding is a line: what, where, what to do. The
folder of a running server can be checked too; what it writes meanwhile may not be seen.

Of a bucket a copy is checked, which is made in a temporary folder (TMPDIR) and has to find room there. Credentials, region
and endpoint are taken from the usual AWS_ variables.

Exit code: 0 intact, 1 damage was found, 2 it could not be checked.";

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerifyFormat {
    /// A line each, and a verdict
    Text,
    /// One object, with `intact` and `findings`
    Json,
}

/// `tailplane token`
#[derive(Debug, Args)]
#[command(after_help = TOKEN_EXAMPLES)]
pub(crate) struct TokenArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: TokenCommand,
}

/// The subcommands of `tailplane token`.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Print a new token and its line for door.tokens_file
    New(NewTokenArgs),
}

/// `tailplane token new`
#[derive(Debug, Args)]
#[command(after_help = TOKEN_EXAMPLES)]
pub(crate) struct NewTokenArgs {
    /// Whose it is; shows in logs
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// What it is good for: write, read, edit or admin; may be repeated
    #[arg(long, value_name = "SCOPE", required = true)]
    pub scope: Vec<Scope>,
    /// Whose spans it is good for; may be repeated, '*' is everybody's
    #[arg(long, value_name = "TENANT", default_value = "default")]
    pub tenant: Vec<String>,
}

const TOKEN_EXAMPLES: &str = "Examples:
  tailplane token new --name apiserver-1 --scope write
  tailplane token new --name grafana --scope read --tenant prod-1 --tenant prod-2

The first line is the token, for whoever is to have it; it is kept nowhere. The second is for the
file that door.tokens_file names, which a running server reads again by itself.";

/// `tailplane config`
#[derive(Debug, Args)]
#[command(after_help = CONFIG_EXAMPLES)]
pub(crate) struct ConfigArgs {
    /// Where settings come from.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Print the defaults, ready to be saved as tailplane.toml
    #[arg(long, conflicts_with_all = ["explain", "config", "set"])]
    pub default: bool,
    /// Say beside each setting where it comes from
    #[arg(long)]
    pub explain: bool,
}

const CONFIG_EXAMPLES: &str = "Examples:
  tailplane config --default > tailplane.toml
  tailplane config --explain
  TAILPLANE__STORAGE__RETENTION=3d tailplane config --explain --set web.listen=127.0.0.1:0

The output is TOML either way. An unknown key is an error that names the nearest one.";

#[cfg(test)]
mod tests;
