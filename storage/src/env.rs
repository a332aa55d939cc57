//! The only door to time, chance and task spawning, so that tests can put their own clock behind it.

mod clock;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

pub use clock::{Clock, ManualClock, SystemClock};
use proto::UnixNanos;
pub use tokio::task::JoinHandle;

/// Time, chance and tasks, handed down by the command to every room that needs them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Env {
    clock: Arc<dyn Clock>,
}

impl Env {
    /// The machine's own clock.
    #[must_use]
    pub fn system() -> Self {
        Self::with_clock(Arc::new(SystemClock::default()))
    }

    /// Another clock: a test's.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }

    /// The wall clock, ns since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> UnixNanos {
        self.clock.now()
    }

    /// Time since an arbitrary moment; never goes back.
    #[must_use]
    pub fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    /// Returns after `duration`.
    #[expect(clippy::disallowed_methods, reason = "this is the door the lint points to")]
    pub async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    /// Starts a task on the current runtime.
    #[expect(clippy::disallowed_methods, reason = "this is the door the lint points to")]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        tokio::spawn(future)
    }

    /// Runs blocking or CPU-heavy work on the runtime's blocking pool.
    #[expect(clippy::disallowed_methods, reason = "this is the door the lint points to")]
    pub fn spawn_blocking<F, T>(&self, work: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        tokio::task::spawn_blocking(work)
    }

    /// Starts an operating system thread of that name.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn spawn_thread<F>(&self, name: &str, work: F) -> std::io::Result<std::thread::JoinHandle<()>>
    where
        F: FnOnce() + Send + 'static,
    {
        std::thread::Builder::new().name(name.to_owned()).spawn(work)
    }

    /// Sixteen random bytes.
    #[must_use]
    pub fn random_bytes(&self) -> [u8; 16] {
        *uuid::Uuid::new_v4().as_bytes()
    }

    /// A random (version 4) UUID.
    #[must_use]
    pub fn random_uuid(&self) -> uuid::Uuid {
        uuid::Uuid::new_v4()
    }
}
