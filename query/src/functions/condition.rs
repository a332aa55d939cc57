//! `traceql(…)`: one condition of a filter evaluated row by row, for what no column can answer.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::prelude::{Expr, col};

use super::row_values::{RowValues, check_arguments, columns_of};
use crate::traceql::{Expression, SpanFilter, matches};

/// Whether a span meets `expression`, which is a comparison or an existence test.
pub(crate) fn condition(expression: &Expression) -> Expr {
    let mut columns: Vec<_> = expression.attributes().into_iter().flat_map(columns_of).collect();
    columns.sort_unstable();
    columns.dedup();
    let arguments = columns.iter().map(|name| col(*name)).collect();
    let function: ScalarUDF = Condition {
        signature: Signature::any(columns.len(), Volatility::Immutable),
        name: format!("traceql[{expression}]"),
        filter: SpanFilter { expression: Some(expression.clone()) },
        columns,
    }
    .into();
    Arc::new(function).call(arguments)
}

#[derive(Debug)]
struct Condition {
    signature: Signature,
    name: String,
    filter: SpanFilter,
    columns: Vec<&'static str>,
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Condition {}

impl Hash for Condition {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Condition {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        check_arguments(&self.name, &self.columns, &arrays)?;
        let mut row_values = RowValues::new(&self.columns, &arrays);
        let outcomes: BooleanArray = (0..arguments.number_rows)
            .map(|row| {
                row_values.move_to(row);
                Some(matches(&self.filter, &row_values))
            })
            .collect();
        Ok(ColumnarValue::Array(Arc::new(outcomes) as ArrayRef))
    }
}
