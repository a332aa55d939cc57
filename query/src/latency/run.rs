//! Running a latency question: states of all groups, then the figures of each slot and series.

use model::latency::{Above, Limits, State};
use proto::UnixNanos;
use storage::Snapshot;

use super::LatencyQuery;
use super::aggregate::{Aggregated, Aggregation};
use super::answer::{
    Exemplar, Label, LatencyAnswer, Point, Sampling, SamplingSource, Series, Stats, Threshold,
};
use super::explanation::{Explanation, Widened};
use super::groups::{Group, Groups, Slotted};
use super::heatmap::heatmap;
use super::slots::{SlotInstant, Slots, Step};
use crate::session::Sessions;
use crate::{Config, Error, Result};

/// The most durations of which one question asks how many spans took longer.
const THRESHOLDS_MAX: usize = 10;
const HOUR_NS: u64 = 3_600 * 1_000_000_000;

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
    let series_max = query.limit.min(config.series_max);
    let aggregation = Aggregation { query, slots, limits, series_max, snapshot, sessions };
    let Aggregated { mut groups, mut stats, mut explanation } = aggregation.run().await?;
    if query.step == Step::Auto
        && let Some((coarser, reason)) = coarser(query, slots, &groups, &explanation, config)?
    {
        sessions.reads().progress().next_pass();
        let again = Aggregation { slots: coarser, ..aggregation }.run().await?;
        stats = Stats { rows_read: stats.rows_read + again.stats.rows_read, ..again.stats };
        groups = again.groups;
        explanation = Explanation { widened: Some((slots.step_ns, reason)), ..again.explanation };
        slots = coarser;
    }
    let sampling = sampling_of(config, &groups);
    let heatmap = query.heatmap.then(|| heatmap(&groups, slots));
    let shown = groups.into_series();
    let series = shown.into_iter().map(|group| series(query, slots, limits, sampling, group)).collect();
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

/// Longer slots than `slots`, and why, where those were too short. How many spans a point would have is known only from an
/// answer; whole slots at the edges need another look at the rows.
fn coarser(
    query: &LatencyQuery,
    slots: Slots,
    groups: &Groups,
    explanation: &Explanation,
    config: &Config,
) -> Result<Option<(Slots, Widened)>> {
    if explanation.hours_only > 0 {
        let hours = Step::Nanos(slots.step_ns.next_multiple_of(HOUR_NS));
        return Ok(Some((Slots::cover(query.range, hours, config.slots_max)?, Widened::HoursOnly)));
    }
    let coarser = slots.coarser(query.range, &groups.shown_counts());
    Ok(coarser.map(|slots| (slots, Widened::TooFewSpans)))
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

fn series(query: &LatencyQuery, slots: Slots, limits: Limits, sampling: Sampling, group: Group) -> Series {
    let mut points = Vec::with_capacity(group.slots.len());
    let mut exemplars = Vec::new();
    let point = |slot: UnixNanos, state: &State| {
        let figures = state.point(&query.quantiles);
        let count_estimated = (figures.count as f64 / sampling.rate.unwrap_or(1.0)).round() as u64;
        Point { slot, figures, count_estimated }
    };
    for (index, state) in &group.slots {
        let slot = slots.start_of(*index);
        points.push(point(slot, state));
        exemplars.extend(state.exemplars(&query.quantiles, query.exemplars).into_iter().map(|exemplar| {
            let span = exemplar.span;
            let end = span.start.saturating_add(span.duration_ns);
            let time = if query.slots == SlotInstant::End { end } else { span.start };
            Exemplar {
                slot,
                // One that says it ended before it began took no time, and is in the slot of the end that it says.
                time: time.clamp(slot, slot.saturating_add(slots.step_ns - 1)),
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
    let all = || State::sum(group.slots.into_values(), limits);
    let total = query.total.then(|| point(slots.range.start, &all()));
    Series { labels, is_other: group.is_other, count: group.count, points, total, above, exemplars }
}

fn threshold(threshold_ns: u64, slots: &Slotted) -> Threshold {
    let mut above = Above::default();
    slots.values().for_each(|state| above += state.above(threshold_ns));
    Threshold { threshold_ns, above }
}
