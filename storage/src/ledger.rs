//! The ledger: what came in, and what became of every request and span of it. The one place that counts.
//!
//! - [`Ledger::open`] -> [`Entry`]: one request, from its head to its answer; an entry that is dropped was cancelled
//! - [`Measure`]: what is counted; a new figure is a new line there and [`Entry::add`]
//! - [`Ledger::senders`]: who sends, and who tried to
//! - [`Ledger::totals`], [`Ledger::window`]: since the start, and by minute for the last 24 hours
//!
//! Counts are kept by tenant, component and minute. All of it is bounded: tenants by `storage.ledger_tenants_max` (the
//! rest share [`OTHER_TENANTS`]), components by [`model::Component`], minutes by [`MINUTES_MAX`].

mod acks;
mod book;
mod counts;
mod current;
mod entry;
mod measure;
mod metrics;
mod senders;
mod window;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::OnceLock;

use parking_lot::{Mutex, RwLock};
use prometheus_client::metrics::gauge::Gauge;
use proto::{Tenant, UnixNanos};

pub use acks::{ACK_BOUNDS_SECONDS, Acks};
use book::Book;
pub use book::{Balance, InFlight, TenantTotals};
pub use counts::{Counts, Refusals};
pub use current::Current;
pub use entry::{Contents, Entry, LATE_NS};
pub use measure::Measure;
pub use metrics::LedgerMetrics;
use senders::Senders;
pub use senders::{CLOCK_AHEAD_NS, CLOCK_BEHIND_NS, Sender, SenderId, Visit};
pub use window::{MinuteCounts, NotHeld, Question, Window};

use crate::env::Env;

/// How many minutes are kept, per tenant.
pub const MINUTES_MAX: usize = 24 * 60;
/// How many peers are listed.
pub const SENDERS_MAX: usize = 1_000;
/// The name under which tenants beyond `storage.ledger_tenants_max` are counted: one that no tenant can have.
pub const OTHER_TENANTS: &str = "(other)";
/// The name under which requests are counted that were refused before anybody knew whose they are.
pub const UNKNOWN_TENANT: &str = "(unknown)";

pub(crate) const MINUTE_NS: u64 = 60 * 1_000_000_000;

/// The ledger of one process. Cheap to clone; clones count together.
#[derive(Clone)]
pub struct Ledger {
    shared: Arc<Shared>,
}

struct Shared {
    env: Env,
    since: UnixNanos,
    tenants_max: usize,
    books: RwLock<HashMap<Tenant, Arc<Book>>>,
    other: Arc<Book>,
    unknown: Arc<Book>,
    /// Requests and body bytes by transport and outcome, both few.
    transports: Mutex<Vec<TransportCounts>>,
    senders: Senders,
    bytes_in_flight: Gauge,
    current: OnceLock<ReadCurrent>,
}

type ReadCurrent = Box<dyn Fn() -> Option<Current> + Send + Sync>;

/// The requests of one transport that ended one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportCounts {
    /// `grpc`, `http_protobuf`, `http_json`, `unix`, or `http` when the content type says none.
    pub transport: &'static str,
    /// `ok`, `partial`, `duplicate`, or the reason of a refusal.
    pub outcome: &'static str,
    /// Requests.
    pub requests: u64,
    /// Bytes of their bodies after inflation, of those that were read.
    pub bytes: u64,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("since", &self.shared.since).finish_non_exhaustive()
    }
}

impl Ledger {
    /// An empty ledger that tells `tenants_max` tenants apart.
    #[must_use]
    pub fn new(tenants_max: usize, env: Env) -> Self {
        let shared = Shared {
            since: env.now(),
            env,
            tenants_max,
            books: RwLock::default(),
            other: Arc::new(Book::new(OTHER_TENANTS)),
            unknown: Arc::new(Book::new(UNKNOWN_TENANT)),
            transports: Mutex::default(),
            senders: Senders::new(SENDERS_MAX),
            bytes_in_flight: Gauge::default(),
            current: OnceLock::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Begins the entry of a request whose head has just arrived by `transport`.
    #[must_use]
    pub fn open(&self, transport: &'static str) -> Entry {
        Entry::new(self.clone(), transport)
    }

    /// Counts `spans` of `tenant` that a segment holds now.
    pub fn flushed(&self, tenant: &Tenant, spans: u64) {
        let minute = self.shared.env.now() / MINUTE_NS;
        self.book(tenant).count(minute, |counts| counts.add(Measure::FlushedSpans, spans));
    }

    /// Counts `spans` of `tenant` that a rule has dropped from a segment.
    pub fn thinned(&self, tenant: &Tenant, spans: u64) {
        let minute = self.shared.env.now() / MINUTE_NS;
        self.book(tenant).count(minute, |counts| counts.add(Measure::ThinnedSpans, spans));
    }

    /// The bytes of requests that are being received, decoded and written; whoever holds them moves the gauge.
    #[must_use]
    pub fn bytes_in_flight(&self) -> Gauge {
        self.shared.bytes_in_flight.clone()
    }

    /// What is in memory and in the log at this moment; `None` without a storage.
    #[must_use]
    pub fn current(&self) -> Option<Current> {
        self.shared.current.get().and_then(|read| read())
    }

    /// Has [`Self::current`] read by `read`: the first reader stays.
    pub(crate) fn read_current_by(&self, read: impl Fn() -> Option<Current> + Send + Sync + 'static) {
        // A second storage does not share a ledger.
        drop(self.shared.current.set(Box::new(read)));
    }

    /// When counting began: the start of the process.
    #[must_use]
    pub fn since(&self) -> UnixNanos {
        self.shared.since
    }

    /// What was counted since the start, by tenant, in the order of their names.
    #[must_use]
    pub fn totals(&self) -> Vec<TenantTotals> {
        self.books().iter().map(|book| book.totals()).collect()
    }

    /// Notes a connection that led to no request. Requests note themselves, by [`Entry::sent_by`].
    pub fn visited(&self, visit: Visit) {
        self.shared.senders.visited(visit);
    }

    /// The last peers, at most [`SENDERS_MAX`], the latest first.
    #[must_use]
    pub fn senders(&self) -> Vec<Sender> {
        self.shared.senders.list()
    }

    /// Requests since the start by transport and outcome.
    #[must_use]
    pub fn transports(&self) -> Vec<TransportCounts> {
        self.shared.transports.lock().clone()
    }

    fn count_transport(&self, transport: &'static str, outcome: &'static str, bytes: u64) {
        let mut transports = self.shared.transports.lock();
        let known = transports.iter().position(|row| row.transport == transport && row.outcome == outcome);
        let index = known.unwrap_or_else(|| {
            transports.push(TransportCounts { transport, outcome, requests: 0, bytes: 0 });
            transports.len() - 1
        });
        transports[index].requests += 1;
        transports[index].bytes += bytes;
    }

    fn book(&self, tenant: &Tenant) -> Arc<Book> {
        if let Some(book) = self.shared.books.read().get(tenant) {
            return Arc::clone(book);
        }
        let mut books = self.shared.books.write();
        if books.len() >= self.shared.tenants_max && !books.contains_key(tenant) {
            return Arc::clone(&self.shared.other);
        }
        let book = books.entry(tenant.clone()).or_insert_with(|| Arc::new(Book::new(tenant.as_str())));
        Arc::clone(book)
    }

    /// Every book in which something stands.
    fn books(&self) -> Vec<Arc<Book>> {
        let shared = &self.shared;
        let mut books: Vec<_> = shared.books.read().values().map(Arc::clone).collect();
        books.extend([&shared.other, &shared.unknown].into_iter().filter(|book| !book.is_empty()).cloned());
        books.sort_by(|left, right| left.tenant().cmp(right.tenant()));
        books
    }
}

#[cfg(test)]
mod tests;
