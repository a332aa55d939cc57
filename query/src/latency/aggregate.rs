//! The states of all groups: from rollups where those can tell, from the spans of all else; or from rows that are made of spans.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::execution::memory_pool::MemoryReservation;
use model::latency::Limits;
use proto::ErrorKind;
use storage::catalog::SegmentFile;
use storage::{DerivedTable, Selection, Snapshot, SpanInstant};

use super::LatencyQuery;
use super::answer::{Source, Stats};
use super::explanation::Explanation;
use super::groups::{Counts, Groups};
use super::rollup::{NotByRollup, RollupPlan, RollupRows, can_make, slots_of};
use super::series_counts::{are_counted_by_rollups, series_counts};
use super::slots::{SlotInstant, Slots};
use super::spans::SpanPlan;
use super::tally::{ByWhom, Choice};
use crate::derived_rows::DerivedRows;
use crate::scan::read_of;
use crate::session::Sessions;
use crate::table::FileTable;
use crate::{Error, Result};

/// A question whose states are made.
#[derive(Clone, Copy)]
pub(super) struct Aggregation<'a> {
    pub(super) query: &'a LatencyQuery,
    pub(super) slots: Slots,
    /// What bounds a state.
    pub(super) limits: Limits,
    /// How many series are told apart.
    pub(super) series_max: usize,
    pub(super) snapshot: &'a Snapshot,
    pub(super) sessions: &'a Sessions,
}

/// The states of all groups, and how they came about.
pub(super) struct Aggregated {
    pub(super) groups: Groups,
    pub(super) stats: Stats,
    pub(super) explanation: Explanation,
}

impl Aggregation<'_> {
    /// A state for each combination of slot and series.
    pub(super) async fn run(self) -> Result<Aggregated> {
        match self.query.of.derived() {
            None => self.of_spans().await,
            Some(table) => self.of_rows(table).await,
        }
    }

    /// Of segments from their rollups where those can tell, of all else in one pass over the spans; and of segments that are gone,
    /// from rollups alone. Which series are shown is known from their counts before histograms of rollups are added, and before those of
    /// spans where there are many more.
    async fn of_spans(self) -> Result<Aggregated> {
        let Self { query, slots, limits, series_max, snapshot, sessions } = self;
        let instant = match query.slots {
            SlotInstant::End => SpanInstant::End,
            SlotInstant::Start => SpanInstant::Start,
        };
        let mut selection = snapshot.select(&query.tenant, slots.range, instant);
        let segments_in_time = selection.segments.len();
        let rollups = FromRollups::gather(query, slots, &mut selection, snapshot, sessions).await?;
        let stats = read_of(&selection);
        let live_rows = selection.live.iter().map(|batch| batch.spans.rows.num_rows() as u64).sum();
        let spans = SpanPlan::of_spans(query, slots, selection.clone(), sessions)?;
        let count = async || series_counts(query, slots, &selection, sessions).await;
        // To read all spans twice costs more than to add up too many series; to read rollups does not.
        let is_cheap = !query.by.is_empty() && are_counted_by_rollups(query, slots, &selection)?;
        let choice = if is_cheap { Choice::AllFor(series_max) } else { Choice::All };
        let (mut groups, counted_before) =
            read_rows(&spans, limits, series_max, rollups.counts, choice, count).await?;
        let mut rows = 0;
        if let Ok(plan) = &rollups.plan {
            for of_table in rollups.rows {
                let sums = plan.sums(of_table, limits, groups.chosen(), sessions).await?;
                rows += sums.rows();
                sums.add_to(&mut groups);
            }
        }
        let explanation = Explanation {
            step_ns: slots.step_ns,
            segments: snapshot.table.files.iter().filter(|file| file.tenant == query.tenant).count(),
            segments_in_time,
            rollups: rollups.files,
            rollup_rows: rows,
            rollup_slot_ns: rollups.plan.map_or(0, |plan| plan.slot_ns()),
            hours_only: rollups.hours_only,
            not_by_rollup: rollups.not_by_rollup,
            segments_read: stats.files_read,
            rows_read: stats.rows_read,
            live_rows,
            counted_before,
            ..Explanation::of(query)?
        };
        let source = if rollups.files == 0 { stats.source } else { Source::Rollup };
        let (rows_read, files_read) = (stats.rows_read + rows, stats.files_read + rollups.files);
        Ok(Aggregated { groups, stats: Stats { source, rows_read, files_read, ..stats }, explanation })
    }

    /// Of the rows of a derived table.
    async fn of_rows(self, table: DerivedTable) -> Result<Aggregated> {
        let Self { query, slots, limits, series_max, snapshot, sessions } = self;
        if query.slots == SlotInstant::Start {
            return Err(Error::invalid(format!(
                "slots of rows of {} are by their end: leave slots out, or ask spans",
                table.name()
            )));
        }
        let rows = DerivedRows::open(table, &query.tenant, &[slots.range], snapshot, sessions)?;
        let stats = rows.stats;
        let plan = SpanPlan::of_rows(query, slots, rows, sessions)?;
        let count = async || {
            let counts = plan.counts().await;
            sessions.reads().progress().next_pass();
            counts
        };
        let (groups, counted_before) =
            read_rows(&plan, limits, series_max, Counts::new(), Choice::All, count).await?;
        let explanation = Explanation {
            step_ns: slots.step_ns,
            table: Some(table.name()),
            rows_read: stats.rows_read,
            segments_read: stats.files_read,
            counted_before,
            ..Explanation::of(query)?
        };
        Ok(Aggregated { groups, stats, explanation })
    }
}

/// What rollups tell: their rows, and how many spans each series has in them.
struct FromRollups {
    plan: Result<RollupPlan, NotByRollup>,
    rows: Vec<RollupRows>,
    counts: Counts,
    files: u64,
    /// Removed segments of which only hours are left, where slots are shorter.
    hours_only: u64,
    not_by_rollup: Option<NotByRollup>,
    /// What the rows take of the memory of all queries.
    memory: Arc<MemoryReservation>,
}

impl FromRollups {
    /// What rollups tell of `query`; `selection` is left with what they do not.
    async fn gather(
        query: &LatencyQuery,
        slots: Slots,
        selection: &mut Selection,
        snapshot: &Snapshot,
        sessions: &Sessions,
    ) -> Result<Self> {
        let (segments, rest): (Vec<_>, Vec<_>) =
            selection.segments.iter().cloned().partition(|segment| segment.rollup_bytes.is_some());
        let archived = snapshot.archived(&query.tenant, slots.range);
        let removed = archived.iter().flat_map(|removed| &removed.table.files);
        // Of what has only hours left, shorter slots cannot be made: there those spans are gone.
        let hours_only = removed.filter(|file| !can_make(slots.step_ns, file)).count() as u64;
        let mut archived = archived.and_then(|removed| removed.only(|file| can_make(slots.step_ns, file)));
        let removed = archived.iter().flat_map(|removed| &removed.table.files);
        let plan = RollupPlan::of(query, slots, slots_of(segments.iter().chain(removed)))?;
        let mut told = Self {
            not_by_rollup: plan.as_ref().err().filter(|_| !segments.is_empty()).cloned(),
            plan,
            rows: Vec::new(),
            counts: Counts::new(),
            files: 0,
            hours_only,
            memory: Arc::new(sessions.reservation("rows of rollups")),
        };
        if told.plan.is_ok() {
            let passes = [!segments.is_empty(), archived.is_some(), !rest.is_empty()];
            sessions.reads().progress().expect_passes(passes.into_iter().map(usize::from).sum());
            if !segments.is_empty() {
                let table = FileTable::rollups(&segments, sessions);
                if told.take(table, segments.len(), sessions).await? {
                    *selection = std::mem::take(selection).reading(rest);
                } else {
                    told.not_by_rollup = Some(NotByRollup::Overflow);
                }
            }
            if let Some(removed) = &archived {
                let table = FileTable::derived(removed, &query.tenant, sessions)?;
                if told.take(table, removed.table.files.len(), sessions).await? {
                    let rest = without_remains(selection, &removed.table.files);
                    *selection = std::mem::take(selection).reading(rest);
                    archived = None;
                }
            }
        }
        selection.completeness.past_retention |= hours_only > 0 || archived.is_some();
        Ok(told)
    }

    /// Takes the rollups of `table`; false when they cannot tell.
    async fn take(&mut self, table: FileTable, files: usize, sessions: &Sessions) -> Result<bool> {
        let Ok(plan) = &self.plan else { return Ok(false) };
        let rows = plan.rows_kept(table, &self.memory, sessions).await?;
        let counts = plan.counts(&rows).await?;
        sessions.reads().progress().next_pass();
        let Some(counts) = counts else { return Ok(false) };
        for (key, count) in counts {
            *self.counts.entry(key).or_default() += count;
        }
        self.rows.push(rows);
        self.files += files as u64;
        Ok(true)
    }
}

/// The segments of `selection` but for rows that outlive one of `counted`, segments whose rollups have answered: those count them.
fn without_remains(selection: &Selection, counted: &[Arc<SegmentFile>]) -> Vec<Arc<SegmentFile>> {
    let counted: HashSet<&str> = counted.iter().map(|file| file.counted_as()).collect();
    let is_counted =
        |file: &Arc<SegmentFile>| file.remains_of.as_deref().is_some_and(|source| counted.contains(source));
    selection.segments.iter().filter(|file| !is_counted(file)).cloned().collect()
}

/// The states of the rows of `plan`, with the series chosen that have the most spans in them and in `counts`; and whether they had to be
/// counted before, which `count` does: where `choice` or memory says that there are too many.
async fn read_rows(
    plan: &SpanPlan<'_>,
    limits: Limits,
    series_max: usize,
    mut counts: Counts,
    choice: Choice,
    count: impl AsyncFnOnce() -> Result<Counts>,
) -> Result<(Groups, bool)> {
    let mut groups = Groups::default();
    let by_whom = match plan.states(limits, choice, ByWhom::Each).await {
        Ok(Some(sums)) => {
            sums.add_to(&mut groups);
            groups.add_counts(&mut counts);
            groups.choose(counts, series_max, limits);
            return Ok((groups, false));
        }
        Ok(None) => ByWhom::Each,
        // Only of those that are shown, then, and in as little memory as can be.
        Err(error) if error.kind == ErrorKind::TooLarge && plan.by() > 0 => ByWhom::One,
        Err(error) => return Err(error),
    };
    plan.sessions.reads().progress().next_pass();
    for (key, count) in count().await? {
        *counts.entry(key).or_default() += count;
    }
    groups.choose(counts, series_max, limits);
    let sums = plan.states(limits, Choice::of(groups.chosen()), by_whom).await?;
    sums.unwrap_or_default().add_to(&mut groups);
    Ok((groups, true))
}
