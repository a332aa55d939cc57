//! A span of our own: sent by OTLP/HTTP, read back by its trace id, each step timed.

use std::borrow::Cow;
use std::time::Duration;

use anyhow::{Context, bail};
use http::header::CONTENT_TYPE;
use http::{Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use proto::{TraceId, UnixNanos};
use serde::{Deserialize, Serialize};
use serde_json::json;
use storage::env::Env;

use super::finding::Finding;
use super::section;
use crate::access::Access;
use crate::cli::{AccessArgs, DoctorArgs};
use crate::config::Invalid;
use crate::source::Source;
use crate::traced::TraceContext;

/// `ingest.http_listen` unless it was set.
const DEFAULT_PORT: u16 = 4318;
/// An acknowledged span is found by every later query of its server.
const READ_PATIENCE: Duration = Duration::from_secs(5);
const READ_INTERVAL: Duration = Duration::from_millis(100);
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// It lasts as long as it takes to be seen on the page.
const DURATION_NS: u64 = 1_000_000;

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize))]
pub(super) struct TestSpan {
    /// Where it was sent.
    pub otlp: String,
    pub trace_id: String,
    pub steps: Vec<Step>,
    /// Why the step after these failed.
    pub failure: Option<String>,
}

/// A step that succeeded, and how long it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize))]
pub(super) struct Step {
    pub name: Cow<'static, str>,
    pub took_ns: u64,
}

/// Where OTLP/HTTP is taken, by the flags: the server's host and the default port where they do not say.
///
/// # Errors
/// [`Invalid`] when the server's address has no host.
pub(super) fn address(arguments: &DoctorArgs) -> Result<String, Invalid> {
    if let Some(otlp) = &arguments.otlp {
        return Ok(otlp.clone());
    }
    let server = arguments.server.parse::<Uri>().ok().filter(|_| !arguments.server.starts_with("unix:"));
    let authority = server.as_ref().and_then(Uri::authority).map(|authority| authority.host().to_owned());
    let scheme = server.as_ref().and_then(Uri::scheme_str).unwrap_or("http").to_owned();
    let host = authority.ok_or_else(|| {
        Invalid::new(format!(
            "--server {:?} does not tell where spans are taken: name that with --otlp",
            arguments.server
        ))
    })?;
    Ok(format!("{scheme}://{host}:{DEFAULT_PORT}"))
}

impl TestSpan {
    /// Sends it to `otlp` and reads it from `source`.
    pub(super) async fn send(otlp: &str, access: &AccessArgs, source: &Source, env: &Env) -> Self {
        let trace_id = TraceContext::fresh(env).trace_id;
        let mut steps = Vec::new();
        let tried = Attempt { otlp, access, source, trace_id, end: env.now(), env }.run(&mut steps).await;
        let failure = tried.err().map(|error| error.to_string());
        Self { otlp: otlp.to_owned(), trace_id: trace_id.to_string(), steps, failure }
    }

    /// What its failure means.
    pub(super) fn finding(&self) -> Option<Finding> {
        let failure = self.failure.as_ref()?;
        let (step, remedy) = match self.steps.len() {
            0 => (
                "did not get to the server",
                "is this the address of ingest.http_listen? Name it with --otlp",
            ),
            1 => (
                "was not taken",
                "a token needs the scope write: `tailplane token new --scope read --scope write`",
            ),
            _ => (
                "was taken and is not found",
                "--otlp and --server have to be of one server, and of one --tenant",
            ),
        };
        Some(Finding::fault("test span", format!("{step}: {failure}"), remedy, section::NOT_WHOLE))
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
    async fn run(&self, steps: &mut Vec<Step>) -> anyhow::Result<()> {
        let client = Access::new(self.otlp, self.access)?.client(self.env.clone())?;
        self.timed("connected", steps, async { Ok(client.connect().await?) }).await?;
        self.timed("acknowledged", steps, self.export(&client)).await?;
        self.timed("read back", steps, self.read()).await
    }

    async fn timed(
        &self,
        name: &'static str,
        steps: &mut Vec<Step>,
        step: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<()> {
        let began = self.env.monotonic();
        step.await?;
        let took = self.env.monotonic().saturating_sub(began);
        steps.push(Step {
            name: Cow::Borrowed(name),
            took_ns: u64::try_from(took.as_nanos()).unwrap_or(u64::MAX),
        });
        Ok(())
    }

    async fn export(&self, client: &door::Client) -> anyhow::Result<()> {
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
        if !head.status.is_success() {
            let said =
                serde_json::from_slice::<StatusJson>(&body).map(|status| status.message).unwrap_or_default();
            bail!("status {}: {said}", head.status.as_u16());
        }
        let answer: AnswerJson = serde_json::from_slice(&body).unwrap_or_default();
        match answer.partial_success.error_message {
            message if message.is_empty() => Ok(()),
            message => bail!("{message}"),
        }
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

    async fn read(&self) -> anyhow::Result<()> {
        let path = format!("/api/v1/traces/{}?t={}", self.trace_id, self.end);
        let began = self.env.monotonic();
        loop {
            match self.source.get::<serde_json::Value>(&path).await {
                Ok(_) => return Ok(()),
                Err(error) if self.env.monotonic().saturating_sub(began) > READ_PATIENCE => {
                    return Err(error);
                }
                Err(_) => self.env.sleep(READ_INTERVAL).await,
            }
        }
    }
}

#[derive(Deserialize)]
struct StatusJson {
    message: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AnswerJson {
    partial_success: PartialSuccessJson,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PartialSuccessJson {
    error_message: String,
}
