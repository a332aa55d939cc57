//! Adding rows to the states of groups.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BooleanArray};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};
use datafusion::scalar::ScalarValue;
use model::latency::{Limits, SpanReference, State};
use proto::{SpanId, TraceId};

use super::figures;
use crate::functions::SpanReferences;

/// What the rows are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Takes {
    /// [`REFERENCE_COLUMNS`](crate::functions::REFERENCE_COLUMNS) of a span.
    Spans,
    /// Duration, quantile, trace and span id.
    Ids,
    /// Durations of a row of a rollup, quantile, and the start of its slot.
    Summaries,
}

/// What a group gives.
#[derive(Debug, Clone, Copy)]
pub(super) enum Gives {
    State,
    Quantile(f64),
}

#[derive(Debug)]
pub(super) struct LatencyAccumulator {
    limits: Limits,
    takes: Takes,
    gives: Gives,
    states: Vec<State>,
}

impl LatencyAccumulator {
    pub(super) const fn new(limits: Limits, takes: Takes, gives: Gives) -> Self {
        Self { limits, takes, gives, states: Vec::new() }
    }

    fn grow(&mut self, groups: usize) {
        self.states.resize_with(groups.max(self.states.len()), State::default);
    }

    /// What groups of `states` give.
    fn given(&self, states: &[State]) -> Result<ArrayRef> {
        match self.gives {
            Gives::State => Ok(bytes(states)),
            Gives::Quantile(quantile) => figures::of(states, quantile).map_err(DataFusionError::from),
        }
    }

    /// Hands over what each of `rows` adds, by its number.
    fn each(
        &self,
        values: &[ArrayRef],
        rows: impl Iterator<Item = usize>,
        mut add: impl FnMut(usize, Added),
    ) -> Result<()> {
        match self.takes {
            Takes::Spans => {
                let spans = SpanReferences::of(values);
                rows.for_each(|row| add(row, Added::Span(spans.at(row))));
            }
            Takes::Ids => {
                let durations = values[0].as_primitive::<Int64Type>();
                let (traces, spans) = (values[2].as_fixed_size_binary(), values[3].as_fixed_size_binary());
                for row in rows.filter(|row| durations.is_valid(*row)) {
                    add(
                        row,
                        Added::Span(SpanReference {
                            duration_ns: u64::try_from(durations.value(row)).unwrap_or(0),
                            start: 0,
                            trace_id: TraceId::from_slice(traces.value(row)).unwrap_or_default(),
                            span_id: SpanId::from_slice(spans.value(row)).unwrap_or_default(),
                            error: false,
                        }),
                    );
                }
            }
            Takes::Summaries => {
                let durations = values[0].as_binary_view();
                let starts = values[2].as_primitive::<TimestampMicrosecondType>();
                for row in rows.filter(|row| durations.is_valid(*row) && starts.is_valid(*row)) {
                    let start = (starts.value(row) as u64).wrapping_mul(1_000);
                    let state = State::from_summary(durations.value(row), start);
                    add(row, Added::State(state.map_err(|error| DataFusionError::External(error.into()))?));
                }
            }
        }
        Ok(())
    }

    fn update(
        &mut self,
        values: &[ArrayRef],
        group_of: impl Fn(usize) -> usize,
        rows: impl Iterator<Item = usize>,
    ) -> Result<()> {
        let mut states = std::mem::take(&mut self.states);
        let limits = self.limits;
        let added = self.each(values, rows, |row, added| added.to(&mut states[group_of(row)], limits));
        self.states = states;
        added
    }
}

fn bytes(states: &[State]) -> ArrayRef {
    Arc::new(BinaryArray::from_iter_values(states.iter().map(State::to_bytes)))
}

/// What one row adds.
enum Added {
    Span(SpanReference),
    State(State),
}

impl Added {
    fn to(self, state: &mut State, limits: Limits) {
        match self {
            Self::Span(span) => state.add(span, limits),
            Self::State(other) => state.merge(other, limits),
        }
    }
}

/// The rows that `filter` lets through.
fn passing(filter: Option<&BooleanArray>, rows: usize) -> impl Iterator<Item = usize> {
    (0..rows).filter(move |row| filter.is_none_or(|filter| filter.is_valid(*row) && filter.value(*row)))
}

impl GroupsAccumulator for LatencyAccumulator {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.grow(total_num_groups);
        self.update(values, |row| group_indices[row], passing(opt_filter, group_indices.len()))
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let states = emit_to.take_needed(&mut self.states);
        self.given(&states)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![bytes(&emit_to.take_needed(&mut self.states))])
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.grow(total_num_groups);
        for (bytes, group) in values[0].as_binary::<i32>().iter().zip(group_indices) {
            if let Some(bytes) = bytes {
                let state =
                    State::from_bytes(bytes).map_err(|error| DataFusionError::External(error.into()))?;
                self.states[*group].merge(state, self.limits);
            }
        }
        Ok(())
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let rows = values[0].len();
        let mut states = vec![State::default(); rows];
        self.each(values, passing(opt_filter, rows), |row, added| added.to(&mut states[row], self.limits))?;
        Ok(vec![bytes(&states)])
    }

    fn size(&self) -> usize {
        self.states.iter().map(State::memory_bytes).sum()
    }
}

/// The same for a question without groups.
#[derive(Debug)]
pub(super) struct OneGroup(pub(super) LatencyAccumulator);

impl Accumulator for OneGroup {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let rows = values.first().map_or(0, |array| array.len());
        GroupsAccumulator::update_batch(&mut self.0, values, &vec![0; rows], None, 1)
    }

    // A running window asks again and again: the state stays.
    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.0.grow(1);
        let given = self.0.given(&self.0.states[..1])?;
        ScalarValue::try_from_array(&given, 0)
    }

    fn size(&self) -> usize {
        GroupsAccumulator::size(&self.0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.0.grow(1);
        Ok(vec![ScalarValue::Binary(Some(self.0.states[0].to_bytes()))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let rows = states.first().map_or(0, |array| array.len());
        GroupsAccumulator::merge_batch(&mut self.0, states, &vec![0; rows], 1)
    }
}
