//! The signals that ask the process to end.

use std::io;

use storage::env::Env;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Turns true when Ctrl-C or SIGTERM arrives. The second one ends the process at once, as without us.
///
/// # Errors
/// When the system refuses a handler.
pub(crate) fn stop_requested(env: &Env) -> io::Result<watch::Receiver<bool>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let (sender, receiver) = watch::channel(false);
    env.spawn(async move {
        tokio::select! { _ = interrupt.recv() => (), _ = terminate.recv() => () }
        sender.send_replace(true);
        tokio::select! { _ = interrupt.recv() => (), _ = terminate.recv() => () }
        // 128 + SIGINT, which shells expect of an interrupted process.
        std::process::exit(130);
    });
    Ok(receiver)
}
