//! Sends copies of slices: one connection for each source, one request in flight on each, as exporters do.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use ingest::{Exporter, RetryPolicy};
use proto::capture;
use storage::env::Env;
use tokio::sync::{mpsc, watch};

use super::copy::Copy;
use super::slice::Source;
use super::tally::Tally;
use crate::access::Access;

/// Requests read and rewritten ahead of the one that is sent, on each connection.
const READ_AHEAD_MAX: usize = 4;
/// How long a request in flight may take to be answered once the end was asked for.
const STOP_GRACE: Duration = Duration::from_secs(3);

/// Where copies go, and what they share.
#[derive(Debug, Clone)]
pub(crate) struct Player {
    /// The receiver.
    pub to: Access,
    /// When a request is sent again.
    pub policy: RetryPolicy,
    /// Counts what is sent.
    pub tally: Arc<Tally>,
    /// Turns true when the end is asked for.
    pub stop: watch::Receiver<bool>,
    /// Time and tasks.
    pub env: Env,
}

/// A request on its way to be sent.
struct Prepared {
    body: Vec<u8>,
    spans: u64,
    due: Duration,
}

impl Player {
    /// Sends `copies` one after the other, each slice with as many sources as `connections`, until they end
    /// or the end is asked for. A connection that is ahead waits for the others at the end of the next copy.
    ///
    /// # Errors
    /// When the receiver cannot be reached at all, or a capture cannot be read. Refused requests are counted
    /// only.
    pub(crate) async fn play(
        &self,
        copies: impl Iterator<Item = Copy>,
        connections: usize,
    ) -> anyhow::Result<()> {
        let mut lanes = Vec::with_capacity(connections);
        for _ in 0..connections {
            let exporter = self.to.exporter(self.policy.clone(), self.env.clone()).await?;
            let (sender, receiver) = mpsc::channel(1);
            let lane = Lane { place: lanes.len(), exporter, player: self.clone() };
            lanes.push((sender, self.env.spawn(lane.run(receiver))));
        }
        let handed_out = self.hand_out(copies, &lanes).await;
        for (sender, lane) in lanes {
            drop(sender);
            lane.await.context("a connection's task ended early")??;
        }
        handed_out
    }

    async fn hand_out<T>(
        &self,
        copies: impl Iterator<Item = Copy>,
        lanes: &[(mpsc::Sender<Arc<Copy>>, T)],
    ) -> anyhow::Result<()> {
        for copy in copies {
            if copy.slice.sources.len() != lanes.len() {
                bail!(
                    "{} captures cannot be sent over {} connections",
                    copy.slice.sources.len(),
                    lanes.len()
                );
            }
            if self.stopped_before(copy.begins).await {
                return Ok(());
            }
            let copy = Arc::new(copy);
            for (lane, _) in lanes {
                // A lane ends early when the end is asked for, or with an error that is reported when it is
                // joined.
                if lane.send(Arc::clone(&copy)).await.is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Waits until `due`; true when the end was asked for before that.
    async fn stopped_before(&self, due: Duration) -> bool {
        let mut stop = self.stop.clone();
        let wait = due.saturating_sub(self.env.monotonic());
        if wait.is_zero() {
            return *stop.borrow();
        }
        tokio::select! {
            () = self.env.sleep(wait) => false,
            // An error means that nobody can ask for the end any more: that is one too.
            _ = stop.wait_for(|stop| *stop) => true,
        }
    }
}

/// One connection.
struct Lane {
    place: usize,
    exporter: Exporter,
    player: Player,
}

impl Lane {
    async fn run(self, mut copies: mpsc::Receiver<Arc<Copy>>) -> anyhow::Result<()> {
        while let Some(copy) = copies.recv().await {
            let mut requests = self.read_ahead(copy);
            while let Some(request) = requests.recv().await {
                let request = request?;
                if self.player.stopped_before(request.due).await || !self.send(request).await {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The requests of this lane's source, read on a thread of their own as they are needed.
    fn read_ahead(&self, copy: Arc<Copy>) -> mpsc::Receiver<anyhow::Result<Prepared>> {
        let (sender, receiver) = mpsc::channel(READ_AHEAD_MAX);
        let place = self.place;
        self.player.env.spawn_blocking(move || {
            let outcome = prepare(&copy.slice.sources[place], &copy, |request| {
                sender.blocking_send(Ok(request)).is_ok()
            });
            if let Err(error) = outcome {
                // The lane may have ended already; then nobody needs to know.
                let _unread = sender.blocking_send(Err(error));
            }
        });
        receiver
    }

    /// Sends one request; false when the end was asked for and the answer did not come in time.
    async fn send(&self, request: Prepared) -> bool {
        let Player { tally, env, stop, .. } = &self.player;
        let mut stop = stop.clone();
        let patience = async {
            // An error means that nobody can ask for the end any more: that is one too.
            drop(stop.wait_for(|stop| *stop).await);
            env.sleep(STOP_GRACE).await;
        };
        let outcome = tokio::select! {
            outcome = self.exporter.export(&request.body) => outcome,
            () = patience => return false,
        };
        match outcome {
            Ok(ack) => {
                tally.acknowledged(
                    request.spans,
                    request.body.len(),
                    ack.latency,
                    ack.attempts.saturating_sub(1),
                );
                if ack.rejected > 0 {
                    tally.rejected(ack.rejected, &ack.message);
                }
            }
            Err(error) => tally.refused(&error.to_string()),
        }
        true
    }
}

/// Reads `source` and gives each request its ids and times, until `send` wants no more.
fn prepare(source: &Source, copy: &Copy, mut send: impl FnMut(Prepared) -> bool) -> anyhow::Result<()> {
    for request in source.requests()? {
        let mut body = request.with_context(|| format!("cannot read {}", source.name()))?;
        // A request without any time is due at once, like one that came first.
        let (arrival, spans) = match capture::span_times(&body) {
            Some((_, last_end, spans)) => (last_end, spans),
            None => (copy.slice.first_arrival, 0),
        };
        capture::rewrite(&mut body, &copy.rewrite)
            .with_context(|| format!("{} holds a request that is no OTLP export", source.name()))?;
        if !send(Prepared { body, spans, due: copy.due(arrival) }) {
            break;
        }
    }
    Ok(())
}
