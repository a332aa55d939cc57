//! An open-loop load over many connections, and what the disk itself takes meanwhile.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use ingest::{Exporter, RetryPolicy};
use proto::capture::span_times;
use storage::env::{Env, JoinHandle};

use crate::captures;
use crate::percentiles::Percentiles;

/// What is sent, over how many connections, how fast.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Requests that are sent in turns, each copy with ids of its own.
    pub requests: Vec<Vec<u8>>,
    /// `http://host:port`.
    pub to: String,
    /// Connections, each with one request in flight, as every OpenTelemetry exporter does it.
    pub connections: u64,
    /// Spans a second over all connections (a late ack does not slow the schedule); as many as go when `None`.
    pub rate: Option<f64>,
    /// Stop after so many spans.
    pub spans: u64,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// Spans acknowledged.
    pub spans: u64,
    /// Requests.
    pub requests: usize,
    /// From the moment a request was due to its acknowledgement.
    pub latency: Percentiles,
    /// How long all took.
    pub elapsed: Duration,
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

/// Sends all of `plan`.
///
/// # Errors
/// When the server cannot be reached or refuses for longer than a minute.
pub async fn run(plan: Plan, env: &Env) -> anyhow::Result<Outcome> {
    let mut exporters = Vec::new();
    for _ in 0..plan.connections {
        let policy = RetryPolicy::patient(Duration::from_secs(60));
        exporters.push(Exporter::connect(&plan.to, policy, env.clone()).await?);
    }
    let load = Arc::new(prepare(plan, env)?);
    let senders: Vec<_> =
        exporters.into_iter().map(|exporter| env.spawn(send(Arc::clone(&load), exporter))).collect();
    let mut latencies = Vec::new();
    for sender in senders {
        latencies.extend(sender.await??);
    }
    Ok(Outcome {
        spans: load.sent_spans.load(Ordering::Relaxed),
        requests: latencies.len(),
        latency: Percentiles::of(latencies),
        elapsed: env.monotonic().saturating_sub(load.began),
    })
}

fn prepare(plan: Plan, env: &Env) -> anyhow::Result<Load> {
    ensure!(!plan.requests.is_empty(), "there are no requests to send");
    let mut requests = Vec::new();
    for request in plan.requests {
        let (_, end, spans) = span_times(&request).context("a request without spans")?;
        requests.push((request, end, spans));
    }
    requests.sort_by_key(|(_, end, _)| *end);
    let total: u64 = requests.iter().map(|(_, _, spans)| spans).sum();
    let per_request = total as f64 / requests.len() as f64;
    Ok(Load {
        interval: plan.rate.map(|rate| per_request / rate),
        requests,
        next: AtomicU64::new(0),
        sent_spans: AtomicU64::new(0),
        spans_max: plan.spans,
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
        let due = match load.interval {
            Some(interval) => {
                let due = load.began + Duration::from_secs_f64(number as f64 * interval);
                load.env.sleep(due.saturating_sub(load.env.monotonic())).await;
                due
            }
            None => load.env.monotonic(),
        };
        let shift = i64::try_from(load.env.now())?.wrapping_sub(i64::try_from(*end)?);
        captures::rekey(&mut copy, number + 1, shift)?;
        let ack = exporter.export(&copy).await?;
        ensure!(ack.rejected == 0, "{} spans were refused: {}", ack.rejected, ack.message);
        latencies.push(load.env.monotonic().saturating_sub(due));
    }
}

/// Writes and fdatasyncs 64 KiB every 50 ms: what the disk itself takes.
#[derive(Debug)]
pub struct DiskProbe {
    task: JoinHandle<anyhow::Result<Vec<Duration>>>,
    stop: Arc<AtomicBool>,
}

impl DiskProbe {
    /// In a file without a name in `folder`.
    #[must_use]
    pub fn start(folder: PathBuf, env: &Env) -> Self {
        const BLOCK_BYTES: usize = 64 << 10;
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, clock) = (Arc::clone(&stop), env.clone());
        let task = env.spawn_blocking(move || {
            use std::os::unix::fs::FileExt;
            let file = tempfile::tempfile_in(&folder).context("cannot make a file for the disk probe")?;
            let block = vec![7; BLOCK_BYTES];
            file.write_all_at(&block, 0)?;
            File::sync_all(&file)?;
            let mut times = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                let before = clock.monotonic();
                file.write_all_at(&block, 0)?;
                file.sync_data()?;
                times.push(clock.monotonic().saturating_sub(before));
                std::thread::sleep(Duration::from_millis(50));
            }
            Ok(times)
        });
        Self { task, stop }
    }

    /// Ends it.
    ///
    /// # Errors
    /// What the disk said.
    pub async fn stop(self) -> anyhow::Result<Percentiles> {
        self.stop.store(true, Ordering::Relaxed);
        Ok(Percentiles::of(self.task.await??))
    }
}
