//! `POST /api/v1/query`: TraceQL over whole traces, series, and read-only SQL, whose rows may also be taken as a file.

mod series;
mod sql;
mod traces;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use http::HeaderMap;
use proto::{Tenant, TimeRange, UnixNanos};
use query::search::{SearchQuery, SeriesQuery};
use query::traceql::{Query, QueryBody, parse_query};
use serde::Deserialize;

use super::Failure;
use super::body::{Asked, Time, range};
use super::rows_file::{RowsFile, rows_file};
use super::times::parse_duration_ns;
use crate::services::Shared;
use series::SeriesJson;
use sql::SqlJson;
use traces::TracesJson;

/// Traces of an answer, and spans of each of their spansets, when the question does not say.
const TRACES_DEFAULT: usize = 20;
const SPANS_DEFAULT: usize = 3;
/// At most.
const TRACES_MAX: usize = 1000;
const SPANS_MAX: usize = 1000;
/// So many slots are aimed at when the question does not say how long they are.
const SLOTS_AIM: u64 = 60;
const SECOND_NS: u64 = 1_000_000_000;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/query", post(answer))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryRequest {
    lang: Language,
    text: String,
    start: Option<Time>,
    end: Option<Time>,
    step: Option<String>,
    limit: Option<usize>,
    spans_per_spanset: Option<usize>,
    exemplars: Option<usize>,
    #[serde(default)]
    explain: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Language {
    Traceql,
    Sql,
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    Extension(tenant): Extension<Tenant>,
    headers: HeaderMap,
    Asked(request): Asked<QueryRequest>,
) -> Result<Response, Failure> {
    let file = rows_file(&headers);
    match request.lang {
        Language::Sql => {
            if request.explain {
                let message = "explain is for TraceQL: begin the text with EXPLAIN ANALYZE";
                return Err(Failure::invalid(message));
            }
            let answer = shared.engine.sql(tenant, request.text).await?;
            match file {
                Some(file) => Ok(file.response(answer.encoded(file.format)?)),
                None => Ok(Json(SqlJson::new(&answer, answer.rows()?)).into_response()),
            }
        }
        Language::Traceql => match file {
            Some(RowsFile { media, .. }) => Err(Failure::invalid(format!(
                "{media} is for SQL: traces and series come as application/json"
            ))),
            None => traceql(&shared, tenant, &request).await,
        },
    }
}

async fn traceql(shared: &Shared, tenant: Tenant, request: &QueryRequest) -> Result<Response, Failure> {
    let query = parse_query(&request.text).map_err(query::Error::from)?;
    let range = range(request.start.as_ref(), request.end.as_ref(), shared.env.now())?;
    if matches!(query.body, QueryBody::Metrics(_)) {
        let question = series_question(tenant, query, range, request)?;
        let answer = shared.engine.series(question).await?;
        let explanation = request.explain.then(|| answer.explanation.to_string());
        return Ok(Json(SeriesJson::new(&answer, explanation.as_deref())).into_response());
    }
    if let Some(step) = &request.step {
        return Err(Failure::invalid(format!(
            "step is {step:?}, and the query asks for traces, which have none: end it with | rate(), say"
        )));
    }
    let answer = shared.engine.search(search_question(tenant, query, range, request)?).await?;
    let explanation = request.explain.then(|| answer.explanation.to_string());
    Ok(Json(TracesJson::new(&answer, explanation.as_deref())).into_response())
}

fn search_question(
    tenant: Tenant,
    query: Query,
    range: TimeRange,
    request: &QueryRequest,
) -> Result<SearchQuery, Failure> {
    Ok(SearchQuery {
        tenant,
        query,
        range,
        limit: at_most("limit", request.limit.unwrap_or(TRACES_DEFAULT), TRACES_MAX)?,
        spans_per_spanset: at_most(
            "spans_per_spanset",
            request.spans_per_spanset.unwrap_or(SPANS_DEFAULT),
            SPANS_MAX,
        )?,
    })
}

fn series_question(
    tenant: Tenant,
    query: Query,
    range: TimeRange,
    request: &QueryRequest,
) -> Result<SeriesQuery, Failure> {
    let step_ns = match &request.step {
        Some(step) => parse_duration_ns("step", step)?,
        None => (range.duration_ns() / SLOTS_AIM).next_multiple_of(SECOND_NS).max(SECOND_NS),
    };
    Ok(SeriesQuery { tenant, query, range, step_ns, exemplars: request.exemplars.unwrap_or(1) })
}

fn at_most(name: &str, count: usize, most: usize) -> Result<usize, Failure> {
    if count <= most {
        return Ok(count);
    }
    Err(Failure::invalid(format!("{name} is {count}: at most {most}")))
}

/// How much of what could be in an answer was looked at.
#[derive(serde::Serialize)]
struct LookedAtJson {
    traces: u64,
    has_more: bool,
    cut_traces: u64,
}

impl From<query::search::LookedAt> for LookedAtJson {
    fn from(looked_at: query::search::LookedAt) -> Self {
        let query::search::LookedAt { traces, has_more, cut_traces } = looked_at;
        Self { traces, has_more, cut_traces }
    }
}

/// A time as answers have it.
type TimeText = super::json::Text<UnixNanos>;

#[cfg(test)]
mod tests;
