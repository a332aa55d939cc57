//! `POST /api/v1/session`: a token for a cookie, so that the page need not keep the token; `DELETE` ends it.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use door::{Doorkeeper, Scope};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::Failure;
use crate::services::Shared;

/// A token is far shorter.
const BODY_BYTES_MAX: usize = 4 * 1024;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/session", post(open).delete(close))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

/// No `Debug`: it holds a token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenJson {
    token: String,
}

#[derive(Serialize)]
struct SessionJson<'a> {
    name: &'a str,
    scopes: Vec<&'static str>,
}

async fn open(
    State(shared): State<Arc<Shared>>,
    doorkeeper: Option<Extension<Doorkeeper>>,
    body: Result<Json<TokenJson>, JsonRejection>,
) -> Result<Response, Failure> {
    let doorkeeper = match doorkeeper {
        Some(Extension(doorkeeper)) if doorkeeper.requires_tokens() => doorkeeper,
        _ => return Err(Failure::invalid("nobody is asked for a token here: there is no door.tokens_file")),
    };
    // What is wrong with the body is not said: the text may hold the token.
    let Json(TokenJson { token }) = body.map_err(|_| {
        Failure::invalid(r#"the body must be {"token":"..."} with content-type application/json"#)
    })?;
    let (id, principal) = doorkeeper.by_token(token.trim())?;
    principal.require(Scope::Read)?;
    let cookie = shared.sessions.open(id, doorkeeper.is_encrypted(), &shared.env);
    let scopes = principal.scopes().iter().map(|scope| scope.name()).collect();
    Ok(([(SET_COOKIE, cookie)], Json(SessionJson { name: principal.name(), scopes })).into_response())
}

async fn close(
    State(shared): State<Arc<Shared>>,
    doorkeeper: Option<Extension<Doorkeeper>>,
    headers: HeaderMap,
) -> Response {
    let is_encrypted = doorkeeper.is_some_and(|Extension(doorkeeper)| doorkeeper.is_encrypted());
    (StatusCode::NO_CONTENT, [(SET_COOKIE, shared.sessions.close(&headers, is_encrypted))]).into_response()
}
