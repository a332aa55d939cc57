//! This room's figures: requests by route and status, and how long they took.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::services::Shared;

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The route of everything that is not an API: a name for it, as paths are without bound.
const UI_ROUTE: &str = "ui";

/// The counters of this room. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics {
    requests: Family<RequestLabels, Counter>,
    duration: Family<RouteLabels, Histogram, fn() -> Histogram>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

impl Metrics {
    /// Counters in `registry`: `web_requests_total{route,status}` and `web_request_duration_seconds{route}`, after
    /// the registry's prefix.
    #[must_use]
    pub fn register(registry: &mut Registry) -> Self {
        // 1 ms to 32 s.
        let buckets: fn() -> Histogram = || Histogram::new(exponential_buckets(0.001, 2.0, 16));
        let metrics = Self { requests: Family::default(), duration: Family::new_with_constructor(buckets) };
        registry.register("web_requests", "Requests by route and status", metrics.requests.clone());
        registry.register_with_unit(
            "web_request_duration",
            "Time from a request's head to its answer's head",
            Unit::Seconds,
            metrics.duration.clone(),
        );
        metrics
    }

    /// Counts a request.
    pub(crate) fn count(&self, route: String, status: u16, elapsed: Duration) {
        self.requests.get_or_create(&RequestLabels { route: route.clone(), status }).inc();
        self.duration.get_or_create(&RouteLabels { route }).observe(elapsed.as_secs_f64());
    }
}

/// Marks an answer that is counted by whoever gives it, once it is known what it comes to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CountsItself;

/// The middleware: counts and times every request, and tells the client how long it took here
/// (<https://www.w3.org/TR/server-timing/>).
pub(crate) async fn observe(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let route = route_of(&request);
    let method = request.method().clone();
    let started = shared.env.monotonic();
    let mut response = next.run(request).await;
    if response.extensions().get::<CountsItself>().is_some() {
        return response;
    }
    let elapsed = shared.env.monotonic().saturating_sub(started);
    let status = response.status().as_u16();
    tracing::debug!(%method, route, status, ?elapsed, "answered");
    if let Ok(timing) = HeaderValue::from_str(&format!("total;dur={:.3}", elapsed.as_secs_f64() * 1_000.0)) {
        response.headers_mut().insert(SERVER_TIMING, timing);
    }
    shared.metrics.count(route, status, elapsed);
    response
}

/// What `request` is counted under.
pub(crate) fn route_of(request: &Request) -> String {
    request.extensions().get::<MatchedPath>().map_or(UI_ROUTE, MatchedPath::as_str).to_owned()
}
