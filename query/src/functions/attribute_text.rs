//! `attribute_text(…)`: the value of an attribute as text, for grouping and listing; null when it is missing.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewBuilder};
use arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::prelude::{Expr, col};

use super::row_values::{RowValues, check_arguments, columns_of};
use crate::traceql::{Attribute, SpanAttributes, Static};

/// The text of `attribute`: the first value where there are several.
pub(crate) fn attribute_text(attribute: &Attribute) -> Expr {
    let columns = columns_of(attribute);
    let arguments = columns.iter().map(|name| col(*name)).collect();
    let function: ScalarUDF = AttributeText {
        signature: Signature::any(columns.len(), Volatility::Immutable),
        name: format!("attribute_text[{attribute}]"),
        attribute: attribute.clone(),
        columns,
    }
    .into();
    Arc::new(function).call(arguments)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct AttributeText {
    signature: Signature,
    name: String,
    attribute: Attribute,
    columns: Vec<&'static str>,
}

impl ScalarUDFImpl for AttributeText {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        check_arguments(&self.name, &self.columns, &arrays)?;
        let mut row_values = RowValues::new(&self.columns, &arrays);
        let mut texts = StringViewBuilder::with_capacity(arguments.number_rows);
        for row in 0..arguments.number_rows {
            row_values.move_to(row);
            texts.append_option(row_values.get(&self.attribute).first().map(plain_text));
        }
        Ok(ColumnarValue::Array(Arc::new(texts.finish()) as ArrayRef))
    }
}

/// A value as a person reads it: strings without quotes.
fn plain_text(value: &Static) -> String {
    match value {
        Static::String(text) => text.clone(),
        Static::Float(number) => number.to_string(),
        other => other.to_string(),
    }
}
