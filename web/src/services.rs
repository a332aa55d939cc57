//! What the command hands to this room, and what handlers share.

use std::sync::Arc;

use prometheus_client::registry::Registry;
use proto::UnixNanos;
use storage::documents::{Notebooks, Pins};
use storage::env::Env;
use storage::ledger::Ledger;
use tokio::sync::watch;

use crate::assets::Assets;
use crate::engine::Questions;
use crate::sessions::Sessions;
use crate::{Config, Metrics};

/// Whether the process can do its work, and why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It can.
    Ready,
    /// It answers queries and refuses spans, for this reason.
    QueryOnly(String),
    /// Not now, for this reason, such as `replaying the write-ahead log`.
    NotReady(String),
}

/// What the page is told about this process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// Whether this is `serve --demo`.
    pub demo: bool,
    /// A line to show above everything.
    pub banner: Option<String>,
    /// The time range worth opening at, if one is.
    pub start_hint: Option<UnixNanos>,
    /// The end of that range.
    pub end_hint: Option<UnixNanos>,
}

/// Everything this room needs from others.
#[derive(Debug, Clone)]
pub struct Services {
    /// `[web]`.
    pub config: Config,
    /// Answers the questions.
    pub engine: Arc<query::Engine>,
    /// What `/readyz` says.
    pub readiness: watch::Receiver<Readiness>,
    /// What `/api/v1/info` says.
    pub about: watch::Receiver<About>,
    /// What `/metrics` shows, all rooms' figures.
    pub registry: Arc<Registry>,
    /// What came in, and what became of it.
    pub ledger: Ledger,
    /// Which traces outlive retention.
    pub pins: Pins,
    /// What people wrote down.
    pub notebooks: Notebooks,
    /// Where requests are counted; registered in `registry`.
    pub metrics: Metrics,
    /// Time and tasks.
    pub env: Env,
}

/// What handlers share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) engine: Arc<dyn Questions>,
    pub(crate) readiness: watch::Receiver<Readiness>,
    pub(crate) about: watch::Receiver<About>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) ledger: Ledger,
    pub(crate) pins: Pins,
    pub(crate) notebooks: Notebooks,
    pub(crate) metrics: Metrics,
    pub(crate) env: Env,
    pub(crate) assets: Assets,
    pub(crate) sessions: Sessions,
}

impl From<Services> for Shared {
    fn from(services: Services) -> Self {
        let Services { config, engine, readiness, about, registry, ledger, pins, notebooks, metrics, env } =
            services;
        let (assets, sessions) = (Assets::embedded(), Sessions::new(&config));
        Self {
            config,
            engine,
            readiness,
            about,
            registry,
            ledger,
            pins,
            notebooks,
            metrics,
            env,
            assets,
            sessions,
        }
    }
}
