//! Where CPU work runs: small pieces at once, large ones beside the runtime so that no other request waits.

use storage::env::Env;

use crate::{Error, Result};

/// Work on up to this many bytes takes about a millisecond: less than it costs to hand it over is lost by waiting.
pub(crate) const INLINE_BYTES_MAX: u64 = 1024 * 1024;

/// Runs `work`, which is about `bytes` long.
pub(crate) async fn run<T: Send + 'static>(
    env: &Env,
    bytes: u64,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    if bytes <= INLINE_BYTES_MAX {
        return Ok(work());
    }
    env.spawn_blocking(work).await.map_err(|panicked| {
        // The panic's own message is in the log.
        Error::panicked().caused_by(panicked)
    })
}
