//! What was counted in the last minutes.

use std::collections::BTreeMap;

use proto::UnixNanos;

use super::said::{LedgerJson, MinuteJson, RefusalsJson};

/// How far back rates and counts reach: what happened before is over, or shows here too.
pub(super) const PERIOD_NS: u64 = 15 * MINUTE_NS;
const MINUTE_NS: u64 = 60_000_000_000;

/// The minutes of the ledger that count.
#[derive(Debug)]
pub(super) struct Recent<'a> {
    minutes: Vec<&'a MinuteJson>,
    seconds: f64,
}

impl<'a> Recent<'a> {
    pub(super) fn new(ledger: &'a LedgerJson, now: UnixNanos) -> Self {
        let from = now.saturating_sub(PERIOD_NS);
        // The ledger counts by whole minutes.
        let from = from - from % MINUTE_NS;
        let seconds = now.saturating_sub(from.max(ledger.since)) as f64 / 1e9;
        Self { minutes: ledger.minutes.iter().filter(|minute| minute.t >= from).collect(), seconds }
    }

    /// The sum of a figure over all components.
    pub(super) fn total(&self, figure: &str) -> u64 {
        self.minutes.iter().map(|minute| minute.figure(figure)).sum()
    }

    /// The sum of a figure of one component.
    pub(super) fn of(&self, component: &str, figure: &str) -> u64 {
        self.minutes
            .iter()
            .filter(|minute| minute.component == component)
            .map(|minute| minute.figure(figure))
            .sum()
    }

    /// So much a second.
    pub(super) fn rate(&self, count: u64) -> f64 {
        count as f64 / self.seconds.max(1.0)
    }

    /// What was refused, by reason.
    pub(super) fn refused(&self) -> BTreeMap<&'a str, RefusalsJson> {
        let mut sums: BTreeMap<&str, RefusalsJson> = BTreeMap::new();
        for (reason, refusals) in self.minutes.iter().flat_map(|minute| &minute.refused) {
            let sum = sums.entry(reason).or_default();
            sum.requests += refusals.requests;
            sum.spans += refusals.spans;
            sum.unread_requests += refusals.unread_requests;
        }
        sums
    }
}
