//! Who came and was refused: peers that never said what they are, and known ones whose latest request was not taken.

use std::collections::BTreeMap;

use proto::UnixNanos;

use super::finding::{Finding, Severity};
use super::recent::PERIOD_NS;
use super::said::SenderJson;
use super::section;

/// So many addresses are named.
const ADDRESSES_SHOWN_MAX: usize = 3;
/// A connection without a word: port probes, and exporters that have nothing to send yet.
const SAID_NOTHING: &str = "said_nothing";
/// Knocks at the page's port are people's and programs', not senders'.
const PAGE_LISTENER: &str = "web.listen";

/// A finding for each component and reason of the last minutes.
pub(super) fn findings(senders: &[SenderJson], now: UnixNanos) -> Vec<Finding> {
    let mut groups: BTreeMap<(String, &str, &str), Vec<&SenderJson>> = BTreeMap::new();
    let refused = senders.iter().filter(|sender| !sender.is_taken());
    for sender in refused.filter(|sender| now.saturating_sub(sender.last_seen) <= PERIOD_NS) {
        let about = sender.component.clone().unwrap_or_else(|| format!("unknown, {}", sender.protocol));
        groups.entry((about, &sender.outcome, &sender.advice)).or_default().push(sender);
    }
    groups
        .into_iter()
        .map(|((about, outcome, advice), group)| finding(about, outcome, advice, &group))
        .collect()
}

fn finding(about: String, outcome: &str, advice: &str, group: &[&SenderJson]) -> Finding {
    let is_harmless = outcome == SAID_NOTHING || group.iter().all(|sender| sender.protocol == PAGE_LISTENER);
    let severity = if is_harmless { Severity::Note } else { Severity::Fault };
    let mut addresses: Vec<&str> = group.iter().map(|sender| sender.address.as_str()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let more = addresses.len().saturating_sub(ADDRESSES_SHOWN_MAX);
    addresses.truncate(ADDRESSES_SHOWN_MAX);
    let mut shown = addresses.join(", ");
    if more > 0 {
        shown.push_str(&format!(" and {more} more"));
    }
    let what = format!("{} from {shown}", outcome.replace('_', " "));
    Finding {
        severity,
        ..Finding::fault(about, what, advice.trim_end_matches('.'), section::NOTHING_ARRIVES)
    }
}
