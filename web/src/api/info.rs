//! `GET /api/v1/info`: what this process is, and which time range is worth opening at.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Json, Router};
use proto::{Tenant, UnixNanos};
use serde::Serialize;

use super::Failure;
use super::json::Text;
use super::parameters::Parameters;
use crate::services::{About, Readiness, Shared};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/info", get(info))
}

async fn info(
    State(shared): State<Arc<Shared>>,
    Extension(tenant): Extension<Tenant>,
    parameters: Parameters,
) -> Result<Json<InfoJson>, Failure> {
    parameters.only(&[])?;
    let About { demo, banner, start_hint, end_hint } = shared.about.borrow().clone();
    let query_only = match &*shared.readiness.borrow() {
        Readiness::QueryOnly(reason) => Some(reason.clone()),
        Readiness::Ready | Readiness::NotReady(_) => None,
    };
    Ok(Json(InfoJson {
        version: env!("CARGO_PKG_VERSION"),
        demo,
        banner,
        query_only,
        now: Text(shared.env.now()),
        start_hint: start_hint.map(Text),
        end_hint: end_hint.map(Text),
        raw_data_from: shared.engine.raw_data_from(&tenant).map(Text),
    }))
}

#[derive(Serialize)]
struct InfoJson {
    version: &'static str,
    demo: bool,
    banner: Option<String>,
    /// Why spans are refused, if they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    query_only: Option<String>,
    now: Text<UnixNanos>,
    start_hint: Option<Text<UnixNanos>>,
    end_hint: Option<Text<UnixNanos>>,
    /// The earliest arrival of the tenant's spans that are still there.
    raw_data_from: Option<Text<UnixNanos>>,
}
