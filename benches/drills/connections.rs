//! Ack latency and cost at fixed rates over few and many connections, each beside the same run with the write-ahead log
//! in memory.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use clap::Args;
use nix::mount::{MsFlags, mount, umount};
use nix::sys::signal::Signal;
use storage::env::Env;

use super::server::Launch;
use super::spans::{Key, Template};
use super::{Verdict, Workplace};
use crate::loading::{self, DiskProbe, Plan};
use crate::{captures, cpu};

/// Ack p99 minus the disk's own, at the first bar of the design.
const OVERHEAD_MAX: Duration = Duration::from_millis(10);

/// Which runs.
#[derive(Debug, Clone, Args)]
pub struct ConnectionsArgs {
    #[command(flatten)]
    place: super::PlaceArgs,
    /// Runs as CONNECTIONS@SPANS_PER_SECOND
    #[arg(
        long = "run",
        value_name = "RUN",
        default_values = ["64@10000", "64@50000", "64@100000", "5000@76000"],
        value_parser = parse_shape
    )]
    runs: Vec<Shape>,
    /// How long each run takes
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// From so many connections on, each sends small batches of so many spans; below, captured requests
    #[arg(long, default_value_t = 76)]
    small_batch: u16,
    /// Only on the disk, not in memory too
    #[arg(long)]
    disk_only: bool,
}

/// A run.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    connections: u64,
    spans_per_second: f64,
}

/// Above this, clients are nodes, with small batches.
const MANY_CONNECTIONS: u64 = 1_000;

fn parse_shape(text: &str) -> Result<Shape, String> {
    let fault = || format!("{text:?} is not CONNECTIONS@SPANS_PER_SECOND, such as 64@50000");
    let (connections, rate) = text.split_once('@').ok_or_else(fault)?;
    Ok(Shape {
        connections: connections.parse().map_err(|_| fault())?,
        spans_per_second: rate.parse().map_err(|_| fault())?,
    })
}

/// Runs all of them.
///
/// # Errors
/// When a server does not start, or refuses for a minute.
pub async fn run(arguments: ConnectionsArgs, env: Env) -> anyhow::Result<Verdict> {
    let most = arguments.runs.iter().map(|run| run.connections).max().unwrap_or_default();
    super::raise_open_files(most + 1_024)?;
    let mut lines = Vec::new();
    let mut passed = true;
    for shape in &arguments.runs {
        for in_memory in [false, true] {
            if in_memory && arguments.disk_only {
                continue;
            }
            let (line, is_good) = one(*shape, in_memory, &arguments, &env).await?;
            super::note(&line);
            lines.push(line);
            passed &= is_good;
        }
    }
    Ok(Verdict::of("connections", passed, lines.join("\n  ")))
}

async fn one(
    shape: Shape,
    in_memory: bool,
    arguments: &ConnectionsArgs,
    env: &Env,
) -> anyhow::Result<(String, bool)> {
    let place = Workplace::new(&arguments.place)?;
    let log_folder = in_memory.then(|| MemoryFolder::mount(place.data().join("wal"))).transpose()?;
    let mut server = Launch::new(place.binary.clone(), place.data(), place.log()).spawn()?;
    let (server, addresses) = super::blocking(env, move || {
        let addresses = server.wait_ready()?;
        Ok((server, addresses))
    })
    .await?;
    let is_small = shape.connections >= MANY_CONNECTIONS;
    let requests = if is_small {
        let key = Key { run: place.run, client: 0, request: 0 };
        vec![Template::new(arguments.small_batch).request(key, env.now())]
    } else {
        captures::requests(&[])?
    };
    let plan = Plan {
        requests,
        to: format!("http://{}", addresses.grpc),
        connections: shape.connections,
        rate: Some(shape.spans_per_second),
        spans: (shape.spans_per_second * arguments.seconds as f64) as u64,
    };
    let probe = DiskProbe::start(place.path().to_owned(), env);
    let (pid, before) = (server.pid(), cpu::seconds_of(server.pid())?);
    let outcome = loading::run(plan, env).await?;
    let probe = probe.stop().await?;
    let million = outcome.spans as f64 / 1e6;
    let used = (cpu::seconds_of(pid)? - before) / million;
    let threads: Vec<String> = cpu::seconds_by_thread(pid)?
        .into_iter()
        .map(|(name, seconds)| (name, seconds / million))
        .filter(|(_, seconds)| *seconds >= 0.01)
        .map(|(name, seconds)| format!("{name} {seconds:.2}"))
        .collect();
    let peak = cpu::peak_memory_bytes(pid)? >> 20;
    super::blocking(env, move || server.stop(Signal::SIGTERM)).await?;
    drop(log_folder);
    let overhead = outcome.latency.at(0.99).saturating_sub(probe.at(0.99));
    let rate = outcome.spans as f64 / outcome.elapsed.as_secs_f64();
    let kept_up = rate >= shape.spans_per_second * 0.95;
    let line = format!(
        "{} connections at {} spans/s, log {}: {rate:.0} spans/s in requests of {:.0} spans; ack {}; fdatasync probe {probe}; ack p99 \
         above it {:.1} ms; {used:.2} CPU-s per million spans ({}); peak memory {peak} MiB",
        shape.connections,
        shape.spans_per_second,
        if in_memory { "in memory" } else { "on disk" },
        outcome.spans as f64 / outcome.requests.max(1) as f64,
        outcome.latency,
        overhead.as_secs_f64() * 1e3,
        threads.join(", "),
    );
    Ok((line, kept_up && (in_memory || overhead <= OVERHEAD_MAX)))
}

/// A folder whose files are in memory; unmounted when dropped.
struct MemoryFolder(PathBuf);

impl MemoryFolder {
    fn mount(folder: PathBuf) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let none: Option<&str> = None;
        let mounted = mount(Some("tmpfs"), &folder, Some("tmpfs"), MsFlags::empty(), none);
        ensure!(
            mounted.is_ok(),
            "cannot mount a tmpfs at {} ({mounted:?}): be root, or leave it out with --disk-only",
            folder.display()
        );
        Ok(Self(folder))
    }
}

impl Drop for MemoryFolder {
    fn drop(&mut self) {
        if let Err(error) = umount(&self.0) {
            super::note(&format!("cannot unmount {}: {error}", self.0.display()));
        }
    }
}
