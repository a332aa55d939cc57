//! From services to routes to a port.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use door::{Door, Exposure, Listener, Server};
use proto::ErrorKind;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use crate::api::Failure;
use crate::services::Shared;
use crate::{Error, Result, Services, api, assets, guard, headers, metrics};

/// Serves the API and the UI on `web.listen`, through `door`, until the returned server is stopped.
///
/// # Errors
/// `Invalid` when a setting makes no sense or the address can be reached from other machines, `Unavailable` when it is
/// taken; the message names the key and the way out.
pub async fn start(services: Services, door: &Door) -> Result<Server> {
    services.config.validate()?;
    let listener = listen(&services.config.listen).await?;
    Ok(door::serve(listener, router(services), door))
}

async fn listen(listen: &str) -> Result<Listener> {
    let listener = Listener::bind(listen, "web.listen", Exposure::Any).await?;
    let address = listener.local_address();
    // Nothing that arrived until here is answered: the listener ends with this error.
    if !address.ip().is_loopback() {
        let port = address.port();
        return Err(Error::new(
            ErrorKind::Invalid,
            format!(
                "web.listen = {listen} can be reached from other machines, and the API does not ask who is there; \
                 listen on 127.0.0.1:{port} and reach it with `ssh -L {port}:127.0.0.1:{port}`, or through a \
                 reverse proxy that checks who is there"
            ),
        ));
    }
    Ok(listener)
}

/// The API and the UI, without a port.
pub fn router(services: Services) -> Router {
    routes(Arc::new(services.into()))
}

pub(crate) fn routes(shared: Arc<Shared>) -> Router {
    // The last layer is the outermost.
    Router::new()
        .merge(api::routes())
        .fallback(assets::serve)
        .method_not_allowed_fallback(async || Failure::method_not_allowed())
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(from_fn_with_state(Arc::clone(&shared), guard::own_pages_only))
        .layer(from_fn(headers::harden))
        .layer(from_fn_with_state(Arc::clone(&shared), metrics::observe))
        .with_state(shared)
}

#[cfg(test)]
mod tests;
