//! The bytes in flight: requests are charged before they are read, and wait when there is no room.

mod room;

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use proto::Tenant;
use storage::env::Env;

use self::room::Room;
use crate::{Error, Result};

/// Charges grow by at least this much, so that a body of unknown length does not pay per frame.
const CHARGE_STEP_BYTES: u64 = 64 * 1024;

/// Memory for requests between their first byte and their acknowledgement. Who waits is served first come, first
/// served within a tenant, and tenants by turns.
#[derive(Debug)]
pub(crate) struct Budget {
    room: Arc<Room>,
    env: Env,
}

/// What one request holds of the budget, and how long it may still wait, for whatever; given back when dropped.
#[derive(Debug)]
pub(crate) struct Charge {
    budget: Arc<Budget>,
    tenant: Tenant,
    held: u64,
    /// When it arrived, on the monotonic clock.
    began: Duration,
    wait_max: Duration,
}

impl Budget {
    /// A budget of `bytes_max`; `in_flight` shows what is held.
    pub(crate) fn new(bytes_max: u64, in_flight: Gauge, env: Env) -> Arc<Self> {
        Arc::new(Self { room: Arc::new(Room::new(bytes_max, in_flight)), env })
    }

    /// A request of `tenant` that has just arrived, holds nothing yet and waits for nothing once it is older than
    /// `wait_max`: an exporter with an old request gets its answer, for others queue behind it.
    pub(crate) fn open(self: &Arc<Self>, tenant: &Tenant, wait_max: Duration) -> Charge {
        let (budget, began) = (Arc::clone(self), self.env.monotonic());
        Charge { budget, tenant: tenant.clone(), held: 0, began, wait_max }
    }
}

impl Charge {
    /// Whose request it is.
    pub(crate) const fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// How long the request may still wait.
    pub(crate) fn wait_left(&self) -> Duration {
        let age = self.budget.env.monotonic().saturating_sub(self.began);
        self.wait_max.saturating_sub(age)
    }

    /// Holds at least `bytes`, waiting for them if need be.
    ///
    /// # Errors
    /// `Overloaded` when they did not become free in time.
    pub(crate) async fn raise_to(&mut self, bytes: u64) -> Result<()> {
        if bytes <= self.held {
            return Ok(());
        }
        let bytes_max = self.budget.room.bytes_max();
        let wanted = bytes.max(self.held + CHARGE_STEP_BYTES).min(bytes_max) - self.held;
        if self.held + wanted < bytes {
            return Err(self.refused());
        }
        let budget = Arc::clone(&self.budget);
        if !budget.room.try_take(wanted) {
            let waiting = Room::take(&budget.room, &self.tenant, wanted);
            let granted = tokio::time::timeout(self.wait_left(), waiting).await;
            granted.ok().flatten().ok_or_else(|| self.refused())?.keep();
        }
        self.held += wanted;
        Ok(())
    }

    fn refused(&self) -> Error {
        let in_flight = self.budget.room.taken();
        Error::overloaded(format!(
            "{in_flight} bytes of requests are in flight (ingest.bytes_in_flight_max); try again"
        ))
    }

    /// Gives back what is held above `bytes`.
    pub(crate) fn lower_to(&mut self, bytes: u64) {
        let surplus = self.held.saturating_sub(bytes);
        self.held -= surplus;
        self.budget.room.give_back(surplus);
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.lower_to(0);
    }
}

#[cfg(test)]
mod tests;
