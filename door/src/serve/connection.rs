//! One connection, from its first byte to its end.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::rt::Executor;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use storage::env::Env;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tower::{Service, ServiceExt};

use super::opening::OpeningStream;
use super::{Peer, Phase};
use crate::Limits;

/// A connection that was accepted.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    pub(crate) peer: Peer,
    pub(crate) limits: Arc<Limits>,
    pub(crate) env: Env,
    pub(crate) phases: watch::Receiver<Phase>,
}

impl Connection {
    /// Serves until either side closes, the opening does not come in time, or the phase is [`Phase::Closed`].
    pub(crate) async fn serve<S, B>(mut self, service: S)
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let peer = self.peer;
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            service.clone().oneshot(request)
        });
        let builder = builder(&self.limits, &self.env);
        let (stream, opening) = OpeningStream::new(self.stream);
        let mut serving = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let mut opening_due = pin!(self.env.sleep(self.limits.handshake_timeout));
        let mut waits_for_opening = true;
        let mut phase = Phase::Open;
        loop {
            tokio::select! {
                result = serving.as_mut() => {
                    if let Err(error) = result {
                        tracing::debug!(peer = %peer.0, error, "connection ended");
                    }
                    return;
                }
                () = opening_due.as_mut(), if waits_for_opening => {
                    waits_for_opening = false;
                    if !opening.is_complete() {
                        tracing::debug!(peer = %peer.0, "connection said nothing and was closed");
                        return;
                    }
                }
                next = wait_beyond(&mut self.phases, phase) => {
                    phase = next;
                    if phase == Phase::Closed { return }
                    serving.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

/// The next phase after `phase`; never returns when there is none.
async fn wait_beyond(phases: &mut watch::Receiver<Phase>, phase: Phase) -> Phase {
    match phases.wait_for(|next| *next != phase).await.map(|next| *next) {
        Ok(next) => next,
        // The server's handle was dropped: what runs may finish, with no deadline.
        Err(_) if phase == Phase::Open => Phase::Closing,
        Err(_) => std::future::pending().await,
    }
}

fn builder(limits: &Limits, env: &Env) -> Builder<EnvExecutor> {
    let mut builder = Builder::new(EnvExecutor(env.clone()));
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
        .max_buf_size(limits.http1_buffer_bytes_max);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits.keepalive_interval)
        .keep_alive_timeout(limits.keepalive_timeout)
        .max_concurrent_streams(limits.concurrent_streams_max)
        .initial_stream_window_size(limits.stream_window_bytes)
        .initial_connection_window_size(limits.connection_window_bytes)
        .max_header_list_size(limits.header_list_bytes_max)
        .max_pending_accept_reset_streams(limits.pending_accept_resets_max)
        .max_local_error_reset_streams(limits.local_error_resets_max);
    builder
}

/// Lets hyper start the tasks of an HTTP/2 connection where all tasks are started.
#[derive(Debug, Clone)]
pub(crate) struct EnvExecutor(pub(crate) Env);

impl<F> Executor<F> for EnvExecutor
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, future: F) {
        self.0.spawn(future);
    }
}
