//! The functions that SQL has here beside DataFusion's own. Those of texts are rewritten before a plan is made, so that what they
//! read is known to it, and files are passed over by them as by columns.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, plan_err};
use datafusion::config::ConfigOptions;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::prelude::{Expr, SessionContext, lit};
use datafusion::scalar::ScalarValue;
use model::latency::Limits;
use proto::{SpanId, TraceId};

use crate::filter::group_expression;
use crate::functions::quantile_with_exemplars;
use crate::traceql::parse_attribute;

/// `attribute('k8s.pod.name')`: the value of an attribute as text, by its name in TraceQL; null where a span has none.
const ATTRIBUTE: &str = "attribute";
/// `id('4bf92f…')`: the bytes of a trace or span id.
const ID: &str = "id";

/// Makes the functions known to `session`; quantiles are of states within `limits`.
pub(super) fn register(session: &SessionContext, limits: Limits) -> Result<()> {
    session.register_udaf(quantile_with_exemplars(limits));
    for (name, data_type) in [(ATTRIBUTE, DataType::Utf8View), (ID, DataType::Binary)] {
        let signature = Signature::string(1, Volatility::Immutable);
        session.register_udf(ScalarUDF::from(OfText { name, data_type, signature }));
    }
    session.state_ref().write().register_function_rewrite(Arc::new(Rewrite))
}

/// A function of a text in quotes, until it is rewritten.
#[derive(Debug, PartialEq, Eq, Hash)]
struct OfText {
    name: &'static str,
    data_type: DataType,
    signature: Signature,
}

impl ScalarUDFImpl for OfText {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.data_type.clone())
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        plan_err!("{} takes a text in quotes, not one of each row", self.name)
    }
}

#[derive(Debug)]
struct Rewrite;

impl FunctionRewrite for Rewrite {
    fn name(&self) -> &str {
        "functions of spans"
    }

    fn rewrite(&self, expr: Expr, schema: &DFSchema, _: &ConfigOptions) -> Result<Transformed<Expr>> {
        let Expr::ScalarFunction(call) = &expr else { return Ok(Transformed::no(expr)) };
        match (call.name(), text(call)) {
            (ATTRIBUTE, Some(name)) => attribute(name, schema).map(Transformed::yes),
            (ID, Some(hex)) => id(hex).map(Transformed::yes),
            (ATTRIBUTE | ID, None) => plan_err!("{} takes a text in quotes, not {expr}", call.name()),
            _ => Ok(Transformed::no(expr)),
        }
    }
}

/// The only argument, where that is a text.
fn text(call: &ScalarFunction) -> Option<&str> {
    match call.args.as_slice() {
        [Expr::Literal(value, _)] => value.try_as_str().flatten(),
        _ => None,
    }
}

fn attribute(name: &str, schema: &DFSchema) -> Result<Expr> {
    // Where nothing else begins so, a name without a scope is one of any scope.
    let attribute =
        parse_attribute(name).or_else(|error| parse_attribute(&format!(".{name}")).map_err(|_| error));
    let attribute = attribute.map_err(|error| {
        let message = format!("attribute('{name}'): {}", error.message);
        DataFusionError::Plan(message)
    })?;
    let value = group_expression(&attribute).map_err(|error| DataFusionError::Plan(error.message))?;
    let in_table = |part: Expr| match part {
        Expr::Column(column) => match schema.qualified_field_with_unqualified_name(column.name()) {
            Ok(found) => Ok(Transformed::yes(Expr::Column(Column::from(found)))),
            Err(_) => plan_err!(
                "attribute('{name}') is of the rows of one table, spans: column {column} is not there, or twice"
            ),
        },
        other => Ok(Transformed::no(other)),
    };
    Ok(value.transform(in_table)?.data)
}

fn id(hex: &str) -> Result<Expr> {
    let trace = hex.parse().map(|TraceId(bytes)| bytes.to_vec());
    let bytes = trace.or_else(|_| hex.parse().map(|SpanId(bytes)| bytes.to_vec()));
    match bytes {
        Ok(bytes) => Ok(lit(ScalarValue::FixedSizeBinary(bytes.len() as i32, Some(bytes)))),
        Err(_) => plan_err!("id('{hex}'): write the 32 hex digits of a trace or the 16 of a span"),
    }
}

#[cfg(test)]
mod tests;
