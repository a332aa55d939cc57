//! OTLP/gRPC: `TraceService/Export` over the raw request, with statuses that do not cost exporters their spans.

mod frame;
mod reply;

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use door::{Doorkeeper, KnockOutcome, Peer, Scope};
use futures::FutureExt;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body::Body;
use proto::otlp::encode_partial_success;
use proto::{ErrorKind, Tenant, health};
use storage::ledger::Entry;
use storage::wal::Transport;

use self::frame::{Fault, Message};
pub(crate) use self::frame::{PREFIX_BYTES, framed};
pub(crate) use self::reply::{Reply, unimplemented_headers};
use crate::arrival::Arrival;
use crate::body::BodyReader;
use crate::decode::transport_name;
use crate::inflate::{Coding, InflationLimits, inflate};
use crate::ingester::{Accepted, Ingester, Sender};
use crate::{Error, Result, SpansLog};

/// The path of the one method that matters.
pub(crate) const EXPORT_PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const EXPORT_SERVICE: &str = "opentelemetry.proto.collector.trace.v1.TraceService";
/// The health check that probes call.
const HEALTH_PATH: &str = "/grpc.health.v1.Health/Check";
/// A health check names one service.
const HEALTH_REQUEST_BYTES_MAX: u64 = 4096;

/// The gRPC port.
pub(crate) struct Receiver<L> {
    ingester: Arc<Ingester<L>>,
}

impl<L> Clone for Receiver<L> {
    fn clone(&self) -> Self {
        Self { ingester: Arc::clone(&self.ingester) }
    }
}

impl<L> fmt::Debug for Receiver<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("ingester", &self.ingester).finish()
    }
}

impl<L: SpansLog> Receiver<L> {
    pub(crate) fn new(ingester: Arc<Ingester<L>>) -> Self {
        Self { ingester }
    }

    /// Answers one call, whatever happens.
    pub(crate) async fn respond<B>(&self, request: Request<B>) -> Response<Reply>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let answering = AssertUnwindSafe(self.answer(request)).catch_unwind();
        answering.await.unwrap_or_else(|_| reply::refusal(&Error::panicked()))
    }

    async fn answer<B>(&self, request: Request<B>) -> Response<Reply>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if request.method() != Method::POST {
            return reply::plain(StatusCode::METHOD_NOT_ALLOWED);
        }
        if !is_grpc(request.headers()) {
            knocked(request.extensions(), KnockOutcome::HttpOnGrpcPort);
            return reply::hint(StatusCode::UNSUPPORTED_MEDIA_TYPE, KnockOutcome::HttpOnGrpcPort.advice());
        }
        match request.uri().path() {
            EXPORT_PATH => self.export(request).await,
            HEALTH_PATH => self.check_health(request).await,
            path => reply::unimplemented(&format!(
                "{path} is not served here; this port takes traces at {EXPORT_PATH}"
            )),
        }
    }

    /// `grpc.health.v1.Health/Check`: of the whole server, which has no name, and of the service it serves.
    async fn check_health<B>(&self, request: Request<B>) -> Response<Reply>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let Ingester { config, env, budget, .. } = &*self.ingester;
        let mut body = BodyReader::new(request.into_body(), config.body_timeout, env.clone());
        let mut charge = budget.open(&Tenant::default_tenant(), Duration::ZERO);
        let message = match frame::read(&mut body, HEALTH_REQUEST_BYTES_MAX, &mut charge).await {
            Ok(message) if !message.is_compressed => message.bytes,
            Ok(_) => return reply::internal("health checks are not compressed"),
            Err(fault) => return fault_reply(&fault),
        };
        match health::decode_request(&message) {
            Some(service) if service.is_empty() || service == EXPORT_SERVICE => {
                reply::success(&health::encode_response(self.ingester.is_serving()))
            }
            Some(service) => {
                let message = format!("{service:?} is not served here; {EXPORT_SERVICE} is");
                reply::refusal(&Error::new(ErrorKind::NotFound, message))
            }
            None => {
                let message = "the message is not a HealthCheckRequest";
                reply::refusal(&Error::new(ErrorKind::Invalid, message))
            }
        }
    }

    async fn export<B>(&self, request: Request<B>) -> Response<Reply>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut entry = self.ingester.ledger.open(transport_name(Transport::Grpc));
        note_sender(&mut entry, request.extensions(), request.headers());
        let (reason, response) = match self.accept(request, &mut entry).await {
            Ok(accepted) => {
                return reply::success(&encode_partial_success(accepted.rejected, &accepted.message));
            }
            Err(fault) => (fault.name(), fault_reply(&fault)),
        };
        entry.refused(reason);
        response
    }

    async fn accept<B>(&self, request: Request<B>, entry: &mut Entry) -> Result<Accepted, Fault>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let Ingester { config, env, .. } = &*self.ingester;
        let arrival = Arrival::of_call(env.monotonic(), request.headers());
        let bytes_max = config.request_bytes_max.as_u64();
        let sender = sender(&request, Transport::Grpc)?;
        let coding = coding(request.headers())?;
        let mut charge = self.ingester.open(&sender.tenant, arrival)?;
        let mut body = BodyReader::new(request.into_body(), config.body_timeout, env.clone());
        let Message { is_compressed, bytes } = frame::read(&mut body, bytes_max, &mut charge).await?;
        let bytes = match (is_compressed, coding) {
            (false, _) => bytes,
            (true, Coding::Identity) => {
                return Err(Fault::Protocol(
                    "a message is marked as compressed, but there is no grpc-encoding",
                ));
            }
            (true, coding) => inflate(coding, bytes, InflationLimits::of(config), &mut charge, env).await?,
        };
        Ok(self.ingester.ingest_charged(sender, bytes, charge, arrival, entry).await?)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

fn fault_reply(fault: &Fault) -> Response<Reply> {
    match fault {
        Fault::Refused(error) => reply::refusal(error),
        Fault::Coding(name) => reply::unsupported_coding(name),
        Fault::Protocol(message) => reply::internal(message),
    }
}

/// Tells the ledger who sends, before anybody knows whether they may.
pub(crate) fn note_sender(entry: &mut Entry, extensions: &http::Extensions, headers: &HeaderMap) {
    let address = match extensions.get::<Peer>() {
        Some(Peer::Tcp(address)) => address.ip().to_string(),
        Some(unix) => unix.to_string(),
        None => return,
    };
    let user_agent = headers.get(header::USER_AGENT).map(|value| value.as_bytes()).unwrap_or_default();
    entry.sent_by(&address, &String::from_utf8_lossy(user_agent));
}

/// Who sent `request`.
///
/// # Errors
/// When that is not known, or they may not send spans, or not for this tenant.
pub(crate) fn sender<B>(request: &Request<B>, transport: Transport) -> Result<Sender> {
    let (extensions, headers) = (request.extensions(), request.headers());
    let tenant = door::admit(extensions, headers, Scope::Write)?.tenant(headers)?;
    let user_agent = headers.get(header::USER_AGENT).map(|value| value.as_bytes());
    Ok(Sender {
        peer: extensions.get::<Peer>().copied(),
        tenant,
        transport,
        user_agent: String::from_utf8_lossy(user_agent.unwrap_or_default()).into_owned(),
    })
}

/// Tells the doorbell of a request that is at the wrong port.
pub(crate) fn knocked(extensions: &http::Extensions, outcome: KnockOutcome) {
    if let Some(doorkeeper) = extensions.get::<Doorkeeper>() {
        doorkeeper.knocked(outcome);
    }
}

/// `application/grpc`, alone or with `+proto` and parameters.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    content_type
        .strip_prefix(b"application/grpc")
        .is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}

fn coding(headers: &HeaderMap) -> Result<Coding, Fault> {
    let name = headers.get("grpc-encoding").map_or(&b""[..], |value| value.as_bytes());
    let name = String::from_utf8_lossy(name);
    Coding::named(&name).ok_or_else(|| Fault::Coding(name.into_owned()))
}

#[cfg(test)]
mod tests;
