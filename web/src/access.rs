//! Who may ask: the middleware in front of everything that shows spans or figures.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use door::{Doorkeeper, Principal, Scope};
use http::header::AUTHORIZATION;
use proto::Tenant;

use crate::api::Failure;
use crate::services::Shared;

/// The middleware: 401 or 403 unless the request comes from someone who may read. The tenant that they ask about, and
/// who they are ([`Principal`]), go along as extensions.
pub(crate) async fn readers_only(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    match reader(&shared, &request) {
        Ok((principal, tenant)) => {
            request.extensions_mut().insert(principal);
            request.extensions_mut().insert(tenant);
            next.run(request).await
        }
        Err(error) => Failure::from(error).into_response(),
    }
}

/// By the header `Authorization`, else by the cookie of a session, else as the door says.
fn reader(shared: &Shared, request: &Request) -> door::Result<(Principal, Tenant)> {
    let (extensions, headers) = (request.extensions(), request.headers());
    let session = match extensions.get::<Doorkeeper>() {
        Some(doorkeeper) if !headers.contains_key(AUTHORIZATION) => {
            shared.sessions.find(headers, &shared.env).map(|token| doorkeeper.by_id(&token))
        }
        _ => None,
    };
    let principal = match session {
        Some(principal) => principal?,
        None => door::admit(extensions, headers, Scope::Read)?,
    };
    principal.require(Scope::Read)?;
    let tenant = principal.tenant(headers)?;
    Ok((principal, tenant))
}
