//! Puts faults upon a server's binary and says whether it kept its word. Exit code 0: passed or skipped, 1: failed.

use std::process::ExitCode;

use benches::drills::disk::{self, Fault};
use benches::drills::{connections, kill, overload, power, restarts};
use clap::{Parser, Subcommand};
use storage::env::Env;

/// Faults upon the real server, one subcommand each. The last line says PASS, FAIL or SKIP.
#[derive(Debug, Parser)]
#[command(name = "drill", about, max_term_width = 110)]
struct Arguments {
    #[command(subcommand)]
    drill: Drill,
}

#[derive(Debug, Subcommand)]
enum Drill {
    /// kill -9 at random moments under load
    Kill(kill::KillArgs),
    /// Power cuts on a disk that loses what was not synced (needs root and /dev/fuse)
    Power(power::PowerArgs),
    /// Disks whose syncs are slow (needs root and /dev/fuse)
    SlowDisk(disk::DiskArgs),
    /// Disks that are full, read-only, or fail to sync (needs root and /dev/fuse)
    DiskFull(disk::DiskArgs),
    /// Restarts under exporters that behave as the Go SDK's
    Restarts(restarts::RestartsArgs),
    /// Ten times what a server with a fifth of a core can take (needs a CPU control group)
    Overload(overload::OverloadArgs),
    /// Ack latency and cost over 64 and 5,000 connections, on disk and in memory
    Connections(connections::ConnectionsArgs),
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a verdict on standard output is what it is for"
)]
#[tokio::main]
async fn main() -> ExitCode {
    let env = Env::system();
    let verdict = match Arguments::parse().drill {
        Drill::Kill(arguments) => kill::run(arguments, env).await,
        Drill::Power(arguments) => power::run(arguments, env).await,
        Drill::SlowDisk(arguments) => {
            disk::run("slow-disk", &[Fault::Slow, Fault::VerySlow], arguments, env).await
        }
        Drill::DiskFull(arguments) => {
            let faults = [Fault::Full, Fault::ReadOnly, Fault::FailOnce, Fault::Fail];
            disk::run("disk-full", &faults, arguments, env).await
        }
        Drill::Restarts(arguments) => restarts::run(arguments, env).await,
        Drill::Overload(arguments) => overload::run(arguments, env).await,
        Drill::Connections(arguments) => connections::run(arguments, env).await,
    };
    match verdict {
        Ok(verdict) => {
            println!("{verdict}");
            if verdict.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("FAIL: {error:#}");
            ExitCode::FAILURE
        }
    }
}
