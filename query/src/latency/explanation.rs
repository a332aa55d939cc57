//! How a latency question was answered, for people.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use datafusion::prelude::Expr;

use super::LatencyQuery;
use super::rollup::NotByRollup;
use super::slots::SlotInstant;
use crate::Result;
use crate::filter::{filter_expression, group_expression};
use crate::functions::REFERENCE_COLUMNS;

/// What was decided on the way to an answer. Printed, it is a line for each decision.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Explanation {
    /// The question as it was understood.
    pub(super) question: String,
    /// The length of a slot, in ns.
    pub(super) step_ns: u64,
    /// What it was before, and why that was too short.
    pub(super) widened: Option<(u64, Widened)>,
    pub(super) is_by_start: bool,
    /// The derived table whose rows are read in place of spans.
    pub(super) table: Option<&'static str>,
    /// Segments of the tenant, and those whose times touch the slots.
    pub(super) segments: usize,
    pub(super) segments_in_time: usize,
    /// Segments that rollups answer for.
    pub(super) rollups: u64,
    pub(super) rollup_rows: u64,
    /// The slots of rollups that were added up, in ns.
    pub(super) rollup_slot_ns: u64,
    /// Removed segments of which only hours are left, where slots are shorter.
    pub(super) hours_only: u64,
    pub(super) not_by_rollup: Option<NotByRollup>,
    /// Segments and rows whose spans are read.
    pub(super) segments_read: u64,
    pub(super) rows_read: u64,
    /// Of which so many are in memory.
    pub(super) live_rows: u64,
    /// Whether there were so many series that they were counted before any was added up.
    pub(super) counted_before: bool,
    pub(super) columns: Vec<String>,
}

/// Why slots were made longer than they would have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Widened {
    TooFewSpans,
    /// Of segments that are gone only hours are left.
    HoursOnly,
}

impl Explanation {
    /// That of a question of which nothing is decided yet.
    pub(super) fn of(query: &LatencyQuery) -> Result<Self> {
        let filter = filter_expression(&query.filter)?;
        let by = query.by.iter().map(group_expression).collect::<Result<Vec<Expr>>>()?;
        let mut columns: BTreeSet<String> = REFERENCE_COLUMNS.map(str::to_owned).into();
        for expression in filter.iter().chain(&by) {
            columns.extend(expression.column_refs().iter().map(|column| column.name.clone()));
        }
        let groups: Vec<String> = query.by.iter().map(ToString::to_string).collect();
        let by = if groups.is_empty() { String::new() } else { format!(" by {}", groups.join(", ")) };
        Ok(Self {
            question: format!("{}{by}", query.filter),
            is_by_start: query.slots == SlotInstant::Start,
            columns: columns.into_iter().collect(),
            ..Self::default()
        })
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "question: {}", self.question)?;
        let (step, instant) = (length(self.step_ns), if self.is_by_start { "start" } else { "end" });
        write!(f, "slots: of {step}, each span where its {instant} lies")?;
        match self.widened {
            Some((from, Widened::TooFewSpans)) => {
                writeln!(f, "; of {} they would have too few spans for a p99", length(from))?;
            }
            Some((from, Widened::HoursOnly)) => {
                writeln!(
                    f,
                    "; of {} some would be empty, for of old rollups only hours are kept",
                    length(from)
                )?;
            }
            None => writeln!(f)?,
        }
        if self.counted_before {
            writeln!(f, "series: many more than are shown, so that they were counted first")?;
        }
        if let Some(table) = self.table {
            return writeln!(f, "rows: {} of {table}, in {} files", self.rows_read, self.segments_read);
        }
        writeln!(f, "segments: {} of {} may have such spans", self.segments_in_time, self.segments)?;
        if self.rollups > 0 {
            let slot = length(self.rollup_slot_ns);
            writeln!(f, "rollups: of {} segments, {} rows of {slot}", self.rollups, self.rollup_rows)?;
        }
        if self.hours_only > 0 {
            writeln!(f, "rollups: of {} removed segments only hours are left: passed over", self.hours_only)?;
        }
        if let Some(reason) = &self.not_by_rollup {
            writeln!(f, "rollups: not used, for {reason}")?;
        }
        writeln!(
            f,
            "spans: {} of {} segments and memory ({} there)",
            self.rows_read, self.segments_read, self.live_rows
        )?;
        if self.rows_read > 0 {
            writeln!(f, "columns: {}", self.columns.join(", "))?;
        }
        Ok(())
    }
}

fn length(nanos: u64) -> String {
    format!("{:?}", Duration::from_nanos(nanos))
}
