//! Browsers that export from pages of other origins: off unless `ingest.cors_allowed_origins` names some.

use std::time::Duration;

use http::{HeaderValue, Method, header};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// How long a browser remembers what it may.
const MAX_AGE: Duration = Duration::from_secs(2 * 60 * 60);

/// The layer for pages of `allowed` origins, in which `*` stands for any characters; `None` when there are none.
pub(crate) fn layer(allowed: &[String]) -> Option<CorsLayer> {
    if allowed.is_empty() {
        return None;
    }
    let allowed = allowed.to_vec();
    let is_allowed = move |origin: &HeaderValue| {
        let origin = origin.to_str().unwrap_or_default();
        allowed.iter().any(|pattern| matches(pattern, origin))
    };
    Some(
        CorsLayer::new()
            .allow_origin(AllowOrigin::predicate(move |origin, _head| is_allowed(origin)))
            .allow_methods([Method::POST])
            // Exporters add headers as they are configured: tokens, tenants, trace context.
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers([header::RETRY_AFTER])
            .max_age(MAX_AGE),
    )
}

fn matches(pattern: &str, origin: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == origin,
        Some((before, behind)) => {
            origin.len() >= before.len() + behind.len()
                && origin.starts_with(before)
                && origin.ends_with(behind)
        }
    }
}

#[cfg(test)]
mod tests;
