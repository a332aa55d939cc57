//! `k8s_component(service_name)`: the component whose programs call themselves so.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, AsArray, StringViewArray};
use arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::prelude::{Expr, col};
use model::Component;
use storage::schema::column;

static FUNCTION: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| Arc::new(ComponentOf::new().into()));

/// The component of a span.
pub(crate) fn component() -> Expr {
    FUNCTION.call(vec![col(column::SERVICE_NAME)])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ComponentOf {
    signature: Signature,
}

impl ComponentOf {
    fn new() -> Self {
        Self { signature: Signature::exact(vec![DataType::Utf8View], Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for ComponentOf {
    fn name(&self) -> &'static str {
        "k8s_component"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let names: StringViewArray = arrays[0]
            .as_string_view()
            .iter()
            .map(|name| Some(Component::from_service_name(name.unwrap_or_default()).name()))
            .collect();
        Ok(ColumnarValue::Array(Arc::new(names) as ArrayRef))
    }
}
