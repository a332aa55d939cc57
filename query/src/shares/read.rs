//! Rows of the plan's results: the values of groups, the band, then times.

use std::collections::HashMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use model::latency::State;
use proto::ErrorKind;

use super::{Band, BandShares, Exemplar, Times};
use crate::{Error, Result};

/// Bands by the values of groups.
pub(super) type Grouped = HashMap<Vec<Option<String>>, Vec<(Band, Times)>>;

/// The band of `row`, in the column at `place`, and the times after it.
pub(super) fn times_at(
    batch: &RecordBatch,
    place: usize,
    phases: usize,
    row: usize,
) -> Option<(Band, Times)> {
    let number = |column: usize| {
        let numbers = batch.column(column).as_primitive::<Int64Type>();
        if numbers.is_valid(row) { numbers.value(row) } else { 0 }
    };
    let band = Band::from_index(number(place))?;
    let time = |column: usize| number(column).max(0) as u64;
    let phases_ns = (place + 3..place + 3 + phases).map(time).collect();
    Some((band, Times { count: time(place + 1), total_ns: time(place + 2), phases_ns }))
}

/// The bands of `batch`: band, times, state.
pub(super) fn read_bands(batch: &RecordBatch, phases: usize, exemplars: usize) -> Result<Vec<BandShares>> {
    let states = batch.column(3 + phases).as_binary::<i32>();
    let mut bands = Vec::new();
    for row in 0..batch.num_rows() {
        let Some((band, times)) = times_at(batch, 0, phases, row) else { continue };
        let state = State::from_bytes(states.value(row))
            .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
        let exemplars = state.exemplars(&[0.5], exemplars).into_iter().map(|exemplar| Exemplar {
            trace_id: exemplar.span.trace_id,
            span_id: exemplar.span.span_id,
            duration_ns: exemplar.span.duration_ns,
        });
        bands.push(BandShares { band, times, exemplars: exemplars.collect() });
    }
    Ok(bands)
}

/// Adds the groups of `batch`: values, band, times.
pub(super) fn read_groups(batch: &RecordBatch, by: usize, phases: usize, groups: &mut Grouped) {
    for row in 0..batch.num_rows() {
        let Some((band, times)) = times_at(batch, by, phases, row) else { continue };
        let value = |place: usize| {
            let texts = batch.column(place).as_string_view();
            texts.is_valid(row).then(|| texts.value(row).to_owned())
        };
        groups.entry((0..by).map(value).collect()).or_default().push((band, times));
    }
}
