//! Waits until the spans of the command's requests are in Tailplane: in its trace, or in those that the API server began
//! itself.

use std::time::Duration;

use proto::{TraceId, UnixNanos};
use serde::{Deserialize, Serialize};
use storage::env::Env;

use super::proxy::Passed;
use crate::signals::Interrupts;
use crate::source::Source;

/// Between two looks.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);
/// Exporters send every five seconds, each at its own moment: what has not grown for longer is whole.
const SETTLED_AFTER: Duration = Duration::from_secs(6);
/// The most traces that are asked for: each request may have one.
const TRACES_MAX: usize = 100;
/// Clocks of the control plane may be ahead or behind by this.
const CLOCK_MARGIN: Duration = Duration::from_secs(60);

/// A trace that belongs to the command.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Found {
    pub trace_id: String,
    /// Nanoseconds since the Unix epoch.
    pub start: String,
    pub spans: u64,
}

/// What is looked for, and until when.
#[derive(Debug)]
pub(super) struct Search<'a> {
    pub source: &'a Source,
    pub trace_id: TraceId,
    pub passed: &'a Passed,
    /// When the command began.
    pub began: UnixNanos,
    pub patience: Duration,
    pub env: &'a Env,
}

#[derive(Debug, Serialize)]
struct Question {
    lang: &'static str,
    text: String,
    start: String,
    end: String,
    limit: usize,
    spans_per_spanset: usize,
}

#[derive(Debug, Deserialize)]
struct AnswerJson {
    traces: Vec<Found>,
}

impl Search<'_> {
    /// Looks until nothing is added any more, patience ends, or `interrupts` says so. The offered trace, if it is there, is
    /// the first.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(super) async fn wait(&self, interrupts: &mut Interrupts) -> anyhow::Result<Vec<Found>> {
        let began = self.env.monotonic();
        let mut growth = Growth::default();
        let mut latest = Vec::new();
        loop {
            let left = self.patience.saturating_sub(self.env.monotonic().saturating_sub(began));
            // A server that takes a question and does not answer it must not hold the terminal.
            let found = tokio::select! {
                found = self.look() => found?,
                () = self.env.sleep(left.max(LOOK_INTERVAL)) => return Ok(latest),
                _ = interrupts.next() => return Ok(latest),
            };
            let waited = self.env.monotonic().saturating_sub(began);
            let spans = found.iter().map(|trace| trace.spans).sum();
            if growth.is_over(spans, waited) || waited >= self.patience {
                return Ok(found);
            }
            tokio::select! {
                () = self.env.sleep(LOOK_INTERVAL) => (),
                _ = interrupts.next() => return Ok(found),
            }
            latest = found;
        }
    }

    async fn look(&self) -> anyhow::Result<Vec<Found>> {
        let margin = u64::try_from(CLOCK_MARGIN.as_nanos()).unwrap_or(u64::MAX);
        let question = Question {
            lang: "traceql",
            text: filter(self.trace_id, &self.passed.audit_ids),
            start: self.began.saturating_sub(margin).to_string(),
            end: self.env.now().saturating_add(margin).to_string(),
            limit: TRACES_MAX,
            spans_per_spanset: 1,
        };
        let AnswerJson { mut traces } = self.source.post("/api/v1/query", &question).await?;
        let offered = self.trace_id.to_string();
        // The sort is stable: the others stay as the server has them, the latest first.
        traces.sort_by_key(|trace| trace.trace_id != offered);
        Ok(traces)
    }
}

/// The trace itself, those with a link to it, and those whose requests have one of the audit ids that were answered.
fn filter(trace_id: TraceId, audit_ids: &[String]) -> String {
    let mut text = format!("{{ trace:id = \"{trace_id}\" || link:traceID = \"{trace_id}\"");
    let is_plain =
        |id: &&String| id.chars().all(|character| character.is_ascii_alphanumeric() || character == '-');
    for audit_id in audit_ids.iter().filter(is_plain) {
        text.push_str(&format!(" || span.audit-id = \"{audit_id}\""));
    }
    text.push_str(" }");
    text
}

/// Whether something still grows.
#[derive(Debug, Default)]
struct Growth {
    spans: u64,
    since: Duration,
}

impl Growth {
    /// Notes that there are `spans` after `waited`.
    fn is_over(&mut self, spans: u64, waited: Duration) -> bool {
        if spans != self.spans {
            *self = Self { spans, since: waited };
        }
        spans > 0 && waited.saturating_sub(self.since) >= SETTLED_AFTER
    }
}

#[cfg(test)]
mod tests;
