//! `kill -9` again and again under load: what was acknowledged is there once.

use std::time::Duration;

use clap::Args;
use nix::sys::signal::Signal;
use storage::env::Env;

use super::clients::{Clients, Manner, Sending};
use super::server::{Addresses, Launch, Server};
use super::{Verdict, Workplace, read_back};
use crate::chance::Chance;
use crate::percentiles::Percentiles;

/// One kill in so many hits a server that is still starting.
const KILLS_AT_START: u64 = 8;

/// How often, and for how long.
#[derive(Debug, Clone, Args)]
pub struct KillArgs {
    #[command(flatten)]
    place: super::PlaceArgs,
    /// Kills in all
    #[arg(long, default_value_t = 1000)]
    kills: u64,
    /// Begin no further life after so many minutes
    #[arg(long, default_value_t = 60)]
    minutes: u64,
    /// Check the folder after so many kills, besides at the end
    #[arg(long, default_value_t = 100)]
    check_every: u64,
    /// Spans of a request
    #[arg(long, default_value_t = 10)]
    spans: u16,
}

/// Kills, and reads back.
///
/// # Errors
/// When the server cannot be started after a kill, or the folder not be read.
pub async fn run(arguments: KillArgs, env: Env) -> anyhow::Result<Verdict> {
    let place = Workplace::new(&arguments.place)?;
    let mut chance = Chance::new(arguments.place.seed);
    let launch = Launch::new(place.binary.clone(), place.data(), place.log()).flushing_often();
    let sending = Sending::new(place.run, arguments.spans, &env);
    let until = env.monotonic() + Duration::from_secs(arguments.minutes * 60);
    let (mut kills, mut starts) = (0, Vec::new());
    while kills < arguments.kills && env.monotonic() < until {
        kills += 1;
        if chance.within(0..KILLS_AT_START) == 0 {
            let server = launch.spawn()?;
            env.sleep(Duration::from_millis(chance.within(0..60))).await;
            super::blocking(&env, move || server.stop(Signal::SIGKILL)).await?;
            continue;
        }
        let began = env.monotonic();
        let (server, addresses) = ready(&launch, &env).await?;
        starts.push(env.monotonic() - began);
        let count = u16::try_from(chance.within(4..9))?;
        let clients: Clients = sending.start(addresses.grpc, count, Manner::UntilRefused);
        env.sleep(Duration::from_millis(chance.within(50..500))).await;
        super::blocking(&env, move || server.stop(Signal::SIGKILL)).await?;
        clients.join().await?;
        if kills % arguments.check_every == 0 {
            let balance = sending.ledger.balance(&read_back::traces(&place.data(), &env).await?);
            super::note(&format!("after {kills} kills: {balance}"));
            if !balance.is_even() {
                place.keep();
                return Ok(Verdict::failed("kill", format!("{kills} kills, {balance}")));
            }
        }
    }
    let balance = sending.ledger.balance(&read_back::traces(&place.data(), &env).await?);
    let line = format!("{kills} kills, {balance}; ready after {}", Percentiles::of(starts));
    if !balance.is_even() {
        place.keep();
    }
    Ok(Verdict::of("kill", balance.is_even() && balance.acknowledged > 0, line))
}

/// Starts it and waits until it is ready.
async fn ready(launch: &Launch, env: &Env) -> anyhow::Result<(Server, Addresses)> {
    let mut server = launch.spawn()?;
    super::blocking(env, move || {
        let addresses = server.wait_ready()?;
        Ok((server, addresses))
    })
    .await
}
