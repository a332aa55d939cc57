//! Which traces of a segment the rules drop. Rows come in order of trace, so one trace is looked at at a time.
//!
//! A trace goes whole or stays whole. It goes when it is whole as far as this segment can tell: one root, every other span
//! below another of its spans, and nothing of it so near to the first or last arrival that the rest may be elsewhere.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int32Type;
use proto::{ErrorKind, UnixNanos};

use crate::catalog::SegmentTimes;
use crate::config::ThinRule;
use crate::schema::column;
use crate::segment::{RowKey, row_keys};
use crate::{Error, Result};

/// What is read of a segment.
pub(super) const COLUMNS: [&str; 9] = [
    column::TRACE_ID,
    column::SPAN_ID,
    column::PARENT_SPAN_ID,
    column::START_TIME,
    column::START_NANOS,
    column::DURATION_NS,
    column::NAME,
    column::SERVICE_NAME,
    column::STATUS_CODE,
];

/// A larger trace stays: nobody calls it idle.
const SPANS_MAX: usize = 1_000;
/// So long after its last span ended all of a trace has arrived.
const ARRIVED_AFTER_NS: u64 = 60 * 1_000_000_000;
/// OTLP's status code for an error.
const STATUS_ERROR: i32 = 2;

/// The rules, for one segment.
#[derive(Debug)]
pub(super) struct Rules {
    rules: Vec<ThinRule>,
    times: SegmentTimes,
    /// Ascending.
    pinned: Arc<[u128]>,
}

impl Rules {
    /// `rules` for a segment of these times, of whose tenant the traces `pinned` are pinned.
    pub(super) fn new(rules: &[ThinRule], times: SegmentTimes, pinned: Arc<[u128]>) -> Self {
        Self { rules: rules.to_vec(), times, pinned }
    }

    /// Nothing has been read yet.
    pub(super) fn judge(&self) -> Judge<'_> {
        Judge { rules: self, trace: Trace::default(), condemned: Vec::new() }
    }

    /// How fast a trace with such a root has to be; `None` where it stays.
    fn limit_ns(&self, name: &str, service: &str) -> Option<u64> {
        let matching =
            self.rules.iter().filter(|rule| matches(&rule.name, name) && matches(&rule.service, service));
        let limits = matching.map(|rule| u64::try_from(rule.max_duration.as_nanos()).unwrap_or(u64::MAX));
        limits.max()
    }

    fn drops(&self, trace: &Trace) -> bool {
        let ids: HashSet<u64> = trace.spans.iter().map(|span| span.id).collect();
        let Some(limit_ns) = trace.limit_ns else { return false };
        trace.roots == 1
            && !trace.has_error
            && self.pinned.binary_search(&trace.id).is_err()
            && trace.spans.len() <= SPANS_MAX
            && trace.longest_ns < limit_ns
            && trace.start >= self.times.arrival_min
            && trace.end.saturating_add(ARRIVED_AFTER_NS) <= self.times.arrival_max
            && trace.spans.iter().all(|span| span.parent.is_none_or(|parent| ids.contains(&parent)))
    }
}

/// A segment being looked at.
#[derive(Debug)]
pub(super) struct Judge<'a> {
    rules: &'a Rules,
    trace: Trace,
    /// The ids of those that go.
    condemned: Vec<u128>,
}

#[derive(Debug, Default)]
struct Trace {
    id: u128,
    /// One more than [`SPANS_MAX`] at most.
    spans: Vec<Span>,
    rows: u64,
    roots: u32,
    /// What the rules say of its root.
    limit_ns: Option<u64>,
    has_error: bool,
    longest_ns: u64,
    start: UnixNanos,
    end: UnixNanos,
}

#[derive(Debug)]
struct Span {
    id: u64,
    parent: Option<u64>,
}

impl Judge<'_> {
    /// Looks at the next rows.
    pub(super) fn read(&mut self, batch: &RecordBatch) -> Result<()> {
        let column = |name: &str| {
            let missing = || Error::new(ErrorKind::Corrupt, format!("a segment has no column {name}"));
            batch.column_by_name(name).map(Arc::as_ref).ok_or_else(missing)
        };
        let parents = column(column::PARENT_SPAN_ID)?.as_fixed_size_binary();
        let names = column(column::NAME)?.as_string::<i32>();
        let services = column(column::SERVICE_NAME)?.as_string::<i32>();
        let statuses = column(column::STATUS_CODE)?.as_primitive::<Int32Type>();
        for (row, key) in row_keys(batch, 0)?.enumerate() {
            if self.trace.id != key.trace_id || self.trace.rows == 0 {
                self.close();
                self.trace = Trace { id: key.trace_id, start: UnixNanos::MAX, ..Trace::default() };
            }
            let parent = parents.is_valid(row).then(|| id_of(parents.value(row)));
            if parent.is_none() {
                let service = if services.is_valid(row) { services.value(row) } else { "" };
                self.trace.limit_ns = self.rules.limit_ns(names.value(row), service);
                self.trace.roots += 1;
            }
            self.trace.has_error |= statuses.is_valid(row) && statuses.value(row) == STATUS_ERROR;
            self.trace.add(&key, parent);
        }
        Ok(())
    }

    /// All was read: the ids of the traces that go, ascending.
    pub(super) fn finish(mut self) -> Vec<u128> {
        self.close();
        self.condemned
    }

    fn close(&mut self) {
        if self.trace.rows > 0 && self.rules.drops(&self.trace) {
            self.condemned.push(self.trace.id);
        }
    }
}

impl Trace {
    fn add(&mut self, key: &RowKey, parent: Option<u64>) {
        self.rows += 1;
        self.start = self.start.min(key.start);
        self.end = self.end.max(key.end);
        self.longest_ns = self.longest_ns.max(key.reference(false).duration_ns);
        if self.spans.len() <= SPANS_MAX {
            self.spans.push(Span { id: key.span_id, parent });
        }
    }
}

fn id_of(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |id, byte| id << 8 | u64::from(*byte))
}

/// Whether `text` is of the form `pattern`, in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        // The first place leaves the most for what follows.
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests;
