//! `POST /api/v1/parse`: what a TraceQL text is, what is wrong with it and where, and what can be written at the cursor. The
//! page has no parser of its own.

use std::sync::Arc;

use axum::routing::post;
use axum::{Json, Router};
use query::traceql::{Completes, Completion, Position, Query, QueryBody, complete, parse_query};
use serde::{Deserialize, Serialize};

use super::Failure;
use super::body::Asked;
use crate::services::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/parse", post(parse))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ParseRequest {
    text: String,
    /// In bytes, as all positions.
    cursor: Option<usize>,
}

#[derive(Debug, Serialize)]
struct ParsedJson {
    /// `filter`, `spans` or `metrics`; null where the text is no query.
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    canonical: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    needs_whole_trace: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<FaultJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion: Option<CompletionJson>,
}

#[derive(Debug, Serialize)]
struct FaultJson {
    message: String,
    position: PositionJson,
}

#[derive(Debug, Serialize)]
struct PositionJson {
    offset: usize,
    length: usize,
}

#[derive(Debug, Serialize)]
struct CompletionJson {
    what: &'static str,
    /// Whose values or comparisons.
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute: Option<String>,
    /// Words of the language that fit.
    words: Vec<&'static str>,
    replaces: PositionJson,
    /// Spans that meet this have the names and values worth showing.
    filter: String,
}

async fn parse(Asked(request): Asked<ParseRequest>) -> Result<Json<ParsedJson>, Failure> {
    let ParseRequest { text, cursor } = request;
    if let Some(cursor) = cursor.filter(|cursor| !text.is_char_boundary(*cursor)) {
        return Err(Failure::invalid(format!(
            "cursor is {cursor}, which is not between two characters of text"
        )));
    }
    let completion = cursor.map(|cursor| complete(&text, cursor).into());
    Ok(Json(match parse_query(&text) {
        Ok(query) => ParsedJson { completion, ..ParsedJson::of(&query) },
        Err(error) => ParsedJson {
            kind: None,
            canonical: None,
            needs_whole_trace: None,
            attributes: Vec::new(),
            error: Some(FaultJson { message: error.message, position: error.position.into() }),
            completion,
        },
    }))
}

impl ParsedJson {
    fn of(query: &Query) -> Self {
        let kind = match &query.body {
            QueryBody::Metrics(_) => "metrics",
            QueryBody::Spans(_) if query.plain_filter().is_some() => "filter",
            QueryBody::Spans(_) => "spans",
        };
        Self {
            kind: Some(kind),
            canonical: Some(query.to_string()),
            needs_whole_trace: Some(query.needs_whole_trace()),
            attributes: query.attributes().into_iter().map(ToString::to_string).collect(),
            error: None,
            completion: None,
        }
    }
}

impl From<Completion> for CompletionJson {
    fn from(completion: Completion) -> Self {
        let (what, attribute) = match &completion.what {
            Completes::Filter => ("filter", None),
            Completes::Attribute => ("attribute", None),
            Completes::Comparison(attribute) => ("comparison", Some(attribute.to_string())),
            Completes::Value(attribute) => ("value", Some(attribute.to_string())),
            Completes::Connector => ("connector", None),
            Completes::Relation => ("relation", None),
            Completes::Stage => ("stage", None),
            Completes::Hint => ("hint", None),
            Completes::HintValue(hint) => ("hint_value", Some((*hint).to_owned())),
            Completes::Free => ("free", None),
        };
        Self {
            what,
            attribute,
            words: completion.what.words(),
            replaces: completion.replaces.into(),
            filter: completion.scope_filter.to_string(),
        }
    }
}

impl From<Position> for PositionJson {
    fn from(position: Position) -> Self {
        Self { offset: position.offset, length: position.length }
    }
}

#[cfg(test)]
mod tests;
