//! Clients that send as fast as they are answered, and write down what was acknowledged.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ingest::{ExportError, Exporter, RetryPolicy};
use parking_lot::Mutex;
use storage::env::{Env, JoinHandle};
use tokio::sync::watch;

use super::ledger::Ledger;
use super::spans::Template;

/// How a client behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Ends when a request fails: the server is gone.
    UntilRefused,
    /// Goes on with its next request after the time the server asked for.
    Persistent,
}

/// An answer that was no acknowledgement.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// When, on the drill's clock.
    pub at: Duration,
    /// After how long.
    pub took: Duration,
    /// What it said.
    pub error: ExportError,
}

/// Acknowledgements and refusals of all clients.
#[derive(Debug, Default)]
pub struct Answers {
    /// When an acknowledgement came, and how long it took.
    pub acknowledged: Mutex<Vec<(Duration, Duration)>>,
    /// What was refused.
    pub refused: Mutex<Vec<Refusal>>,
}

impl Answers {
    /// Acknowledgements that came in `from..to`.
    #[must_use]
    pub fn latencies(&self, from: Duration, to: Duration) -> Vec<Duration> {
        let acknowledged = self.acknowledged.lock();
        acknowledged.iter().filter(|(at, _)| (from..to).contains(at)).map(|(_, latency)| *latency).collect()
    }

    /// Refusals by the server itself (not of a lost connection) that came without a time to come back.
    #[must_use]
    pub fn without_retry_info(&self) -> Vec<Refusal> {
        let refused = self.refused.lock();
        refused.iter().filter(|refusal| is_bare(&refusal.error)).cloned().collect()
    }
}

/// Whether the server refused without saying when to come back.
fn is_bare(error: &ExportError) -> bool {
    const LOST: [&str; 6] =
        ["cannot be reached", "failed to answer", "did not answer", "cut off", "no answer", "does not speak"];
    error.retry_after.is_none() && !LOST.iter().any(|lost| error.message.contains(lost))
}

/// Several clients of one server.
#[derive(Debug)]
pub struct Clients {
    tasks: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

/// What the clients of a drill share.
#[derive(Debug, Clone)]
pub struct Sending {
    /// Requests.
    pub template: Arc<Template>,
    /// Where they are written down.
    pub ledger: Arc<Ledger>,
    /// What came back.
    pub answers: Arc<Answers>,
    /// How long a client rests after an answer.
    pub pause: Duration,
    /// The clock.
    pub env: Env,
}

impl Sending {
    /// Nothing sent yet.
    #[must_use]
    pub fn new(run: u32, spans_per_request: u16, env: &Env) -> Self {
        let template = Template::new(spans_per_request);
        Self {
            ledger: Arc::new(Ledger::new(run, template.spans())),
            template: Arc::new(template),
            answers: Arc::default(),
            pause: Duration::ZERO,
            env: env.clone(),
        }
    }

    /// Starts `count` clients, each with one connection and one request in flight.
    #[must_use]
    pub fn start(&self, to: SocketAddr, count: u16, manner: Manner) -> Clients {
        let stop = watch::Sender::new(false);
        let task = |client| {
            let (sending, stopped) = (self.clone(), stop.subscribe());
            self.env.spawn(async move { sending.run(to, client, manner, stopped).await })
        };
        Clients { tasks: (0..count).map(task).collect(), stop }
    }

    async fn run(&self, to: SocketAddr, client: u16, manner: Manner, stopped: watch::Receiver<bool>) {
        let url = format!("http://{to}");
        let policy = RetryPolicy::single_attempt();
        let Ok(exporter) = Exporter::connect(&url, policy, self.env.clone()).await else { return };
        while !*stopped.borrow() {
            let key = self.ledger.send(client);
            let body = self.template.request(key, self.env.now());
            let began = self.env.monotonic();
            match exporter.export(&body).await {
                Ok(ack) if ack.rejected == 0 => {
                    self.ledger.acknowledge(key);
                    self.answers.acknowledged.lock().push((self.env.monotonic(), ack.latency));
                }
                Ok(_) => {}
                Err(_) if manner == Manner::UntilRefused => return,
                Err(error) => {
                    let wait = error.retry_after.unwrap_or(Duration::from_millis(100));
                    let at = self.env.monotonic();
                    self.answers.refused.lock().push(Refusal { at, took: at.saturating_sub(began), error });
                    self.env.sleep(wait).await;
                }
            }
            if !self.pause.is_zero() {
                self.env.sleep(self.pause).await;
            }
        }
    }
}

impl Clients {
    /// Waits until every client has ended by itself.
    ///
    /// # Errors
    /// When one panicked.
    pub async fn join(self) -> anyhow::Result<()> {
        for task in self.tasks {
            task.await?;
        }
        Ok(())
    }

    /// Lets them finish what they are at.
    ///
    /// # Errors
    /// When one panicked.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.stop.send_replace(true);
        self.join().await
    }
}
