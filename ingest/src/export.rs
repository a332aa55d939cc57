//! Our own OTLP/gRPC client: sends requests as they are, and retries as the Go exporter does.

mod answer;
mod retry;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use http_body_util::Full;
use storage::env::Env;

pub use self::answer::ExportError;
pub use self::retry::RetryPolicy;
use crate::grpc::{EXPORT_PATH, framed};
use crate::{Error, Result};

const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("tailplane/", env!("CARGO_PKG_VERSION")));

/// An acknowledged request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack {
    /// Spans the server refused for good.
    pub rejected: u64,
    /// What the server says about them, or a warning; mostly empty.
    pub message: String,
    /// From sending to acknowledgement, of the attempt that succeeded.
    pub latency: Duration,
    /// Attempts, 1 for none repeated.
    pub attempts: u32,
}

/// Sends export requests to one server over one HTTP/2 connection, which is replaced when it fails.
///
/// Any number of requests may run at a time; the Go exporter runs one.
#[derive(Debug)]
pub struct Exporter {
    client: door::Client,
    policy: RetryPolicy,
    env: Env,
}

impl Exporter {
    /// Connects to `url` (`http://host:port`).
    ///
    /// # Errors
    /// When the URL cannot be used or no server answers.
    pub async fn connect(url: &str, policy: RetryPolicy, env: Env) -> Result<Self> {
        Self::over(door::Client::new(url, env.clone())?, policy, env).await
    }

    /// Connects `client`, which may speak TLS and show a token.
    ///
    /// # Errors
    /// When no server answers.
    pub async fn over(client: door::Client, policy: RetryPolicy, env: Env) -> Result<Self> {
        client.connect().await?;
        Ok(Self { client, policy, env })
    }

    /// Sends `body`, an `ExportTraceServiceRequest`, and again as the policy allows.
    ///
    /// # Errors
    /// The last attempt's error. Whether the server kept the spans is unknown when it is retryable.
    pub async fn export(&self, body: &[u8]) -> Result<Ack, ExportError> {
        let frame = framed(body);
        let began = self.env.monotonic();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let error = match self.attempt(frame.clone()).await {
                Ok(ack) => return Ok(Ack { attempts, ..ack }),
                Err(error) => error,
            };
            let elapsed = self.env.monotonic().saturating_sub(began);
            let Some(wait) = self.policy.wait(&error, attempts, elapsed, &self.env) else {
                return Err(error);
            };
            tracing::debug!(attempts, ?wait, %error, "export is retried");
            self.env.sleep(wait).await;
        }
    }

    async fn attempt(&self, frame: Bytes) -> Result<Ack, ExportError> {
        let began = self.env.monotonic();
        let request = self.request(frame).map_err(|error| ExportError::local(&error))?;
        let answering = async {
            let response = self.client.send(request).await.map_err(|error| ExportError::lost(&error))?;
            answer::read(response).await
        };
        let (rejected, message) = tokio::time::timeout(self.policy.attempt_timeout, answering)
            .await
            .map_err(|_| ExportError::timed_out(self.policy.attempt_timeout))??;
        let latency = self.env.monotonic().saturating_sub(began);
        Ok(Ack { rejected, message, latency, attempts: 1 })
    }

    fn request(&self, frame: Bytes) -> Result<Request<Full<Bytes>>> {
        let timeout_ms = self.policy.attempt_timeout.as_millis();
        Request::post(EXPORT_PATH)
            .header(header::CONTENT_TYPE, "application/grpc")
            .header(header::TE, "trailers")
            .header(header::USER_AGENT, USER_AGENT)
            .header("grpc-timeout", format!("{timeout_ms}m"))
            .body(Full::new(frame))
            .map_err(|error| {
                Error::new(proto::ErrorKind::Invalid, format!("the request cannot be written: {error}"))
                    .caused_by(error)
            })
    }
}

#[cfg(test)]
mod tests;
