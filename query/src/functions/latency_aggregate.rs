//! The latency aggregate of [`model::latency`] as DataFusion aggregates, which differ in what they take and in what they give:
//! `latency_state(duration_ns, start_time, start_nanos, trace_id, span_id, status_code)`, of our own plans, and
//! `quantile_with_exemplars(duration_ns, 0.99, trace_id, span_id)`, of SQL. What is between their stages is the same bytes.

mod accumulate;
mod figures;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator, Signature, Volatility,
};
use datafusion::physical_expr::expressions::Literal;
use datafusion::prelude::{Expr, col};
use datafusion::scalar::ScalarValue;
use model::latency::Limits;

use self::accumulate::{Gives, LatencyAccumulator, OneGroup, Takes};
use super::span_references::REFERENCE_COLUMNS;

const STATE: &str = "latency_state";
const QUANTILE: &str = "quantile_with_exemplars";
/// Where the quantile stands among the arguments of [`QUANTILE`].
const QUANTILE_PLACE: usize = 1;

/// The latency state of the spans of a group, as [`model::latency::State::to_bytes`].
pub(crate) fn latency_state(limits: Limits) -> Expr {
    let arguments = REFERENCE_COLUMNS.map(col).to_vec();
    let signature = Signature::any(arguments.len(), Volatility::Immutable);
    let exact_spans_max = limits.exact_spans_max;
    let function: AggregateUDF = LatencyAggregate { name: STATE, signature, exact_spans_max }.into();
    Arc::new(function).call(arguments)
}

/// `quantile_with_exemplars(duration_ns, 0.99, trace_id, span_id)`, and `(durations, 0.99, slot_start)` of rows of rollups: a quantile, what is
/// known of it, and real spans.
pub(crate) fn quantile_with_exemplars(limits: Limits) -> AggregateUDF {
    let signature = Signature::user_defined(Volatility::Immutable);
    LatencyAggregate { name: QUANTILE, signature, exact_spans_max: limits.exact_spans_max }.into()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct LatencyAggregate {
    name: &'static str,
    signature: Signature,
    exact_spans_max: usize,
}

impl LatencyAggregate {
    fn accumulate(&self, arguments: &AccumulatorArgs<'_>) -> Result<LatencyAccumulator> {
        if arguments.is_distinct {
            return plan_err!("{} counts every row: it knows no DISTINCT", self.name);
        }
        let limits = Limits { exact_spans_max: self.exact_spans_max };
        let (takes, gives) = if self.name == STATE {
            (Takes::Spans, Gives::State)
        } else {
            let takes = if arguments.exprs.len() == 3 { Takes::Summaries } else { Takes::Ids };
            (takes, Gives::Quantile(quantile(arguments)?))
        };
        Ok(LatencyAccumulator::new(limits, takes, gives))
    }
}

/// The quantile that is asked for.
fn quantile(arguments: &AccumulatorArgs<'_>) -> Result<f64> {
    let argument = &arguments.exprs[QUANTILE_PLACE];
    match argument.downcast_ref::<Literal>().map(Literal::value) {
        Some(ScalarValue::Float64(Some(quantile))) if (0.0..=1.0).contains(quantile) => Ok(*quantile),
        _ => plan_err!("{QUANTILE} takes a quantile between 0 and 1 as its second argument, not {argument}"),
    }
}

impl AggregateUDFImpl for LatencyAggregate {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types {
            [
                DataType::Int64 | DataType::UInt64,
                quantile,
                DataType::FixedSizeBinary(16),
                DataType::FixedSizeBinary(8),
            ] if quantile.is_numeric() => {
                let ids = [DataType::FixedSizeBinary(16), DataType::FixedSizeBinary(8)];
                Ok([DataType::Int64, DataType::Float64].into_iter().chain(ids).collect())
            }
            [
                DataType::Binary | DataType::BinaryView,
                quantile,
                start @ DataType::Timestamp(TimeUnit::Microsecond, _),
            ] if quantile.is_numeric() => Ok(vec![DataType::BinaryView, DataType::Float64, start.clone()]),
            _ => plan_err!(
                "{QUANTILE} takes (duration in ns, quantile, trace_id, span_id), or (durations, quantile, slot_start) of rows of rollups"
            ),
        }
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        if self.name == STATE { Ok(DataType::Binary) } else { Ok(figures::data_type()) }
    }

    fn state_fields(&self, arguments: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[state]", arguments.name), DataType::Binary, true))])
    }

    fn accumulator(&self, arguments: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(OneGroup(self.accumulate(&arguments)?)))
    }

    fn groups_accumulator_supported(&self, _arguments: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(
        &self,
        arguments: AccumulatorArgs<'_>,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(self.accumulate(&arguments)?))
    }
}
