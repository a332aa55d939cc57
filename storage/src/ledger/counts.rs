//! A row of the ledger.

use super::Measure;

/// The figures of one tenant and component, of a minute or since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    values: [u64; Measure::ALL.len()],
    /// Few reasons, and none in most rows.
    refused: Vec<(&'static str, Refusals)>,
}

/// What was refused for one reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refusals {
    /// Requests.
    pub requests: u64,
    /// Bytes of their bodies after inflation, of those that were read.
    pub bytes: u64,
    /// Their spans, of those that were read; of malformed bodies, the spans before the fault.
    pub spans: u64,
    /// How many of the requests were not read, so that nobody knows their bytes and spans.
    pub unread_requests: u64,
}

impl Refusals {
    fn add(&mut self, more: &Self) {
        self.requests += more.requests;
        self.bytes += more.bytes;
        self.spans += more.spans;
        self.unread_requests += more.unread_requests;
    }
}

impl Counts {
    /// The figure.
    #[must_use]
    pub fn get(&self, measure: Measure) -> u64 {
        self.values[measure as usize]
    }

    /// What was refused, by the reason's name.
    pub fn refused(&self) -> impl Iterator<Item = (&'static str, &Refusals)> {
        self.refused.iter().map(|(reason, refusals)| (*reason, refusals))
    }

    /// All refusals together.
    #[must_use]
    pub fn refused_in_all(&self) -> Refusals {
        let mut all = Refusals::default();
        self.refused.iter().for_each(|(_, refusals)| all.add(refusals));
        all
    }

    pub(super) fn add(&mut self, measure: Measure, more: u64) {
        self.values[measure as usize] += more;
    }

    pub(super) fn refuse(&mut self, reason: &'static str, more: &Refusals) {
        match self.refused.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, refusals)) => refusals.add(more),
            None => self.refused.push((reason, *more)),
        }
    }

    /// Adds every figure of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (value, more) in self.values.iter_mut().zip(other.values) {
            *value += more;
        }
        for (reason, refusals) in &other.refused {
            self.refuse(reason, refusals);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.refused.is_empty() && self.values.iter().all(|value| *value == 0)
    }
}
