//! One request on the ledger, from its head to its answer.

use std::sync::Arc;
use std::time::Duration;

use model::Component;
use proto::{Tenant, UnixNanos};

use super::book::{Book, NO_COMPONENT, Pages};
use super::counts::Refusals;
use super::{Counts, Ledger, MINUTE_NS, Measure, SenderId, Visit};

/// A span that arrives more than this after its end is late.
pub const LATE_NS: u64 = 60 * 1_000_000_000;
/// The reason of requests whose sender did not wait for the answer.
const CANCELLED: &str = "cancelled";
/// The reason of requests that a fault of ours ended.
const INTERNAL: &str = "internal";

/// A request that is being received. It must be settled: by an outcome, or by being dropped, which counts it as
/// `cancelled`: its sender did not wait, and its spans may have been kept or not.
#[derive(Debug)]
pub struct Entry {
    ledger: Ledger,
    transport: &'static str,
    began: Duration,
    arrival: UnixNanos,
    book: Option<Arc<Book>>,
    sender: Option<SenderId>,
    body: Option<Body>,
    added: Counts,
    is_settled: bool,
}

/// What was read of a request.
#[derive(Debug)]
struct Body {
    bytes: u64,
    contents: Contents,
}

/// The spans of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    components: [Spans; Component::ALL.len()],
    /// Spans that cannot be kept.
    pub rejected: u64,
    /// The latest end of any span, 0 without spans.
    pub newest_end: UnixNanos,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Spans {
    all: u64,
    late: u64,
}

impl Contents {
    /// `spans` that cannot be kept: those of a body that is refused.
    #[must_use]
    pub fn refused(spans: u64) -> Self {
        Self { rejected: spans, ..Self::default() }
    }

    /// Takes in a span of `component` that ended at `end` and arrived at `arrival`.
    pub fn add(&mut self, component: Component, end: UnixNanos, arrival: UnixNanos) {
        let spans = &mut self.components[component as usize];
        spans.all += 1;
        spans.late += u64::from(end.saturating_add(LATE_NS) < arrival);
        self.newest_end = self.newest_end.max(end);
    }

    /// The component of most spans.
    #[must_use]
    pub fn component(&self) -> Option<Component> {
        Component::ALL
            .into_iter()
            .filter(|component| self.components[*component as usize].all > 0)
            .max_by_key(|component| self.components[*component as usize].all)
    }

    /// All spans, those that cannot be kept included.
    #[must_use]
    pub fn spans(&self) -> u64 {
        self.rejected + self.components.iter().map(|spans| spans.all).sum::<u64>()
    }

    /// Where the request as a whole is counted.
    fn index(&self) -> usize {
        self.component().map_or(NO_COMPONENT, |component| component as usize)
    }

    /// The components that have spans.
    fn present(&self) -> impl Iterator<Item = (usize, Spans)> {
        self.components.iter().copied().enumerate().filter(|(_, spans)| spans.all > 0)
    }
}

impl Body {
    fn settle(self, pages: &mut Pages, minute: u64, outcome: Outcome, added: &Counts, latency: Duration) {
        let Self { bytes, contents } = self;
        let (index, spans) = (contents.index(), contents.spans());
        pages.in_flight.requests -= 1;
        pages.in_flight.bytes -= bytes;
        pages.in_flight.spans -= spans;
        let (requests_of, bytes_of, spans_of) = match outcome {
            Outcome::Refused(reason) => {
                let refusals = Refusals { requests: 1, bytes, spans, unread_requests: 0 };
                pages.count(minute, index, |counts| counts.refuse(reason, &refusals));
                return;
            }
            Outcome::Acknowledged => {
                pages.acks.observe(latency);
                pages.count(minute, index, |counts| counts.merge(added));
                for (index, spans) in contents.present() {
                    pages.count(minute, index, |counts| counts.add(Measure::LateSpans, spans.late));
                }
                (Measure::AcknowledgedRequests, Measure::AcknowledgedBytes, Measure::AcknowledgedSpans)
            }
            Outcome::Duplicate => {
                (Measure::DuplicateRequests, Measure::DuplicateBytes, Measure::DuplicateSpans)
            }
        };
        pages.count(minute, index, |counts| {
            counts.add(requests_of, 1);
            counts.add(bytes_of, bytes);
            counts.add(Measure::RejectedSpans, contents.rejected);
        });
        for (index, spans) in contents.present() {
            pages.count(minute, index, |counts| counts.add(spans_of, spans.all));
        }
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    Acknowledged,
    Duplicate,
    Refused(&'static str),
}

impl Entry {
    pub(super) fn new(ledger: Ledger, transport: &'static str) -> Self {
        let env = &ledger.shared.env;
        let (began, arrival) = (env.monotonic(), env.now());
        Self {
            ledger,
            transport,
            began,
            arrival,
            book: None,
            sender: None,
            body: None,
            added: Counts::default(),
            is_settled: false,
        }
    }

    /// When the head of the request arrived.
    #[must_use]
    pub const fn arrival(&self) -> UnixNanos {
        self.arrival
    }

    /// Says who sends it, for the list of senders: an address and what it calls itself.
    pub fn sent_by(&mut self, address: &str, user_agent: &str) {
        self.sender = Some(SenderId::new(address, user_agent, self.transport));
    }

    /// Says whose request it is. Before, it is nobody's.
    pub fn of_tenant(&mut self, tenant: &Tenant) {
        self.book = Some(self.ledger.book(tenant));
    }

    /// Says that the body was read, `bytes` after inflation, and what is in it.
    pub fn read(&mut self, bytes: u64, contents: Contents) {
        let minute = self.minute();
        self.book().write(|pages| {
            pages.in_flight.requests += 1;
            pages.in_flight.bytes += bytes;
            pages.in_flight.spans += contents.spans();
            pages.count(minute, contents.index(), |counts| {
                counts.add(Measure::ReceivedRequests, 1);
                counts.add(Measure::ReceivedBytes, bytes);
                counts.add(Measure::ReceivedSpans, contents.rejected);
            });
            for (index, spans) in contents.present() {
                pages.count(minute, index, |counts| counts.add(Measure::ReceivedSpans, spans.all));
            }
        });
        self.body = Some(Body { bytes, contents });
    }

    /// Counts `more` of `measure`, should the request be acknowledged.
    pub fn add(&mut self, measure: Measure, more: u64) {
        self.added.add(measure, more);
    }

    /// Its spans are durable, and this is about to be answered.
    pub fn acknowledged(&mut self) {
        self.settle(Outcome::Acknowledged);
    }

    /// It is a retry of what is kept, and is about to be answered like that.
    pub fn duplicate(&mut self) {
        self.settle(Outcome::Duplicate);
    }

    /// It is about to be refused for `reason`, a word of [`proto::ErrorKind::name`]. The first outcome counts.
    pub fn refused(&mut self, reason: &'static str) {
        self.settle(Outcome::Refused(reason));
    }

    fn settle(&mut self, outcome: Outcome) {
        if std::mem::replace(&mut self.is_settled, true) {
            return;
        }
        let latency = self.ledger.shared.env.monotonic().saturating_sub(self.began);
        let (bytes, is_partial) =
            self.body.as_ref().map_or((0, false), |body| (body.bytes, body.contents.rejected > 0));
        let word = match outcome {
            Outcome::Acknowledged if is_partial => "partial",
            Outcome::Acknowledged => "ok",
            Outcome::Duplicate => "duplicate",
            Outcome::Refused(reason) => reason,
        };
        self.ledger.count_transport(self.transport, word, bytes);
        self.note_sender(word);
        let minute = self.minute();
        let body = self.body.take();
        let added = std::mem::take(&mut self.added);
        self.book().write(|pages| match body {
            Some(body) => body.settle(pages, minute, outcome, &added, latency),
            None => pages.count(minute, NO_COMPONENT, |counts| {
                // Only what was read can be acknowledged.
                let reason = if let Outcome::Refused(reason) = outcome { reason } else { INTERNAL };
                counts.add(Measure::ReceivedRequests, 1);
                counts.refuse(reason, &Refusals { requests: 1, unread_requests: 1, ..Refusals::default() });
            }),
        });
    }

    fn note_sender(&mut self, outcome: &'static str) {
        let Some(id) = self.sender.take() else { return };
        let contents = self.body.as_ref().map(|body| &body.contents);
        self.ledger.visited(Visit {
            id: SenderId { component: contents.and_then(Contents::component), ..id },
            at: self.arrival,
            tenant: self.book.as_ref().map(|book| book.tenant().to_owned()),
            outcome,
            spans: contents.map_or(0, Contents::spans),
            newest_end: contents.map(|contents| contents.newest_end).filter(|end| *end > 0),
        });
    }

    fn minute(&self) -> u64 {
        self.arrival / MINUTE_NS
    }

    fn book(&self) -> &Book {
        self.book.as_ref().unwrap_or(&self.ledger.shared.unknown)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.settle(Outcome::Refused(if std::thread::panicking() { INTERNAL } else { CANCELLED }));
    }
}
