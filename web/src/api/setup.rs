//! `GET /api/v1/setup/kubernetes`: how a cluster is attached, as `tailplane setup kubernetes` says it, and what may be chosen.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router};
use model::Component;
use model::setup::{Distribution, KubernetesVersion, Protection, Setup, SetupQuery, setup};
use serde::Serialize;

use super::Failure;
use super::parameters::Parameters;
use crate::services::Shared;

const PARAMETERS: [&str; 9] =
    ["version", "distribution", "endpoint", "sampling", "components", "cluster", "tls", "token", "tenant"];

/// What is sampled when nothing is said: as by the command.
const DEFAULT_SAMPLING: &str = "1";

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/setup/kubernetes", get(kubernetes))
}

async fn kubernetes(parameters: Parameters) -> Result<Json<SetupJson>, Failure> {
    let parameters = parameters.only(&PARAMETERS)?;
    let is_asked = PARAMETERS.iter().any(|name| parameters.text(name).is_some());
    let setup = is_asked.then(|| answer(&parameters)).transpose()?;
    Ok(Json(SetupJson { options: OptionsJson::new(), setup }))
}

fn answer(parameters: &Parameters) -> Result<Setup, Failure> {
    let query = SetupQuery {
        kubernetes: needed(parameters, "version")?,
        distribution: needed(parameters, "distribution")?,
        endpoint: needed(parameters, "endpoint")?,
        http_endpoint: None,
        sampling: parsed("sampling", parameters.text("sampling").unwrap_or(DEFAULT_SAMPLING))?,
        protection: Protection {
            tls: parameters.flag("tls")?,
            client_certificate: false,
            token: parameters.flag("token")?,
            tenant: parameters.text("tenant").map(str::to_owned),
        },
        cluster: parameters.text("cluster").map(str::to_owned),
        components: components(parameters.text("components").unwrap_or_default())?,
        etcd: None,
        containerd: None,
        nodes: None,
    };
    setup(&query).map_err(|error| Failure::invalid(error.to_string()))
}

fn needed<T: FromStr<Err: Display>>(parameters: &Parameters, name: &str) -> Result<T, Failure> {
    match parameters.text(name) {
        Some(text) => parsed(name, text),
        None => Err(Failure::invalid(format!("{name} is missing: give version, distribution and endpoint"))),
    }
}

fn parsed<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|error| Failure::invalid(format!("{name}: {error}")))
}

/// Names, parted by commas.
fn components(text: &str) -> Result<Vec<Component>, Failure> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let known = Distribution::Kubeadm.components();
    let component = |name: &str| known.iter().copied().find(|component| component.name() == name);
    names
        .map(|name| {
            component(name).ok_or_else(|| {
                let known: Vec<&str> = known.iter().map(|component| component.name()).collect();
                Failure::invalid(format!("components names {name:?}: write some of {}", known.join(", ")))
            })
        })
        .collect()
}

#[derive(Serialize)]
struct SetupJson {
    options: OptionsJson,
    /// None unless something was asked.
    setup: Option<Setup>,
}

/// What can be chosen.
#[derive(Serialize)]
struct OptionsJson {
    /// The newest last.
    versions: Vec<String>,
    distributions: Vec<DistributionJson>,
}

#[derive(Serialize)]
struct DistributionJson {
    name: &'static str,
    /// Somebody else runs its control plane.
    is_managed: bool,
    /// What it lets send.
    components: Vec<&'static str>,
}

impl OptionsJson {
    fn new() -> Self {
        let distribution = |distribution: Distribution| DistributionJson {
            name: distribution.name(),
            is_managed: distribution.is_managed(),
            components: distribution.components().iter().map(|component| component.name()).collect(),
        };
        Self {
            versions: KubernetesVersion::all().map(|version| version.to_string()).collect(),
            distributions: Distribution::ALL.map(distribution).into(),
        }
    }
}

#[cfg(test)]
mod tests;
