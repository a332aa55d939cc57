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

/// Ctrl-C and SIGTERM, caught.
#[derive(Debug)]
pub(crate) struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    /// Catches them from here on.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub(crate) fn catch() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Returns at the next of either, and says whether it was SIGTERM.
    pub(crate) async fn next(&mut self) -> bool {
        tokio::select! { _ = self.interrupt.recv() => false, _ = self.terminate.recv() => true }
    }
}

/// Turns true when Ctrl-C or SIGTERM arrives. A later one ends the process at once.
///
/// # Errors
/// When the system refuses a handler.
pub(crate) fn stop_requested(env: &Env) -> io::Result<watch::Receiver<bool>> {
    let mut interrupts = Interrupts::catch()?;
    let (sender, receiver) = watch::channel(false);
    let clock = env.clone();
    env.spawn(async move {
        interrupts.next().await;
        sender.send_replace(true);
        let asked = clock.monotonic();
        loop {
            interrupts.next().await;
            if clock.monotonic().saturating_sub(asked) > SAME_WISH {
                std::process::exit(INTERRUPTED);
            }
        }
    });
    Ok(receiver)
}
