//! Shares of the time of requests per phase and per component.

use crate::phase::{Phase, PhaseTimes};
use crate::{Component, RequestRow};

/// How much of the time of some requests one part took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share<P> {
    /// The part.
    pub part: P,
    /// Its time in all requests, in ns.
    pub total_ns: u128,
    /// Its time over the time of all requests, 0 to 1.
    pub share: f64,
    /// The mean over the requests of its share in each, 0 to 1: every request counts the same.
    pub mean_share: f64,
    /// Its time over the time of the slowest hundredth ([`tail`]), 0 to 1.
    pub tail_share: f64,
}

/// The rows in the p99 band: those that last at least as long as the one at rank ceil(0.99 n).
#[must_use]
pub fn tail<'r, 'a>(rows: &[&'r RequestRow<'a>]) -> Vec<&'r RequestRow<'a>> {
    let mut durations: Vec<u64> = rows.iter().map(|row| row.duration_ns).collect();
    durations.sort_unstable();
    let rank = (durations.len() * 99).div_ceil(100);
    let Some(quantile) = rank.checked_sub(1).and_then(|rank| durations.get(rank)) else { return Vec::new() };
    rows.iter().filter(|row| row.duration_ns >= *quantile).copied().collect()
}

/// The share of every phase in `rows`, the largest in the p99 band first. Watches and streams are the caller's to leave
/// out ([`RequestRow::is_endless`]).
#[must_use]
pub fn phase_shares(rows: &[&RequestRow<'_>]) -> Vec<Share<Phase>> {
    shares(rows, &Phase::ALL, |phases, part| phases.get(part))
}

/// The share of every component that an API request waits for in `rows`, the largest in the p99 band first. Time on the
/// way to etcd counts as etcd's: under load it is the wait before etcd begins.
#[must_use]
pub fn component_shares(rows: &[&RequestRow<'_>]) -> Vec<Share<Component>> {
    shares(rows, &PARTS, |phases, part| phases.sum_ns(|phase| component(phase) == part))
}

/// The components that an API request waits for.
pub(super) const PARTS: [Component; 4] =
    [Component::Apiserver, Component::AggregatedApiserver, Component::Webhook, Component::Etcd];

/// The component that is at work, or waited for, in `phase`.
#[must_use]
pub const fn component(phase: Phase) -> Component {
    match phase {
        Phase::MutatingWebhook | Phase::ValidatingWebhook => Component::Webhook,
        Phase::EtcdWire | Phase::EtcdServer | Phase::EtcdInner => Component::Etcd,
        Phase::Aggregation => Component::AggregatedApiserver,
        _ => Component::Apiserver,
    }
}

fn shares<P: Copy>(
    rows: &[&RequestRow<'_>],
    parts: &[P],
    time_ns: impl Fn(&PhaseTimes, P) -> u64,
) -> Vec<Share<P>> {
    let tail = tail(rows);
    let total = |rows: &[&RequestRow<'_>], part: P| -> u128 {
        rows.iter().map(|row| u128::from(time_ns(&row.phases, part))).sum()
    };
    let duration =
        |rows: &[&RequestRow<'_>]| -> u128 { rows.iter().map(|row| u128::from(row.duration_ns)).sum() };
    let (all_ns, tail_ns) = (duration(rows), duration(&tail));
    let of_one = |row: &&RequestRow<'_>, part: P| {
        ratio(u128::from(time_ns(&row.phases, part)), u128::from(row.duration_ns))
    };
    let mut shares: Vec<Share<P>> = parts
        .iter()
        .map(|part| {
            let total_ns = total(rows, *part);
            Share {
                part: *part,
                total_ns,
                share: ratio(total_ns, all_ns),
                mean_share: rows.iter().map(|row| of_one(row, *part)).sum::<f64>() / rows.len().max(1) as f64,
                tail_share: ratio(total(&tail, *part), tail_ns),
            }
        })
        .collect();
    shares.sort_by(|one, other| {
        other.tail_share.total_cmp(&one.tail_share).then(other.total_ns.cmp(&one.total_ns))
    });
    shares
}

/// `part / whole`; nothing of nothing is 0.
fn ratio(part: u128, whole: u128) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
