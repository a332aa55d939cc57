//! How each component is: whether it ever came, sends, fell silent, and how right its clock is.

use std::fmt;

use model::Component;
use proto::UnixNanos;
use serde::Serialize;
use storage::ledger::{CLOCK_AHEAD_NS, CLOCK_BEHIND_NS};

use super::nanos;
use super::recent::Recent;
use super::said::{MinuteOf, Said, SenderJson};
use crate::cli::SENDING;

/// A component of which nothing came for so long is silent, as the alert `ComponentSilent` has it.
pub(super) const SILENT_AFTER_NS: u64 = 600_000_000_000;
const NANOS_PER_MS: i64 = 1_000_000;
/// What a Collector calls itself begins or goes on like this, in every distribution of it.
const COLLECTOR_WORDS: [&str; 2] = ["otelcol", "collector"];
/// The row of Collectors.
pub(super) const COLLECTOR: &str = "collector";

/// How a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// Nothing ever came of it since this process began.
    NeverConnected,
    /// It was here, and no span of it was taken.
    ConnectedWithoutSpans,
    /// Its spans come.
    Sends,
    /// They came, and do not any more.
    Silent,
    /// They come, and lie at the wrong time.
    ClockOff,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NeverConnected => "never connected",
            Self::ConnectedWithoutSpans => "connected without spans",
            Self::Sends => "sends",
            Self::Silent => "silent",
            Self::ClockOff => "clock off",
        })
    }
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Row {
    pub component: &'static str,
    pub state: State,
    /// Addresses that are listed.
    pub senders: usize,
    /// `None` where it is not counted apart.
    pub spans_per_second: Option<f64>,
    /// Nanoseconds since the Unix epoch.
    #[serde(serialize_with = "nanos::serialize_option")]
    pub last_seen: Option<UnixNanos>,
    /// Of the clock that is off most: behind, or ahead where negative.
    pub clock_offset_ms: Option<i64>,
    /// Senders whose clock is off.
    pub clocks_off: usize,
    /// The share of traces that is sampled, as far as their ids tell.
    pub sampling_rate: Option<f64>,
}

/// A row for each component that is told to send, and one for Collectors.
pub(super) fn rows(said: &Said, recent: &Recent<'_>) -> Vec<Row> {
    let row = |component: Component| component_row(component.name(), said, recent);
    SENDING.into_iter().map(row).chain([collector_row(said)]).collect()
}

fn component_row(component: &'static str, said: &Said, recent: &Recent<'_>) -> Row {
    let own = |sender: &&SenderJson| sender.component.as_deref() == Some(component);
    let mut row = row(component, said.senders.senders.iter().filter(own), said.info.now);
    let spans = recent.of(component, "acknowledged_spans");
    let counted = said.ledger.minutes.iter();
    let counted =
        counted.filter(|minute| minute.component == component && minute.figure("acknowledged_spans") > 0);
    let earlier = said.earlier.get(component).map(|MinuteOf(minute)| *minute);
    let last_minute = counted.map(|minute| minute.t).max().or(earlier);
    row.last_seen = row.last_seen.max(last_minute);
    // A list of limited length may have forgotten who came first; the ledger has not.
    if last_minute.is_some() && matches!(row.state, State::NeverConnected | State::ConnectedWithoutSpans) {
        row.state = State::Sends;
    }
    if row.state == State::Sends && is_silent(row.last_seen, said.info.now) {
        row.state = State::Silent;
    }
    row.spans_per_second = Some(recent.rate(spans));
    row.sampling_rate = said.latency.get(component).and_then(|latency| latency.sampling.rate);
    row
}

fn collector_row(said: &Said) -> Row {
    let mut row =
        row(COLLECTOR, said.senders.senders.iter().filter(|sender| is_collector(sender)), said.info.now);
    if row.state == State::Sends && is_silent(row.last_seen, said.info.now) {
        row.state = State::Silent;
    }
    row
}

/// What the list of senders tells.
fn row<'a>(component: &'static str, senders: impl Iterator<Item = &'a SenderJson>, now: UnixNanos) -> Row {
    let senders: Vec<&SenderJson> = senders.collect();
    let offsets =
        senders.iter().filter(|sender| sender.is_taken() && !is_silent(Some(sender.last_seen), now));
    let off: Vec<i64> =
        offsets.filter_map(|sender| sender.clock_offset_ms).filter(|ms| is_off(*ms)).collect();
    let state = match senders.iter().map(|sender| sender.spans).max() {
        None => State::NeverConnected,
        Some(0) => State::ConnectedWithoutSpans,
        Some(_) if !off.is_empty() => State::ClockOff,
        Some(_) => State::Sends,
    };
    Row {
        component,
        state,
        senders: senders.len(),
        spans_per_second: None,
        last_seen: senders.iter().map(|sender| sender.last_seen).max(),
        clock_offset_ms: off.iter().copied().max_by_key(|ms| ms.unsigned_abs()),
        clocks_off: off.len(),
        sampling_rate: None,
    }
}

fn is_silent(last_seen: Option<UnixNanos>, now: UnixNanos) -> bool {
    last_seen.is_none_or(|last_seen| now.saturating_sub(last_seen) > SILENT_AFTER_NS)
}

fn is_off(offset_ms: i64) -> bool {
    let offset_ns = offset_ms.saturating_mul(NANOS_PER_MS);
    !(-CLOCK_AHEAD_NS..=CLOCK_BEHIND_NS).contains(&offset_ns)
}

fn is_collector(sender: &SenderJson) -> bool {
    let user_agent = sender.user_agent.to_lowercase();
    COLLECTOR_WORDS.iter().any(|word| user_agent.contains(word))
}

impl SenderJson {
    /// Whether its latest request was acknowledged.
    pub(super) fn is_taken(&self) -> bool {
        matches!(self.outcome.as_str(), "ok" | "partial" | "duplicate")
    }
}
