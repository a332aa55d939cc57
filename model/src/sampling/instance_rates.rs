//! The sampling rate of each instance that starts traces.

use proto::UnixNanos;

use super::{Rate, SamplingEstimate, is_own_root};
use crate::SpanView;
use crate::place::claims::{Recent, Seen};
use crate::place::{Arrived, INSTANCES_MAX, InstanceId};

/// A [`SamplingEstimate`] for each instance, over one stretch of time.
///
/// The rate of a span is that of the instance that started its trace, not of its own: a runtime under a kubelet that
/// samples one in a hundred is sampled so too, though its own roots may all be kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InstanceRates(Recent<InstanceId, Sampled, INSTANCES_MAX>);

#[derive(Debug, Clone, PartialEq)]
struct Sampled {
    last: UnixNanos,
    estimate: SamplingEstimate,
}

impl InstanceRates {
    /// Counts the span if it is a root that its own instance decided to keep.
    pub fn observe(&mut self, arrived: Arrived<'_>) {
        let Arrived { view, peer_address, arrival } = arrived;
        if !is_own_root(view) {
            return;
        }
        let Some(instance) = InstanceId::of(view, peer_address) else { return };
        self.0.update(
            &instance,
            || Sampled { last: arrival, estimate: SamplingEstimate::default() },
            |sampled| {
                sampled.last = sampled.last.max(arrival);
                sampled.estimate.observe(view.span.trace_id);
            },
        );
    }

    /// Adds the roots of `other`, which must not have been counted here already.
    pub fn merge(&mut self, other: Self) {
        self.0.merge(other.0);
    }

    /// The rate of the instance that sent `view`.
    #[must_use]
    pub fn rate_of(&self, view: SpanView<'_>, peer_address: Option<&str>) -> Option<Rate> {
        self.0.get(&InstanceId::of(view, peer_address)?)?.estimate.rate()
    }

    /// Each instance with its estimate.
    pub fn iter(&self) -> impl Iterator<Item = (&InstanceId, &SamplingEstimate)> {
        self.0.iter().map(|(instance, sampled)| (instance, &sampled.estimate))
    }
}

impl Seen for Sampled {
    fn last(&self) -> UnixNanos {
        self.last
    }

    fn absorb(&mut self, other: Self) {
        self.last = self.last.max(other.last);
        self.estimate.merge(&other.estimate);
    }
}

#[cfg(test)]
mod tests;
