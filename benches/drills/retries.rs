//! Answers that get lost: clients that send the same bytes again are counted once, and those that batch anew say what it
//! costs. A part of the answers is lost by a proxy, and on request the server is killed meanwhile.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::Args;
use ingest::{Exporter, RetryPolicy};
use nix::sys::signal::Signal;
use proto::{Tenant, TimeRange};
use storage::env::Env;
use storage::{SpanInstant, Storage};
use tokio::sync::watch;

use super::ledger::{Balance, Found, Ledger};
use super::proxy::Proxy;
use super::server::{Addresses, Launch, Server};
use super::spans::{Key, Template};
use super::{Verdict, Workplace, read_back};

/// A client that batches anew puts so many requests into one, at most.
const BATCHES_JOINED_MAX: usize = 8;
/// How long a client insists on a request.
const PATIENCE: Duration = Duration::from_secs(120);

/// How much is lost, and how long.
#[derive(Debug, Clone, Args)]
pub struct RetriesArgs {
    #[command(flatten)]
    place: super::PlaceArgs,
    /// Answers that are lost, in per cent
    #[arg(long, default_value_t = 30)]
    drop_percent: u64,
    /// Lives of the server, each ended by kill -9
    #[arg(long, default_value_t = 10)]
    lives: u64,
    /// How long each lasts, in ms
    #[arg(long, default_value_t = 3_000)]
    life_ms: u64,
    /// Clients of either kind
    #[arg(long, default_value_t = 4)]
    clients: u16,
    /// Spans of a request
    #[arg(long, default_value_t = 10)]
    spans: u16,
    /// `storage.flush_interval` of the server
    #[arg(long, default_value = "1s")]
    flush_interval: String,
}

/// What the clients of one kind have in common.
#[derive(Debug, Clone)]
struct Sending {
    template: Arc<Template>,
    ledger: Arc<Ledger>,
    run: u32,
    attempts: Arc<AtomicU64>,
    env: Env,
}

/// What the folder holds at one moment.
#[derive(Debug)]
struct Look {
    identical: Balance,
    rebatched: Balance,
}

/// Loses answers, kills, and reads back before and after a last flush.
///
/// # Errors
/// When the server cannot be started, or the folder not be read.
pub async fn run(arguments: RetriesArgs, env: Env) -> anyhow::Result<Verdict> {
    let place = Workplace::new(&arguments.place)?;
    let mut launch = Launch::new(place.binary.clone(), place.data(), place.log());
    launch.settings.push(format!("storage.flush_interval={}", arguments.flush_interval));
    let identical = Sending::new(place.run, arguments.spans, &env);
    let rebatched = Sending::new(place.run.wrapping_add(1), arguments.spans, &env);
    let (mut server, addresses) = start(&launch, &env).await?;
    let proxy = Proxy::start(addresses.grpc, arguments.drop_percent, arguments.place.seed, &env).await?;
    let stop = watch::Sender::new(false);
    let mut clients = Vec::new();
    for client in 0..arguments.clients {
        let (sending, to, stopped) = (identical.clone(), proxy.address, stop.subscribe());
        clients.push(env.spawn(async move { sending.repeat(to, client, stopped).await }));
        let (sending, stopped) = (rebatched.clone(), stop.subscribe());
        clients.push(env.spawn(async move { sending.batch_anew(to, client, stopped).await }));
    }
    for _ in 1..arguments.lives {
        env.sleep(Duration::from_millis(arguments.life_ms)).await;
        super::blocking(&env, move || server.stop(Signal::SIGKILL)).await?;
        let (next, addresses) = start(&launch, &env).await?;
        proxy.point_to(addresses.grpc);
        server = next;
    }
    env.sleep(Duration::from_millis(arguments.life_ms)).await;
    stop.send_replace(true);
    for client in clients {
        client.await??;
    }
    super::blocking(&env, move || server.stop(Signal::SIGKILL)).await?;

    let storage = read_back::open(&place.data(), &env).await?;
    let always = TimeRange { start: 0, end: u64::MAX };
    let doubtful =
        storage.snapshot().select(&Tenant::default(), always, SpanInstant::Any).possible_duplicates;
    let before = Look::at(&storage, &identical, &rebatched).await?;
    storage.flush().await?;
    let after = Look::at(&storage, &identical, &rebatched).await?;
    storage.stop().await;
    let line = format!(
        "{} lives, {} of {} answers lost; byte-identical, {} attempts: {}; batched anew, {} attempts: {}, after \
         the last flush {} duplicated; possible_duplicates {doubtful}",
        arguments.lives,
        proxy.dropped(),
        proxy.answers(),
        identical.attempts.load(Ordering::Relaxed),
        before.identical,
        rebatched.attempts.load(Ordering::Relaxed),
        before.rebatched,
        after.rebatched.duplicated,
    );
    let kept_once = [&before, &after].iter().all(|look| look.identical.is_even() && look.rebatched.lost == 0);
    let is_honest = doubtful || before.rebatched.duplicated == 0;
    let passed = kept_once && is_honest && before.identical.acknowledged > 0 && proxy.dropped() > 0;
    if !passed {
        place.keep();
    }
    Ok(Verdict::of("retries", passed, line))
}

/// Starts the server and waits until it is ready.
async fn start(launch: &Launch, env: &Env) -> anyhow::Result<(Server, Addresses)> {
    let mut server = launch.spawn()?;
    super::blocking(env, move || {
        let addresses = server.wait_ready()?;
        Ok((server, addresses))
    })
    .await
}

impl Sending {
    fn new(run: u32, spans_per_request: u16, env: &Env) -> Self {
        let template = Template::new(spans_per_request);
        Self {
            ledger: Arc::new(Ledger::new(run, template.spans())),
            template: Arc::new(template),
            run,
            attempts: Arc::default(),
            env: env.clone(),
        }
    }

    fn next(&self, client: u16) -> (Key, Vec<u8>) {
        let key = self.ledger.send(client);
        (key, self.template.request(key, self.env.now()))
    }

    /// Sends each request, with the same bytes, until it is acknowledged.
    async fn repeat(self, to: SocketAddr, client: u16, stopped: watch::Receiver<bool>) -> anyhow::Result<()> {
        let exporter = Exporter::connect(&format!("http://{to}"), patient(), self.env.clone()).await?;
        while !*stopped.borrow() {
            let (key, body) = self.next(client);
            let ack = exporter.export(&body).await?;
            self.attempts.fetch_add(ack.attempts.into(), Ordering::Relaxed);
            self.ledger.acknowledge(key);
        }
        Ok(())
    }

    /// Sends what was not acknowledged again together with what has come since.
    async fn batch_anew(self, to: SocketAddr, client: u16, stopped: watch::Receiver<bool>) -> anyhow::Result<()> {
        let policy = RetryPolicy::single_attempt();
        let exporter = Exporter::connect(&format!("http://{to}"), policy, self.env.clone()).await?;
        let mut waiting: Vec<(Key, Vec<u8>)> = Vec::new();
        let began = self.env.monotonic();
        while !(*stopped.borrow() && waiting.is_empty()) {
            if waiting.len() < BATCHES_JOINED_MAX && !*stopped.borrow() {
                waiting.push(self.next(client));
            } else {
                // Another order is another body.
                waiting.rotate_left(1);
            }
            let body: Vec<u8> = waiting.iter().flat_map(|(_, body)| body.iter().copied()).collect();
            self.attempts.fetch_add(1, Ordering::Relaxed);
            match exporter.export(&body).await {
                Ok(_) => waiting.drain(..).for_each(|(key, _)| self.ledger.acknowledge(key)),
                Err(_) => self.env.sleep(Duration::from_millis(20)).await,
            }
            anyhow::ensure!(self.env.monotonic() - began < PATIENCE * 10, "the server does not come back");
        }
        Ok(())
    }
}

/// Retries soon, and for long.
fn patient() -> RetryPolicy {
    RetryPolicy { backoff: Duration::from_millis(20), ..RetryPolicy::patient(PATIENCE) }
}

impl Look {
    async fn at(storage: &Arc<Storage>, identical: &Sending, rebatched: &Sending) -> anyhow::Result<Self> {
        let found = read_back::ask(storage).await?;
        let balance = |sending: &Sending| {
            let is_own = |trace: &&Found| trace.trace_id[..4] == sending.run.to_be_bytes();
            let own: Vec<Found> = found.iter().filter(is_own).copied().collect();
            sending.ledger.balance(&own)
        };
        Ok(Self { identical: balance(identical), rebatched: balance(rebatched) })
    }
}
