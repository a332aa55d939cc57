//! A quantile and its exemplars as a struct of SQL.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, FixedSizeBinaryBuilder, Float64Builder, Int64Builder, ListArray, StringBuilder,
    StructArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields};
use arrow::error::ArrowError;
use model::latency::State;

/// So many spans are given of each group.
const EXEMPLARS: usize = 3;

fn exemplar_fields() -> Fields {
    Fields::from(vec![
        Field::new("trace_id", DataType::FixedSizeBinary(16), false),
        Field::new("span_id", DataType::FixedSizeBinary(8), false),
        Field::new("duration_ns", DataType::Int64, false),
        Field::new("pick", DataType::Utf8, false),
    ])
}

fn fields() -> Fields {
    let exemplar = Field::new("item", DataType::Struct(exemplar_fields()), false);
    Fields::from(vec![
        Field::new("value_ns", DataType::Int64, false),
        Field::new("count", DataType::Int64, false),
        Field::new("is_exact", DataType::Boolean, false),
        Field::new("error_bound", DataType::Float64, false),
        Field::new("exemplars", DataType::List(Arc::new(exemplar)), false),
    ])
}

/// The type of what a group gives; null where it has no spans.
pub(super) fn data_type() -> DataType {
    DataType::Struct(fields())
}

/// The figures of each of `states`.
pub(super) fn of(states: &[State], quantile: f64) -> Result<ArrayRef, ArrowError> {
    let (mut values, mut counts, mut bounds) =
        (Int64Builder::new(), Int64Builder::new(), Float64Builder::new());
    let mut exact = BooleanBuilder::new();
    let mut exemplars = Exemplars::default();
    for state in states {
        let point = state.point(&[quantile]);
        values.append_value(point.quantiles.first().map_or(0, |found| signed(found.value_ns)));
        counts.append_value(signed(point.count));
        exact.append_value(point.exact);
        bounds.append_value(point.error_bound);
        exemplars.append(state, quantile)?;
    }
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(values.finish()),
        Arc::new(counts.finish()),
        Arc::new(exact.finish()),
        Arc::new(bounds.finish()),
        exemplars.finish()?,
    ];
    let is_valid: Vec<bool> = states.iter().map(|state| state.count() > 0).collect();
    Ok(Arc::new(StructArray::try_new(fields(), arrays, Some(NullBuffer::from(is_valid)))?))
}

struct Exemplars {
    traces: FixedSizeBinaryBuilder,
    spans: FixedSizeBinaryBuilder,
    durations: Int64Builder,
    picks: StringBuilder,
    lengths: Vec<usize>,
}

impl Default for Exemplars {
    fn default() -> Self {
        Self {
            traces: FixedSizeBinaryBuilder::new(16),
            spans: FixedSizeBinaryBuilder::new(8),
            durations: Int64Builder::new(),
            picks: StringBuilder::new(),
            lengths: Vec::new(),
        }
    }
}

impl Exemplars {
    fn append(&mut self, state: &State, quantile: f64) -> Result<(), ArrowError> {
        let exemplars = state.exemplars(&[quantile], EXEMPLARS);
        for exemplar in &exemplars {
            self.traces.append_value(exemplar.span.trace_id.0)?;
            self.spans.append_value(exemplar.span.span_id.0)?;
            self.durations.append_value(signed(exemplar.span.duration_ns));
            self.picks.append_value(exemplar.pick.name());
        }
        self.lengths.push(exemplars.len());
        Ok(())
    }

    fn finish(mut self) -> Result<ArrayRef, ArrowError> {
        let arrays: Vec<ArrayRef> = vec![
            Arc::new(self.traces.finish()),
            Arc::new(self.spans.finish()),
            Arc::new(self.durations.finish()),
            Arc::new(self.picks.finish()),
        ];
        let items = StructArray::try_new(exemplar_fields(), arrays, None)?;
        let item = Arc::new(Field::new("item", DataType::Struct(exemplar_fields()), false));
        let offsets = OffsetBuffer::from_lengths(self.lengths);
        Ok(Arc::new(ListArray::try_new(item, offsets, Arc::new(items), None)?))
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
