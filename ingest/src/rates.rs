//! How much a tenant may send: spans and bytes a second, and how many tenants there may be.

use std::time::Duration;

use hashbrown::HashMap;
use parking_lot::Mutex;
use proto::{ErrorKind, Tenant};

use crate::{Config, Error, Result};

/// The longest a sender over its rate is asked to stay away; the Go exporter loses its batch after that.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(5);
/// The least a sender over its rate is asked to stay away.
const RETRY_AFTER_MIN: Duration = Duration::from_secs(1);

/// The buckets of all tenants that have sent since the start.
#[derive(Debug)]
pub(crate) struct Rates {
    spans: Option<Rate>,
    bytes: Option<Rate>,
    tenants_max: usize,
    tenants: Mutex<HashMap<Tenant, Buckets>>,
}

/// A rate, and what may come at once.
#[derive(Debug, Clone, Copy)]
struct Rate {
    per_second: f64,
    burst: f64,
    key: &'static str,
}

/// One tenant's allowance, which may be in debt.
#[derive(Debug, Clone, Copy)]
struct Buckets {
    spans: f64,
    bytes: f64,
    filled_at: Duration,
}

impl Rate {
    fn new(per_second: u64, burst: Duration, key: &'static str) -> Option<Self> {
        let rate = per_second as f64;
        (per_second > 0).then_some(Self { per_second: rate, burst: rate * burst.as_secs_f64(), key })
    }

    /// The time until `level` has grown to `amount`; a full bucket is enough for anything.
    fn wait(&self, level: f64, amount: f64) -> Duration {
        let missing = amount.min(self.burst) - level;
        Duration::try_from_secs_f64(missing.max(0.0) / self.per_second).unwrap_or(Duration::MAX)
    }

    fn fill(&self, level: f64, elapsed: Duration) -> f64 {
        self.per_second.mul_add(elapsed.as_secs_f64(), level).min(self.burst)
    }
}

impl Rates {
    pub(crate) fn new(config: &Config) -> Self {
        let burst = config.tenant_burst;
        Self {
            spans: Rate::new(config.tenant_spans_per_second_max, burst, "ingest.tenant_spans_per_second_max"),
            bytes: Rate::new(
                config.tenant_bytes_per_second_max.as_u64(),
                burst,
                "ingest.tenant_bytes_per_second_max",
            ),
            tenants_max: config.tenants_max,
            tenants: Mutex::default(),
        }
    }

    /// Takes `spans` and `bytes` out of the allowance of `tenant`, which gives the time to wait before they go on.
    ///
    /// # Errors
    /// `RateLimited` when that is longer than `wait_max`, `Invalid` for a tenant too many; nothing was taken then.
    pub(crate) fn take(
        &self,
        tenant: &Tenant,
        spans: u64,
        bytes: u64,
        wait_max: Duration,
        now: Duration,
    ) -> Result<Duration> {
        let mut tenants = self.tenants.lock();
        let known = tenants.len();
        let buckets = match tenants.get_mut(tenant) {
            Some(buckets) => buckets,
            None if known >= self.tenants_max => return Err(self.too_many_tenants(tenant)),
            None => tenants.entry(tenant.clone()).or_insert(Buckets {
                spans: self.spans.map_or(0.0, |rate| rate.burst),
                bytes: self.bytes.map_or(0.0, |rate| rate.burst),
                filled_at: now,
            }),
        };
        let elapsed = now.saturating_sub(buckets.filled_at);
        buckets.filled_at = now;
        let mut longest = (Duration::ZERO, "");
        for (rate, level, amount) in
            [(&self.spans, &mut buckets.spans, spans), (&self.bytes, &mut buckets.bytes, bytes)]
        {
            if let Some(rate) = rate {
                *level = rate.fill(*level, elapsed);
                longest = longest.max((rate.wait(*level, amount as f64), rate.key));
            }
        }
        let (wait, key) = longest;
        if wait > wait_max {
            return Err(limited(tenant, key, wait));
        }
        buckets.spans -= spans as f64;
        buckets.bytes -= bytes as f64;
        Ok(wait)
    }

    fn too_many_tenants(&self, tenant: &Tenant) -> Error {
        let message = format!(
            "tenant {tenant} would be one more than {} (ingest.tenants_max); correct the tenant or raise the limit",
            self.tenants_max
        );
        Error::new(ErrorKind::Invalid, message)
    }
}

fn limited(tenant: &Tenant, key: &str, wait: Duration) -> Error {
    let retry_after = wait.clamp(RETRY_AFTER_MIN, RETRY_AFTER_MAX);
    let message = format!("tenant {tenant} sends more than it may ({key}); send less or raise the limit");
    Error::new(ErrorKind::RateLimited { retry_after }, message)
}

#[cfg(test)]
mod tests;
