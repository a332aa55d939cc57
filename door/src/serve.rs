//! The accept loop: every connection within its limits, and an orderly end.

mod connection;
mod frames;
mod opening;
mod watched;

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use storage::env::JoinHandle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::Service;

pub(crate) use connection::EnvExecutor;
pub(crate) use watched::Stream;

use crate::listener::Carrier;
use crate::{Address, Door, KnockOutcome, Listener, Peer};

/// The first wait after a failed accept (out of file descriptors, mostly); it doubles.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(10);
/// The longest wait after a failed accept.
const ACCEPT_BACKOFF_MAX: Duration = Duration::from_secs(1);
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
    /// Closed at once because [`crate::Config::connections_max`] were open.
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
    address: Address,
    is_encrypted: bool,
}

/// Serves `service` on `listener`: HTTP/1.1 and HTTP/2 (by ALPN or prior knowledge), in clear text or with TLS.
///
/// Every request carries a [`Peer`] and a [`crate::Doorkeeper`]. Must be called within a tokio runtime.
pub fn serve<S, B>(listener: Listener, service: S, door: &Door) -> Server
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (phase, phases) = watch::channel(Phase::Open);
    let slot_count = u32::try_from(door.config.connections_max).unwrap_or(u32::MAX);
    let slots = Arc::new(Semaphore::new(slot_count as usize));
    let counters = Arc::new(Counters::default());
    let (address, is_encrypted) = (listener.address().clone(), listener.is_encrypted());
    let acceptor = Acceptor {
        service,
        door: door.clone(),
        phases,
        slots: Arc::clone(&slots),
        counters: Arc::clone(&counters),
    };
    let accepting = door.env.spawn(acceptor.run(listener));
    Server { phase, accepting, slots, slot_count, counters, address, is_encrypted }
}

impl Server {
    /// The address that is served.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// What one writes to get there: `http://host:port`, `https://host:port` or `unix:/path`.
    #[must_use]
    pub fn url(&self) -> String {
        match (&self.address, self.is_encrypted) {
            (Address::Unix(_), _) => self.address.to_string(),
            (Address::Tcp(address), false) => format!("http://{address}"),
            (Address::Tcp(address), true) => format!("https://{address}"),
        }
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
            .field("address", &self.address)
            .field("connections", &self.connections())
            .finish_non_exhaustive()
    }
}

struct Acceptor<S> {
    service: S,
    door: Door,
    phases: watch::Receiver<Phase>,
    slots: Arc<Semaphore>,
    counters: Arc<Counters>,
}

impl<S, B> Acceptor<S>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    async fn run(self, listener: Listener) {
        let mut backoff = ACCEPT_BACKOFF;
        let mut phases = self.phases.clone();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                // Closing, or an error because the `Server` was dropped: the end either way.
                _ = phases.wait_for(|phase| *phase != Phase::Open) => return,
            };
            match accepted {
                Ok((carrier, peer)) => {
                    backoff = ACCEPT_BACKOFF;
                    self.take(carrier, peer, &listener);
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(listener = &*listener.name, %error, ?backoff, "cannot accept a connection");
                    self.door.env.sleep(backoff).await;
                    backoff = (backoff * 2).min(ACCEPT_BACKOFF_MAX);
                }
            }
        }
    }

    fn take(&self, carrier: Carrier, peer: Peer, listener: &Listener) {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            self.counters.refused.fetch_add(1, Ordering::Relaxed);
            self.door.bell.ring(peer, &listener.name, KnockOutcome::TooManyConnections);
            return;
        };
        self.counters.accepted.fetch_add(1, Ordering::Relaxed);
        let connection = connection::Connection {
            carrier,
            peer,
            listener: Arc::clone(&listener.name),
            tls: listener.tls.clone(),
            door: self.door.clone(),
            phases: self.phases.clone(),
        };
        let service = self.service.clone();
        self.door.env.spawn(hold(slot, connection.serve(service)));
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
