//! The JSON API: from a URL to a typed question, from an answer to JSON. No handler decides anything else.

mod attributes;
mod body;
mod compare;
mod failure;
mod health;
mod info;
mod json;
mod latency;
mod ledger;
mod live;
mod notebooks;
mod parameters;
mod parse;
mod pins;
mod queries;
mod rows_file;
mod senders;
mod session;
mod setup;
mod shares;
mod streamed;
mod times;
mod traces;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use http::HeaderMap;
use http::header::ACCEPT;

pub(crate) use failure::Failure;

use crate::access;
use crate::services::Shared;

/// Every route of the API and of the probes. Whoever may not read is answered by the probes and may log in.
pub(crate) fn routes(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    let may_be_slow = Router::new()
        .merge(latency::routes())
        .merge(compare::routes())
        .merge(queries::routes())
        .merge(shares::routes())
        .route_layer(from_fn_with_state(Arc::clone(shared), streamed::streamed));
    let for_readers = may_be_slow
        .merge(traces::routes())
        .merge(parse::routes())
        .merge(ledger::routes())
        .merge(live::routes())
        .merge(pins::routes())
        .merge(notebooks::routes())
        .merge(senders::routes())
        .merge(setup::routes())
        .merge(attributes::routes())
        .merge(info::routes())
        .merge(health::figures())
        .route_layer(from_fn_with_state(Arc::clone(shared), access::readers_only));
    for_readers.merge(session::routes()).merge(health::probes())
}

/// Whether a path, without its leading slash, can only be meant for the API.
pub(crate) fn is_under(path: &str) -> bool {
    path.strip_prefix("api").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether whoever sent `headers` takes answers of the type `media`, and says so.
fn accepts(headers: &HeaderMap, media: &str) -> bool {
    let accepted = headers.get_all(ACCEPT).iter();
    accepted.filter_map(|accepted| accepted.to_str().ok()).any(|accepted| accepted.contains(media))
}

#[cfg(test)]
mod tests;
