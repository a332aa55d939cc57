//! Appends that wait while the log is full, so that senders are slowed down before they are refused.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use proto::ErrorKind;
use storage::env::Env;
use tokio::sync::Semaphore;

/// How often the first of those who wait asks again.
const ASK_INTERVAL: Duration = Duration::from_millis(20);

/// Those who wait for the log: first come, first served, and only the first one asks.
#[derive(Debug)]
pub(crate) struct Patience {
    turn: Semaphore,
    waiting: AtomicUsize,
}

/// One who waits.
struct Waiting<'w>(&'w AtomicUsize);

impl<'w> Waiting<'w> {
    fn begin(count: &'w AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Patience {
    pub(crate) fn new() -> Self {
        Self { turn: Semaphore::new(1), waiting: AtomicUsize::new(0) }
    }

    /// Runs `append` until it ends in something else than `Overloaded`, or has been waited for `wait_max`.
    ///
    /// An append that has begun is never given up: whether it was kept would be unknown.
    pub(crate) async fn append<T, F>(
        &self,
        env: &Env,
        wait_max: Duration,
        append: impl Fn() -> F,
    ) -> Result<T, storage::Error>
    where
        F: Future<Output = Result<T, storage::Error>>,
    {
        if self.waiting.load(Ordering::Relaxed) == 0 {
            match append().await {
                Err(error) if is_full(&error) && !wait_max.is_zero() => {}
                done => return done,
            }
        }
        let _waiting = Waiting::begin(&self.waiting);
        let began = env.monotonic();
        let left = || wait_max.saturating_sub(env.monotonic().saturating_sub(began));
        let Ok(Ok(turn)) = tokio::time::timeout(wait_max, self.turn.acquire()).await else {
            // The last word is the log's.
            return append().await;
        };
        loop {
            let mut appending = pin!(append());
            match std::future::poll_fn(|context| Poll::Ready(appending.as_mut().poll(context))).await {
                // It has room, so let the next one ask while this one becomes durable.
                Poll::Pending => {
                    drop(turn);
                    return appending.await;
                }
                Poll::Ready(Err(error)) if is_full(&error) && !left().is_zero() => {}
                Poll::Ready(done) => return done,
            }
            env.sleep(ASK_INTERVAL.min(left())).await;
        }
    }
}

const fn is_full(error: &storage::Error) -> bool {
    matches!(error.kind, ErrorKind::Overloaded { .. })
}

#[cfg(test)]
mod tests;
