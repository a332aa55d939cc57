//! Exporters that behave as the Go SDK's in every Kubernetes component: a queue of 2,048 spans that drops what does not
//! fit, batches of 512, one export in flight, and otlptracegrpc's retries (docs: OTEL_BSP_*, its defaults).

use std::net::SocketAddr;
use std::time::Duration;

use ingest::{Exporter, RetryPolicy};
use tokio::sync::watch;

use super::clients::{Refusal, Sending};
use crate::chance::Chance;

const QUEUE_SPANS: u64 = 2_048;
/// Spans of a batch: [`Sending`]'s template has as many.
pub const BATCH_SPANS: u16 = 512;
/// Time for a batch, retries included.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(10);
/// Before the second attempt, give or take half; half again as long before each further one.
const BACKOFF: Duration = Duration::from_secs(5);
/// Until the first connection is there.
const CONNECT_ATTEMPTS: u32 = 100;

/// What became of the spans that one exporter was given.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fate {
    /// Made by the component.
    pub made: u64,
    /// Did not fit into the queue.
    pub dropped: u64,
    /// In batches that were given up.
    pub discarded: u64,
    /// In the queue at the end.
    pub queued: u64,
    /// Attempts beyond the first of a batch that was acknowledged.
    pub retries: u64,
}

impl Fate {
    /// Adds another exporter's.
    pub const fn add(&mut self, other: &Self) {
        self.made += other.made;
        self.dropped += other.dropped;
        self.discarded += other.discarded;
        self.queued += other.queued;
        self.retries += other.retries;
    }
}

/// An exporter whose component makes `spans_per_second`, until `stopped`.
///
/// The queue is full at 512 within 2.6 s at 200 spans/s, so that the SDK's delay of 5 s never ends a batch: every batch is full.
///
/// # Errors
/// When nobody listens at the start.
pub async fn run(
    sending: Sending,
    to: SocketAddr,
    client: u16,
    spans_per_second: f64,
    stopped: watch::Receiver<bool>,
) -> anyhow::Result<Fate> {
    let env = sending.env.clone();
    let url = format!("http://{to}");
    let mut attempts = 0;
    let exporter = loop {
        attempts += 1;
        match Exporter::connect(&url, RetryPolicy::single_attempt(), env.clone()).await {
            Ok(exporter) => break exporter,
            Err(error) if attempts == CONNECT_ATTEMPTS => return Err(error.into()),
            Err(_) => env.sleep(Duration::from_millis(50)).await,
        }
    };
    // Exporters of different processes are not in step.
    let ahead = f64::from(client) * 61.0 % f64::from(BATCH_SPANS);
    let began = env.monotonic();
    let mut fate = Fate::default();
    let batch = u64::from(BATCH_SPANS);
    let mut chance = Chance::new(u64::from(client));
    loop {
        let made = (ahead + env.monotonic().saturating_sub(began).as_secs_f64() * spans_per_second) as u64;
        fate.queued += made - fate.made;
        fate.made = made;
        fate.dropped += fate.queued.saturating_sub(QUEUE_SPANS);
        fate.queued = fate.queued.min(QUEUE_SPANS);
        if *stopped.borrow() {
            return Ok(fate);
        }
        if fate.queued < batch {
            let wait = Duration::from_secs_f64((batch - fate.queued) as f64 / spans_per_second);
            env.sleep(wait.clamp(Duration::from_millis(1), Duration::from_millis(100))).await;
            continue;
        }
        fate.queued -= batch;
        let key = sending.ledger.send(client);
        let body = sending.template.request(key, env.now());
        let exporting = export(&sending, &exporter, &body, &mut chance);
        match tokio::time::timeout(EXPORT_TIMEOUT, exporting).await {
            Ok(Some(retries)) => {
                sending.ledger.acknowledge(key);
                fate.retries += retries;
            }
            Ok(None) | Err(_) => fate.discarded += batch,
        }
    }
}

/// Sends a batch as otlptracegrpc does: after how many retries it was acknowledged, or `None` when it is given up.
async fn export(sending: &Sending, exporter: &Exporter, body: &[u8], chance: &mut Chance) -> Option<u64> {
    let mut backoff = BACKOFF;
    for retries in 0.. {
        let began = sending.env.monotonic();
        let error = match exporter.export(body).await {
            Ok(ack) => {
                sending.answers.acknowledged.lock().push((sending.env.monotonic(), ack.latency));
                return Some(retries);
            }
            Err(error) => error,
        };
        let at = sending.env.monotonic();
        let jittered = backoff.mul_f64(0.5 + chance.within(0..1_000) as f64 / 1e3);
        let wait = jittered.max(error.retry_after.unwrap_or_default());
        backoff = backoff.mul_f64(1.5);
        let may_retry = error.retryable;
        sending.answers.refused.lock().push(Refusal { at, took: at.saturating_sub(began), error });
        if !may_retry {
            return None;
        }
        sending.env.sleep(wait).await;
    }
    None
}
