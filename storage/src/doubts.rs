//! Evidence that spans may be there twice: answers that a client cannot have got, and copies that were found.
//!
//! A client that misses an answer sends the same bytes again, which [`crate::dedupe`] recognises, or the same spans in
//! other requests, which it does not. Doubt falls on the spans of the first request, by tenant and time of arrival:
//! whoever counts the copy counts those too.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use proto::{Tenant, UnixNanos};

/// A retry says that answers were lost before it: so long, as clients give up or try again within.
const RETRY_REACH: Duration = Duration::from_secs(30);
/// Doubts so close together are one.
const JOINED_WITHIN: Duration = Duration::from_secs(1);
/// A doubt that is so much older than the newest is forgotten: segments have it as a tag by then.
const KEPT: Duration = Duration::from_secs(600);
/// Of more doubts than this the oldest two become one.
const DOUBTS_MAX: usize = 256;

/// Where spans may be there twice.
#[derive(Debug, Default)]
pub(crate) struct Doubts(Mutex<Arc<Vec<Doubt>>>);

/// Requests of a tenant, or of all, that arrived in a closed interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Doubt {
    tenant: Option<Tenant>,
    first: UnixNanos,
    last: UnixNanos,
}

impl Doubt {
    pub(crate) fn touches(&self, tenant: &Tenant, first: UnixNanos, last: UnixNanos) -> bool {
        self.tenant.as_ref().is_none_or(|own| own == tenant) && self.first <= last && first <= self.last
    }
}

impl Doubts {
    /// What arrived between `first` and `last` may be there twice; of any tenant if none is given.
    pub(crate) fn add(&self, tenant: Option<&Tenant>, first: UnixNanos, last: UnixNanos) {
        let mut list = self.0.lock();
        let doubts = Arc::make_mut(&mut list);
        let (joined_ns, kept_ns) = (nanos(JOINED_WITHIN), nanos(KEPT));
        doubts.retain(|doubt| doubt.last >= first.saturating_sub(kept_ns));
        let close = |doubt: &&mut Doubt| {
            doubt.tenant.as_ref() == tenant
                && first <= doubt.last.saturating_add(joined_ns)
                && doubt.first <= last.saturating_add(joined_ns)
        };
        if let Some(doubt) = doubts.iter_mut().rev().find(close) {
            (doubt.first, doubt.last) = (doubt.first.min(first), doubt.last.max(last));
            return;
        }
        doubts.push(Doubt { tenant: tenant.cloned(), first, last });
        if doubts.len() > DOUBTS_MAX {
            let oldest = doubts.remove(0);
            let next = &mut doubts[0];
            next.tenant.take_if(|tenant| Some(&*tenant) != oldest.tenant.as_ref());
            (next.first, next.last) = (next.first.min(oldest.first), next.last.max(oldest.last));
        }
    }

    /// A byte-identical retry arrived at `arrival`: an answer was lost not long before.
    pub(crate) fn retried(&self, tenant: &Tenant, arrival: UnixNanos) {
        self.add(Some(tenant), arrival.saturating_sub(nanos(RETRY_REACH)), arrival);
    }

    /// To be held while a request is being written: dropped before [`Unanswered::answered`], its client is gone or its
    /// deadline has passed, and the request may be durable all the same.
    pub(crate) fn unanswered(&self, tenant: &Tenant, arrival: UnixNanos) -> Unanswered<'_> {
        Unanswered { doubts: Some(self), tenant: tenant.clone(), arrival }
    }

    /// All of them, at this moment.
    pub(crate) fn list(&self) -> Arc<Vec<Doubt>> {
        Arc::clone(&self.0.lock())
    }

    /// Whether spans of `tenant` that arrived between `first` and `last` may be there twice.
    pub(crate) fn touch(&self, tenant: &Tenant, first: UnixNanos, last: UnixNanos) -> bool {
        self.list().iter().any(|doubt| doubt.touches(tenant, first, last))
    }
}

/// A request whose client waits.
#[derive(Debug)]
pub(crate) struct Unanswered<'a> {
    doubts: Option<&'a Doubts>,
    tenant: Tenant,
    arrival: UnixNanos,
}

impl Unanswered<'_> {
    /// The client gets its answer.
    pub(crate) fn answered(mut self) {
        self.doubts = None;
    }
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if let Some(doubts) = self.doubts {
            doubts.add(Some(&self.tenant), self.arrival, self.arrival);
        }
    }
}

const fn nanos(duration: Duration) -> u64 {
    duration.as_nanos() as u64
}

#[cfg(test)]
mod tests;
