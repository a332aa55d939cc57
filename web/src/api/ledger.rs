//! `GET /api/v1/ledger`: what came in, and what became of it, by minute, tenant and component.

mod answer;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use door::Principal;
use proto::{Tenant, UnixNanos};
use storage::ledger::{Ledger, Question};

use super::Failure;
use super::parameters::Parameters;
use super::times::DEFAULT_RANGE_NS;
use crate::services::Shared;
use answer::LedgerJson;

const PARAMETERS: [&str; 4] = ["start", "end", "tenant", "component"];

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/ledger", get(ledger))
}

async fn ledger(
    State(shared): State<Arc<Shared>>,
    Extension(principal): Extension<Principal>,
    parameters: Parameters,
) -> Result<Response, Failure> {
    let parameters = parameters.only(&PARAMETERS)?;
    let question = question(&parameters, &shared.ledger, shared.env.now())?;
    let sees = |tenant: &str| sees(&principal, tenant);
    if let Some(tenant) = question.tenant.as_deref().filter(|tenant| !sees(tenant)) {
        let message = format!("{} may not see tenant {tenant:?}", principal.name());
        return Err(Failure::forbidden(&message));
    }
    let window = shared.ledger.window(&question).map_err(|not_held| {
        Failure::invalid(format!(
            "start is {}, and the ledger goes back to {} (available_from): it keeps 24 hours, and begins with the process",
            question.start, not_held.available_from
        ))
    })?;
    let raw_data_from =
        |tenant: &str| Tenant::new(tenant).ok().and_then(|tenant| shared.engine.raw_data_from(&tenant));
    let answer = LedgerJson::new(&shared.ledger, &window, &question, sees, raw_data_from);
    Ok(Json(answer).into_response())
}

fn question(parameters: &Parameters, ledger: &Ledger, now: UnixNanos) -> Result<Question, Failure> {
    // The minute that begins now counts too.
    let end = parameters.time("end", now)?.unwrap_or(now + 1);
    let last_hour = || end.saturating_sub(DEFAULT_RANGE_NS).max(ledger.available_from());
    let start = parameters.time("start", now)?.unwrap_or_else(last_hour);
    if start > end {
        return Err(Failure::invalid(format!("start ({start} ns) is after end ({end} ns)")));
    }
    let component = parameters.text("component").map(answer::component).transpose()?;
    Ok(Question { start, end, tenant: parameters.text("tenant").map(str::to_owned), component })
}

/// Whether `principal` may see what is counted for `tenant`; what nobody's tenant is known of is for those who see all.
fn sees(principal: &Principal, tenant: &str) -> bool {
    match Tenant::new(tenant) {
        Ok(tenant) => principal.may_use(&tenant),
        Err(_) => principal.may_use_every_tenant(),
    }
}

#[cfg(test)]
mod tests;
