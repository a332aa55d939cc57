//! `span_slot(start_time, start_nanos, duration_ns)`: which slot of a question a span belongs to, or null.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::datatypes::{DataType, Int16Type, Int64Type, TimestampMicrosecondType};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::prelude::{Expr, col};
use storage::schema::column;

use crate::latency::{SlotInstant, Slots};

/// The index of a span's slot among `slots`; null outside their range.
pub(crate) fn span_slot(slots: Slots, instant: SlotInstant) -> Expr {
    let function: ScalarUDF = SpanSlot {
        signature: Signature::any(3, Volatility::Immutable),
        start: slots.range.start,
        end: slots.range.end,
        step_ns: slots.step_ns,
        by_end: instant == SlotInstant::End,
    }
    .into();
    Arc::new(function).call(vec![col(column::START_TIME), col(column::START_NANOS), col(column::DURATION_NS)])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct SpanSlot {
    signature: Signature,
    start: u64,
    end: u64,
    step_ns: u64,
    by_end: bool,
}

impl ScalarUDFImpl for SpanSlot {
    fn name(&self) -> &'static str {
        "span_slot"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let start_time = arrays[0].as_primitive::<TimestampMicrosecondType>().values();
        let start_nanos = arrays[1].as_primitive::<Int16Type>().values();
        let duration_ns = arrays[2].as_primitive::<Int64Type>().values();
        let slots: Int64Array = start_time
            .iter()
            .zip(start_nanos)
            .zip(duration_ns)
            .map(|((micros, nanos), duration)| {
                let start = (*micros as u64).wrapping_mul(1_000).wrapping_add(*nanos as u64);
                let time = if self.by_end { start.wrapping_add(*duration as u64) } else { start };
                (self.start <= time && time < self.end).then(|| ((time - self.start) / self.step_ns) as i64)
            })
            .collect();
        Ok(ColumnarValue::Array(Arc::new(slots) as ArrayRef))
    }
}
