//! Running a latency question: states of all groups, then the figures of each slot and series.

use std::collections::HashSet;
use std::sync::Arc;

use model::latency::{Above, Limits, State};
use proto::ErrorKind;
use storage::catalog::SegmentFile;
use storage::{Selection, Snapshot, SpanInstant};

use super::LatencyQuery;
use super::answer::{
    Exemplar, Label, LatencyAnswer, Point, Sampling, SamplingSource, Series, Source, Stats, Threshold,
};
use super::explanation::Explanation;
use super::groups::{Counts, Group, Groups, Slotted};
use super::heatmap::heatmap;
use super::rollup::{NotByRollup, RollupPlan, RollupRows, can_make, slots_of};
use super::slots::{SlotInstant, Slots, Step};
use super::spans::SpanPlan;
use crate::scan::read_of;
use crate::session::Sessions;
use crate::table::FileTable;
use crate::{Config, Error, Result};

/// The most durations of which one question asks how many spans took longer.
const THRESHOLDS_MAX: usize = 10;

/// Answers `query` over `snapshot`. `bytes_read` and `elapsed` of the answer are left at zero.
pub(crate) async fn latency(
    query: &LatencyQuery,
    snapshot: &Snapshot,
    sessions: &Sessions,
    config: &Config,
) -> Result<LatencyAnswer> {
    check(query, config)?;
    let mut slots = Slots::cover(query.range, query.step, config.slots_max)?;
    let limits = Limits { exact_spans_max: config.exact_spans_max };
    let limits = States { limits, limit: query.limit.min(config.series_max) };
    let Aggregated { mut groups, mut stats, mut explanation } =
        aggregate(query, slots, limits, snapshot, sessions).await?;
    // How many spans a point would have is known only now; whole slots at the edges need another look at the rows.
    if query.step == Step::Auto
        && let Some(coarser) = slots.coarser(query.range, &groups.shown_counts())
    {
        sessions.reads().progress().next_pass();
        let again = aggregate(query, coarser, limits, snapshot, sessions).await?;
        stats = Stats { rows_read: stats.rows_read + again.stats.rows_read, ..again.stats };
        groups = again.groups;
        explanation = Explanation { widened_from_ns: Some(slots.step_ns), ..again.explanation };
        slots = coarser;
    }
    let sampling = sampling_of(config, &groups);
    let heatmap = query.heatmap.then(|| heatmap(&groups, slots));
    let shown = groups.into_series();
    let series = shown.into_iter().map(|group| series(query, slots, sampling, group)).collect();
    Ok(LatencyAnswer {
        range: slots.range,
        step_ns: slots.step_ns,
        slots: query.slots,
        quantiles: query.quantiles.clone(),
        series,
        heatmap,
        not_by_rollup: explanation.not_by_rollup.clone(),
        explanation,
        sampling,
        stats,
    })
}

fn check(query: &LatencyQuery, config: &Config) -> Result<()> {
    if let Some(quantile) = query.quantiles.iter().find(|quantile| !(0.0..=1.0).contains(*quantile)) {
        return Err(Error::invalid(format!("quantile {quantile} is not between 0 and 1")));
    }
    if query.exemplars > config.exemplars_max {
        return Err(Error::invalid(format!(
            "{} exemplars a point are more than the {} of query.exemplars_max",
            query.exemplars, config.exemplars_max
        )));
    }
    if query.above_ns.len() > THRESHOLDS_MAX {
        return Err(Error::invalid(format!(
            "{} thresholds are more than the {THRESHOLDS_MAX} that are counted at a time",
            query.above_ns.len()
        )));
    }
    Ok(())
}

/// What bounds the states of an answer: each of them, and how many series they are of.
#[derive(Debug, Clone, Copy)]
struct States {
    limits: Limits,
    limit: usize,
}

/// A state for each combination of slot and series: of segments from their rollups where those can tell, of all else in one
/// pass over the spans; and of segments that are gone, from rollups alone. Which series are shown is known from their counts
/// before any histogram is read.
async fn aggregate(
    query: &LatencyQuery,
    slots: Slots,
    states: States,
    snapshot: &Snapshot,
    sessions: &Sessions,
) -> Result<Aggregated> {
    let instant = match query.slots {
        SlotInstant::End => SpanInstant::End,
        SlotInstant::Start => SpanInstant::Start,
    };
    let mut selection = snapshot.select(&query.tenant, slots.range, instant);
    let segments_in_time = selection.segments.len();
    let mut archived = snapshot.archived(&query.tenant, slots.range);
    let (segments, rest): (Vec<_>, Vec<_>) =
        selection.segments.iter().cloned().partition(|segment| segment.rollup_bytes.is_some());
    // Of what has only hours left, shorter slots cannot be made: there those spans are gone.
    let is_coarse = archived
        .as_ref()
        .is_some_and(|removed| removed.table.files.iter().any(|file| !can_make(slots.step_ns, file)));
    archived = archived.and_then(|removed| removed.only(|file| can_make(slots.step_ns, file)));
    let removed = archived.iter().flat_map(|removed| &removed.table.files);
    let plan = RollupPlan::of(query, slots, slots_of(segments.iter().chain(removed)))?;
    let mut rollups = Rollups::default();
    let mut not_by_rollup = plan.as_ref().err().filter(|_| !segments.is_empty()).cloned();
    if let Ok(plan) = &plan {
        let table = FileTable::rollups(&segments, sessions);
        if !segments.is_empty() {
            if rollups.take(plan, table, segments.len(), sessions).await? {
                selection = selection.reading(rest);
            } else {
                not_by_rollup = Some(NotByRollup::Overflow);
            }
        }
        if let Some(removed) = &archived {
            let table = FileTable::derived(removed, &query.tenant, sessions)?;
            if rollups.take(plan, table, removed.table.files.len(), sessions).await? {
                selection = without_remains(selection, &removed.table.files);
                archived = None;
            }
        }
    }
    selection.completeness.past_retention |= is_coarse || archived.is_some();
    let spans = SpanPlan { query, slots, limits: states.limits, sessions };
    let stats = read_of(&selection);
    let live_rows = selection.live.iter().map(|batch| batch.spans.rows.num_rows() as u64).sum();
    let mut groups = read_spans(&spans, selection, states.limit, rollups.counts).await?;
    let mut rows = 0;
    if let Ok(plan) = &plan {
        for of_table in rollups.rows {
            let sums = plan.sums(of_table, states.limits, groups.chosen(), sessions).await?;
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
        rollup_slot_ns: plan.map_or(0, |plan| plan.slot_ns()),
        not_by_rollup,
        segments_read: stats.files_read,
        rows_read: stats.rows_read,
        live_rows,
        ..Explanation::of(query)?
    };
    let source = if rollups.files == 0 { stats.source } else { Source::Rollup };
    let (rows_read, files_read) = (stats.rows_read + rows, stats.files_read + rollups.files);
    Ok(Aggregated { groups, stats: Stats { source, rows_read, files_read, ..stats }, explanation })
}

/// The states of all groups, and how they came about.
struct Aggregated {
    groups: Groups,
    stats: Stats,
    explanation: Explanation,
}

/// Rollups that answer, and how many spans each series has in them.
#[derive(Default)]
struct Rollups {
    rows: Vec<RollupRows>,
    counts: Counts,
    files: u64,
}

impl Rollups {
    /// Takes the rollups of `table`; false when they cannot tell.
    async fn take(
        &mut self,
        plan: &RollupPlan,
        table: FileTable,
        files: usize,
        sessions: &Sessions,
    ) -> Result<bool> {
        let rows = plan.rows_kept(table, sessions).await?;
        let Some(counts) = plan.series_counts(&rows).await? else { return Ok(false) };
        for (key, count) in counts {
            *self.counts.entry(key).or_default() += count;
        }
        self.rows.push(rows);
        self.files += files as u64;
        Ok(true)
    }
}

/// Without the rows that outlive one of `counted`, segments whose rollups have answered: those count them.
fn without_remains(selection: Selection, counted: &[Arc<SegmentFile>]) -> Selection {
    let counted: HashSet<&str> = counted.iter().map(|file| file.counted_as()).collect();
    let is_counted =
        |file: &Arc<SegmentFile>| file.remains_of.as_deref().is_some_and(|source| counted.contains(source));
    let rest = selection.segments.iter().filter(|file| !is_counted(file)).cloned().collect();
    selection.reading(rest)
}

/// The states of the spans of `selection`, with the series chosen that have the most spans in them and in `counts`.
async fn read_spans(
    plan: &SpanPlan<'_>,
    selection: Selection,
    limit: usize,
    mut counts: Counts,
) -> Result<Groups> {
    let mut groups = Groups::default();
    match plan.states(selection.clone(), None).await {
        // Only of those that are shown, then: which are, has to be known before.
        Err(error) if error.kind == ErrorKind::TooLarge && !plan.query.by.is_empty() => {}
        states => {
            states?.add_to(&mut groups);
            groups.add_counts(&mut counts);
            groups.choose(counts, limit, plan.limits);
            return Ok(groups);
        }
    }
    for (key, count) in plan.counts(selection.clone()).await? {
        *counts.entry(key).or_default() += count;
    }
    groups.choose(counts, limit, plan.limits);
    plan.states(selection, groups.chosen()).await?.add_to(&mut groups);
    Ok(groups)
}

fn sampling_of(config: &Config, groups: &Groups) -> Sampling {
    if let Some(rate) = config.sampling_rate {
        return Sampling { rate: Some(rate), source: SamplingSource::Config };
    }
    let largest = groups.states().map(State::trace_fraction_max).max().unwrap_or(0);
    match model::sampling::rate(largest, groups.states().map(State::count).sum()) {
        Some(rate) => Sampling { rate: Some(rate), source: SamplingSource::TraceId },
        None => Sampling { rate: None, source: SamplingSource::Unknown },
    }
}

fn series(query: &LatencyQuery, slots: Slots, sampling: Sampling, group: Group) -> Series {
    let mut points = Vec::with_capacity(group.slots.len());
    let mut exemplars = Vec::new();
    for (index, state) in &group.slots {
        let slot = slots.start_of(*index);
        let figures = state.point(&query.quantiles);
        let count_estimated = (figures.count as f64 / sampling.rate.unwrap_or(1.0)).round() as u64;
        points.push(Point { slot, figures, count_estimated });
        exemplars.extend(state.exemplars(&query.quantiles, query.exemplars).into_iter().map(|exemplar| {
            let span = exemplar.span;
            let end = span.start.saturating_add(span.duration_ns);
            Exemplar {
                slot,
                time: if query.slots == SlotInstant::End { end } else { span.start },
                start: span.start,
                trace_id: span.trace_id,
                span_id: span.span_id,
                duration_ns: span.duration_ns,
                error: span.error,
                pick: exemplar.pick,
                rank: exemplar.rank,
            }
        }));
    }
    let above = query.above_ns.iter().map(|threshold_ns| threshold(*threshold_ns, &group.slots)).collect();
    let labels = query
        .by
        .iter()
        .zip(group.key)
        .map(|(attribute, value)| Label { name: attribute.to_string(), value })
        .collect();
    Series { labels, is_other: group.is_other, count: group.count, points, above, exemplars }
}

fn threshold(threshold_ns: u64, slots: &Slotted) -> Threshold {
    let mut above = Above::default();
    slots.values().for_each(|state| above += state.above(threshold_ns));
    Threshold { threshold_ns, above }
}
