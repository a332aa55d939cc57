//! The JSON API: from a URL to a typed question, from an answer to JSON. No handler decides anything else.

mod attributes;
mod failure;
mod health;
mod info;
mod json;
mod latency;
mod parameters;
mod times;
mod traces;

use std::sync::Arc;

use axum::Router;

pub(crate) use failure::Failure;

use crate::services::Shared;

/// Every route of the API and of the probes.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .merge(latency::routes())
        .merge(traces::routes())
        .merge(attributes::routes())
        .merge(info::routes())
        .merge(health::routes())
}

/// Whether a path, without its leading slash, can only be meant for the API.
pub(crate) fn is_under(path: &str) -> bool {
    path.strip_prefix("api").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
