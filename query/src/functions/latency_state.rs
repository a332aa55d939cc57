//! `latency_state(duration_ns, start_time, start_nanos, trace_id, span_id, status_code)`: the latency aggregate of
//! [`model::latency`] as a DataFusion aggregate. Partial and final results are the same bytes.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BooleanArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility,
};
use datafusion::prelude::{Expr, col};
use datafusion::scalar::ScalarValue;
use model::latency::{Limits, State};

use super::span_references::{REFERENCE_COLUMNS, SpanReferences};

/// The latency state of the spans of a group, as [`State::to_bytes`].
pub(crate) fn latency_state(limits: Limits) -> Expr {
    let arguments = REFERENCE_COLUMNS.map(col).to_vec();
    let function: AggregateUDF = LatencyState {
        signature: Signature::any(arguments.len(), Volatility::Immutable),
        exact_spans_max: limits.exact_spans_max,
    }
    .into();
    Arc::new(function).call(arguments)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct LatencyState {
    signature: Signature,
    exact_spans_max: usize,
}

impl LatencyState {
    const fn accumulate(&self) -> LatencyAccumulator {
        let limits = Limits { exact_spans_max: self.exact_spans_max };
        LatencyAccumulator { limits, states: Vec::new() }
    }
}

impl AggregateUDFImpl for LatencyState {
    fn name(&self) -> &'static str {
        "latency_state"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Binary)
    }

    fn state_fields(&self, arguments: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[state]", arguments.name), DataType::Binary, true))])
    }

    fn accumulator(&self, _arguments: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(OneGroup(self.accumulate())))
    }

    fn groups_accumulator_supported(&self, _arguments: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(
        &self,
        _arguments: AccumulatorArgs<'_>,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(self.accumulate()))
    }
}

#[derive(Debug)]
struct LatencyAccumulator {
    limits: Limits,
    states: Vec<State>,
}

impl LatencyAccumulator {
    fn grow(&mut self, groups: usize) {
        self.states.resize_with(groups.max(self.states.len()), State::default);
    }

    fn take(&mut self, emit_to: EmitTo) -> ArrayRef {
        let states = emit_to.take_needed(&mut self.states);
        let bytes: BinaryArray = states.iter().map(|state| Some(state.to_bytes())).collect();
        Arc::new(bytes)
    }
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
        let spans = SpanReferences::of(values);
        for (row, group) in group_indices.iter().enumerate() {
            if opt_filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row)) {
                self.states[*group].add(spans.at(row), self.limits);
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        Ok(self.take(emit_to))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.take(emit_to)])
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
        let spans = SpanReferences::of(values);
        let states: Vec<Vec<u8>> = (0..values[0].len())
            .map(|row| {
                let mut state = State::default();
                if opt_filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row)) {
                    state.add(spans.at(row), self.limits);
                }
                state.to_bytes()
            })
            .collect();
        Ok(vec![Arc::new(BinaryArray::from_iter_values(states))])
    }

    fn size(&self) -> usize {
        self.states.iter().map(State::memory_bytes).sum()
    }
}

/// The same for a question without groups.
#[derive(Debug)]
struct OneGroup(LatencyAccumulator);

impl OneGroup {
    fn bytes(&mut self) -> ScalarValue {
        self.0.grow(1);
        ScalarValue::Binary(Some(self.0.states[0].to_bytes()))
    }
}

impl Accumulator for OneGroup {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let rows = values.first().map_or(0, |array| array.len());
        GroupsAccumulator::update_batch(&mut self.0, values, &vec![0; rows], None, 1)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.bytes())
    }

    fn size(&self) -> usize {
        GroupsAccumulator::size(&self.0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.bytes()])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let rows = states.first().map_or(0, |array| array.len());
        GroupsAccumulator::merge_batch(&mut self.0, states, &vec![0; rows], 1)
    }
}
