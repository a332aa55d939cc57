//! A load of captured requests against a running server: ack latency, and the server's CPU-seconds per million spans.

use std::path::PathBuf;

use benches::loading::{self, DiskProbe, Plan};
use benches::{captures, cpu};
use clap::Parser;
use storage::env::Env;

/// Sends captured export requests, each copy with ids of its own, over several connections.
#[derive(Debug, Parser)]
struct Arguments {
    /// Capture files, or folders of them; the repository's fixtures when left out.
    captures: Vec<PathBuf>,
    /// The server's OTLP/gRPC address.
    #[arg(long, default_value = "http://127.0.0.1:4317")]
    to: String,
    /// The server's process id, for its CPU time and memory.
    #[arg(long)]
    pid: Option<u32>,
    /// Connections, each with one request in flight, as every OpenTelemetry exporter does it.
    #[arg(long, default_value_t = 4)]
    connections: u64,
    /// Spans a second over all connections (open loop: a late ack does not slow the schedule); as many as go when left out.
    #[arg(long)]
    rate: Option<f64>,
    /// Stop after so many spans.
    #[arg(long, default_value_t = 1_000_000)]
    spans: u64,
    /// Beside the load, write and fdatasync 64 KiB every 50 ms to a file in this folder: what the disk itself takes.
    #[arg(long)]
    probe: Option<PathBuf>,
}

#[expect(clippy::print_stdout, reason = "a report on standard output is what it is for")]
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let env = Env::system();
    benches::drills::raise_open_files(arguments.connections + 256)?;
    let plan = Plan {
        requests: captures::requests(&arguments.captures)?,
        to: arguments.to,
        connections: arguments.connections,
        rate: arguments.rate,
        spans: arguments.spans,
    };
    let probe = arguments.probe.map(|folder| DiskProbe::start(folder, &env));
    let cpu_before = arguments.pid.map(cpu::seconds_of).transpose()?;
    let outcome = loading::run(plan, &env).await?;
    println!(
        "{} spans in {} requests over {} connections: {:.0} spans/s",
        outcome.spans,
        outcome.requests,
        arguments.connections,
        outcome.spans as f64 / outcome.elapsed.as_secs_f64()
    );
    println!("ack latency: {}", outcome.latency);
    if let (Some(pid), Some(before)) = (arguments.pid, cpu_before) {
        let used = cpu::seconds_of(pid)? - before;
        println!(
            "server: {:.2} CPU-s, {:.3} CPU-s per million spans, peak memory {} MiB",
            used,
            used / outcome.spans as f64 * 1e6,
            cpu::peak_memory_bytes(pid)? >> 20
        );
    }
    if let Some(probe) = probe {
        println!("fdatasync probe: {}", probe.stop().await?);
    }
    Ok(())
}
