//! One connection, from its first byte to its end.

use std::convert::Infallible;
use std::error::Error;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::rt::Executor;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulConnection;
use storage::env::Env;
use tokio::sync::watch;
use tower::{Service, ServiceExt};

use super::Phase;
use super::opening::{self, Opened};
use super::watched::{Opening, WatchedStream};
use crate::listener::Carrier;
use crate::{Config, Door, Doorkeeper, KnockOutcome, Peer, Tls};

/// What is kept of a protocol error's text.
const ERROR_BYTES_MAX: usize = 200;

type BoxError = Box<dyn Error + Send + Sync>;

/// A connection that was accepted.
pub(crate) struct Connection {
    pub(crate) carrier: Carrier,
    pub(crate) peer: Peer,
    pub(crate) listener: Arc<str>,
    pub(crate) tls: Option<Tls>,
    pub(crate) door: Door,
    pub(crate) phases: watch::Receiver<Phase>,
}

impl Connection {
    /// Serves until either side closes, the opening does not come in time, it is too old, or the phase is
    /// [`Phase::Closed`].
    pub(crate) async fn serve<S, B>(mut self, service: S)
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let Self { door, peer, listener, .. } = &self;
        let (door, peer, listener) = (door.clone(), *peer, Arc::clone(listener));
        let config = Arc::clone(&door.config);
        let opened = tokio::select! {
            opened = opening::open(self.carrier, self.tls.as_ref(), config.handshake_timeout) => opened,
            // Nothing was asked yet, so that nothing is left unanswered.
            _ = wait_beyond(&mut self.phases, Phase::Open) => return,
        };
        let (stream, certificate) = match opened {
            Opened::Stream(stream, certificate) => (stream, certificate),
            Opened::Refused(outcome) => return door.bell.ring(peer, &listener, outcome),
            Opened::Gone => return,
        };
        let doorkeeper = Doorkeeper {
            peer,
            listener: Arc::clone(&listener),
            tokens: door.tokens.clone(),
            certificate,
            is_encrypted: self.tls.is_some(),
            bell: door.bell.clone(),
        };
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            request.extensions_mut().insert(doorkeeper.clone());
            service.clone().oneshot(request)
        });
        let builder = builder(&config, &door.env);
        let (stream, opening) = WatchedStream::new(stream, config.control_frames_max, door.env.clone());
        let serving = pin!(builder.serve_connection(TokioIo::new(stream), service));
        if let Err(outcome) = run(serving, &opening, &mut self.phases, &door).await {
            door.bell.ring(peer, &listener, outcome);
        }
    }
}

/// Lets `serving` run to its end, which comes early for those who say nothing, and in order for old connections and at
/// the server's end.
async fn run(
    mut serving: Pin<&mut impl GracefulConnection<Error = BoxError>>,
    opening: &Opening,
    phases: &mut watch::Receiver<Phase>,
    door: &Door,
) -> Result<(), KnockOutcome> {
    let Door { config, env, .. } = door;
    let mut opening_due = pin!(env.sleep(config.handshake_timeout));
    let mut age_due = pin!(env.sleep(age_max(config.connection_age_max, env)));
    let mut grace_due = pin!(env.sleep(Duration::MAX));
    let (mut waits_for_opening, mut is_old, mut phase) = (true, false, Phase::Open);
    loop {
        tokio::select! {
            result = serving.as_mut() => {
                return result.or_else(|error| protocol_error(error).map_or(Ok(()), Err));
            }
            () = opening_due.as_mut(), if waits_for_opening => {
                waits_for_opening = false;
                if !opening.is_complete() {
                    return Err(KnockOutcome::SaidNothing);
                }
            }
            () = age_due.as_mut(), if !is_old => {
                is_old = true;
                serving.as_mut().graceful_shutdown();
                grace_due.set(env.sleep(config.connection_age_grace));
            }
            () = grace_due.as_mut(), if is_old => return Ok(()),
            next = wait_beyond(phases, phase) => {
                phase = next;
                if phase == Phase::Closed { return Ok(()) }
                serving.as_mut().graceful_shutdown();
            }
        }
    }
}

/// `nominal`, give or take a tenth, so that the connections of one moment do not all end in another.
fn age_max(nominal: Duration, env: &Env) -> Duration {
    let [first, second, ..] = env.random_bytes();
    let chance = f64::from(u16::from_be_bytes([first, second])) / f64::from(u16::MAX);
    Duration::try_from_secs_f64(nominal.as_secs_f64() * (0.9 + 0.2 * chance)).unwrap_or(nominal)
}

/// What a connection's error says about the peer; `None` when it only went away or was idle.
fn protocol_error(error: BoxError) -> Option<KnockOutcome> {
    tracing::debug!(error, "connection ended");
    let http = error.downcast_ref::<hyper::Error>();
    if http.is_some_and(|error| error.is_timeout() || error.is_incomplete_message() || error.is_closed()) {
        return None;
    }
    let mut innermost: &(dyn Error + 'static) = &*error;
    loop {
        let is_of_socket =
            innermost.downcast_ref::<std::io::Error>().is_some_and(|error| error.get_ref().is_none());
        if is_of_socket {
            return None;
        }
        match innermost.source() {
            Some(source) => innermost = source,
            None => break,
        }
    }
    let mut text = innermost.to_string();
    text.truncate(text.floor_char_boundary(ERROR_BYTES_MAX));
    Some(KnockOutcome::ProtocolError(text))
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

fn builder(config: &Config, env: &Env) -> Builder<EnvExecutor> {
    let mut builder = Builder::new(EnvExecutor(env.clone()));
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(config.header_read_timeout)
        .max_buf_size(bytes_of(config.http1_buffer_bytes_max) as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(config.keepalive_interval)
        .keep_alive_timeout(config.keepalive_timeout)
        .max_concurrent_streams(config.concurrent_streams_max)
        .initial_stream_window_size(bytes_of(config.stream_window_bytes))
        .initial_connection_window_size(bytes_of(config.connection_window_bytes))
        .max_send_buf_size(bytes_of(config.send_buffer_bytes_max) as usize)
        .max_header_list_size(bytes_of(config.header_list_bytes_max))
        .max_pending_accept_reset_streams(config.pending_accept_resets_max)
        .max_local_error_reset_streams(config.local_error_resets_max);
    builder
}

/// A size that [`Config::validate`] holds within 31 bits.
fn bytes_of(size: bytesize::ByteSize) -> u32 {
    u32::try_from(size.as_u64()).unwrap_or(u32::MAX)
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
