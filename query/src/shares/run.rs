//! Where the bands of the rows meet, then what each of them spends its time on: over all, and as far as they are asked for over another
//! time, groups and slots.

use std::collections::BTreeMap;

use arrow::array::AsArray;
use arrow::compute::can_cast_types;
use arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::prelude::{DataFrame, Expr, cast, col, lit, when};
use model::Phase;
use model::latency::{Limits, State};
use model::pod_start::PodPhase;
use proto::{ErrorKind, TimeRange};
use storage::schema::column;
use storage::schema::requests::phase_column;
use storage::{DerivedTable, Snapshot};

use super::read::{Grouped, read_bands, read_groups};
use super::{Band, BandShares, GroupShares, Of, SharesAnswer, SharesQuery, SlotShares, Times};
use crate::derived_rows::DerivedRows;
use crate::functions::{latency_state, span_slot};
use crate::latency::{SlotInstant, Slots, Step};
use crate::session::Sessions;
use crate::{Config, Error, Result};

/// The quantiles that bands meet at.
const QUANTILES: [f64; 3] = [0.5, 0.95, 0.99];
/// The column of a row's band.
pub(super) const BAND: &str = "band";

/// Answers `query` over `snapshot`. `elapsed` of the answer is left at zero.
pub(crate) async fn shares(
    query: &SharesQuery,
    snapshot: &Snapshot,
    sessions: &Sessions,
    config: &Config,
) -> Result<SharesAnswer> {
    let source = Rows { query, snapshot, sessions };
    let limits = Limits { exact_spans_max: config.exact_spans_max };
    let progress = sessions.reads().progress();
    let DerivedRows { rows, stats, .. } = source.in_range(query.range)?;
    check(query, &rows)?;
    let beside = [query.baseline_range.is_some(), !query.by.is_empty(), query.step_ns.is_some()];
    progress.expect_passes(2 + beside.into_iter().map(usize::from).sum::<usize>());
    let bounds_ns = bounds(rows.clone(), limits).await?;
    progress.next_pass();
    let banded = in_bands(rows, bounds_ns)?;
    let phases = phases(query.of);
    let columns: Vec<String> = phases.iter().map(|phase| phase_column(phase)).collect();
    let bands = bands(banded.clone(), &columns, limits, query).await?;
    let baseline = match query.baseline_range {
        Some(range) => {
            progress.next_pass();
            let rows = in_bands(source.in_range(range)?.rows, bounds_ns)?;
            Some(self::bands(rows, &columns, limits, query).await?)
        }
        None => None,
    };
    let limit = query.limit.min(config.series_max);
    let groups = if query.by.is_empty() {
        Vec::new()
    } else {
        progress.next_pass();
        groups(banded.clone(), &query.by, &columns, limit).await?
    };
    let slots = match query.step_ns {
        Some(step_ns) => {
            let slots = Slots::cover(query.range, Step::Nanos(step_ns), config.slots_max)?;
            progress.next_pass();
            over_time(banded, slots, &columns).await?
        }
        None => Vec::new(),
    };
    let components = match query.of {
        Of::Requests => Phase::ALL.iter().map(|phase| model::shares::component(*phase).name()).collect(),
        Of::PodStarts => Vec::new(),
    };
    Ok(SharesAnswer { phases, components, bounds_ns, bands, baseline, groups, slots, stats })
}

/// The rows that are asked for.
struct Rows<'a> {
    query: &'a SharesQuery,
    snapshot: &'a Snapshot,
    sessions: &'a Sessions,
}

impl Rows<'_> {
    /// Those that end in `range`.
    fn in_range(&self, range: TimeRange) -> Result<DerivedRows> {
        let table = match self.query.of {
            Of::Requests => DerivedTable::Requests,
            Of::PodStarts => DerivedTable::PodStarts,
        };
        let rows = DerivedRows::open(table, &self.query.tenant, &[range], self.snapshot, self.sessions)?;
        rows.filter(&self.query.filter)?.ending_in(range)
    }
}

/// Whether the groups that are asked for are columns of texts, numbers or booleans.
fn check(query: &SharesQuery, rows: &DataFrame) -> Result<()> {
    let can_group = |field: &Field| {
        let kind = field.data_type();
        can_cast_types(kind, &DataType::Utf8View) && !kind.is_nested() && !field.name().ends_with("_ns")
    };
    let known: Vec<&str> = rows
        .schema()
        .fields()
        .iter()
        .filter(|field| can_group(field))
        .map(|field| field.name().as_str())
        .collect();
    for name in &query.by {
        if !known.contains(&name.as_str()) {
            return Err(Error::invalid(format!(
                "there is nothing to group by called {name:?}: there is {}",
                known.join(", ")
            )));
        }
    }
    Ok(())
}

fn phases(of: Of) -> Vec<&'static str> {
    match of {
        Of::Requests => Phase::ALL.iter().map(|phase| phase.name()).collect(),
        Of::PodStarts => PodPhase::ALL.iter().map(|phase| phase.name()).collect(),
    }
}

/// The durations at the quantiles that bands meet at.
async fn bounds(rows: DataFrame, limits: Limits) -> Result<[u64; 3]> {
    let mut all = State::default();
    for batch in rows.aggregate(vec![], vec![latency_state(limits).alias("state")])?.collect().await? {
        let states = batch.column(0).as_binary::<i32>();
        for state in states.iter().flatten() {
            let state = State::from_bytes(state)
                .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
            all.merge(state, limits);
        }
    }
    let figures = all.point(&QUANTILES);
    Ok(std::array::from_fn(|place| figures.quantiles.get(place).map_or(0, |quantile| quantile.value_ns)))
}

/// The rows, each with its band.
fn in_bands(rows: DataFrame, bounds_ns: [u64; 3]) -> Result<DataFrame> {
    let up_to = |place: usize| {
        let bound = i64::try_from(bounds_ns[place]).unwrap_or(i64::MAX);
        col(column::DURATION_NS).lt_eq(lit(bound))
    };
    let band = when(up_to(0), lit(0_i64))
        .when(up_to(1), lit(1_i64))
        .when(up_to(2), lit(2_i64))
        .otherwise(lit(3_i64))?;
    Ok(rows.with_column(BAND, band)?)
}

/// How many rows, how long they took, and how long each phase.
fn times(columns: &[String]) -> Vec<Expr> {
    let counted = count(col(column::SPAN_ID)).alias("count");
    let total = sum(col(column::DURATION_NS)).alias("total_ns");
    let phases = columns.iter().map(|phase| sum(col(phase.as_str())).alias(phase.as_str()));
    [counted, total].into_iter().chain(phases).collect()
}

async fn bands(
    rows: DataFrame,
    columns: &[String],
    limits: Limits,
    query: &SharesQuery,
) -> Result<Vec<BandShares>> {
    let mut figures = times(columns);
    figures.push(latency_state(limits).alias("state"));
    let batches = rows.aggregate(vec![col(BAND)], figures)?.collect().await?;
    let mut bands = Vec::new();
    for batch in &batches {
        bands.extend(read_bands(batch, columns.len(), query.exemplars)?);
    }
    bands.sort_by_key(|shares| shares.band);
    Ok(bands)
}

async fn groups(
    rows: DataFrame,
    by: &[String],
    columns: &[String],
    limit: usize,
) -> Result<Vec<GroupShares>> {
    let text = DataType::Utf8View;
    let names: Vec<String> = (0..by.len()).map(|place| format!("by_{place}")).collect();
    let mut keys: Vec<Expr> = by
        .iter()
        .zip(&names)
        .map(|(column, name)| cast(col(column.as_str()), text.clone()).alias(name))
        .collect();
    keys.push(col(BAND));
    let batches = rows.aggregate(keys, times(columns))?.collect().await?;
    let mut found: Grouped = Grouped::default();
    for batch in &batches {
        read_groups(batch, by.len(), columns.len(), &mut found);
    }
    let total = |bands: &Vec<(Band, Times)>| bands.iter().map(|(_, times)| times.total_ns).sum::<u64>();
    let mut groups: Vec<GroupShares> = found
        .into_iter()
        .map(|(values, mut bands)| {
            bands.sort_by_key(|(band, _)| *band);
            GroupShares { values, bands }
        })
        .collect();
    groups.sort_by(|one, other| {
        total(&other.bands).cmp(&total(&one.bands)).then_with(|| one.values.cmp(&other.values))
    });
    groups.truncate(limit);
    Ok(groups)
}

async fn over_time(rows: DataFrame, slots: Slots, columns: &[String]) -> Result<Vec<SlotShares>> {
    let slot = span_slot(slots, SlotInstant::End);
    let rows = rows.filter(slot.clone().is_not_null())?;
    let keys = vec![slot.alias("slot"), col(BAND)];
    let batches = rows.aggregate(keys, times(columns))?.collect().await?;
    let mut found: BTreeMap<i64, Vec<(Band, Times)>> = BTreeMap::new();
    for batch in &batches {
        let indexes = batch.column(0).as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let Some((band, times)) = super::read::times_at(batch, 1, columns.len(), row) else { continue };
            found.entry(indexes.value(row)).or_default().push((band, times));
        }
    }
    let in_order = |(slot, mut bands): (i64, Vec<(Band, Times)>)| {
        bands.sort_by_key(|(band, _)| *band);
        SlotShares { start: slots.start_of(slot), bands }
    };
    Ok(found.into_iter().map(in_order).collect())
}
