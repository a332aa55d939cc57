//! `GET /api/v1/traces/{trace_id}`: every span of a trace, depth first.

mod answer;
mod request;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use model::request_rows;
use proto::{ErrorKind, Tenant, TraceId, UnixNanos};
use query::trace::{Trace, TraceQuery};

use super::Failure;
use super::parameters::{Parameters, PathText};
use crate::services::Shared;
use answer::TraceJson;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/traces/{trace_id}", get(trace))
}

async fn trace(
    State(shared): State<Arc<Shared>>,
    Extension(tenant): Extension<Tenant>,
    PathText(trace_id): PathText,
    parameters: Parameters,
) -> Result<Response, Failure> {
    let question = question(tenant, &trace_id, parameters, shared.env.now())?;
    let trace = shared.engine.trace(question).await?;
    // A trace may have a hundred thousand spans: too much to write between two other requests.
    let written = shared.env.spawn_blocking(move || written(&trace)).await;
    written.map_err(|error| {
        Failure::new(ErrorKind::Internal, format!("the trace could not be written: {error}"))
    })
}

fn written(trace: &Trace) -> Response {
    let assembled = trace.assembled();
    let requests = request_rows(&assembled, |_| None);
    Json(TraceJson::new(trace, &assembled, &requests.rows)).into_response()
}

fn question(
    tenant: Tenant,
    trace_id: &str,
    parameters: Parameters,
    now: UnixNanos,
) -> Result<TraceQuery, Failure> {
    let parameters = parameters.only(&["t"])?;
    let trace_id: TraceId = trace_id
        .parse()
        .map_err(|error| Failure::invalid(format!("the trace id in the path is wrong: {error}")))?;
    Ok(TraceQuery { tenant, trace_id, near: parameters.time("t", now)? })
}

#[cfg(test)]
mod tests;
