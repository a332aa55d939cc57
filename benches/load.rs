//! A load of captured requests against a running server: ack latency, and the server's CPU-seconds per million spans.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use benches::percentiles::Percentiles;
use benches::{captures, cpu};
use clap::Parser;
use ingest::{Exporter, RetryPolicy};
use proto::capture::span_times;
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

struct Load {
    requests: Vec<(Vec<u8>, u64, u64)>,
    next: AtomicU64,
    sent_spans: AtomicU64,
    spans_max: u64,
    interval: Option<f64>,
    env: Env,
    began: Duration,
}

#[expect(clippy::print_stdout, reason = "a report on standard output is what it is for")]
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let env = Env::system();
    let load = Arc::new(prepare(&arguments, &env)?);
    let probe = arguments.probe.clone().map(|folder| start_probe(folder, env.clone()));
    let cpu_before = arguments.pid.map(cpu::seconds_of).transpose()?;
    let began = env.monotonic();
    let mut senders = Vec::new();
    for _ in 0..arguments.connections {
        let exporter =
            Exporter::connect(&arguments.to, RetryPolicy::patient(Duration::from_secs(60)), env.clone())
                .await?;
        senders.push(env.spawn(send(Arc::clone(&load), exporter)));
    }
    let mut latencies = Vec::new();
    for sender in senders {
        latencies.extend(sender.await??);
    }
    let elapsed = (env.monotonic() - began).as_secs_f64();
    let spans = load.sent_spans.load(Ordering::Relaxed);
    println!(
        "{spans} spans in {} requests over {} connections: {:.0} spans/s",
        latencies.len(),
        arguments.connections,
        spans as f64 / elapsed
    );
    println!("ack latency: {}", Percentiles::of(latencies));
    if let (Some(pid), Some(before)) = (arguments.pid, cpu_before) {
        let used = cpu::seconds_of(pid)? - before;
        println!(
            "server: {:.2} CPU-s, {:.3} CPU-s per million spans, peak memory {} MiB",
            used,
            used / spans as f64 * 1e6,
            cpu::peak_memory_bytes(pid)? >> 20
        );
    }
    if let Some((stop, probe)) = probe {
        stop.store(1, Ordering::Relaxed);
        println!("fdatasync probe: {}", Percentiles::of(probe.await??));
    }
    Ok(())
}

fn prepare(arguments: &Arguments, env: &Env) -> anyhow::Result<Load> {
    let mut requests = Vec::new();
    for request in captures::requests(&arguments.captures)? {
        let (_, end, spans) = span_times(&request).context("a request without spans")?;
        requests.push((request, end, spans));
    }
    ensure!(!requests.is_empty(), "no requests in {:?}", arguments.captures);
    requests.sort_by_key(|(_, end, _)| *end);
    let total: u64 = requests.iter().map(|(_, _, spans)| spans).sum();
    let per_request = total as f64 / requests.len() as f64;
    Ok(Load {
        interval: arguments.rate.map(|rate| per_request / rate),
        requests,
        next: AtomicU64::new(0),
        sent_spans: AtomicU64::new(0),
        spans_max: arguments.spans,
        env: env.clone(),
        began: env.monotonic(),
    })
}

/// Sends until enough was sent. With a rate, latency counts from the moment a request was due.
async fn send(load: Arc<Load>, exporter: Exporter) -> anyhow::Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    loop {
        let number = load.next.fetch_add(1, Ordering::Relaxed);
        let place = usize::try_from(number % load.requests.len() as u64)?;
        let (request, end, spans) = &load.requests[place];
        if load.sent_spans.fetch_add(*spans, Ordering::Relaxed) >= load.spans_max {
            load.sent_spans.fetch_sub(*spans, Ordering::Relaxed);
            return Ok(latencies);
        }
        let mut copy = request.clone();
        let shift = i64::try_from(load.env.now())?.wrapping_sub(i64::try_from(*end)?);
        captures::rekey(&mut copy, number + 1, shift)?;
        let due = match load.interval {
            Some(interval) => {
                let due = load.began + Duration::from_secs_f64(number as f64 * interval);
                load.env.sleep(due.saturating_sub(load.env.monotonic())).await;
                due
            }
            None => load.env.monotonic(),
        };
        let ack = exporter.export(&copy).await?;
        ensure!(ack.rejected == 0, "{} spans were refused: {}", ack.rejected, ack.message);
        latencies.push(load.env.monotonic().saturating_sub(due));
    }
}

type Probe = (Arc<AtomicU64>, storage::env::JoinHandle<anyhow::Result<Vec<Duration>>>);

fn start_probe(folder: PathBuf, env: Env) -> Probe {
    const BLOCK_BYTES: usize = 64 << 10;
    let stop = Arc::new(AtomicU64::new(0));
    let (stopped, clock) = (Arc::clone(&stop), env.clone());
    let probe = env.spawn_blocking(move || {
        use std::os::unix::fs::FileExt;
        let file = tempfile::tempfile_in(&folder).context("cannot make a file in --probe")?;
        let block = vec![7; BLOCK_BYTES];
        file.write_all_at(&block, 0)?;
        File::sync_all(&file)?;
        let mut times = Vec::new();
        while stopped.load(Ordering::Relaxed) == 0 {
            let before = clock.monotonic();
            file.write_all_at(&block, 0)?;
            file.sync_data()?;
            times.push(clock.monotonic() - before);
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(times)
    });
    (stop, probe)
}
