//! `/healthz`, `/livez`, `/readyz` and `/metrics`: for probes and scrapers.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::CONTENT_TYPE;
use prometheus_client::encoding::text::encode;
use proto::ErrorKind;

use super::Failure;
use crate::services::{Readiness, Shared};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What probes ask, who have no token.
pub(super) fn probes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/livez", get(async || "ok"))
        .route("/readyz", get(readyz))
}

/// What scrapers ask.
pub(super) fn figures() -> Router<Arc<Shared>> {
    Router::new().route("/metrics", get(metrics))
}

/// Whether queries see everything. Spans are taken in while this still says no: what only sends them need not ask.
async fn readyz(State(shared): State<Arc<Shared>>) -> Result<String, Failure> {
    match &*shared.readiness.borrow() {
        Readiness::Ready => Ok("ok".to_owned()),
        Readiness::QueryOnly(reason) => Ok(format!("ok: only queries are answered: {reason}")),
        Readiness::NotReady(reason) => {
            Err(Failure::new(ErrorKind::Unavailable, format!("not ready: {reason}")))
        }
    }
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Result<Response, Failure> {
    let mut text = String::new();
    encode(&mut text, &shared.registry)
        .map_err(|_| Failure::new(ErrorKind::Internal, "the metrics could not be written"))?;
    Ok(([(CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}
