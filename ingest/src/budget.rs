//! The bytes in flight: requests are charged before they are read, and wait when there is no room.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use storage::env::Env;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Error, Result};

/// Charges grow by at least this much, so that a body of unknown length does not pay per frame.
const CHARGE_STEP_BYTES: u64 = 64 * 1024;

/// Memory for requests between their first byte and their acknowledgement. First come, first served.
#[derive(Debug)]
pub(crate) struct Budget {
    room: Arc<Semaphore>,
    bytes_max: u64,
    wait_max: Duration,
    in_flight: Gauge,
    env: Env,
}

/// What one request holds of the budget; given back when dropped.
#[derive(Debug)]
pub(crate) struct Charge {
    budget: Arc<Budget>,
    permit: Option<OwnedSemaphorePermit>,
    wait_left: Duration,
}

impl Budget {
    /// A budget of `bytes_max` (at most `u32::MAX`) whose requests wait for at most `wait_max` in all; `in_flight`
    /// shows what is held.
    pub(crate) fn new(bytes_max: u64, wait_max: Duration, in_flight: Gauge, env: Env) -> Arc<Self> {
        let bytes_max = bytes_max.min(u64::from(u32::MAX));
        let room = Arc::new(Semaphore::new(bytes_max as usize));
        Arc::new(Self { room, bytes_max, wait_max, in_flight, env })
    }

    /// A request that holds nothing yet.
    pub(crate) fn open(self: &Arc<Self>) -> Charge {
        Charge { budget: Arc::clone(self), permit: None, wait_left: self.wait_max }
    }
}

impl Charge {
    /// Bytes held.
    pub(crate) fn bytes(&self) -> u64 {
        self.permit.as_ref().map_or(0, |permit| permit.num_permits() as u64)
    }

    /// Holds at least `bytes`, waiting for them if need be.
    ///
    /// # Errors
    /// `Overloaded` when they did not become free in time.
    pub(crate) async fn raise_to(&mut self, bytes: u64) -> Result<()> {
        let held = self.bytes();
        if bytes <= held {
            return Ok(());
        }
        let wanted = bytes.max(held + CHARGE_STEP_BYTES).min(self.budget.bytes_max) - held;
        if held + wanted < bytes {
            return Err(self.refused());
        }
        let permit = self.acquire(u32::try_from(wanted).unwrap_or(u32::MAX)).await?;
        self.budget.in_flight.inc_by(i64::from(u32::try_from(wanted).unwrap_or(u32::MAX)));
        match &mut self.permit {
            Some(held) => held.merge(permit),
            none => *none = Some(permit),
        }
        Ok(())
    }

    async fn acquire(&mut self, bytes: u32) -> Result<OwnedSemaphorePermit> {
        let room = &self.budget.room;
        if let Ok(permit) = Arc::clone(room).try_acquire_many_owned(bytes) {
            return Ok(permit);
        }
        let began = self.budget.env.monotonic();
        let waiting = tokio::time::timeout(self.wait_left, Arc::clone(room).acquire_many_owned(bytes)).await;
        let waited = self.budget.env.monotonic().saturating_sub(began);
        self.wait_left = self.wait_left.saturating_sub(waited);
        match waiting {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(self.refused()),
        }
    }

    fn refused(&self) -> Error {
        Error::overloaded(format!(
            "{} bytes of requests are in flight (ingest.bytes_in_flight_max); try again",
            self.budget.bytes_max - self.budget.room.available_permits() as u64
        ))
    }

    /// Gives back what is held above `bytes`.
    pub(crate) fn lower_to(&mut self, bytes: u64) {
        let surplus = self.bytes().saturating_sub(bytes);
        if let Some(permit) = &mut self.permit
            && let Some(surplus) = permit.split(surplus as usize)
        {
            self.budget.in_flight.dec_by(surplus.num_permits() as i64);
        }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.lower_to(0);
    }
}

#[cfg(test)]
mod tests;
