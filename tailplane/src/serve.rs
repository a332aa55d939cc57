//! `tailplane serve`: builds the rooms in order, prints their addresses, waits, and stops them in reverse.

use std::sync::Arc;
use std::time::Duration;

use door::{Activation, Door};
use ingest::{Ingester, Receivers};
use prometheus_client::registry::Registry;
use query::Engine;
use storage::env::Env;
use storage::ledger::LedgerMetrics;
use storage::{Role, Storage, StorageMetrics, cautions};
use tokio::sync::watch;
use web::{About, Readiness, Services};

use crate::bell::Bell;
use crate::cli::{RoleArg, ServeArgs};
use crate::config::{Config, Settings};
use crate::demo::Demo;
use crate::nodes::Followers;
use crate::rooms;
use crate::{nodes, output, readiness, signals, telemetry};

/// How long requests in flight may take once the end was asked for.
const STOP_GRACE: Duration = Duration::from_secs(10);

/// Runs until Ctrl-C or SIGTERM.
///
/// # Errors
/// When a setting, a port or the data folder cannot be used: the message names it and the way out.
pub(crate) async fn run(arguments: ServeArgs, env: Env) -> anyhow::Result<()> {
    let mut settings = Settings::load(&arguments.settings, Settings::environment())?;
    settings.config.storage.role = match arguments.role {
        RoleArg::All => Role::All,
        RoleArg::Query => Role::Query,
    };
    telemetry::start_log(&settings.config.log)?;
    let stop = signals::stop_requested(&env)?;
    let demo = if arguments.demo { Some(Demo::prepare(&mut settings, env.clone()).await?) } else { None };
    let mut stopped = stop.clone();
    let storage = tokio::select! {
        opened = rooms::open_storage(settings.config.storage.clone(), env.clone()) => opened?,
        // A lease may have to be waited for.
        _asked = stopped.wait_for(|stop| *stop) => return Ok(()),
    };
    for caution in cautions(&settings.config.storage.folder()?) {
        tracing::warn!("{caution}");
    }
    let served = serve(&settings.config, &storage, demo.as_ref(), stop, &env).await;
    storage.stop().await;
    // The demo's folder goes last.
    served.and(demo.map_or(Ok(()), Demo::close))
}

/// Everything above storage, from the ports to the end.
async fn serve(
    config: &Config,
    storage: &Arc<Storage>,
    demo: Option<&Demo>,
    stop: watch::Receiver<bool>,
    env: &Env,
) -> anyhow::Result<()> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(StorageMetrics::new(Arc::clone(storage))));
    registry.register_collector(Box::new(LedgerMetrics::new(storage.ledger().clone())));
    let deriver = Arc::new(query::Deriver::registered(registry.sub_registry_with_prefix("tailplane")));
    let web_metrics = web::Metrics::register(registry.sub_registry_with_prefix("tailplane"));

    let activation = Activation::from_environment(std::env::var("LISTEN_FDNAMES").ok().as_deref());
    let door = Door::new(config.door.clone(), Some(Arc::new(Bell::new(storage, env))), env.clone())?
        .with_activation(activation);
    let ledger = storage.ledger().clone();
    let ingester = Ingester::new(config.ingest.clone(), Arc::clone(storage), ledger, env.clone())?;
    let receivers = Receivers::start(&ingester, &door).await?;
    let engine = Arc::new(Engine::new(config.query.clone(), Arc::clone(storage))?);
    if let Some(path) = config.model.nodes_file.clone() {
        let followers = Followers { engine: Arc::clone(&engine), deriver: Arc::clone(&deriver) };
        nodes::follow(path, followers, stop.clone(), env).await?;
    }
    storage.keep_derived(deriver).await?;
    let (readiness, ready) =
        watch::channel(readiness::of(&storage.replay_progress().borrow(), storage.query_only()));
    let readiness = Arc::new(readiness);
    let (_about, about) = watch::channel(demo.map_or_else(About::default, Demo::about));
    let services = Services {
        config: config.web.clone(),
        engine,
        readiness: ready,
        about,
        registry: Arc::new(registry),
        ledger: storage.ledger().clone(),
        pins: storage.pins().clone(),
        notebooks: storage.notebooks().clone(),
        metrics: web_metrics,
        env: env.clone(),
    };
    let page = web::start(services, &door).await?;

    for (key, address) in [
        ("ingest.grpc_listen", receivers.grpc_address()),
        ("ingest.http_listen", receivers.http_address()),
        ("web.listen", page.address()),
    ] {
        output::answer(&format!("listening {key} {address}"))?;
    }
    let query_only = storage.query_only().map(str::to_owned);
    ingester.set_serving(query_only.is_none());
    let following =
        env.spawn(readiness::follow(storage.replay_progress(), query_only, Arc::clone(&readiness)));
    let ran = match demo {
        Some(demo) => demo.run(receivers.grpc_url(), &page.url(), stop).await,
        None => {
            output::answer(&format!("ready {}/", page.url()))?;
            end_of(storage, stop).await
        }
    };

    tracing::info!("stopping");
    following.abort();
    drop(following.await);
    readiness.send_replace(Readiness::NotReady("stopping".to_owned()));
    ingester.set_serving(false);
    env.sleep(config.ingest.shutdown_delay).await;
    // Spans first: queries can be asked again.
    let (taken, _page_ended) = tokio::join!(receivers.stop(STOP_GRACE), page.stop(STOP_GRACE));
    if !taken {
        tracing::warn!("requests were cut off at the end: their senders were not acknowledged");
    }
    ran
}

/// Returns when it is asked to stop, or has to.
async fn end_of(storage: &Storage, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    tokio::select! {
        // An error means that nobody can ask for the end any more: that is one too.
        _asked = stop.wait_for(|stop| *stop) => Ok(()),
        error = replay_failure(storage) => Err(error.into()),
        error = storage.succeeded() => Err(error.into()),
    }
}

/// Returns when the log turns out to be unreadable: whoever runs this has to decide what becomes of it.
async fn replay_failure(storage: &Storage) -> storage::Error {
    match storage.replayed().await {
        Err(error) if storage.query_only().is_none() => error,
        _ => std::future::pending().await,
    }
}
