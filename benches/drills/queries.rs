//! A dashboard beside a drill: whether questions are answered while the disk is not well.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use door::Client;
use http::Request;
use http_body_util::{BodyExt, Full};
use parking_lot::Mutex;
use storage::env::{Env, JoinHandle};
use tokio::sync::watch;

const EVERY: Duration = Duration::from_millis(200);
/// An answer that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(5);
const QUESTION: &str = "/api/v1/latency?q=%7B%7D&start=now-10m&end=now&step=10m&quantiles=0.99";

/// When a question was asked, and whether and how fast it was answered.
#[derive(Debug, Clone)]
pub struct Asked {
    /// On the drill's clock.
    pub at: Duration,
    /// After how long.
    pub took: Duration,
    /// What was wrong.
    pub fault: Option<String>,
}

/// Asks the same again and again until dropped or stopped.
#[derive(Debug)]
pub struct Dashboard {
    task: JoinHandle<()>,
    stop: watch::Sender<bool>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Dashboard {
    /// Asks the server whose page is at `web`.
    #[must_use]
    pub fn start(web: SocketAddr, env: &Env) -> Self {
        let stop = watch::Sender::new(false);
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let (stopped, answers, clock) = (stop.subscribe(), Arc::clone(&asked), env.clone());
        let task = env.spawn(async move {
            while !*stopped.borrow() {
                let at = clock.monotonic();
                let fault = match tokio::time::timeout(PATIENCE, ask(web, &clock)).await {
                    Ok(Ok(())) => None,
                    Ok(Err(error)) => Some(format!("{error:#}")),
                    Err(_) => Some(format!("no answer within {PATIENCE:?}")),
                };
                answers.lock().push(Asked { at, took: clock.monotonic().saturating_sub(at), fault });
                clock.sleep(EVERY).await;
            }
        });
        Self { task, stop, asked }
    }

    /// Ends it.
    ///
    /// # Errors
    /// When it panicked.
    pub async fn stop(self) -> anyhow::Result<Vec<Asked>> {
        self.stop.send_replace(true);
        self.task.await?;
        Ok(std::mem::take(&mut self.asked.lock()))
    }
}

async fn ask(web: SocketAddr, env: &Env) -> anyhow::Result<()> {
    let client = Client::new(&web.to_string(), env.clone())?;
    let request = Request::get(QUESTION).body(Full::<Bytes>::default())?;
    let (head, body) = client.send(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    anyhow::ensure!(head.status.is_success(), "{}: {}", head.status, String::from_utf8_lossy(&body));
    Ok(())
}
