//! The subcommands that look into a data folder, or tidy it.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `tailplane compact`
#[derive(Debug, Args)]
#[command(after_help = COMPACT_EXAMPLES)]
pub(crate) struct CompactArgs {
    /// The data folder, or s3://bucket/prefix, as in storage.url
    #[arg(value_name = "URL", default_value = "./tailplane-data")]
    pub url: String,
    /// Of a bucket: how long after the last merge the old files are deleted, so that readers can finish
    #[arg(long, value_name = "DURATION", default_value = "60s")]
    pub grace: humantime::Duration,
}

const COMPACT_EXAMPLES: &str = "Examples:
  tailplane compact
  tailplane compact /var/lib/tailplane
  tailplane compact s3://spans/prod

A server does this by itself, an hour's files once the hour is over; here all hours count as over. Files of
one tenant and hour become one, each span once, up to storage.compaction_full_bytes. Ctrl-C is safe: what was
not committed is not there, and nothing is lost.

Of a bucket it takes the lease that its server has, so the server has to be stopped; readers (--role query) may
go on. Credentials, region and endpoint are taken from the usual AWS_ variables.";

/// `tailplane export`
#[derive(Debug, Args)]
#[command(after_help = EXPORT_EXAMPLES)]
pub(crate) struct ExportArgs {
    /// Which spans, in TraceQL: { } is all of them
    #[arg(value_name = "TRACEQL", default_value = "{}")]
    pub filter: String,
    /// The data folder, as in storage.url
    #[arg(long, value_name = "DIR", default_value = "./tailplane-data")]
    pub data: PathBuf,
    /// The file to write; there must be none yet
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// How the spans are written
    #[arg(long, value_enum, default_value_t = ExportFormat::Otlp)]
    pub format: ExportFormat,
    /// Spans that end from here on: now-15m, 2026-11-20T13:31:00Z, or Unix seconds, ms or ns
    #[arg(long, value_name = "TIME")]
    pub start: Option<String>,
    /// Spans that end before this
    #[arg(long, value_name = "TIME")]
    pub end: Option<String>,
    /// Whose spans
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub tenant: String,
}

/// How exported spans are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Export requests, which replay sends and any OTLP decoder reads
    Otlp,
    /// Rows with the columns of the spans table, for DuckDB, pandas, Polars
    Parquet,
}

const EXPORT_EXAMPLES: &str = "Examples:
  tailplane export --out all.otlp.zst
  tailplane export '{ k8s:resource = \"leases\" }' --start now-1h --out leases.otlp.zst
  tailplane export '{ trace:id = \"4bf92f3577b34da6a3ce929d0e0e4736\" }' --data /var/lib/tailplane --out one.otlp.zst
  tailplane export '{ status = error }' --format parquet --out errors.parquet

An OTLP file is what replay reads: ExportTraceServiceRequests of up to 512 spans, each behind its length as a
varint, compressed with zstd. A Parquet file has the columns that docs/formats.md lists under Spans. In both, spans
come in the order of their time, 50,000 at most in memory at once. What was masked stays masked; all else is as it came.";

/// `tailplane purge`
#[derive(Debug, Args)]
#[command(after_help = PURGE_EXAMPLES)]
pub(crate) struct PurgeArgs {
    /// Which spans, in TraceQL
    #[arg(value_name = "TRACEQL")]
    pub filter: String,
    /// Erase only this attribute of them, as TraceQL writes it: span.x, resource.x, event.x, link.x, instrumentation.x, or .x
    /// for all of these; may be repeated. Without it the spans go whole
    #[arg(long = "attribute", value_name = "NAME")]
    pub attributes: Vec<String>,
    /// The data folder, as in storage.url
    #[arg(long, value_name = "DIR", default_value = "./tailplane-data")]
    pub data: PathBuf,
    /// Whose spans
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub tenant: String,
    /// Only say how many spans in how many files it would be
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask whether that is meant
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
}

const PURGE_EXAMPLES: &str = "Examples:
  tailplane purge '{ span.token != nil }' --dry-run
  tailplane purge '{ span.token != nil }' --attribute span.token
  tailplane purge '{ .password =~ \"hunter2.*\" || name =~ \".*hunter2.*\" }' --data /var/lib/tailplane --yes

For a value that leaked. It works on the folder of a stopped server: stop it, purge, start it again. Every file
that holds such spans is written anew without them, rows and rollups made of them go, and so does what earlier
versions have left: old files, the tables' history, the write-ahead log. What it cannot reach it names at the
end. Ctrl-C and kill are safe: the same command again does the rest.";

/// `tailplane inspect`
#[derive(Debug, Args)]
#[command(after_help = INSPECT_EXAMPLES)]
pub(crate) struct InspectArgs {
    /// What to look into.
    #[command(subcommand)]
    pub command: InspectCommand,
}

const INSPECT_EXAMPLES: &str = "Examples:
  tailplane inspect wal /var/lib/tailplane
  tailplane inspect segment tailplane-data/spans/tenant=default/date=2026-11-20/*.parquet
  tailplane inspect rollup tailplane-data/spans/_rollups/tenant=default/date=2026-11-20/*.parquet
  tailplane inspect catalog /var/lib/tailplane

Nothing is changed.";

/// What can be looked into.
#[derive(Debug, Subcommand)]
pub(crate) enum InspectCommand {
    /// The write-ahead log: segments, records, marks
    Wal(InspectWalArgs),
    /// Segments: what each column takes
    Segment(InspectSegmentArgs),
    /// Rollups: slots, series, and what each column takes
    Rollup(InspectRollupArgs),
    /// The tables: versions, files by hour, sizes, checkpoints, watermarks
    Catalog(InspectCatalogArgs),
}

/// `tailplane inspect rollup`
#[derive(Debug, Args)]
#[command(after_help = INSPECT_ROLLUP_EXAMPLES)]
pub(crate) struct InspectRollupArgs {
    /// Rollups, which lie below spans/_rollups/ and in derived/rollups/; of several the sum is shown
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// So many series are shown, those of most spans
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub top: usize,
}

const INSPECT_ROLLUP_EXAMPLES: &str = "Examples:
  tailplane inspect rollup tailplane-data/spans/_rollups/tenant=default/date=2026-11-20/*.parquet
  tailplane inspect rollup --top 3 tailplane-data/derived/rollups/tenant=default/date=2026-11-01/*.parquet

First its minutes, five minutes and hours: rows, one for each series and slot, their spans, and how many rows keep every
duration (exact) or a histogram. Then series, with the minutes in which they have spans. Then each column's
bytes in the file, as it is compressed.";

/// `tailplane inspect catalog`
#[derive(Debug, Args)]
#[command(after_help = INSPECT_CATALOG_EXAMPLES)]
pub(crate) struct InspectCatalogArgs {
    /// The data folder, as in storage.url
    #[arg(value_name = "DIR", default_value = "./tailplane-data")]
    pub folder: PathBuf,
}

const INSPECT_CATALOG_EXAMPLES: &str = "Examples:
  tailplane inspect catalog
  tailplane inspect catalog /var/lib/tailplane

One line for each table: version, files, rows, bytes with rollups, log and checkpoints. One line for the files of
each tenant, date, hour of arrival (UTC) and kind. Then how far the spans follow the write-ahead log, and how
far derived tables follow the spans: a window is what one commit brought. A running server's folder can be shown.";

/// `tailplane inspect segment`
#[derive(Debug, Args)]
#[command(after_help = INSPECT_SEGMENT_EXAMPLES)]
pub(crate) struct InspectSegmentArgs {
    /// Parquet files; of several the sum is shown
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

const INSPECT_SEGMENT_EXAMPLES: &str = "Examples:
  tailplane inspect segment tailplane-data/spans/tenant=default/date=2026-11-20/*.parquet

One line for each column, the largest first: its bytes in the file, as it is compressed, for each span, and
its share of the whole.";

/// `tailplane inspect wal`
#[derive(Debug, Args)]
#[command(after_help = INSPECT_WAL_EXAMPLES)]
pub(crate) struct InspectWalArgs {
    /// The data folder, as in storage.url
    #[arg(value_name = "DIR", default_value = "./tailplane-data")]
    pub folder: PathBuf,
}

const INSPECT_WAL_EXAMPLES: &str = "Examples:
  tailplane inspect wal
  tailplane inspect wal /var/lib/tailplane

One line for each record, in order: segment file, byte, restart (the epoch's lower half), sequence, what
it is, bytes, when it arrived, for which tenant, from whom. Requests that are in Parquet already stay in
the log until their segment is full. Nothing is changed, and the log of a running server can be shown.";
