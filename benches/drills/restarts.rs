//! Restart after restart under exporters as Kubernetes has them: none of them drops a span.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use nix::sys::signal::Signal;
use storage::env::Env;
use tokio::sync::watch;

use super::clients::Sending;
use super::sdk::{self, BATCH_SPANS, Fate};
use super::server::{Addresses, Launch, Server};
use super::{Verdict, Workplace, read_back};
use crate::chance::Chance;
use crate::percentiles::Percentiles;

/// How many, and under what load.
#[derive(Debug, Clone, Args)]
pub struct RestartsArgs {
    #[command(flatten)]
    place: super::PlaceArgs,
    /// Restarts, by SIGTERM and kill -9 in turns
    #[arg(long, default_value_t = 20)]
    restarts: u32,
    /// Time for all of them
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Exporters
    #[arg(long, default_value_t = 8)]
    exporters: u16,
    /// Spans a second of each exporter
    #[arg(long, default_value_t = 200.0)]
    rate: f64,
    /// This process holds the OTLP/gRPC listener and hands it down, as systemd's socket activation does
    #[arg(long)]
    activation: bool,
    /// A binary of the version before: it begins, and the first restart is the upgrade
    #[arg(long, value_name = "FILE")]
    previous: Option<PathBuf>,
}

/// Restarts, and reads back.
///
/// # Errors
/// When a server does not start.
pub async fn run(arguments: RestartsArgs, env: Env) -> anyhow::Result<Verdict> {
    let place = Workplace::new(&arguments.place)?;
    let mut launch = Launch::new(place.binary.clone(), place.data(), place.log()).flushing_often();
    let held = free_ports(&mut launch.listen)?;
    let to = launch.listen[0];
    let held = arguments.activation.then_some(held);
    let sending = Sending::new(place.run, BATCH_SPANS, &env);
    let mut previous = launch.clone();
    if let Some(binary) = &arguments.previous {
        previous.binary.clone_from(&binary.canonicalize().with_context(|| binary.display().to_string())?);
    }
    // The version before knows nothing of activation.
    let first_held = if arguments.previous.is_some() { None } else { held.as_ref() };
    let mut server = start(&previous, first_held, &env).await?.0;
    let stop = watch::Sender::new(false);
    let exporters: Vec<_> = (0..arguments.exporters)
        .map(|client| env.spawn(sdk::run(sending.clone(), to, client, arguments.rate, stop.subscribe())))
        .collect();
    let mut chance = Chance::new(arguments.place.seed);
    let began = env.monotonic();
    let every = Duration::from_secs(arguments.seconds) / (arguments.restarts + 1);
    let (mut down, mut stopping) = (Vec::new(), Vec::new());
    for number in 1..=arguments.restarts {
        let jitter = every.mul_f64(chance.within(0..30) as f64 / 100.0);
        let due = began + every * number + jitter;
        env.sleep(due.saturating_sub(env.monotonic())).await;
        let signal = if chance.coin() { Signal::SIGTERM } else { Signal::SIGKILL };
        let asked = env.monotonic();
        super::blocking(&env, move || server.stop(signal)).await?;
        let ended = env.monotonic();
        stopping.push(ended - asked);
        server = start(&launch, held.as_ref(), &env).await?.0;
        down.push(env.monotonic() - ended);
    }
    let took = env.monotonic() - began;
    // A batch that is being tried again has its time.
    env.sleep(Duration::from_secs(12)).await;
    stop.send_replace(true);
    let mut fate = Fate::default();
    for exporter in exporters {
        fate.add(&exporter.await??);
    }
    super::blocking(&env, move || server.stop(Signal::SIGTERM)).await?;
    let balance = sending.ledger.balance(&read_back::traces(&place.data(), &env).await?);
    let passed = balance.is_even() && fate.dropped == 0 && fate.discarded == 0 && balance.acknowledged > 0;
    if !passed {
        place.keep();
    }
    let line = format!(
        "{} restarts in {:.0} s{}{}, {} exporters at {} spans/s: {} spans made, {} dropped at full queues, {} given up, {} \
         retries; {balance}; stopping {}; from there to ready {}",
        arguments.restarts,
        took.as_secs_f64(),
        if arguments.activation { " with socket activation" } else { "" },
        if arguments.previous.is_some() { ", the first an upgrade" } else { "" },
        arguments.exporters,
        arguments.rate,
        fate.made,
        fate.dropped,
        fate.discarded,
        fate.retries,
        Percentiles::of(stopping),
        Percentiles::of(down),
    );
    Ok(Verdict::of("restarts", passed, line))
}

/// Replaces the ports that are 0, and answers the listener of the first.
fn free_ports(listen: &mut [SocketAddr; 3]) -> anyhow::Result<TcpListener> {
    let listeners = listen.map(TcpListener::bind);
    let mut first = None;
    for (address, listener) in listen.iter_mut().zip(listeners) {
        let listener = listener?;
        *address = listener.local_addr()?;
        first.get_or_insert(listener);
    }
    first.context("there is no port")
}

async fn start(
    launch: &Launch,
    held: Option<&TcpListener>,
    env: &Env,
) -> anyhow::Result<(Server, Addresses)> {
    let mut server = match held {
        Some(listener) => launch.spawn_command(activated(launch, listener)?)?,
        None => launch.spawn()?,
    };
    super::blocking(env, move || {
        let addresses = server.wait_ready()?;
        Ok((server, addresses))
    })
    .await
}

/// The binary with the listener as its fourth file, as systemd hands it down. A shell moves it there and tells the
/// process its own number, since only the new process can.
fn activated(launch: &Launch, listener: &TcpListener) -> anyhow::Result<Command> {
    const SCRIPT: &str = "exec 3<&0 </dev/null; export LISTEN_PID=$$; exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "sh"]).arg(&launch.binary);
    command.env("LISTEN_FDS", "1").env("LISTEN_FDNAMES", "ingest.grpc_listen");
    command.stdin(Stdio::from(std::os::fd::OwnedFd::from(listener.try_clone()?)));
    Ok(command)
}
