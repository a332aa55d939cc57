//! OTLP/HTTP: `POST /v1/traces` in protobuf and JSON.

mod content;
pub(crate) mod cors;
mod reply;

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use door::KnockOutcome;
use futures::FutureExt;
use http::{HeaderMap, Method, Request, Response, Version, header};
use http_body::Body;
use http_body_util::Full;
use proto::ErrorKind;
use storage::ledger::Entry;
use storage::wal::Transport;

use self::content::Format;
use self::reply::Refusal;
use crate::arrival::Arrival;
use crate::body::BodyReader;
use crate::budget::Charge;
use crate::decode::transport_name;
use crate::inflate::{Coding, InflationLimits, inflate};
use crate::ingester::{Accepted, Ingester};
use crate::{Error, Result, SpansLog, grpc};

/// The path of traces; a slash at its end is forgiven.
const TRACES_PATH: &str = "/v1/traces";
/// How much of a refused HTTP/1 body is still read, so that its sender gets to read why.
const DRAIN_BYTES_MAX: usize = 128 * 1024 * 1024;
/// How long a refused HTTP/1 body is still read.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(1);

/// The HTTP port.
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

    /// Answers one request, whatever happens, in the format it came in, or in JSON when that is unknown.
    pub(crate) async fn respond<B>(&self, request: Request<B>) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if grpc::is_grpc(request.headers()) {
            grpc::knocked(request.extensions(), KnockOutcome::GrpcOnHttpPort);
            let mut response = Response::new(Full::default());
            *response.headers_mut() = grpc::unimplemented_headers(KnockOutcome::GrpcOnHttpPort.advice());
            return response;
        }
        let format = Format::of(request.headers());
        let answering = AssertUnwindSafe(self.answer(request, format.as_ref())).catch_unwind();
        answering.await.unwrap_or_else(|_| reply::refusal(format.as_ref(), &Error::panicked().into()))
    }

    async fn answer<B>(&self, request: Request<B>, format: Option<&Format>) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let Ingester { config, env, ledger, .. } = &*self.ingester;
        let transport = format.map_or("http", |format| transport_name(format.transport()));
        // Nothing was sent yet, and nothing need be: the answer comes instead of "100 Continue".
        let waits_to_send = request.headers().contains_key(header::EXPECT);
        let drains = request.version() < Version::HTTP_2 && !waits_to_send;
        let (head, body) = request.into_parts();
        let request = Request::from_parts(head, ());
        let mut body = BodyReader::new(body, config.body_timeout, env.clone());
        let mut entry = ledger.open(transport);
        grpc::note_sender(&mut entry, request.extensions(), request.headers());
        match self.accept(&request, format, &mut body, &mut entry).await {
            Ok(accepted) => reply::success(format, &accepted),
            Err(refusal) => {
                entry.refused(refusal.error.kind.name());
                if drains {
                    body.drain(DRAIN_BYTES_MAX, DRAIN_TIME_MAX).await;
                }
                reply::refusal(format, &refusal)
            }
        }
    }

    async fn accept<B>(
        &self,
        request: &Request<()>,
        format: Option<&Format>,
        body: &mut BodyReader<B>,
        entry: &mut Entry,
    ) -> Result<Accepted, Refusal>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let Ingester { config, env, .. } = &*self.ingester;
        let arrival = Arrival::at(env.monotonic());
        check_route(request)?;
        let transport = format.map_or(Transport::HttpProtobuf, |format| format.transport());
        let sender = grpc::sender(request, transport)?;
        if format.is_none() {
            return Err(Refusal::content_type(request.headers()));
        }
        let coding = content::coding(request.headers())?;
        let bytes_max = config.request_bytes_max.as_u64();
        let mut charge = self.ingester.open(&sender.tenant, arrival)?;
        let bytes = read(request.headers(), body, bytes_max, &mut charge).await?;
        let bytes = match (bytes.is_empty(), coding) {
            // An empty body is not a compressed one, whatever its header says.
            (true, _) | (_, Coding::Identity) => bytes,
            _ => inflate(coding, bytes, InflationLimits::of(config), &mut charge, env).await?,
        };
        Ok(self.ingester.ingest_charged(sender, bytes, charge, arrival, entry).await?)
    }
}

fn check_route(request: &Request<()>) -> Result<(), Refusal> {
    let path = request.uri().path();
    if path.strip_suffix('/').unwrap_or(path) != TRACES_PATH {
        let message = format!("{path} is not served here; this port takes traces at {TRACES_PATH}");
        return Err(Error::new(ErrorKind::NotFound, message).into());
    }
    if request.method() != Method::POST {
        return Err(Refusal::method(request.method()));
    }
    Ok(())
}

/// Reads the body, charged before it is read when its length was announced.
async fn read<B>(
    headers: &HeaderMap,
    body: &mut BodyReader<B>,
    bytes_max: u64,
    charge: &mut Charge,
) -> Result<Bytes>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<u64>().ok());
    let Some(length) = announced else {
        return body.take_all(bytes_max, charge).await;
    };
    if length > bytes_max {
        return Err(Error::too_large("a request", Some(length), bytes_max));
    }
    charge.raise_to(length).await?;
    body.take(length as usize).await?.ok_or_else(|| {
        Error::new(ErrorKind::Invalid, format!("the body ends before its content-length of {length} bytes"))
    })
}

#[cfg(test)]
mod tests;
