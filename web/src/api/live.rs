//! `GET /api/v1/live`: the word that there is something new to ask for, as server-sent events.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use axum::{Error, Router};
use http::HeaderName;
use proto::UnixNanos;
use query::Watermark;
use serde::Serialize;
use tokio::sync::watch;

use super::Failure;
use super::json::Text;
use super::parameters::Parameters;
use crate::services::{Readiness, Shared};

/// At most one event in this time.
const INTERVAL: Duration = Duration::from_secs(1);
/// A proxy takes a stream that says nothing for dead.
const COMMENT_INTERVAL: Duration = Duration::from_secs(15);
/// nginx would wait for the end of it.
pub(super) const NOT_BUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");
/// A browser that is told to go comes back, and is asked again who it is.
const LIFE: Duration = Duration::from_secs(3600);

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/live", get(live))
}

async fn live(
    State(shared): State<Arc<Shared>>,
    parameters: Parameters,
) -> Result<impl IntoResponse, Failure> {
    parameters.only(&[])?;
    let listener = Listener {
        until: shared.env.monotonic().saturating_add(LIFE),
        readiness: shared.readiness.clone(),
        told: None,
        shared,
    };
    let comments = KeepAlive::new().interval(COMMENT_INTERVAL).text("nothing new");
    let events = Sse::new(futures::stream::unfold(listener, Listener::next)).keep_alive(comments);
    Ok(([NOT_BUFFERED], events))
}

/// Somebody who listens.
struct Listener {
    shared: Arc<Shared>,
    readiness: watch::Receiver<Readiness>,
    /// The last that was told.
    told: Option<Watermark>,
    /// On the monotonic clock.
    until: Duration,
}

#[derive(Serialize)]
struct WatermarkJson<'a> {
    version: Text<&'a Watermark>,
    complete_to: Option<Text<UnixNanos>>,
}

impl Listener {
    /// The next event; none once this process stops answering, or after [`LIFE`].
    async fn next(mut self) -> Option<(Result<Event, Error>, Self)> {
        loop {
            if self.told.is_some() {
                tokio::select! {
                    () = self.shared.env.sleep(INTERVAL) => {}
                    changed = self.readiness.changed() => {
                        changed.ok()?;
                    }
                }
            }
            if self.told.is_some() && self.is_over() {
                return None;
            }
            let watermark = self.shared.engine.watermark();
            if self.told.as_ref() != Some(&watermark) {
                self.told = Some(watermark);
                return Some((event(&watermark), self));
            }
        }
    }

    fn is_over(&self) -> bool {
        matches!(*self.readiness.borrow(), Readiness::NotReady(_))
            || self.shared.env.monotonic() >= self.until
    }
}

fn event(watermark: &Watermark) -> Result<Event, Error> {
    let complete_to = watermark.complete_to.map(Text);
    Event::default().event("watermark").json_data(WatermarkJson { version: Text(watermark), complete_to })
}

#[cfg(test)]
mod tests;
