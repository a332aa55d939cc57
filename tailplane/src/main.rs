//! The command `tailplane`: parse, run, exit code.

mod access;
mod ask;
mod bell;
mod cli;
mod compact;
mod config;
mod demo;
mod doctor;
mod exit;
mod export;
mod format;
mod inspect;
mod nodes;
mod output;
mod pins;
mod purge;
mod readiness;
mod replay;
mod rooms;
mod serve;
mod setup;
mod signals;
mod simulate;
mod source;
mod telemetry;
mod time;
mod token;
mod trace;
mod traced;
mod verify;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use storage::env::Env;

use cli::{Cli, Command};

/// glibc's keeps what busy threads have freed: three times the memory under overload (docs/decisions/0016).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    exit::code(run(Cli::parse().command))
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    let env = Env::system();
    runtime.block_on(async {
        match command {
            Command::Serve(arguments) => serve::run(arguments, env).await,
            Command::Setup(arguments) => setup::run(&arguments.command),
            Command::Replay(arguments) => replay::run(arguments, env).await,
            Command::Simulate(arguments) => simulate::run(arguments, env).await,
            Command::Query(arguments) => ask::run(arguments, env).await,
            Command::Pin(arguments) => pins::pin(&arguments, env).await,
            Command::Unpin(arguments) => pins::unpin(&arguments, env).await,
            Command::Pins(arguments) => pins::list(&arguments, env).await,
            Command::Compact(arguments) => compact::run(&arguments, env).await,
            Command::Export(arguments) => export::run(&arguments, env).await,
            Command::Purge(arguments) => purge::run(&arguments, env).await,
            Command::Inspect(arguments) => inspect::run(&arguments).await,
            Command::Token(arguments) => token::run(&arguments.command, &env),
            Command::Config(arguments) => config::print_settings(&arguments),
            // The exit codes of these are answers.
            Command::Doctor(arguments) => return doctor::run(&arguments, env).await,
            Command::Trace(arguments) => return trace::run(arguments, env).await,
            Command::Verify(arguments) => return Ok(verify::run(&arguments, &env).await),
        }
        .map(|()| ExitCode::SUCCESS)
    })
}
