//! A column of one type that most rows leave out: hot attributes and derived values.

use arrow::array::ArrayRef;
use arrow::error::ArrowError;
use model::attributes::HotType;
use proto::otlp::Value;

use super::builders::OptionalInts;
use super::dictionary::TextColumn;

#[derive(Debug)]
pub(super) enum HotColumn {
    Text(TextColumn),
    Int(OptionalInts<i64>),
    Bool(OptionalInts<bool>),
}

impl HotColumn {
    /// A column that will have `rows` rows.
    pub(super) fn new(value_type: HotType, rows: usize) -> Self {
        match value_type {
            HotType::String => Self::Text(TextColumn::new(rows)),
            HotType::Int => Self::Int(OptionalInts::new(rows)),
            HotType::Bool => Self::Bool(OptionalInts::new(rows)),
        }
    }

    /// Whether `row` has a value already.
    pub(super) fn has(&self, row: usize) -> bool {
        match self {
            Self::Text(column) => column.has(row),
            Self::Int(column) => column.has(row),
            Self::Bool(column) => column.has(row),
        }
    }

    /// Sets `row`, which has no value yet; false when the value is of another type.
    pub(super) fn set(&mut self, row: usize, value: &Value<'_>) -> bool {
        match (self, value) {
            (Self::Text(column), Value::String(text)) => column.set(row, text),
            (Self::Int(column), Value::Int(number)) => column.set(row, *number),
            (Self::Bool(column), Value::Bool(flag)) => column.set(row, *flag),
            _ => return false,
        }
        true
    }

    pub(super) fn finish(self, rows: usize) -> Result<ArrayRef, ArrowError> {
        match self {
            Self::Text(column) => column.finish(rows),
            Self::Int(column) => Ok(column.finish_int64(rows)),
            Self::Bool(column) => Ok(column.finish_boolean(rows)),
        }
    }
}
