//! `tailplane pin`, `unpin` and `pins`: traces that outlive retention.

use http::Method;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use storage::env::Env;

use crate::cli::{PinArgs, PinsArgs, SourceArgs, UnpinArgs};
use crate::source::Source;
use crate::{format, output, time};

const PATH: &str = "/api/v1/pins";

#[derive(Debug, Deserialize)]
struct PinJson {
    trace_id: String,
    /// Nanoseconds since the Unix epoch.
    pinned_at: String,
}

#[derive(Debug, Deserialize)]
struct PinsJson {
    pins: Vec<PinJson>,
    limit: u64,
}

/// Pins a trace.
///
/// # Errors
/// When there is nobody to ask, or as many are pinned as may be.
pub(crate) async fn pin(arguments: &PinArgs, env: Env) -> anyhow::Result<()> {
    let path = format!("{PATH}/{}", arguments.trace_id);
    let source = Source::open(&arguments.source, env).await?;
    let pinned: anyhow::Result<PinJson> = source.ask(Method::PUT, &path).await;
    let is_here = source.get::<IgnoredAny>(&format!("/api/v1/traces/{}", arguments.trace_id)).await.is_ok();
    source.close().await;
    output::answer(&format!("pinned {}", pinned?.trace_id))?;
    if !is_here {
        output::note("no span of it is here now: what arrives later is kept");
    }
    Ok(())
}

/// Unpins a trace.
///
/// # Errors
/// When there is nobody to ask, or it is not pinned.
pub(crate) async fn unpin(arguments: &UnpinArgs, env: Env) -> anyhow::Result<()> {
    let path = format!("{PATH}/{}", arguments.trace_id);
    let pin: PinJson = ask(&arguments.source, Method::DELETE, &path, env).await?;
    Ok(output::answer(&format!("unpinned {}", pin.trace_id))?)
}

/// Lists what is pinned.
///
/// # Errors
/// When there is nobody to ask.
pub(crate) async fn list(arguments: &PinsArgs, env: Env) -> anyhow::Result<()> {
    let PinsJson { pins, limit } = ask(&arguments.source, Method::GET, PATH, env).await?;
    for pin in &pins {
        output::answer(&format!("{}  {}", pin.trace_id, time::shown(&pin.pinned_at)))?;
    }
    output::note(&format!(
        "{} of the {} that may be pinned, of all tenants",
        format::count(pins.len() as u64),
        format::count(limit)
    ));
    Ok(())
}

async fn ask<T: DeserializeOwned>(
    arguments: &SourceArgs,
    method: Method,
    path: &str,
    env: Env,
) -> anyhow::Result<T> {
    let source = Source::open(arguments, env).await?;
    let answer = source.ask(method, path).await;
    source.close().await;
    answer
}
