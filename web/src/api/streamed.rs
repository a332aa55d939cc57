//! Slow questions answered as server-sent events, for whoever accepts those: how far they have come, then the answer.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::ACCEPT;
use query::{Progress, Seen};
use serde::Serialize;
use serde_json::{Map, Value};

use super::accepts;
use super::live::NOT_BUFFERED;
use crate::metrics::{CountsItself, route_of};
use crate::services::Shared;

const EVENT_STREAM: &str = "text/event-stream";
const JSON: &str = "application/json";
/// Who accepts both gets an answer that comes within this time as JSON, which is compressed.
const QUICK: Duration = Duration::from_millis(500);
/// As nginx has it: nobody waits for the answer any more.
const CLIENT_CLOSED_REQUEST: u16 = 499;
/// Between two words of progress.
const INTERVAL: Duration = Duration::from_millis(250);

/// Runs the question of `request`; its answer is a stream of events where one is accepted, else what it is without this.
pub(super) async fn streamed(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    if !accepts(request.headers(), EVENT_STREAM) {
        return next.run(request).await;
    }
    let takes_json = accepts(request.headers(), JSON);
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static(JSON));
    let progress = Progress::default();
    let watched = progress.clone();
    let mut asked = Asked {
        route: route_of(&request),
        started: shared.env.monotonic(),
        shared,
        progress,
        answer: Box::pin(async move { watched.watch(next.run(request)).await }),
        is_told: false,
    };
    if takes_json {
        let quick = asked.shared.env.clone();
        tokio::select! {
            answer = &mut asked.answer => {
                // Whoever is asked without events is counted as everybody is.
                asked.is_told = true;
                return answer;
            }
            () = quick.sleep(QUICK) => {}
        }
    }
    let events = Sse::new(futures::stream::unfold(asked, Asked::next));
    ([NOT_BUFFERED], Extension(CountsItself), events).into_response()
}

/// A question that is being answered.
struct Asked {
    shared: Arc<Shared>,
    /// What it is counted under.
    route: String,
    /// On the monotonic clock.
    started: Duration,
    progress: Progress,
    answer: Pin<Box<dyn Future<Output = Response> + Send>>,
    /// Whether the last event was sent.
    is_told: bool,
}

#[derive(Serialize)]
struct ProgressJson {
    elapsed_ms: u64,
    percent: Option<f64>,
    rows_read: u64,
    rows: u64,
    bytes_read: u64,
}

impl Asked {
    /// The next event; none after the answer.
    async fn next(mut self) -> Option<(Result<Event, axum::Error>, Self)> {
        if self.is_told {
            return None;
        }
        let interval = self.shared.env.clone();
        let event = tokio::select! {
            answer = &mut self.answer => {
                self.count(answer.status().as_u16());
                answered(answer).await
            }
            () = interval.sleep(INTERVAL) => Event::default().event("progress").json_data(self.progress()),
        };
        Some((event, self))
    }

    fn count(&mut self, status: u16) {
        self.is_told = true;
        let elapsed = self.shared.env.monotonic().saturating_sub(self.started);
        self.shared.metrics.count(std::mem::take(&mut self.route), status, elapsed);
    }

    fn progress(&self) -> ProgressJson {
        let Seen { percent, rows_read, rows, bytes_read } = self.progress.seen();
        let elapsed = self.shared.env.monotonic().saturating_sub(self.started);
        let percent = percent.map(|percent| (percent * 10.0).round() / 10.0);
        ProgressJson { elapsed_ms: elapsed.as_millis() as u64, percent, rows_read, rows, bytes_read }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if !self.is_told {
            self.count(CLIENT_CLOSED_REQUEST);
        }
    }
}

/// The event that says what `response` would have said.
async fn answered(response: Response) -> Result<Event, axum::Error> {
    let status = response.status();
    // It is in memory already.
    let body = to_bytes(response.into_body(), usize::MAX).await?;
    if status.is_success() {
        return Ok(Event::default().event("answer").data(String::from_utf8_lossy(&body)));
    }
    let mut told: Map<String, Value> = serde_json::from_slice(&body).unwrap_or_default();
    told.insert("status".to_owned(), status.as_u16().into());
    Event::default().event("error").json_data(told)
}

#[cfg(test)]
mod tests;
