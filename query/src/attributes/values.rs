//! Which values an attribute has, most frequent first.

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use datafusion::functions::string::expr_fn::starts_with;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::prelude::{col, lit};
use model::attributes::{HotType, resource_attribute, span_attribute};
use storage::Snapshot;
use storage::schema::column;

use super::{AttributeValue, AttributeValuesAnswer, AttributeValuesQuery};
use crate::filter::group_expression;
use crate::scan::{Extent, Scan};
use crate::session::Sessions;
use crate::traceql::{Attribute, AttributeScope, Intrinsic};
use crate::{Config, Result};

/// Answers `query` over `snapshot`.
pub(crate) async fn attribute_values(
    query: &AttributeValuesQuery,
    snapshot: &Snapshot,
    sessions: &Sessions,
    config: &Config,
) -> Result<AttributeValuesAnswer> {
    let extent = Extent::ending_in(query.tenant.clone(), query.range);
    let Scan { rows, stats } =
        Scan::open(sessions, snapshot, &extent)?.ending_in(query.range)?.filter(&query.filter)?;
    let limit = query.limit.min(config.values_max);
    let mut values = rows
        .aggregate(
            vec![group_expression(&query.attribute)?.alias("value")],
            vec![count(col(column::TRACE_ID)).alias("spans")],
        )?
        .filter(col("value").is_not_null())?;
    if !query.prefix.is_empty() {
        values = values.filter(starts_with(col("value"), lit(query.prefix.as_str())))?;
    }
    let batches = values
        .sort(vec![col("spans").sort(false, false), col("value").sort(true, false)])?
        .limit(0, Some(limit.saturating_add(1)))?
        .collect()
        .await?;
    let value_type = value_type(&query.attribute);
    let mut values: Vec<AttributeValue> = Vec::new();
    for batch in &batches {
        let (texts, spans) = (batch.column(0).as_string_view(), batch.column(1).as_primitive::<Int64Type>());
        values.extend((0..texts.len()).map(|row| AttributeValue {
            text: texts.value(row).to_owned(),
            value_type,
            count: spans.value(row) as u64,
        }));
    }
    let truncated = values.len() > limit;
    values.truncate(limit);
    Ok(AttributeValuesAnswer { values, truncated, stats })
}

/// The type to write a value as; `mixed` where only each value could tell.
fn value_type(attribute: &Attribute) -> &'static str {
    let hot = match attribute {
        Attribute::Intrinsic(Intrinsic::Kind) => return "kind",
        Attribute::Intrinsic(Intrinsic::Status) => return "status",
        Attribute::Intrinsic(Intrinsic::Duration | Intrinsic::EventTimeSinceStart) => return "duration",
        Attribute::Intrinsic(_) => return "string",
        Attribute::Derived(derived) => Some(*derived),
        Attribute::Scoped { scope: AttributeScope::Span, name } => span_attribute(name),
        Attribute::Scoped { scope: AttributeScope::Resource, name } => resource_attribute(name),
        Attribute::Scoped { .. } | Attribute::Trace(_) => None,
    };
    hot.map_or("mixed", |hot| match hot.value_type {
        HotType::String => "string",
        HotType::Int => "int",
        HotType::Bool => "bool",
    })
}
