//! The functions that our plans are made of, beside DataFusion's own.

mod attribute_text;
mod condition;
mod latency_aggregate;
mod row_values;
mod span_references;
mod span_slot;

pub(crate) use attribute_text::attribute_text;
pub(crate) use condition::condition;
pub(crate) use latency_aggregate::{latency_state, quantile_with_exemplars};
pub(crate) use row_values::{RowValues, columns_of};
pub(crate) use span_references::{REFERENCE_COLUMNS, SpanReferences};
pub(crate) use span_slot::span_slot;
