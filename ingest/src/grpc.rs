//! OTLP/gRPC: `TraceService/Export` over the raw request, with statuses that do not cost exporters their spans.

mod frame;
mod reply;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use door::{Doorkeeper, KnockOutcome, Peer, Scope};
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body::Body;
use proto::otlp::encode_partial_success;
use storage::wal::Transport;

use self::frame::{Fault, Message};
pub(crate) use self::frame::{PREFIX_BYTES, framed};
pub(crate) use self::reply::{Reply, unimplemented_headers};
use crate::body::BodyReader;
use crate::decode::transport_name;
use crate::inflate::{Coding, inflate};
use crate::ingester::{Accepted, Ingester, Sender};
use crate::{Error, Result, SpansLog};

/// The path of the one method that matters.
pub(crate) const EXPORT_PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// The health check that probes call.
const HEALTH_PATH: &str = "/grpc.health.v1.Health/Check";
/// `grpc.health.v1.HealthCheckResponse { status: SERVING }`.
const HEALTH_SERVING: [u8; 2] = [0x08, 0x01];

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

    /// Answers one call.
    pub(crate) async fn respond<B>(&self, request: Request<B>) -> Response<Reply>
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
            HEALTH_PATH => reply::success(&HEALTH_SERVING),
            path => reply::unimplemented(&format!(
                "{path} is not served here; this port takes traces at {EXPORT_PATH}"
            )),
        }
    }

    async fn export<B>(&self, request: Request<B>) -> Response<Reply>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (outcome, response) = match self.accept(request).await {
            Ok(accepted) => {
                let outcome = if accepted.rejected > 0 { "partial" } else { "ok" };
                let message = encode_partial_success(accepted.rejected, &accepted.message);
                (outcome, reply::success(&message))
            }
            Err(Fault::Refused(error)) => (error.kind.name(), reply::refusal(&error)),
            Err(Fault::Coding(name)) => ("unsupported", reply::unsupported_coding(&name)),
            Err(Fault::Protocol(message)) => ("invalid", reply::internal(message)),
        };
        self.ingester.metrics.count_request(transport_name(Transport::Grpc), outcome);
        response
    }

    async fn accept<B>(&self, request: Request<B>) -> Result<Accepted, Fault>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let Ingester { config, env, budget, .. } = &*self.ingester;
        let began = env.monotonic();
        let bytes_max = config.request_bytes_max.as_u64();
        let sender = sender(&request, Transport::Grpc)?;
        let coding = coding(request.headers())?;
        let mut charge = budget.open();
        let mut body = BodyReader::new(request.into_body(), config.body_timeout, env.clone());
        let Message { is_compressed, bytes } = frame::read(&mut body, bytes_max, &mut charge).await?;
        let bytes = match (is_compressed, coding) {
            (false, _) => bytes,
            (true, Coding::Identity) => {
                return Err(Fault::Protocol(
                    "a message is marked as compressed, but there is no grpc-encoding",
                ));
            }
            (true, coding) => inflate(coding, bytes, bytes_max, &mut charge, env).await?,
        };
        Ok(self.ingester.ingest_charged(sender, bytes, charge, began).await?)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
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
