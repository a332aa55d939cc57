//! `/api/v1/notebooks`: what people wrote down, each save a revision (`docs/notebooks.md`). Whoever changes something needs a
//! token that may edit.

mod json;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use door::{Principal, Scope};
use http::header::{ETAG, IF_MATCH};
use http::{HeaderMap, StatusCode};
use proto::{ErrorKind, Tenant};
use storage::documents::{Notebook, NotebookId, Saved};

use self::json::{ConflictJson, ListJson, NotebookJson, RevisionsJson, SummaryJson};
use super::Failure;
use super::body::Document;
use super::parameters::{Parameters, PathText};
use crate::notebook::{BuiltIn, built_in};
use crate::services::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/notebooks", get(list).post(create))
        .route("/api/v1/notebooks/{id}", get(one).put(save).delete(remove))
        .route("/api/v1/notebooks/{id}/revisions", get(revisions))
        // How large a notebook may be is said by a setting, and refused in words.
        .layer(DefaultBodyLimit::disable())
}

async fn list(
    State(shared): State<Arc<Shared>>,
    Extension(tenant): Extension<Tenant>,
    parameters: Parameters,
) -> Result<Json<ListJson>, Failure> {
    parameters.only(&[])?;
    let kept = shared.notebooks.list(&tenant).await?;
    let notebooks = built_in().iter().map(SummaryJson::from).chain(kept.into_iter().map(SummaryJson::from));
    Ok(Json(ListJson { notebooks: notebooks.collect(), limit: shared.notebooks.limits().notebooks_max }))
}

async fn create(
    State(shared): State<Arc<Shared>>,
    Extension(principal): Extension<Principal>,
    Extension(tenant): Extension<Tenant>,
    parameters: Parameters,
    document: Document,
) -> Result<Response, Failure> {
    principal.require(Scope::Edit)?;
    parameters.only(&[])?;
    let Document { heading, body } = document;
    let notebook = shared.notebooks.create(&tenant, heading, body).await?;
    Ok((StatusCode::CREATED, answer(&notebook)).into_response())
}

async fn one(
    State(shared): State<Arc<Shared>>,
    Extension(tenant): Extension<Tenant>,
    PathText(id): PathText,
    parameters: Parameters,
) -> Result<Response, Failure> {
    let parameters = parameters.only(&["revision"])?;
    let revision = parameters.count("revision")?.map(|revision| revision as u64);
    let id = match find(&id)? {
        Found::BuiltIn(found) => return Ok(Json(NotebookJson::from(found)).into_response()),
        Found::Kept(id) => id,
    };
    let notebook = shared.notebooks.read(&tenant, id, revision).await?.ok_or_else(|| match revision {
        None => no_such(id),
        Some(revision) => Failure::new(
            ErrorKind::NotFound,
            format!("there is no revision {revision} of notebook {id}: /api/v1/notebooks/{id}/revisions lists those that are kept"),
        ),
    })?;
    Ok(answer(&notebook))
}

async fn save(
    State(shared): State<Arc<Shared>>,
    Extension(principal): Extension<Principal>,
    Extension(tenant): Extension<Tenant>,
    PathText(id): PathText,
    parameters: Parameters,
    headers: HeaderMap,
    document: Document,
) -> Result<Response, Failure> {
    principal.require(Scope::Edit)?;
    parameters.only(&[])?;
    let id = kept(&id)?;
    let expected = expected(&headers)?;
    let Document { heading, body } = document;
    match shared.notebooks.save(&tenant, id, expected, heading, body).await? {
        None => Err(no_such(id)),
        Some(Saved::As(notebook)) => Ok(answer(&notebook)),
        Some(Saved::Conflict(latest)) => {
            Ok((StatusCode::CONFLICT, Json(ConflictJson::new(expected, &latest))).into_response())
        }
    }
}

async fn remove(
    State(shared): State<Arc<Shared>>,
    Extension(principal): Extension<Principal>,
    Extension(tenant): Extension<Tenant>,
    PathText(id): PathText,
    parameters: Parameters,
) -> Result<Json<SummaryJson>, Failure> {
    principal.require(Scope::Edit)?;
    parameters.only(&[])?;
    let id = kept(&id)?;
    let removed = shared.notebooks.remove(&tenant, id).await?;
    removed.map(|removed| Json(removed.into())).ok_or_else(|| no_such(id))
}

async fn revisions(
    State(shared): State<Arc<Shared>>,
    Extension(tenant): Extension<Tenant>,
    PathText(id): PathText,
    parameters: Parameters,
) -> Result<Json<RevisionsJson>, Failure> {
    parameters.only(&[])?;
    let id = kept(&id)?;
    let summary = shared.notebooks.summary(&tenant, id).await?;
    summary.map(|summary| Json(summary.into())).ok_or_else(|| no_such(id))
}

enum Found {
    BuiltIn(&'static BuiltIn),
    Kept(NotebookId),
}

fn find(id: &str) -> Result<Found, Failure> {
    if let Some(found) = built_in().iter().find(|built_in| built_in.id == id) {
        return Ok(Found::BuiltIn(found));
    }
    id.parse().map(Found::Kept).map_err(|error| {
        let names = built_in().iter().map(|built_in| built_in.id.as_str()).collect::<Vec<_>>().join(", ");
        Failure::new(ErrorKind::NotFound, format!("{error}, nor one of the built-in {names}"))
    })
}

/// The id of one that can be changed.
fn kept(id: &str) -> Result<NotebookId, Failure> {
    match find(id)? {
        Found::Kept(id) => Ok(id),
        Found::BuiltIn(found) => Err(Failure::forbidden(&format!(
            "{:?} comes with Tailplane and stays as it is: keep a copy by POST /api/v1/notebooks",
            found.id
        ))),
    }
}

/// The revision that a change is made to, of `If-Match`.
fn expected(headers: &HeaderMap) -> Result<u64, Failure> {
    let given = headers.get(IF_MATCH).ok_or_else(|| {
        Failure::invalid("If-Match is missing: give the revision that was changed, such as If-Match: \"7\"")
    })?;
    let text = given.to_str().unwrap_or_default();
    text.trim_matches('"').parse().map_err(|_| {
        Failure::invalid(format!("If-Match is {text:?}: give the revision that was changed, such as \"7\""))
    })
}

fn no_such(id: NotebookId) -> Failure {
    Failure::new(
        ErrorKind::NotFound,
        format!("there is no notebook {id}: GET /api/v1/notebooks lists those there are"),
    )
}

fn answer(notebook: &Notebook) -> Response {
    ([(ETAG, format!("\"{}\"", notebook.revision))], Json(NotebookJson::from(notebook))).into_response()
}

#[cfg(test)]
mod tests;
