//! Running a latency question: one pass over the rows, then the figures of each slot and series.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use datafusion::prelude::col;
use model::latency::{Limits, State};
use proto::ErrorKind;
use storage::{Snapshot, SpanInstant};

use super::LatencyQuery;
use super::answer::{Exemplar, Label, LatencyAnswer, Point, Sampling, SamplingSource, Series, Stats};
use super::slots::{SlotInstant, Slots, Step};
use crate::filter::group_expression;
use crate::functions::{latency_state, span_slot};
use crate::scan::{Extent, Scan};
use crate::session::Sessions;
use crate::{Config, Error, Result};

/// A group's values of the `by` attributes.
type Key = Vec<Option<String>>;
/// A group's states by slot index.
type Slotted = BTreeMap<i64, State>;

/// Answers `query` over `snapshot`. `elapsed` of the answer is left at zero.
pub(crate) async fn latency(
    query: &LatencyQuery,
    snapshot: &Snapshot,
    sessions: &Sessions,
    config: &Config,
) -> Result<LatencyAnswer> {
    check(query, config)?;
    let mut slots = Slots::cover(query.range, query.step, config.slots_max)?;
    let limits = Limits { exact_spans_max: config.exact_spans_max };
    let limit = query.limit.min(config.series_max);
    let (groups, mut stats) = aggregate(query, slots, limits, snapshot, sessions).await?;
    let mut sampling = sampling_of(config, &groups);
    let mut shown = top(groups, limit, limits);
    let counts: Vec<u64> = shown.iter().filter(|group| !group.is_other).map(|group| group.count).collect();
    // How many spans a point would have is known only now; whole slots at the edges need another look at the rows.
    if query.step == Step::Auto
        && let Some(coarser) = slots.coarser(query.range, &counts)
    {
        slots = coarser;
        let (groups, again) = aggregate(query, slots, limits, snapshot, sessions).await?;
        stats = Stats { rows_read: stats.rows_read + again.rows_read, ..again };
        sampling = sampling_of(config, &groups);
        shown = top(groups, limit, limits);
    }
    let series = shown.into_iter().map(|group| series(query, slots, sampling, group)).collect();
    Ok(LatencyAnswer {
        range: slots.range,
        step_ns: slots.step_ns,
        quantiles: query.quantiles.clone(),
        series,
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
    Ok(())
}

/// One pass: a state for each combination of slot and `by` values.
async fn aggregate(
    query: &LatencyQuery,
    slots: Slots,
    limits: Limits,
    snapshot: &Snapshot,
    sessions: &Sessions,
) -> Result<(HashMap<Key, Slotted>, Stats)> {
    let instant = match query.slots {
        SlotInstant::End => SpanInstant::End,
        SlotInstant::Start => SpanInstant::Start,
    };
    let extent = Extent { instant, ..Extent::ending_in(query.tenant.clone(), slots.range) };
    let Scan { rows, stats } = Scan::open(sessions, snapshot, &extent)?.filter(&query.filter)?;
    let slot = span_slot(slots, query.slots);
    let mut keys = vec![slot.clone().alias("slot")];
    for (place, attribute) in query.by.iter().enumerate() {
        keys.push(group_expression(attribute)?.alias(format!("by_{place}")));
    }
    let names: Vec<String> = (0..query.by.len()).map(|place| format!("by_{place}")).collect();
    let mut columns = vec![col("slot")];
    columns.extend(names.iter().map(|name| col(name.as_str())));
    columns.push(col("state"));
    let batches = rows
        .filter(slot.is_not_null())?
        .aggregate(keys, vec![latency_state(limits).alias("state")])?
        .select(columns)?
        .collect()
        .await?;

    let mut groups: HashMap<Key, Slotted> = HashMap::new();
    for batch in &batches {
        read_groups(batch, query.by.len(), &mut groups)?;
    }
    Ok((groups, stats))
}

fn read_groups(batch: &RecordBatch, by: usize, groups: &mut HashMap<Key, Slotted>) -> Result<()> {
    let slots = batch.column(0).as_primitive::<Int64Type>();
    let states = batch.column(by + 1).as_binary::<i32>();
    let texts: Vec<_> = (1..=by).map(|place| batch.column(place).as_string_view()).collect();
    for row in 0..batch.num_rows() {
        let key: Key =
            texts.iter().map(|text| text.is_valid(row).then(|| text.value(row).to_owned())).collect();
        let state = State::from_bytes(states.value(row))
            .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
        groups.entry(key).or_default().insert(slots.value(row), state);
    }
    Ok(())
}

struct Group {
    key: Key,
    is_other: bool,
    count: u64,
    slots: Slotted,
}

/// The `limit` groups with the most spans, and one more that is all the others.
fn top(groups: HashMap<Key, Slotted>, limit: usize, limits: Limits) -> Vec<Group> {
    let mut ordered: Vec<Group> = groups
        .into_iter()
        .map(|(key, slots)| {
            let count = slots.values().map(State::count).sum();
            Group { key, is_other: false, count, slots }
        })
        .collect();
    ordered.sort_by(|left, right| right.count.cmp(&left.count).then_with(|| left.key.cmp(&right.key)));
    let rest = ordered.split_off(limit.min(ordered.len()));
    if !rest.is_empty() {
        let mut other = Group { key: Vec::new(), is_other: true, count: 0, slots: Slotted::new() };
        for group in rest {
            other.count += group.count;
            for (slot, state) in group.slots {
                other.slots.entry(slot).or_default().merge(state, limits);
            }
        }
        ordered.push(other);
    }
    ordered
}

fn sampling_of(config: &Config, groups: &HashMap<Key, Slotted>) -> Sampling {
    if let Some(rate) = config.sampling_rate {
        return Sampling { rate: Some(rate), source: SamplingSource::Config };
    }
    let states = || groups.values().flat_map(Slotted::values);
    let largest = states().map(State::trace_fraction_max).max().unwrap_or(0);
    match model::sampling::rate(largest, states().map(State::count).sum()) {
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
    let labels = query
        .by
        .iter()
        .zip(group.key)
        .map(|(attribute, value)| Label { name: attribute.to_string(), value })
        .collect();
    Series { labels, is_other: group.is_other, count: group.count, points, exemplars }
}

impl LatencyAnswer {
    /// This answer, which took `elapsed`.
    pub(crate) const fn took(mut self, elapsed: Duration) -> Self {
        self.stats.elapsed = elapsed;
        self
    }
}
