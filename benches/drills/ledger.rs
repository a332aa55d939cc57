//! What was sent and what was acknowledged, and what of it is there afterwards.

use std::fmt;

use parking_lot::Mutex;

use super::spans::Key;

/// What is known of a request that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Without an answer that says it was kept: it may be there, once.
    Indeterminate,
    /// Its spans have to be there, once.
    Acknowledged,
}

/// Every request of a drill.
#[derive(Debug)]
pub struct Ledger {
    run: u32,
    spans_per_request: u16,
    clients: Mutex<Vec<Vec<State>>>,
}

/// The spans of one trace that were read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Its id.
    pub trace_id: [u8; 16],
    /// Rows.
    pub rows: u64,
    /// Different span ids.
    pub spans: u64,
    /// The sum of all durations, ns.
    pub duration_ns: u64,
}

/// What came of it, in spans. All but the first three have to be zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    /// Acknowledged, so that they have to be there.
    pub acknowledged: u64,
    /// Without an answer, and there.
    pub indeterminate_present: u64,
    /// Without an answer, and not there.
    pub indeterminate_absent: u64,
    /// Acknowledged and not there.
    pub lost: u64,
    /// Rows beyond the first of a span.
    pub duplicated: u64,
    /// There, though nobody sent them.
    pub phantom: u64,
    /// Of requests that are there with other contents than were sent.
    pub mutated: u64,
    /// Of unacknowledged requests that are there in part.
    pub torn: u64,
}

impl Ledger {
    /// An empty one; spans of other runs are nobody's.
    #[must_use]
    pub fn new(run: u32, spans_per_request: u16) -> Self {
        Self { run, spans_per_request, clients: Mutex::default() }
    }

    /// Spans of a request.
    #[must_use]
    pub fn spans_per_request(&self) -> u16 {
        self.spans_per_request
    }

    /// The key of `client`'s next request, which is indeterminate from now on.
    pub fn send(&self, client: u16) -> Key {
        let mut clients = self.clients.lock();
        if clients.len() <= client.into() {
            clients.resize(usize::from(client) + 1, Vec::new());
        }
        let requests = &mut clients[usize::from(client)];
        requests.push(State::Indeterminate);
        Key { run: self.run, client, request: u32::try_from(requests.len() - 1).unwrap_or(u32::MAX) }
    }

    /// The request was acknowledged.
    pub fn acknowledge(&self, key: Key) {
        let mut clients = self.clients.lock();
        let requests = clients.get_mut(usize::from(key.client));
        if let Some(state) = requests.and_then(|requests| requests.get_mut(key.request as usize)) {
            *state = State::Acknowledged;
        }
    }

    /// Requests that were acknowledged so far.
    #[must_use]
    pub fn acknowledged_requests(&self) -> u64 {
        let clients = self.clients.lock();
        clients.iter().flatten().filter(|state| **state == State::Acknowledged).count() as u64
    }

    /// Compares with what was read back.
    #[must_use]
    pub fn balance(&self, found: &[Found]) -> Balance {
        let clients = self.clients.lock();
        let per_request = u64::from(self.spans_per_request);
        let mut seen: Vec<Vec<bool>> = clients.iter().map(|requests| vec![false; requests.len()]).collect();
        let mut balance = Balance::default();
        for trace in found {
            balance.duplicated += trace.rows.saturating_sub(trace.spans);
            let key = Key::of_trace_id(trace.trace_id).filter(|key| key.run == self.run);
            let sent = key.and_then(|key| clients.get(usize::from(key.client))?.get(key.request as usize));
            let (Some(key), Some(state)) = (key, sent) else {
                balance.phantom += trace.spans;
                continue;
            };
            seen[usize::from(key.client)][key.request as usize] = true;
            balance.phantom += trace.spans.saturating_sub(per_request);
            let duration_ns: u64 = (0..self.spans_per_request).map(|index| key.duration_ns(index)).sum();
            if trace.rows == per_request && trace.spans == per_request && trace.duration_ns != duration_ns {
                balance.mutated += per_request;
            }
            balance.count(*state, per_request, trace.spans);
        }
        let states = clients.iter().flatten().zip(seen.iter().flatten());
        for (state, _) in states.filter(|(_, seen)| !**seen) {
            balance.count(*state, per_request, 0);
        }
        balance
    }
}

impl Balance {
    /// Adds another drill's.
    pub const fn add(&mut self, other: &Self) {
        self.acknowledged += other.acknowledged;
        self.indeterminate_present += other.indeterminate_present;
        self.indeterminate_absent += other.indeterminate_absent;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.phantom += other.phantom;
        self.mutated += other.mutated;
        self.torn += other.torn;
    }

    /// Counts a request of `sent` spans of which `there` are there.
    const fn count(&mut self, state: State, sent: u64, there: u64) {
        match state {
            State::Acknowledged => {
                self.acknowledged += sent;
                self.lost += sent.saturating_sub(there);
            }
            State::Indeterminate if there == 0 => self.indeterminate_absent += sent,
            State::Indeterminate if there < sent => self.torn += there,
            State::Indeterminate => self.indeterminate_present += sent,
        }
    }

    /// Whether nothing was lost, doubled or made up.
    #[must_use]
    pub const fn is_even(&self) -> bool {
        self.lost == 0 && self.duplicated == 0 && self.phantom == 0 && self.mutated == 0 && self.torn == 0
    }
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} spans acknowledged: lost {}, duplicated {}, phantom {}, mutated {}, torn {}; without an answer {} \
             present, {} absent",
            self.acknowledged,
            self.lost,
            self.duplicated,
            self.phantom,
            self.mutated,
            self.torn,
            self.indeterminate_present,
            self.indeterminate_absent
        )
    }
}
