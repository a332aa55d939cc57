//! A number of bytes and who waits for some: tenants by turns, so that none can keep the others out.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use prometheus_client::metrics::gauge::Gauge;
use proto::Tenant;
use tokio::sync::oneshot;

/// The bytes.
#[derive(Debug)]
pub(super) struct Room {
    bytes_max: u64,
    in_flight: Gauge,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    taken: u64,
    waiting: HashMap<Tenant, VecDeque<Waiter>>,
    /// Tenants with someone waiting, the next one first.
    turns: VecDeque<Tenant>,
}

#[derive(Debug)]
struct Waiter {
    bytes: u64,
    granted: oneshot::Sender<Grant>,
}

/// Bytes that were waited for; given back when dropped, because who waits may leave at any moment.
#[derive(Debug)]
pub(super) struct Grant {
    room: Arc<Room>,
    bytes: u64,
}

impl Room {
    pub(super) fn new(bytes_max: u64, in_flight: Gauge) -> Self {
        Self { bytes_max, in_flight, state: Mutex::default() }
    }

    pub(super) const fn bytes_max(&self) -> u64 {
        self.bytes_max
    }

    /// Bytes that are taken now.
    pub(super) fn taken(&self) -> u64 {
        self.state.lock().taken
    }

    /// Takes `bytes` if they are there and nobody waits for some; whether it did.
    pub(super) fn try_take(&self, bytes: u64) -> bool {
        let mut state = self.state.lock();
        state.turns.is_empty() && self.take_from(&mut state, bytes)
    }

    /// Waits for `bytes`, at most all there are.
    pub(super) async fn take(self: &Arc<Self>, tenant: &Tenant, bytes: u64) -> Option<Grant> {
        // Dropped last: who waits behind goes on when this one leaves.
        let _leaving = Leaving(self);
        let (granted, answer) = oneshot::channel();
        self.state.lock().enqueue(tenant, Waiter { bytes, granted });
        self.serve();
        answer.await.ok()
    }

    /// Gives `bytes` back to who waits.
    pub(super) fn give_back(self: &Arc<Self>, bytes: u64) {
        if bytes > 0 {
            let mut state = self.state.lock();
            state.taken -= bytes;
            self.in_flight.set(state.taken as i64);
            drop(state);
            self.serve();
        }
    }

    /// Serves who waits, as far as there are bytes.
    fn serve(self: &Arc<Self>) {
        let mut state = self.state.lock();
        while let Some(bytes) = state.next() {
            if !self.take_from(&mut state, bytes) {
                return;
            }
            let grant = Grant { room: Arc::clone(self), bytes };
            if let Some(granted) = state.dequeue()
                && let Err(grant) = granted.send(grant)
            {
                // Left in this moment.
                grant.keep();
                state.taken -= bytes;
            }
        }
    }

    fn take_from(&self, state: &mut State, bytes: u64) -> bool {
        let fits = state.taken + bytes <= self.bytes_max;
        if fits {
            state.taken += bytes;
            self.in_flight.set(state.taken as i64);
        }
        fits
    }
}

impl State {
    fn enqueue(&mut self, tenant: &Tenant, waiter: Waiter) {
        let queue = self.waiting.entry(tenant.clone()).or_default();
        if queue.is_empty() {
            self.turns.push_back(tenant.clone());
        }
        queue.push_back(waiter);
    }

    /// What the next one waits for; those who left are forgotten.
    fn next(&mut self) -> Option<u64> {
        while let Some(tenant) = self.turns.front() {
            let queue = self.waiting.get_mut(tenant)?;
            while queue.front().is_some_and(|waiter| waiter.granted.is_closed()) {
                queue.pop_front();
            }
            if let Some(waiter) = queue.front() {
                return Some(waiter.bytes);
            }
            self.waiting.remove(tenant);
            self.turns.pop_front();
        }
        None
    }

    /// Takes the next one out; its tenant is the last one then.
    fn dequeue(&mut self) -> Option<oneshot::Sender<Grant>> {
        let tenant = self.turns.pop_front()?;
        let queue = self.waiting.get_mut(&tenant)?;
        let waiter = queue.pop_front();
        if queue.is_empty() {
            self.waiting.remove(&tenant);
        } else {
            self.turns.push_back(tenant);
        }
        waiter.map(|waiter| waiter.granted)
    }
}

impl Grant {
    /// The bytes belong to who waited for them from here on.
    pub(super) fn keep(mut self) {
        self.bytes = 0;
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        self.room.give_back(self.bytes);
    }
}

/// Lets the others go on when one who waits leaves.
struct Leaving<'r>(&'r Arc<Room>);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.serve();
    }
}
