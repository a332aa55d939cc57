//! `GET /api/v1/attributes` and `/api/v1/attributes/{name}/values`: what one can filter and group by.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use proto::{Tenant, UnixNanos};
use query::attributes::{AttributeValuesQuery, AttributesQuery};
use serde::Serialize;

use super::Failure;
use super::json::StatsJson;
use super::parameters::{Parameters, PathText, attribute};
use crate::services::Shared;

/// Values of an answer when the request does not say.
const VALUES_DEFAULT: usize = 50;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/attributes", get(names))
        .route("/api/v1/attributes/{name}/values", get(values))
}

async fn names(
    State(shared): State<Arc<Shared>>,
    Extension(tenant): Extension<Tenant>,
    parameters: Parameters,
) -> Result<Response, Failure> {
    let parameters = parameters.only(&["q", "start", "end"])?;
    let range = parameters.range(shared.env.now())?;
    let question = AttributesQuery { tenant, filter: parameters.filter()?, range };
    let answer = shared.engine.attributes(question).await?;
    let attributes = answer.attributes.iter().map(|found| NameJson {
        name: &found.name,
        scope: found.scope,
        value_type: found.value_type,
        count: found.count,
        distinct: found.distinct,
    });
    Ok(Json(NamesJson { attributes: attributes.collect(), stats: (&answer.stats).into() }).into_response())
}

async fn values(
    State(shared): State<Arc<Shared>>,
    Extension(tenant): Extension<Tenant>,
    PathText(name): PathText,
    parameters: Parameters,
) -> Result<Response, Failure> {
    let question = values_question(tenant, &name, parameters, shared.env.now())?;
    let answer = shared.engine.attribute_values(question).await?;
    let values = answer.values.iter().map(|found| ValueJson {
        value: &found.text,
        value_type: found.value_type,
        count: found.count,
    });
    let values = values.collect();
    let answer = ValuesJson { values, truncated: answer.truncated, stats: (&answer.stats).into() };
    Ok(Json(answer).into_response())
}

fn values_question(
    tenant: Tenant,
    name: &str,
    parameters: Parameters,
    now: UnixNanos,
) -> Result<AttributeValuesQuery, Failure> {
    let parameters = parameters.only(&["q", "start", "end", "prefix", "limit"])?;
    Ok(AttributeValuesQuery {
        tenant,
        attribute: attribute("the path", name)?,
        filter: parameters.filter()?,
        range: parameters.range(now)?,
        prefix: parameters.text("prefix").unwrap_or_default().to_owned(),
        limit: parameters.count("limit")?.unwrap_or(VALUES_DEFAULT),
    })
}

#[derive(Serialize)]
struct NamesJson<'a> {
    attributes: Vec<NameJson<'a>>,
    stats: StatsJson,
}

#[derive(Serialize)]
struct NameJson<'a> {
    name: &'a str,
    scope: &'static str,
    #[serde(rename = "type")]
    value_type: &'static str,
    count: u64,
    distinct: Option<u64>,
}

#[derive(Serialize)]
struct ValuesJson<'a> {
    values: Vec<ValueJson<'a>>,
    truncated: bool,
    stats: StatsJson,
}

#[derive(Serialize)]
struct ValueJson<'a> {
    value: &'a str,
    #[serde(rename = "type")]
    value_type: &'static str,
    count: u64,
}

#[cfg(test)]
mod tests;
