//! The signals that ask the process to end.

use std::io;
use std::time::Duration;

use storage::env::Env;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Signals this soon after the first are the same wish: `timeout` and process supervisors send it twice.
const SAME_WISH: Duration = Duration::from_secs(1);
/// 128 + SIGINT, which shells expect of an interrupted process.
const INTERRUPTED: i32 = 130;

/// Turns true when Ctrl-C or SIGTERM arrives. A later one ends the process at once.
///
/// # Errors
/// When the system refuses a handler.
pub(crate) fn stop_requested(env: &Env) -> io::Result<watch::Receiver<bool>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let (sender, receiver) = watch::channel(false);
    let clock = env.clone();
    env.spawn(async move {
        either(&mut interrupt, &mut terminate).await;
        sender.send_replace(true);
        let asked = clock.monotonic();
        loop {
            either(&mut interrupt, &mut terminate).await;
            if clock.monotonic().saturating_sub(asked) > SAME_WISH {
                std::process::exit(INTERRUPTED);
            }
        }
    });
    Ok(receiver)
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! { _ = interrupt.recv() => (), _ = terminate.recv() => () }
}
