//! What is said at the end: whether the API server continued the trace, where it is on the page, and what is in it.

use proto::UnixNanos;

use super::arrival::Found;
use super::caller::Caller;
use super::context::TraceContext;
use super::proxy::Passed;
use crate::format;
use crate::source::Source;
use crate::trace::{TraceJson, tree};

/// The most traces that are printed.
const TRACES_SHOWN_MAX: usize = 3;
/// A trace with more spans is only named: the terminal holds the command's own output, too.
const SPANS_SHOWN_MAX: u64 = 300;
/// The page opens at the command's time and so much before and after it.
const PAGE_MARGIN_NS: u64 = 60_000_000_000;

/// What is known at the end.
#[derive(Debug)]
pub(super) struct Outcome<'a> {
    /// The server's address, as the flag names it.
    pub server: &'a str,
    pub context: TraceContext,
    pub caller: &'a Caller,
    pub passed: &'a Passed,
    pub began: UnixNanos,
    pub ended: UnixNanos,
}

impl Outcome<'_> {
    /// The text for the terminal.
    ///
    /// # Errors
    /// When the server does not give a trace that it has found.
    pub(super) async fn text(&self, source: &Source, found: &[Found]) -> anyhow::Result<String> {
        let mut text = self.verdict(found);
        for Found { trace_id, start, spans } in found.iter().take(TRACES_SHOWN_MAX) {
            text.push_str(&format!("\n\n{}\n", self.address(trace_id, start)));
            if *spans > SPANS_SHOWN_MAX {
                let spans = format::count(*spans);
                text.push_str(&format!(
                    "trace {trace_id}: {spans} spans; `tailplane trace {trace_id}` prints them"
                ));
                continue;
            }
            let trace: TraceJson = source.get(&format!("/api/v1/traces/{trace_id}?t={start}")).await?;
            text.push_str(&tree(&trace));
        }
        if found.len() > TRACES_SHOWN_MAX {
            let more =
                found[TRACES_SHOWN_MAX..].iter().map(|trace| self.address(&trace.trace_id, &trace.start));
            text.push_str(&format!("\n\nand {}", more.collect::<Vec<_>>().join("\n    ")));
        }
        Ok(text)
    }

    /// One line: whether the API server continued the trace, and if not, why.
    fn verdict(&self, found: &[Found]) -> String {
        let offered = self.context.trace_id.to_string();
        let why_not = self.caller.why_not();
        let is_continued = found.first().is_some_and(|first| first.trace_id == offered);
        match (is_continued, found.len(), why_not) {
            (true, ..) => "tailplane: the API server continued the trace; its requests are marked ?, for the command itself sends no span".to_owned(),
            (false, 0, Some(why_not)) => format!(
                "tailplane: nothing of trace {offered} arrived: {why_not}, and sampled none of these {} requests",
                format::count(self.passed.requests)
            ),
            (false, 0, None) => format!(
                "tailplane: nothing of trace {offered} arrived: does the API server send its spans here (`tailplane doctor`)? \
                 They may come later (--wait): `tailplane trace {offered}`"
            ),
            (false, traces, why_not) => {
                let traces = format::count(traces as u64);
                let why_not = why_not.unwrap_or_else(|| "the API server began traces of its own".to_owned());
                format!(
                    "tailplane: {why_not}; {traces} of these were sampled and lead back to trace {offered}"
                )
            }
        }
    }

    /// The page at that trace, which `start` is a time of; the id alone where the page has no address.
    fn address(&self, trace_id: &str, start: &str) -> String {
        let server = self.server.trim_end_matches('/');
        if server.starts_with("unix:") {
            return trace_id.to_owned();
        }
        let scheme = if server.contains("://") { "" } else { "http://" };
        let (from, to) =
            (self.began.saturating_sub(PAGE_MARGIN_NS), self.ended.saturating_add(PAGE_MARGIN_NS));
        let (from, to) = (from / 1_000_000, to / 1_000_000);
        format!("{scheme}{server}/?from={from}&to={to}&trace={trace_id}&t={start}")
    }
}

#[cfg(test)]
mod tests;
