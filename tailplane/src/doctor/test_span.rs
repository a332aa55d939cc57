//! A span of our own: sent by OTLP/HTTP, read back by its trace id, each step timed.

mod answer;

use std::borrow::Cow;
use std::time::Duration;

use anyhow::Context;
use door::Validity;
use http::Request;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt, Full, Limited};
use proto::{TraceId, UnixNanos};
use serde::Serialize;
use serde_json::json;
use storage::env::Env;

use super::finding::Finding;
use super::section;
use crate::access::Access;
use crate::cli::AccessArgs;
use crate::source::Source;
use crate::traced::TraceContext;

/// An acknowledged span is found by every later query of its server.
const READ_PATIENCE: Duration = Duration::from_secs(5);
const READ_INTERVAL: Duration = Duration::from_millis(100);
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_BYTES_MAX: usize = 1 << 20;
const WHICH_PORT: &str = "is this the address of ingest.http_listen? Name it with --otlp";
/// It lasts as long as it takes to be seen on the page.
const DURATION_NS: u64 = 1_000_000;

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(super) struct TestSpan {
    /// Where it was sent.
    pub otlp: String,
    pub trace_id: String,
    pub steps: Vec<Step>,
    /// Why the step after these failed.
    pub failure: Option<Failure>,
    /// How long the certificate is valid that was shown there.
    #[serde(skip)]
    pub certificate: Option<Validity>,
}

/// A step that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(super) struct Failure {
    pub message: String,
    /// The status of HTTP, where it was answered.
    pub status: Option<u16>,
}

/// A step that succeeded, and how long it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(super) struct Step {
    pub name: Cow<'static, str>,
    pub took_ns: u64,
}

impl TestSpan {
    /// Sends it to `otlp` and reads it from `source`.
    pub(super) async fn send(otlp: &str, access: &AccessArgs, source: &Source, env: &Env) -> Self {
        let trace_id = TraceContext::fresh(env).trace_id;
        let mut steps = Vec::new();
        let mut certificate = None;
        let attempt = Attempt { otlp, access, source, trace_id, end: env.now(), env };
        let tried = attempt.run(&mut steps, &mut certificate).await;
        Self {
            otlp: otlp.to_owned(),
            trace_id: trace_id.to_string(),
            steps,
            failure: tried.err(),
            certificate,
        }
    }

    /// What its failure means.
    pub(super) fn finding(&self) -> Option<Finding> {
        let Failure { message, status } = self.failure.as_ref()?;
        let (step, remedy) = match (self.steps.len(), status) {
            (0, _) => ("did not get to the server", WHICH_PORT),
            (1, Some(401 | 403)) => (
                "was not taken",
                "a token needs the scope write: `tailplane token new --name doctor --scope read --scope write`",
            ),
            (1, Some(404 | 405 | 415)) => ("was not taken", WHICH_PORT),
            (1, _) => (
                "was not taken",
                "this server's log says more; its disk may be full, or it may be overloaded",
            ),
            _ => (
                "was taken and is not found",
                "--otlp and --server have to be of one server, and of one --tenant",
            ),
        };
        Some(Finding::fault("test span", format!("{step}: {message}"), remedy, section::NOT_WHOLE))
    }
}

/// The steps, one after the other.
struct Attempt<'a> {
    otlp: &'a str,
    access: &'a AccessArgs,
    source: &'a Source,
    trace_id: TraceId,
    end: UnixNanos,
    env: &'a Env,
}

impl Attempt<'_> {
    async fn run(&self, steps: &mut Vec<Step>, certificate: &mut Option<Validity>) -> Result<(), Failure> {
        let client = Access::new(self.otlp, self.access)?.client(self.env.clone())?;
        self.timed("connected", steps, async { Ok(client.connect().await?) }).await?;
        *certificate = client.certificate();
        self.timed("acknowledged", steps, self.export(&client)).await?;
        self.timed("read back", steps, self.read()).await
    }

    async fn timed(
        &self,
        name: &'static str,
        steps: &mut Vec<Step>,
        step: impl Future<Output = Result<(), Failure>>,
    ) -> Result<(), Failure> {
        let began = self.env.monotonic();
        step.await?;
        let took = self.env.monotonic().saturating_sub(began);
        steps.push(Step {
            name: Cow::Borrowed(name),
            took_ns: u64::try_from(took.as_nanos()).unwrap_or(u64::MAX),
        });
        Ok(())
    }

    async fn export(&self, client: &door::Client) -> Result<(), Failure> {
        let request = Request::post("/v1/traces").header(CONTENT_TYPE, "application/json");
        let request = request.body(Full::from(self.body().to_string()))?;
        let (head, body) = tokio::time::timeout(SEND_TIMEOUT, client.send(request))
            .await
            .context("no answer came in time")??
            .into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX)
            .collect()
            .await
            .map_err(anyhow::Error::from_boxed)?
            .to_bytes();
        answer::read(head.status, &body)
    }

    fn body(&self) -> serde_json::Value {
        let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
        let version = env!("CARGO_PKG_VERSION");
        let span = json!({
            "traceId": self.trace_id.to_string(), "spanId": TraceContext::fresh(self.env).span_id.to_string(),
            "name": "tailplane doctor", "kind": 1,
            "startTimeUnixNano": self.end.saturating_sub(DURATION_NS).to_string(),
            "endTimeUnixNano": self.end.to_string(),
        });
        json!({"resourceSpans": [{
            "resource": {"attributes": [text("service.name", "tailplane-doctor"), text("service.version", version)]},
            "scopeSpans": [{"scope": {"name": "tailplane.doctor"}, "spans": [span]}],
        }]})
    }

    async fn read(&self) -> Result<(), Failure> {
        let path = format!("/api/v1/traces/{}?t={}", self.trace_id, self.end);
        let began = self.env.monotonic();
        loop {
            match self.source.get::<serde_json::Value>(&path).await {
                Ok(_) => return Ok(()),
                Err(error) if self.env.monotonic().saturating_sub(began) > READ_PATIENCE => {
                    return Err(error.into());
                }
                Err(_) => self.env.sleep(READ_INTERVAL).await,
            }
        }
    }
}

impl<E: std::fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { message: error.to_string(), status: None }
    }
}
