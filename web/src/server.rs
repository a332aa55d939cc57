//! From services to routes to a port.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use door::{Door, Entrance, Exposure, Listener, Server, TlsFiles};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use crate::api::Failure;
use crate::services::Shared;
use crate::{Config, Result, Services, api, assets, guard, headers, metrics};

/// What opens the port to other machines.
const MORE_EXPOSURE: &str = "set door.tokens_file, so that the API asks who is there; `ssh -L` and a reverse proxy that \
                             checks who is there work without it";

/// Serves the API and the UI on `web.listen`, through `door`, until the returned server is stopped.
///
/// # Errors
/// `Invalid` when a setting makes no sense or the address can be reached from other machines, `Unavailable` when it is
/// taken; the message names the key and the way out.
pub async fn start(services: Services, door: &Door) -> Result<Server> {
    services.config.validate()?;
    let listener = listen(&services.config, door).await?;
    Ok(door::serve(listener, router(services), door))
}

async fn listen(config: &Config, door: &Door) -> Result<Listener> {
    let tls = door.tls(&TlsFiles {
        section: "web",
        cert_file: config.tls_cert_file.as_deref(),
        key_file: config.tls_key_file.as_deref(),
        client_ca_file: config.tls_client_ca_file.as_deref(),
    })?;
    let exposure =
        if door.requires_tokens() { Exposure::Any } else { Exposure::Loopback { unless: MORE_EXPOSURE } };
    let entrance = Entrance { address: &config.listen, key: "web.listen", socket_name: "web", exposure, tls };
    let listener = door.listen(entrance).await?;
    if !listener.address().is_local() && !listener.is_encrypted() {
        tracing::warn!(
            address = %listener.address(),
            "web.listen can be reached from other machines without TLS: whoever is in between reads tokens and \
             answers; set web.tls_cert_file and web.tls_key_file"
        );
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
        .merge(api::routes(&shared))
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
