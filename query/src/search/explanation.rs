//! How a search or a series was answered, for people.

use std::fmt;

use super::LookedAt;
use crate::latency::Stats;
use crate::traceql::Query;

/// What was decided on the way to an answer. Printed, it is a line for each decision.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Explanation {
    /// The question as it was understood.
    question: String,
    /// What a span may meet to count by itself; empty where any may.
    filters: Vec<String>,
    /// Segments and rows, those in memory included, that were searched for such spans.
    segments: u64,
    rows: u64,
    /// Traces that have one; None where spans count one by one.
    candidates: Option<usize>,
    looked_at: LookedAt,
}

impl Explanation {
    /// That of a query whose spans are counted one by one, as they are read.
    pub(super) fn of_spans(query: &Query, stats: &Stats) -> Self {
        Self {
            question: query.to_string(),
            filters: query.leaf_filters().iter().map(ToString::to_string).collect(),
            segments: stats.files_read,
            rows: stats.rows_read,
            ..Self::default()
        }
    }

    /// That of a query for which `candidates` may count, and `looked_at` were read.
    pub(super) fn of_traces(query: &Query, stats: &Stats, candidates: usize, looked_at: LookedAt) -> Self {
        Self { candidates: Some(candidates), looked_at, ..Self::of_spans(query, stats) }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "question: {}", self.question)?;
        write!(f, "searched: {} rows of {} segments and memory for ", self.rows, self.segments)?;
        match self.filters.as_slice() {
            [] => writeln!(f, "any span")?,
            filters => writeln!(f, "spans that meet {}", filters.join(" or "))?,
        }
        let Some(candidates) = self.candidates else {
            return writeln!(
                f,
                "counted: spans one by one, for the query asks nothing of others in their trace"
            );
        };
        writeln!(f, "traces with such a span: {candidates}, the latest first")?;
        write!(f, "read whole: {}", self.looked_at.traces)?;
        if self.looked_at.has_more {
            write!(f, "; more may count: enough were found, or query.search_traces_max was reached")?;
        }
        if self.looked_at.cut_traces > 0 {
            write!(f, "; of {} only the first query.trace_spans_max spans", self.looked_at.cut_traces)?;
        }
        writeln!(f)
    }
}
