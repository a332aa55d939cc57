//! Rows of SQL as JSON.

use query::{SqlAnswer, SqlRows};
use serde::Serialize;
use serde_json::Value;

use crate::api::json::CompletenessJson;

/// Whole numbers up to here are exact in every JSON reader; larger ones are sent as text.
const EXACT_MAX: u64 = 1 << 53;

#[derive(Serialize)]
pub(super) struct SqlJson {
    columns: Vec<ColumnJson>,
    rows: Vec<Vec<Value>>,
    /// There are more rows than `query.sql_rows_max`.
    truncated: bool,
    #[serde(flatten)]
    completeness: CompletenessJson,
    stats: CostJson,
}

/// What the answer cost.
#[derive(Serialize)]
struct CostJson {
    bytes_read: u64,
    elapsed_ms: f64,
}

#[derive(Serialize)]
struct ColumnJson {
    name: String,
    /// Its Arrow type.
    #[serde(rename = "type")]
    data_type: String,
}

impl SqlJson {
    pub(super) fn new(answer: &SqlAnswer, rows: SqlRows) -> Self {
        let SqlRows { columns, cells } = rows;
        let row = |cells: Vec<Option<String>>| {
            cells.into_iter().zip(&columns).map(|(cell, column)| value(cell, column.is_bare)).collect()
        };
        Self {
            rows: cells.into_iter().map(row).collect(),
            columns: columns
                .iter()
                .map(|column| ColumnJson { name: column.name.clone(), data_type: column.data_type.clone() })
                .collect(),
            truncated: answer.truncated,
            completeness: answer.completeness.into(),
            stats: CostJson {
                bytes_read: answer.bytes_read,
                elapsed_ms: answer.elapsed.as_secs_f64() * 1000.0,
            },
        }
    }
}

/// A cell; what JSON has no number for (NaN) stays text.
fn value(cell: Option<String>, is_bare: bool) -> Value {
    let Some(text) = cell else { return Value::Null };
    let bare = is_bare.then(|| serde_json::from_str::<Value>(&text).ok()).flatten();
    let whole = |value: &Value| value.as_u64().or_else(|| value.as_i64().map(i64::unsigned_abs));
    let is_exact = |value: &Value| whole(value).is_none_or(|number| number <= EXACT_MAX);
    match bare.filter(|value| (value.is_number() && is_exact(value)) || value.is_boolean()) {
        Some(value) => value,
        None => Value::String(text),
    }
}
