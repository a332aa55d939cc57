//! The accept loop: every connection within its limits, and an orderly end.

mod connection;
mod opening;

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use storage::env::{Env, JoinHandle};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::Service;

pub(crate) use connection::EnvExecutor;

use crate::{Limits, Listener};

/// The first wait after a failed accept (out of file descriptors, mostly); it doubles.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(10);
/// The longest wait after a failed accept.
const ACCEPT_BACKOFF_MAX: Duration = Duration::from_secs(1);
/// Least time between two log lines about connections over the limit.
const REFUSED_LOG_INTERVAL: Duration = Duration::from_secs(10);

/// The address of the other end: an extension of every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// What a listener's connections are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Serve.
    Open,
    /// Answer what was asked, ask for no more.
    Closing,
    /// End now.
    Closed,
}

/// Counts of one listener's connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConnectionCounts {
    /// Open now.
    pub open: u64,
    /// Taken since the start.
    pub accepted: u64,
    /// Closed at once because [`Limits::connections_max`] were open.
    pub refused: u64,
}

#[derive(Debug, Default)]
struct Counters {
    accepted: AtomicU64,
    refused: AtomicU64,
}

/// A running listener. [`Server::stop`] ends it and waits; dropping it ends it as gracefully, unattended.
pub struct Server {
    phase: watch::Sender<Phase>,
    accepting: JoinHandle<()>,
    slots: Arc<Semaphore>,
    slot_count: u32,
    counters: Arc<Counters>,
    local_address: SocketAddr,
}

/// Serves `service` on `listener`: HTTP/1.1 and HTTP/2 with prior knowledge, both in clear text.
///
/// Every request carries a [`Peer`]. Must be called within a tokio runtime.
pub fn serve<S, B>(listener: Listener, service: S, limits: Limits, env: Env) -> Server
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (phase, phases) = watch::channel(Phase::Open);
    let slot_count = u32::try_from(limits.connections_max).unwrap_or(u32::MAX);
    let slots = Arc::new(Semaphore::new(slot_count as usize));
    let counters = Arc::new(Counters::default());
    let local_address = listener.local_address();
    let acceptor = Acceptor {
        service,
        limits: Arc::new(limits),
        env: env.clone(),
        phases,
        slots: Arc::clone(&slots),
        counters: Arc::clone(&counters),
        refused_logged: None,
    };
    let accepting = env.spawn(acceptor.run(listener));
    Server { phase, accepting, slots, slot_count, counters, local_address }
}

impl Server {
    /// The address that is served.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.local_address
    }

    /// Connections so far.
    #[must_use]
    pub fn connections(&self) -> ConnectionCounts {
        let free = self.slots.available_permits() as u64;
        ConnectionCounts {
            open: u64::from(self.slot_count).saturating_sub(free),
            accepted: self.counters.accepted.load(Ordering::Relaxed),
            refused: self.counters.refused.load(Ordering::Relaxed),
        }
    }

    /// Takes no new connection and no new request, lets running requests finish for at most `grace`, then cuts
    /// off the rest. Returns whether all ended by themselves.
    pub async fn stop(self, grace: Duration) -> bool {
        self.phase.send_replace(Phase::Closing);
        // The loop ends at this signal; a panic in it has closed the socket just as well.
        let _ended = self.accepting.await;
        let all_ended = self.slots.acquire_many(self.slot_count);
        if tokio::time::timeout(grace, all_ended).await.is_ok() {
            return true;
        }
        self.phase.send_replace(Phase::Closed);
        // Connections drop at this signal, at their next await: the wait is short.
        let _all = self.slots.acquire_many(self.slot_count).await;
        false
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("local_address", &self.local_address)
            .field("connections", &self.connections())
            .finish_non_exhaustive()
    }
}

struct Acceptor<S> {
    service: S,
    limits: Arc<Limits>,
    env: Env,
    phases: watch::Receiver<Phase>,
    slots: Arc<Semaphore>,
    counters: Arc<Counters>,
    refused_logged: Option<Duration>,
}

impl<S, B> Acceptor<S>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    async fn run(mut self, listener: Listener) {
        let mut backoff = ACCEPT_BACKOFF;
        let mut phases = self.phases.clone();
        loop {
            let accepted = tokio::select! {
                accepted = listener.socket.accept() => accepted,
                // Closing, or an error because the `Server` was dropped: the end either way.
                _ = phases.wait_for(|phase| *phase != Phase::Open) => return,
            };
            match accepted {
                Ok((stream, peer)) => {
                    backoff = ACCEPT_BACKOFF;
                    self.take(stream, peer, &listener.name);
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(listener = listener.name, %error, ?backoff, "cannot accept a connection");
                    self.env.sleep(backoff).await;
                    backoff = (backoff * 2).min(ACCEPT_BACKOFF_MAX);
                }
            }
        }
    }

    fn take(&mut self, stream: TcpStream, peer: SocketAddr, name: &str) {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            self.refuse(name);
            return;
        };
        self.counters.accepted.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = stream.set_nodelay(true) {
            // Only a connection that is already gone refuses this.
            tracing::debug!(listener = name, %peer, %error, "cannot set TCP_NODELAY");
        }
        let connection = connection::Connection {
            stream,
            peer: Peer(SocketAddr::new(peer.ip().to_canonical(), peer.port())),
            limits: Arc::clone(&self.limits),
            env: self.env.clone(),
            phases: self.phases.clone(),
        };
        let service = self.service.clone();
        self.env.spawn(hold(slot, connection.serve(service)));
    }

    fn refuse(&mut self, name: &str) {
        self.counters.refused.fetch_add(1, Ordering::Relaxed);
        let now = self.env.monotonic();
        if self.refused_logged.is_none_or(|logged| now >= logged + REFUSED_LOG_INTERVAL) {
            self.refused_logged = Some(now);
            let connections_max = self.limits.connections_max;
            tracing::warn!(listener = name, connections_max, "too many connections: new ones are closed");
        }
    }
}

async fn hold(slot: OwnedSemaphorePermit, serving: impl Future<Output = ()>) {
    serving.await;
    drop(slot);
}

/// Whether an accept failed because of the connection in question, not because of us.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

#[cfg(test)]
mod tests;
