//! `GET /api/v1/latency`: quantiles over time by group, each point with real spans as exemplars.

mod answer;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use http::HeaderMap;
use proto::{Tenant, UnixNanos};
use query::latency::{LatencyQuery, Of, SlotInstant, Step};

use super::Failure;
use super::parameters::Parameters;
use super::rows_file::rows_file;
use super::times::parse_duration_ns;
use crate::Config;
use crate::services::Shared;
use answer::LatencyJson;

const PARAMETERS: [&str; 14] = [
    "q",
    "of",
    "start",
    "end",
    "step",
    "slots",
    "quantiles",
    "above",
    "heatmap",
    "total",
    "by",
    "exemplars",
    "limit",
    "explain",
];

/// What rows of points cannot say.
const NOT_IN_FILES: [&str; 4] = ["explain", "heatmap", "total", "above"];

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/latency", get(latency))
}

async fn latency(
    State(shared): State<Arc<Shared>>,
    Extension(tenant): Extension<Tenant>,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, Failure> {
    let is_explained = parameters.flag("explain")?;
    let file = rows_file(&headers);
    if let Some(file) = file
        && let Some(name) = NOT_IN_FILES.into_iter().find(|name| parameters.text(name).is_some())
    {
        return Err(Failure::invalid(format!(
            "{name} has no place in {}: ask for application/json",
            file.media
        )));
    }
    let (question, by) = question(parameters, &shared.config, shared.env.now())?;
    let question = LatencyQuery { tenant, ..question };
    let answer = shared.engine.latency(question).await?;
    if let Some(file) = file {
        return Ok(file.response(answer.encoded(&by, file.format)?));
    }
    let explanation = is_explained.then(|| answer.explanation.to_string());
    Ok(Json(LatencyJson::new(&answer, &by, explanation.as_deref())).into_response())
}

/// The question, and the texts of its `by`.
fn question(
    parameters: Parameters,
    config: &Config,
    now: UnixNanos,
) -> Result<(LatencyQuery, Vec<String>), Failure> {
    let parameters = parameters.only(&PARAMETERS)?;
    let range = parameters.range(now)?;
    let mut question = LatencyQuery::new(parameters.filter()?, range.start, range.end);
    let (texts, attributes) = parameters.by(config.by_max)?.into_iter().unzip();
    question.by = attributes;
    question.of = of(&parameters)?;
    question.step = step(&parameters)?;
    question.slots = slots(&parameters)?;
    question.quantiles = parameters.quantiles(config.quantiles_max)?.unwrap_or(question.quantiles);
    question.above_ns = above(&parameters)?;
    question.heatmap = parameters.flag("heatmap")?;
    question.total = parameters.flag("total")?;
    question.exemplars = parameters.count("exemplars")?.unwrap_or(question.exemplars);
    question.limit = parameters.count("limit")?.unwrap_or(question.limit);
    Ok((question, texts))
}

fn of(parameters: &Parameters) -> Result<Of, Failure> {
    match parameters.text("of") {
        None | Some("spans") => Ok(Of::Spans),
        Some("requests") => Ok(Of::Requests),
        Some("pod_starts") => Ok(Of::PodStarts),
        Some(text) => Err(Failure::invalid(format!("of is {text:?}: write spans, requests or pod_starts"))),
    }
}

fn step(parameters: &Parameters) -> Result<Step, Failure> {
    match parameters.text("step") {
        None | Some("auto") => Ok(Step::Auto),
        Some(text) => parse_duration_ns("step", text).map(Step::Nanos),
    }
}

fn slots(parameters: &Parameters) -> Result<SlotInstant, Failure> {
    match parameters.text("slots") {
        None | Some("end") => Ok(SlotInstant::End),
        Some("start") => Ok(SlotInstant::Start),
        Some(text) => Err(Failure::invalid(format!("slots is {text:?}: write end or start"))),
    }
}

/// Durations, parted by commas.
fn above(parameters: &Parameters) -> Result<Vec<u64>, Failure> {
    let texts = parameters.text("above").unwrap_or_default().split(',').map(str::trim);
    texts.filter(|text| !text.is_empty()).map(|text| parse_duration_ns("above", text)).collect()
}

#[cfg(test)]
mod tests;
