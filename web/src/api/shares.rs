//! `POST /api/v1/shares`: what requests, or pod starts, spend their time on, by how long they take.

mod answer;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use proto::{Tenant, UnixNanos};
use query::shares::{Of, SharesQuery};
use serde::Deserialize;

use super::Failure;
use super::body::{Asked, Range, Time, filter, range};
use super::times::parse_duration_ns;
use crate::Config;
use crate::services::Shared;
use answer::SharesJson;

/// Groups of an answer when the question does not say.
const GROUPS_DEFAULT: usize = 20;
/// Exemplars of a band when the question does not say, and at most.
const EXEMPLARS_DEFAULT: usize = 3;
const EXEMPLARS_MAX: usize = 20;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/shares", post(shares))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SharesRequest {
    #[serde(default)]
    of: OfJson,
    q: Option<String>,
    start: Option<Time>,
    end: Option<Time>,
    baseline: Option<Range>,
    #[serde(default)]
    by: Vec<String>,
    step: Option<String>,
    limit: Option<usize>,
    exemplars: Option<usize>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OfJson {
    #[default]
    Requests,
    PodStarts,
}

async fn shares(
    State(shared): State<Arc<Shared>>,
    Extension(tenant): Extension<Tenant>,
    Asked(request): Asked<SharesRequest>,
) -> Result<Response, Failure> {
    let question = question(tenant, request, &shared.config, shared.env.now())?;
    let by = question.by.clone();
    let answer = shared.engine.shares(question).await?;
    Ok(Json(SharesJson::new(&answer, &by)).into_response())
}

fn question(
    tenant: Tenant,
    request: SharesRequest,
    config: &Config,
    now: UnixNanos,
) -> Result<SharesQuery, Failure> {
    if request.by.len() > config.by_max {
        return Err(Failure::invalid(format!(
            "by has {} entries, more than the {} of web.by_max",
            request.by.len(),
            config.by_max
        )));
    }
    let exemplars = request.exemplars.unwrap_or(EXEMPLARS_DEFAULT);
    if exemplars > EXEMPLARS_MAX {
        return Err(Failure::invalid(format!("exemplars is {exemplars}: at most {EXEMPLARS_MAX} are given")));
    }
    Ok(SharesQuery {
        tenant,
        of: match request.of {
            OfJson::Requests => Of::Requests,
            OfJson::PodStarts => Of::PodStarts,
        },
        filter: filter("q", request.q.as_deref())?,
        range: range(request.start.as_ref(), request.end.as_ref(), now)?,
        baseline_range: request.baseline.as_ref().map(|baseline| baseline.read(now)).transpose()?,
        by: request.by,
        step_ns: request.step.as_deref().map(|step| parse_duration_ns("step", step)).transpose()?,
        limit: request.limit.unwrap_or(GROUPS_DEFAULT),
        exemplars,
    })
}

#[cfg(test)]
mod tests;
