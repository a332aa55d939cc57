//! The traced command itself: its surroundings, its signals, its end.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;

use anyhow::Context;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

use crate::config::Invalid;
use crate::output;
use crate::signals::Interrupts;

/// Flags that say whom kubectl or helm asks, and as whom: through the proxy they would be without effect, or lead past it.
const NOT_OF_THE_COMMAND: [&str; 13] = [
    "--kubeconfig",
    "--context",
    "--kube-context",
    "--kube-apiserver",
    "--kube-token",
    "--cluster",
    "--server",
    "--token",
    "--username",
    "--password",
    "--client-certificate",
    "--client-key",
    "--certificate-authority",
];

/// The program and its arguments.
///
/// # Errors
/// [`Invalid`] for a flag that says whom to ask.
pub(super) fn checked(command: &[OsString]) -> Result<(&OsString, &[OsString]), Invalid> {
    let (program, arguments) =
        command.split_first().ok_or_else(|| Invalid::new("name the command to run after --".to_owned()))?;
    // What follows `--` is for what the command runs itself.
    let own = arguments.iter().take_while(|argument| *argument != "--");
    let names = own.filter_map(|argument| argument.to_str()?.split('=').next());
    match names.into_iter().find(|name| NOT_OF_THE_COMMAND.contains(name)) {
        Some(name) => Err(Invalid::new(format!(
            "the command has {name}, and the proxy decides whom it asks and as whom: choose that by --context and \
             --kubeconfig before the --"
        ))),
        None => Ok((program, arguments)),
    }
}

/// Runs the command to its end, on this terminal. Ctrl-C reaches it from there; SIGTERM is passed on.
///
/// # Errors
/// [`Invalid`] when it cannot be run.
pub(super) async fn run(
    command: (&OsString, &[OsString]),
    kubeconfig: &Path,
    cache: &Path,
    interrupts: &mut Interrupts,
) -> anyhow::Result<ExitStatus> {
    let (program, arguments) = command;
    let mut child = Command::new(program)
        .args(arguments)
        .env("KUBECONFIG", kubeconfig)
        .env("KUBECACHEDIR", cache)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| Invalid::new(format!("{} cannot be run: {error}", program.display())))?;
    loop {
        tokio::select! {
            status = child.wait() => return status.context("the command cannot be waited for"),
            is_terminate = interrupts.next() => if is_terminate { terminate(&child) },
        }
    }
}

fn terminate(child: &Child) {
    // Without an id it has ended.
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
    if let Some(Err(error)) = pid.map(|pid| kill(pid, Signal::SIGTERM)) {
        output::note(&format!("tailplane: the command could not be told to end: {error}"));
    }
}

/// The exit code that stands for `status`: as shells say it, 128 and the signal for one that was killed.
#[must_use]
pub(super) fn exit_code(status: ExitStatus) -> u8 {
    let signal = || status.signal().map(|signal| 128 + signal);
    status.code().or_else(signal).and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests;
