//! `POST /api/v1/compare`: what makes some spans, requests or pod starts different from the rest.

mod answer;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use proto::{Tenant, UnixNanos};
use query::compare::{CompareQuery, Of};
use serde::Deserialize;

use super::Failure;
use super::body::{Asked, Range, Time, filter, range};
use crate::services::Shared;
use answer::CompareJson;

/// Findings of an answer when the question does not say.
const FINDINGS_DEFAULT: usize = 20;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/compare", post(compare))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CompareRequest {
    #[serde(default)]
    of: OfJson,
    q: Option<String>,
    selection: String,
    start: Option<Time>,
    end: Option<Time>,
    baseline: Option<Range>,
    limit: Option<usize>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OfJson {
    #[default]
    Spans,
    Requests,
    PodStarts,
}

async fn compare(
    State(shared): State<Arc<Shared>>,
    Extension(tenant): Extension<Tenant>,
    Asked(request): Asked<CompareRequest>,
) -> Result<Response, Failure> {
    let question = question(tenant, &request, shared.env.now())?;
    let answer = shared.engine.compare(question).await?;
    Ok(Json(CompareJson::new(&answer)).into_response())
}

fn question(tenant: Tenant, request: &CompareRequest, now: UnixNanos) -> Result<CompareQuery, Failure> {
    Ok(CompareQuery {
        tenant,
        of: match request.of {
            OfJson::Spans => Of::Spans,
            OfJson::Requests => Of::Requests,
            OfJson::PodStarts => Of::PodStarts,
        },
        scope: filter("q", request.q.as_deref())?,
        selection: filter("selection", Some(&request.selection))?,
        range: range(request.start.as_ref(), request.end.as_ref(), now)?,
        baseline_range: request.baseline.as_ref().map(|baseline| baseline.read(now)).transpose()?,
        limit: request.limit.unwrap_or(FINDINGS_DEFAULT),
    })
}

#[cfg(test)]
mod tests;
