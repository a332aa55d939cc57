//! Ten times what the server can take: memory stays in its budget, refusals say when to come back, nothing acknowledged is
//! lost, and afterwards all is as before.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytesize::ByteSize;
use clap::Args;
use nix::sys::signal::Signal;
use parking_lot::Mutex;
use storage::env::Env;
use tokio::sync::watch;

use super::clients::{Manner, Sending};
use super::sdk::{self, BATCH_SPANS, Fate};
use super::server::Launch;
use super::{Verdict, Workplace, read_back};
use crate::cgroup::CpuLimit;
use crate::cpu;
use crate::percentiles::Percentiles;

/// What the server needs beside its budgets: code, threads, connections, and a flush's columns.
const BASE: ByteSize = ByteSize::mib(256);
/// The Go exporter gives up an attempt after so long. The server waits four seconds at most, but on a starved machine reading
/// a thousand bodies takes its time too.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// Latency is back to normal so soon.
const RECOVERY_MAX: Duration = Duration::from_secs(10);
/// A row of so many good acknowledgements is normal again.
const GOOD_ACKS: usize = 20;

/// How much of what.
#[derive(Debug, Clone, Args)]
pub struct OverloadArgs {
    #[command(flatten)]
    place: super::PlaceArgs,
    /// The share of a core that the server gets
    #[arg(long, default_value_t = 0.2)]
    cores: f64,
    /// Offered load, as a multiple of what the server takes from a few clients
    #[arg(long, default_value_t = 10.0)]
    times: f64,
    /// How long
    #[arg(long, default_value_t = 120)]
    seconds: u64,
    /// Exporters that share the load, each with one batch in flight
    #[arg(long, default_value_t = 1000)]
    exporters: u16,
    /// How long the server's capacity is measured before
    #[arg(long, default_value_t = 10)]
    measure_seconds: u64,
    /// `ingest.bytes_in_flight_max`
    #[arg(long, default_value = "128MiB")]
    in_flight: ByteSize,
    /// `storage.live_bytes_max`
    #[arg(long, default_value = "256MiB")]
    live: ByteSize,
}

/// Overloads, and reads back.
///
/// # Errors
/// When the server cannot be held to its share, or does not start.
pub async fn run(arguments: OverloadArgs, env: Env) -> anyhow::Result<Verdict> {
    super::raise_open_files(u64::from(arguments.exporters) * 2 + 256)?;
    let place = Workplace::new(&arguments.place)?;
    let (server, addresses) = start(&arguments, &place, &env).await?;
    let limit = match CpuLimit::hold(server.pid(), arguments.cores) {
        Ok(limit) => limit,
        Err(error) => return Ok(Verdict::skipped("overload", format!("{error:#}"))),
    };
    let sending = Sending::new(place.run, BATCH_SPANS, &env);
    let capacity = capacity(&sending, addresses.grpc, arguments.measure_seconds, &env).await?;
    let mut probe = sending.clone();
    probe.pause = Duration::from_millis(50);
    let normal = probe_until_normal(&probe, addresses.grpc, None).await?;
    let limit_ack = normal.1.at(0.99).mul_f64(2.0).max(Duration::from_millis(100));

    let memory = Memory::sample(server.pid(), &env);
    let stop = watch::Sender::new(false);
    let rate = capacity * arguments.times / f64::from(arguments.exporters);
    let before_load = sending.ledger.acknowledged_requests();
    let started = env.monotonic();
    // Numbers above those of the clients before.
    let exporter = |client| sdk::run(sending.clone(), addresses.grpc, client + 100, rate, stop.subscribe());
    let exporters: Vec<_> = (0..arguments.exporters).map(|client| env.spawn(exporter(client))).collect();
    env.sleep(Duration::from_secs(arguments.seconds)).await;
    stop.send_replace(true);
    let ended = env.monotonic();
    let (recovered, _) = probe_until_normal(&probe, addresses.grpc, Some(limit_ack)).await?;
    let mut fate = Fate::default();
    for exporter in exporters {
        fate.add(&exporter.await??);
    }
    let peak = memory.stop().await?;
    let taken = (sending.ledger.acknowledged_requests() - before_load) as f64 * f64::from(BATCH_SPANS)
        / (ended - started).as_secs_f64();
    // Its end and the check are not held to a share of a core.
    super::blocking(&env, move || server.stop(Signal::SIGKILL)).await?;
    drop(limit);
    let balance = sending.ledger.balance(&read_back::traces(&place.data(), &env).await?);
    let bare = sending.answers.without_retry_info();
    let refused = sending.answers.refused.lock().len();
    let acks = Percentiles::of(sending.answers.latencies(started, ended));
    let budget = ByteSize(arguments.in_flight.as_u64() + arguments.live.as_u64() + BASE.as_u64());
    let seen = Seen {
        peak,
        budget,
        bare: bare.first().map(|first| first.error.to_string()),
        slowest: acks.at(1.0),
        recovered,
    };
    let mut faults = seen.faults();
    if !balance.is_even() || balance.acknowledged == 0 {
        faults.push("the ledger is not even".to_owned());
        place.keep();
    }
    let line = format!(
        "{} cores, capacity {capacity:.0} spans/s, offered {:.0} spans/s for {} s by {} exporters: took {taken:.0} spans/s, acks \
         {acks}; {refused} batches given up by their exporters, {} without retry information; {} spans dropped at full queues; \
         memory peak {peak} of {budget} ({} in flight + {} live + {BASE} base); an ack took {} before, and less than {limit_ack:?} \
         again {recovered:.1?} after the load; {balance}{}",
        arguments.cores,
        rate * f64::from(arguments.exporters),
        arguments.seconds,
        arguments.exporters,
        bare.len(),
        fate.dropped,
        arguments.in_flight,
        arguments.live,
        normal.1,
        faults.iter().map(|fault| format!("\n  FAULT: {fault}")).collect::<String>(),
    );
    Ok(Verdict::of("overload", faults.is_empty(), line))
}

/// A server with the budgets of `arguments`, ready.
async fn start(
    arguments: &OverloadArgs,
    place: &Workplace,
    env: &Env,
) -> anyhow::Result<(super::server::Server, super::server::Addresses)> {
    let mut launch = Launch::new(place.binary.clone(), place.data(), place.log());
    launch.settings.extend([
        format!("ingest.bytes_in_flight_max={}", arguments.in_flight.as_u64()),
        format!("storage.live_bytes_max={}", arguments.live.as_u64()),
        format!("storage.flush_bytes={}", arguments.live.as_u64() / 4),
    ]);
    let mut server = launch.spawn()?;
    super::blocking(env, move || {
        let addresses = server.wait_ready()?;
        Ok((server, addresses))
    })
    .await
}

/// Spans a second that the server takes from a few clients that wait for their answers.
async fn capacity(
    sending: &Sending,
    to: std::net::SocketAddr,
    seconds: u64,
    env: &Env,
) -> anyhow::Result<f64> {
    let clients = sending.clone().start(to, 8, Manner::Persistent);
    let began = env.monotonic();
    env.sleep(Duration::from_secs(seconds)).await;
    clients.stop().await?;
    let measured = (env.monotonic() - began).as_secs_f64();
    Ok(sending.ledger.acknowledged_requests() as f64 * f64::from(BATCH_SPANS) / measured)
}

/// What has a limit.
struct Seen {
    peak: ByteSize,
    budget: ByteSize,
    /// A refusal without retry information.
    bare: Option<String>,
    slowest: Duration,
    recovered: Duration,
}

impl Seen {
    fn faults(&self) -> Vec<String> {
        let Self { peak, budget, bare, slowest, recovered } = self;
        let checks = [
            (peak > budget, format!("{peak} of memory, budgets and base are {budget}")),
            (
                bare.is_some(),
                format!("a refusal without a time to come back: {}", bare.as_deref().unwrap_or_default()),
            ),
            (*slowest > ANSWER_MAX, format!("an ack took {slowest:?}")),
            (*recovered > RECOVERY_MAX, format!("latency was back to normal after {recovered:?}")),
        ];
        checks.into_iter().filter(|(is_fault, _)| *is_fault).map(|(_, fault)| fault).collect()
    }
}

/// Sends small requests one by one until a row of them took less than `limit` (or were answered at all): after how long
/// the row began, and how long they took.
async fn probe_until_normal(
    probe: &Sending,
    to: std::net::SocketAddr,
    limit: Option<Duration>,
) -> anyhow::Result<(Duration, Percentiles)> {
    const GIVE_UP: Duration = Duration::from_secs(60);
    /// Not the number of any other client.
    const CLIENT: u16 = 50;
    let env = &probe.env;
    let began = env.monotonic();
    let policy = ingest::RetryPolicy::single_attempt();
    let exporter = ingest::Exporter::connect(&format!("http://{to}"), policy, env.clone())
        .await
        .context("the server does not answer any more")?;
    let (mut row, mut row_began) = (Vec::new(), Duration::ZERO);
    while row.len() < GOOD_ACKS {
        let now = env.monotonic() - began;
        if now > GIVE_UP {
            return Ok((GIVE_UP, Percentiles::of(row)));
        }
        let key = probe.ledger.send(CLIENT);
        let answer = exporter.export(&probe.template.request(key, env.now())).await;
        if answer.is_ok() {
            probe.ledger.acknowledge(key);
        }
        match answer {
            Ok(ack) if limit.is_none_or(|limit| ack.latency <= limit) => {
                if row.is_empty() {
                    row_began = now;
                }
                row.push(ack.latency);
            }
            Ok(_) | Err(_) => row.clear(),
        }
        env.sleep(probe.pause).await;
    }
    Ok((row_began, Percentiles::of(row)))
}

/// Looks at a process' memory ten times a second.
struct Memory {
    task: storage::env::JoinHandle<()>,
    stop: watch::Sender<bool>,
    peak: Arc<Mutex<u64>>,
}

impl Memory {
    fn sample(pid: u32, env: &Env) -> Self {
        let (stop, peak) = (watch::Sender::new(false), Arc::new(Mutex::new(0)));
        let (stopped, seen, clock) = (stop.subscribe(), Arc::clone(&peak), env.clone());
        let task = env.spawn(async move {
            while !*stopped.borrow() {
                if let Ok(bytes) = cpu::memory_bytes(pid) {
                    let mut peak = seen.lock();
                    *peak = bytes.max(*peak);
                }
                clock.sleep(Duration::from_millis(100)).await;
            }
        });
        Self { task, stop, peak }
    }

    async fn stop(self) -> anyhow::Result<ByteSize> {
        self.stop.send_replace(true);
        self.task.await?;
        Ok(ByteSize(*self.peak.lock()))
    }
}
