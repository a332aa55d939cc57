//! The batching exporter of OpenTelemetry Go as a state machine: 512 spans or 5 s, a queue of 2,048, one export in
//! flight, retries, and loss without a word.
//!
//! Sources: opentelemetry-go `sdk/trace/batch_span_processor.go`, `exporters/otlp/otlptrace/internal/retry`.

use std::collections::VecDeque;

use proto::UnixNanos;

/// The most spans of a batch.
pub const BATCH_SPANS_MAX: usize = 512;
/// The most spans that wait while an export is under way.
pub const QUEUE_SPANS_MAX: usize = 2_048;
/// The longest that a span waits for its batch to fill, in ns.
pub const BATCH_DELAY_NS: u64 = 5_000_000_000;
/// How long an export may take, all attempts together, in ns.
pub const EXPORT_TIMEOUT_NS: u64 = 10_000_000_000;
const FIRST_BACKOFF_NS: u64 = 5_000_000_000;
const BACKOFF_NS_MAX: u64 = 30_000_000_000;

/// How an export attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has the batch.
    Acknowledged,
    /// A status that may be retried, and the delay that its RetryInfo asked for, in ns.
    Retryable {
        /// Zero when there was no RetryInfo.
        retry_after_ns: u64,
    },
    /// A status that may not be retried: the batch is lost.
    Refused,
}

/// What an exporter wants to send now.
#[derive(Debug, PartialEq, Eq)]
pub enum Sending<S> {
    /// A new batch.
    Batch(Vec<S>),
    /// The batch in flight once more, as attempt number `.0`.
    Again(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    InFlight { since: UnixNanos, attempt: u32 },
    Waiting { since: UnixNanos, attempt: u32, until: UnixNanos },
}

/// One process's exporter. Time comes from outside; spans are of any type.
#[derive(Debug)]
pub struct Exporter<S> {
    queue: VecDeque<S>,
    state: State,
    timer: UnixNanos,
    in_flight_spans: u64,
    dropped: u64,
    discarded: u64,
}

impl<S> Exporter<S> {
    /// An exporter that started at `now`.
    #[must_use]
    pub fn new(now: UnixNanos) -> Self {
        Self {
            queue: VecDeque::new(),
            state: State::Idle,
            timer: now + BATCH_DELAY_NS,
            in_flight_spans: 0,
            dropped: 0,
            discarded: 0,
        }
    }

    /// A span has ended. `false` when the queue was full and the span is lost.
    pub fn offer(&mut self, span: S) -> bool {
        if self.queue.len() >= QUEUE_SPANS_MAX {
            self.dropped += 1;
            return false;
        }
        self.queue.push_back(span);
        true
    }

    /// When [`Exporter::poll`] next has something to do, should no span end before. `None` while an answer is awaited.
    #[must_use]
    pub fn due(&self) -> Option<UnixNanos> {
        match self.state {
            State::Idle if self.queue.len() >= BATCH_SPANS_MAX => Some(0),
            State::Idle => Some(self.timer),
            State::InFlight { .. } => None,
            State::Waiting { until, .. } => Some(until),
        }
    }

    /// What is to be sent at `now`, if anything. `same_batch` says whether a span may share a request with the first.
    pub fn poll(&mut self, now: UnixNanos, same_batch: impl Fn(&S, &S) -> bool) -> Option<Sending<S>> {
        match self.state {
            State::InFlight { .. } => None,
            State::Waiting { since, attempt, until } => (now >= until).then(|| {
                self.state = State::InFlight { since, attempt: attempt + 1 };
                Sending::Again(attempt + 1)
            }),
            State::Idle => {
                if self.queue.len() < BATCH_SPANS_MAX && now < self.timer {
                    return None;
                }
                self.timer = now + BATCH_DELAY_NS;
                let batch = self.take_batch(same_batch);
                if batch.is_empty() {
                    return None;
                }
                self.in_flight_spans = batch.len() as u64;
                self.state = State::InFlight { since: now, attempt: 1 };
                Some(Sending::Batch(batch))
            }
        }
    }

    fn take_batch(&mut self, same_batch: impl Fn(&S, &S) -> bool) -> Vec<S> {
        let first = self.queue.front();
        let most = self.queue.len().min(BATCH_SPANS_MAX);
        let spans = first.map_or(0, |first| {
            self.queue.iter().take(most).take_while(|span| same_batch(first, span)).count()
        });
        self.queue.drain(..spans).collect()
    }

    /// The attempt in flight ended at `now`. `jitter` in `0..1` spreads the backoff.
    pub fn answer(&mut self, now: UnixNanos, outcome: Outcome, jitter: f64) {
        let State::InFlight { since, attempt } = self.state else { return };
        self.state = match outcome {
            Outcome::Acknowledged => State::Idle,
            Outcome::Refused => self.discard(),
            Outcome::Retryable { retry_after_ns } => {
                let growth = 1.5_f64.powi(attempt.min(20) as i32 - 1);
                let backoff = (FIRST_BACKOFF_NS as f64 * growth).min(BACKOFF_NS_MAX as f64);
                let until = now + ((backoff * (0.5 + jitter)) as u64).max(retry_after_ns);
                if until - since < EXPORT_TIMEOUT_NS {
                    State::Waiting { since, attempt, until }
                } else {
                    self.discard()
                }
            }
        };
    }

    fn discard(&mut self) -> State {
        self.discarded += self.in_flight_spans;
        State::Idle
    }

    /// Spans lost because the queue was full.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Spans lost with a batch that could not be delivered.
    #[must_use]
    pub const fn discarded(&self) -> u64 {
        self.discarded
    }

    /// Spans that wait for a batch.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }
}

#[cfg(test)]
mod tests;
