//! Who sends, and who tried to: the last peers, each with what became of its latest request.

use std::collections::HashMap;

use model::Component;
use parking_lot::Mutex;
use proto::UnixNanos;

/// What is kept of an address or a user agent, in bytes.
const TEXT_BYTES_MAX: usize = 128;
/// The clock offset is the least of so many requests at most, so that a clock that was set shows soon.
const OFFSET_REQUESTS: u32 = 64;

/// A clock ahead by more than this shows: its spans end in the future.
pub const CLOCK_AHEAD_NS: i64 = 1_000_000_000;
/// A clock behind by more than this shows: exporters hold spans back for five seconds, and retry for ten.
pub const CLOCK_BEHIND_NS: i64 = 60_000_000_000;

/// Who a sender is: processes on one machine that say the same of themselves are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SenderId {
    /// The IP address, or `unix` and what the kernel knows of the process.
    pub address: String,
    /// What it calls itself; control characters are escaped.
    pub user_agent: String,
    /// `grpc`, `http_protobuf`, `http_json`, `http`, or the key of the listener it came to.
    pub protocol: String,
    /// What its spans come from.
    pub component: Option<Component>,
}

impl SenderId {
    /// Texts of strangers are cut, and what a terminal would obey is escaped.
    #[must_use]
    pub fn new(address: &str, user_agent: &str, protocol: &str) -> Self {
        let shown = |text: &str| -> String {
            text[..text.floor_char_boundary(TEXT_BYTES_MAX)].escape_debug().collect::<String>()
        };
        Self {
            address: shown(address),
            user_agent: shown(user_agent),
            protocol: protocol.to_owned(),
            component: None,
        }
    }
}

/// One visit: a request, or a connection that led to none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Who.
    pub id: SenderId,
    /// When.
    pub at: UnixNanos,
    /// Whose spans, as far as that is known.
    pub tenant: Option<String>,
    /// `ok`, `partial`, `duplicate`, the reason of a refusal, or a word for why it got no further.
    pub outcome: &'static str,
    /// Its spans.
    pub spans: u64,
    /// The latest end of any of them.
    pub newest_end: Option<UnixNanos>,
}

/// A peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Who.
    pub id: SenderId,
    /// Whose spans it sent last.
    pub tenant: Option<String>,
    /// The first visit since it is listed.
    pub first_seen: UnixNanos,
    /// The latest visit.
    pub last_seen: UnixNanos,
    /// Visits.
    pub requests: u64,
    /// Visits that were not acknowledged.
    pub refused: u64,
    /// Spans of acknowledged requests.
    pub spans: u64,
    /// What became of the latest visit.
    pub outcome: &'static str,
    /// Arrival minus the newest end, the least of its latest requests, in ns: what its clock is behind, the time it holds
    /// spans back included. Negative when its clock is ahead. `None` until it sent spans.
    pub clock_offset_ns: Option<i64>,
    offsets: Offsets,
}

/// The least offset of the requests of this round and of the round before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Offsets {
    this_round: Option<i64>,
    last_round: Option<i64>,
    requests: u32,
}

impl Offsets {
    fn take(&mut self, offset: i64) -> Option<i64> {
        if self.requests == OFFSET_REQUESTS {
            *self = Self { last_round: self.this_round, ..Self::default() };
        }
        self.requests += 1;
        self.this_round = Some(self.this_round.map_or(offset, |least| least.min(offset)));
        self.this_round.into_iter().chain(self.last_round).min()
    }
}

/// The list, of bounded length: whoever was not seen for the longest time makes room.
#[derive(Debug)]
pub(super) struct Senders {
    most: usize,
    list: Mutex<HashMap<SenderId, Sender>>,
}

impl Senders {
    pub(super) fn new(most: usize) -> Self {
        Self { most, list: Mutex::default() }
    }

    pub(super) fn visited(&self, visit: Visit) {
        if self.most == 0 {
            return;
        }
        let mut list = self.list.lock();
        if !list.contains_key(&visit.id) && list.len() >= self.most {
            let longest_gone =
                list.values().min_by_key(|sender| sender.last_seen).map(|sender| sender.id.clone());
            longest_gone.map(|id| list.remove(&id));
        }
        let sender = list.entry(visit.id.clone()).or_insert_with(|| Sender {
            id: visit.id,
            tenant: None,
            first_seen: visit.at,
            last_seen: visit.at,
            requests: 0,
            refused: 0,
            spans: 0,
            outcome: visit.outcome,
            clock_offset_ns: None,
            offsets: Offsets::default(),
        });
        let is_acknowledged = matches!(visit.outcome, "ok" | "partial" | "duplicate");
        sender.last_seen = sender.last_seen.max(visit.at);
        sender.requests += 1;
        sender.refused += u64::from(!is_acknowledged);
        sender.spans += if is_acknowledged { visit.spans } else { 0 };
        sender.outcome = visit.outcome;
        sender.tenant = visit.tenant.or_else(|| sender.tenant.take());
        if let Some(end) = visit.newest_end {
            let offset = i64::try_from(i128::from(visit.at) - i128::from(end)).unwrap_or(i64::MAX);
            sender.clock_offset_ns = sender.offsets.take(offset);
        }
    }

    /// The peers, the latest first.
    pub(super) fn list(&self) -> Vec<Sender> {
        let mut found: Vec<Sender> = self.list.lock().values().cloned().collect();
        found.sort_by(|left, right| {
            (right.last_seen, &left.id.address, &left.id.user_agent).cmp(&(
                left.last_seen,
                &right.id.address,
                &right.id.user_agent,
            ))
        });
        found
    }
}

#[cfg(test)]
mod tests;
