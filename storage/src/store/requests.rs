//! Requests to an object store, counted where they leave: what the client tries again is a request each time.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
    HttpService, ReqwestConnector,
};
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Unit;

use crate::env::Env;

/// What a request asks for; the words of the label `operation`.
const OPERATIONS: [&str; 10] = [
    "get",
    "head",
    "list",
    "put",
    "delete",
    "create_upload",
    "put_part",
    "complete_upload",
    "abort_upload",
    "other",
];
/// All went well; the first word of the label `outcome`.
const OK: &str = "ok";

/// The requests of a process to its object store.
#[derive(Debug)]
pub(crate) struct RequestMetrics {
    requests: Family<Outcome, Counter>,
    duration: Family<Operation, Histogram, fn() -> Histogram>,
    read_bytes: Counter,
    written_bytes: Counter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    operation: &'static str,
}

impl Default for RequestMetrics {
    fn default() -> Self {
        // 1 ms to 33 s: an attempt takes thirty at most.
        let buckets: fn() -> Histogram = || Histogram::new(exponential_buckets(0.001, 2.0, 16));
        let metrics = Self {
            requests: Family::default(),
            duration: Family::new_with_constructor(buckets),
            read_bytes: Counter::default(),
            written_bytes: Counter::default(),
        };
        // A rate needs a first value to rise from.
        for operation in OPERATIONS {
            drop(metrics.requests.get_or_create(&Outcome { operation, outcome: OK }));
            drop(metrics.duration.get_or_create(&Operation { operation }));
        }
        metrics
    }
}

impl RequestMetrics {
    fn ended(&self, operation: &'static str, outcome: &'static str, took: Duration) {
        self.requests.get_or_create(&Outcome { operation, outcome }).inc();
        self.duration.get_or_create(&Operation { operation }).observe(took.as_secs_f64());
    }

    /// Writes the figures for `/metrics`.
    pub(crate) fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Requests to the object store, each try counted, by outcome: ok, absent, precondition, refused, or one \
                    that is tried again: throttled, server_error, timeout, connection, cut";
        encode(encoder, "requests", help, None, &self.requests)?;
        let help = "Time from a request to the object store to the end of its answer";
        encode(encoder, "request_duration", help, Some(&Unit::Seconds), &self.duration)?;
        let help = "Bytes of the answers of the object store";
        encode(encoder, "read_bytes", help, None, &self.read_bytes)?;
        let help = "Bytes of requests to the object store, each try counted";
        encode(encoder, "written_bytes", help, None, &self.written_bytes)
    }

    #[cfg(test)]
    pub(super) fn count(&self, operation: &'static str, outcome: &'static str) -> u64 {
        self.requests.get_or_create(&Outcome { operation, outcome }).get()
    }
}

fn encode(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    unit: Option<&Unit>,
    metric: &impl EncodeMetric,
) -> fmt::Result {
    let name = format!("tailplane_object_store_{name}");
    metric.encode(encoder.encode_descriptor(&name, help, unit, metric.metric_type())?)
}

/// Makes the library's own clients, whose requests are counted.
#[derive(Debug)]
pub(super) struct CountingConnector {
    pub(super) metrics: Arc<RequestMetrics>,
    pub(super) env: Env,
}

impl HttpConnector for CountingConnector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(CountingClient {
            client,
            metrics: Arc::clone(&self.metrics),
            env: self.env.clone(),
        }))
    }
}

#[derive(Debug)]
struct CountingClient {
    client: HttpClient,
    metrics: Arc<RequestMetrics>,
    env: Env,
}

#[async_trait::async_trait]
impl HttpService for CountingClient {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let running = Running {
            operation: operation_of(&request),
            metrics: Arc::clone(&self.metrics),
            started: self.env.monotonic(),
            env: self.env.clone(),
        };
        self.metrics.written_bytes.inc_by(request.body().content_length() as u64);
        match self.client.execute(request).await {
            Ok(answer) => {
                let outcome = outcome_of(answer.status().as_u16());
                let (head, body) = answer.into_parts();
                let body = CountedBody { body, outcome, running: Some(running) };
                Ok(HttpResponse::from_parts(head, HttpResponseBody::new(body)))
            }
            Err(error) => {
                let is_timeout = matches!(error.kind(), HttpErrorKind::Timeout);
                running.end(if is_timeout { "timeout" } else { "connection" });
                Err(error)
            }
        }
    }
}

/// S3's way of saying it.
fn operation_of(request: &HttpRequest) -> &'static str {
    let query = request.uri().query().unwrap_or_default();
    let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    match request.method().as_str() {
        "GET" if has("list-type") => "list",
        "GET" => "get",
        "HEAD" => "head",
        "PUT" if has("partNumber") => "put_part",
        "PUT" => "put",
        "POST" if has("uploads") => "create_upload",
        "POST" if has("uploadId") => "complete_upload",
        "POST" if has("delete") => "delete",
        "DELETE" if has("uploadId") => "abort_upload",
        "DELETE" => "delete",
        _ => "other",
    }
}

const fn outcome_of(status: u16) -> &'static str {
    match status {
        200..300 => OK,
        404 => "absent",
        304 | 409 | 412 => "precondition",
        429 | 503 => "throttled",
        500.. => "server_error",
        _ => "refused",
    }
}

/// A request that has not ended.
#[derive(Debug)]
struct Running {
    operation: &'static str,
    metrics: Arc<RequestMetrics>,
    started: Duration,
    env: Env,
}

impl Running {
    fn end(self, outcome: &'static str) {
        let took = self.env.monotonic().saturating_sub(self.started);
        self.metrics.ended(self.operation, outcome, took);
    }
}

/// An answer's body: the request ends with it, or when nobody reads on.
#[derive(Debug)]
struct CountedBody {
    body: HttpResponseBody,
    outcome: &'static str,
    running: Option<Running>,
}

impl CountedBody {
    fn end(&mut self, outcome: &'static str) {
        if let Some(running) = self.running.take() {
            running.end(outcome);
        }
    }
}

impl Drop for CountedBody {
    fn drop(&mut self) {
        self.end(self.outcome);
    }
}

impl Body for CountedBody {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len) as u64;
                if let Some(running) = &self.running {
                    running.metrics.read_bytes.inc_by(bytes);
                }
            }
            Poll::Ready(Some(Err(_))) => self.end("cut"),
            Poll::Ready(None) => {
                let outcome = self.outcome;
                self.end(outcome);
            }
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
