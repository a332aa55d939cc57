//! How the process ends: what it says about an error, and its exit code.

use std::process::ExitCode;

use proto::ErrorKind;

use crate::config::Invalid;
use crate::output;

/// Something failed.
const FAILURE: u8 = 1;
/// The command line or a setting has to be changed; clap uses the same.
const USAGE: u8 = 2;

/// The exit code of `outcome`; an error is told on standard error, one sentence a line.
#[must_use]
pub(crate) fn code(outcome: anyhow::Result<ExitCode>) -> ExitCode {
    match outcome {
        Ok(code) => code,
        // Whoever read our output has gone (`tailplane query … | head`): that is no failure of ours.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::note(&sentences(&error));
            ExitCode::from(if is_usage(&error) { USAGE } else { FAILURE })
        }
    }
}

fn sentences(error: &anyhow::Error) -> String {
    let mut text = format!("error: {error}");
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        // Rooms put what matters of a cause into their own sentence.
        if !text.contains(&cause) {
            text.push_str(&format!("\n  because: {cause}"));
        }
    }
    text
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn is_usage(error: &anyhow::Error) -> bool {
    let kind = None
        .or_else(|| error.downcast_ref::<door::Error>().map(|error| error.kind))
        .or_else(|| error.downcast_ref::<storage::Error>().map(|error| error.kind))
        .or_else(|| error.downcast_ref::<ingest::Error>().map(|error| error.kind))
        .or_else(|| error.downcast_ref::<query::Error>().map(|error| error.kind))
        .or_else(|| error.downcast_ref::<web::Error>().map(|error| error.kind));
    error.downcast_ref::<Invalid>().is_some() || kind == Some(ErrorKind::Invalid)
}

#[cfg(test)]
mod tests;
