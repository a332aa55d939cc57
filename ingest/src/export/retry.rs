//! When an export is tried again.

use std::time::Duration;

use storage::env::Env;

use super::ExportError;

/// How much a backoff is stretched from one attempt to the next.
const BACKOFF_FACTOR: f64 = 1.5;
/// How much a backoff may differ from its nominal value, as a share of it.
const BACKOFF_JITTER: f64 = 0.5;

/// How long and how often an export is retried.
///
/// The default is what otlptracegrpc does in every Kubernetes component: a first backoff of 5 s, give or take half,
/// and a budget of 10 s for all attempts, so that a batch has two attempts and is lost when the second fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Nominal wait before the second attempt; half again as long before each further one.
    pub backoff: Duration,
    /// The longest nominal wait.
    pub backoff_max: Duration,
    /// Time for all attempts: no wait begins that would end after it.
    pub budget: Duration,
    /// Time for one attempt.
    pub attempt_timeout: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            backoff: Duration::from_secs(5),
            backoff_max: Duration::from_secs(30),
            budget: Duration::from_secs(10),
            attempt_timeout: Duration::from_secs(10),
        }
    }
}

impl RetryPolicy {
    /// For senders that retry by themselves.
    #[must_use]
    pub fn single_attempt() -> Self {
        Self { budget: Duration::ZERO, ..Self::default() }
    }

    /// For senders that must not lose anything and can wait: short backoffs, and the given budget.
    #[must_use]
    pub fn patient(budget: Duration) -> Self {
        Self {
            backoff: Duration::from_millis(200),
            backoff_max: Duration::from_secs(5),
            budget,
            attempt_timeout: Duration::from_secs(30),
        }
    }

    /// The wait before the next attempt, after `attempts` of them that ended in `error`; `None` to give up. The
    /// server's own wish is a lower bound.
    pub(super) fn wait(
        &self,
        error: &ExportError,
        attempts: u32,
        elapsed: Duration,
        env: &Env,
    ) -> Option<Duration> {
        if !error.retryable {
            return None;
        }
        let exponent = i32::try_from(attempts.saturating_sub(1)).unwrap_or(i32::MAX);
        let nominal = self.backoff.as_secs_f64() * BACKOFF_FACTOR.powi(exponent);
        let nominal = nominal.min(self.backoff_max.as_secs_f64());
        let chance = f64::from(env.random_bytes()[0]) / f64::from(u8::MAX);
        let backoff = nominal * (1.0 - BACKOFF_JITTER + 2.0 * BACKOFF_JITTER * chance);
        let wait = Duration::from_secs_f64(backoff).max(error.retry_after.unwrap_or_default());
        (elapsed.saturating_add(wait) <= self.budget).then_some(wait)
    }
}
