//! `GET /api/v1/senders`: who sends, who tried to, and what to do about it.

mod advice;

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Json, Router};
use door::Principal;
use model::Component;
use proto::{Tenant, UnixNanos};
use serde::Serialize;
use storage::ledger::{SENDERS_MAX, Sender};

use super::Failure;
use super::json::Text;
use super::parameters::Parameters;
use crate::services::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/senders", get(senders))
}

async fn senders(
    State(shared): State<Arc<Shared>>,
    Extension(principal): Extension<Principal>,
    parameters: Parameters,
) -> Result<Json<SendersJson>, Failure> {
    parameters.only(&[])?;
    let sees = |sender: &Sender| match sender.tenant.as_deref().map(Tenant::new) {
        Some(Ok(tenant)) => principal.may_use(&tenant),
        _ => principal.may_use_every_tenant(),
    };
    let list = shared.ledger.senders();
    let senders = list.into_iter().filter(sees).map(SenderJson::from).collect();
    Ok(Json(SendersJson { senders_max: SENDERS_MAX, now: Text(shared.env.now()), senders }))
}

#[derive(Serialize)]
struct SendersJson {
    /// So many are listed at most.
    senders_max: usize,
    now: Text<UnixNanos>,
    senders: Vec<SenderJson>,
}

#[derive(Serialize)]
struct SenderJson {
    address: String,
    user_agent: String,
    protocol: String,
    component: Option<&'static str>,
    tenant: Option<String>,
    first_seen: Text<UnixNanos>,
    last_seen: Text<UnixNanos>,
    requests: u64,
    refused: u64,
    spans: u64,
    outcome: &'static str,
    clock_offset_ms: Option<i64>,
    advice: &'static str,
}

impl From<Sender> for SenderJson {
    fn from(sender: Sender) -> Self {
        let advice = advice::of(&sender);
        Self {
            address: sender.id.address,
            user_agent: sender.id.user_agent,
            protocol: sender.id.protocol,
            component: sender.id.component.map(Component::name),
            tenant: sender.tenant,
            first_seen: Text(sender.first_seen),
            last_seen: Text(sender.last_seen),
            requests: sender.requests,
            refused: sender.refused,
            spans: sender.spans,
            outcome: sender.outcome,
            clock_offset_ms: sender.clock_offset_ns.map(|offset| offset / 1_000_000),
            advice,
        }
    }
}

#[cfg(test)]
mod tests;
