//! `/api/v1/pins`: which traces outlive retention. `GET` lists them; `GET`, `PUT` and `DELETE /api/v1/pins/{trace_id}` ask for,
//! pin and unpin one. Whoever changes something needs a token that may edit.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Json, Router};
use door::{Principal, Scope};
use proto::{ErrorKind, Tenant, TraceId, UnixNanos};
use serde::Serialize;
use storage::documents::Pin;

use super::Failure;
use super::json::Text;
use super::parameters::{Parameters, PathText};
use crate::services::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/pins", get(list))
        .route("/api/v1/pins/{trace_id}", get(one).put(pin).delete(unpin))
}

async fn list(
    State(shared): State<Arc<Shared>>,
    Extension(tenant): Extension<Tenant>,
    parameters: Parameters,
) -> Result<Json<PinsJson>, Failure> {
    parameters.only(&[])?;
    let pins = shared.pins.list(&tenant).await?;
    Ok(Json(PinsJson { pins: pins.iter().map(PinJson::new).collect(), limit: shared.pins.limit() }))
}

async fn one(
    State(shared): State<Arc<Shared>>,
    Extension(tenant): Extension<Tenant>,
    PathText(trace_id): PathText,
    parameters: Parameters,
) -> Result<Json<PinJson>, Failure> {
    let trace_id = asked(&trace_id, parameters)?;
    let pins = shared.pins.list(&tenant).await?;
    let found = pins.iter().find(|pin| pin.trace_id == trace_id);
    found.map(|pin| Json(PinJson::new(pin))).ok_or_else(|| not_pinned(trace_id))
}

async fn pin(
    State(shared): State<Arc<Shared>>,
    Extension(principal): Extension<Principal>,
    Extension(tenant): Extension<Tenant>,
    PathText(trace_id): PathText,
    parameters: Parameters,
) -> Result<Json<PinJson>, Failure> {
    principal.require(Scope::Edit)?;
    let trace_id = asked(&trace_id, parameters)?;
    Ok(Json(PinJson::new(&shared.pins.pin(&tenant, trace_id).await?)))
}

async fn unpin(
    State(shared): State<Arc<Shared>>,
    Extension(principal): Extension<Principal>,
    Extension(tenant): Extension<Tenant>,
    PathText(trace_id): PathText,
    parameters: Parameters,
) -> Result<Json<PinJson>, Failure> {
    principal.require(Scope::Edit)?;
    let trace_id = asked(&trace_id, parameters)?;
    let found = shared.pins.unpin(&tenant, trace_id).await?;
    found.map(|pin| Json(PinJson::new(&pin))).ok_or_else(|| not_pinned(trace_id))
}

fn asked(trace_id: &str, parameters: Parameters) -> Result<TraceId, Failure> {
    parameters.only(&[])?;
    trace_id.parse().map_err(|error| Failure::invalid(format!("the trace id in the path is wrong: {error}")))
}

fn not_pinned(trace_id: TraceId) -> Failure {
    Failure::new(ErrorKind::NotFound, format!("trace {trace_id} is not pinned"))
}

#[derive(Serialize)]
struct PinsJson {
    pins: Vec<PinJson>,
    /// So many may be pinned, of all tenants together.
    limit: usize,
}

#[derive(Serialize)]
struct PinJson {
    trace_id: Text<TraceId>,
    pinned_at: Text<UnixNanos>,
}

impl PinJson {
    const fn new(pin: &Pin) -> Self {
        Self { trace_id: Text(pin.trace_id), pinned_at: Text(pin.pinned_at) }
    }
}

#[cfg(test)]
mod tests;
