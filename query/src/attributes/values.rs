//! Which values an attribute has, most frequent first.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use datafusion::functions::string::expr_fn::starts_with;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::prelude::{DataFrame, col, lit};
use model::attributes::{HotType, resource_attribute, span_attribute};
use storage::catalog::SegmentFile;
use storage::{Snapshot, SpanInstant};

use super::{AttributeValue, AttributeValuesAnswer, AttributeValuesQuery};
use crate::filter::group_expression;
use crate::latency::{Source, Stats, inside_and_rest, rollup_counts};
use crate::scan::Scan;
use crate::session::Sessions;
use crate::table::ScanShape;
use crate::traceql::{Attribute, AttributeScope, Intrinsic};
use crate::{Config, Result};

/// Answers `query` over `snapshot`.
pub(crate) async fn attribute_values(
    query: &AttributeValuesQuery,
    snapshot: &Snapshot,
    sessions: &Sessions,
    config: &Config,
) -> Result<AttributeValuesAnswer> {
    let selection = snapshot.select(&query.tenant, query.range, SpanInstant::End);
    let is_inside =
        |file: &SegmentFile| query.range.start <= file.times.end_min && file.times.end_max < query.range.end;
    let by = std::slice::from_ref(&query.attribute);
    let (inside, rest) = inside_and_rest(&selection, is_inside);
    let counts =
        if inside.is_empty() { None } else { rollup_counts(&query.filter, by, &inside, sessions).await? };
    let selection = if counts.is_some() { rest } else { selection };
    let is_by_rollup = counts.is_some();
    let scan = Scan::of(sessions, selection, ScanShape::Aggregate)?;
    let Scan { rows, stats } = scan.ending_in(query.range)?.filter(&query.filter)?;
    let stats = Stats { source: if is_by_rollup { Source::Rollup } else { stats.source }, ..stats };
    let limit = query.limit.min(config.values_max);
    // Beside what rollups say, a value that is rare in the spans may be among the first.
    let fetched = if is_by_rollup { None } else { Some(limit.saturating_add(1)) };
    let mut counts = counts.unwrap_or_default();
    for batch in scanned(rows, query, fetched).await? {
        let (texts, spans) = (batch.column(0).as_string_view(), batch.column(1).as_primitive::<Int64Type>());
        for row in 0..texts.len() {
            *counts.entry(vec![Some(texts.value(row).to_owned())]).or_default() += spans.value(row) as u64;
        }
    }
    let value_type = value_type(&query.attribute);
    let named = counts.into_iter().filter_map(|(key, count)| Some((key.into_iter().next()??, count)));
    let mut values: Vec<AttributeValue> = named
        .filter(|(text, _)| text.starts_with(&query.prefix))
        .map(|(text, count)| AttributeValue { text, value_type, count })
        .collect();
    values.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.text.cmp(&other.text)));
    let truncated = values.len() > limit;
    values.truncate(limit);
    Ok(AttributeValuesAnswer { values, truncated, stats })
}

/// Values and how many of `rows` have each, the most frequent first.
async fn scanned(
    rows: DataFrame,
    query: &AttributeValuesQuery,
    fetched: Option<usize>,
) -> Result<Vec<RecordBatch>> {
    let value = group_expression(&query.attribute)?.alias("value");
    let mut values = rows
        .aggregate(vec![value], vec![count(lit(1)).alias("spans")])?
        .filter(col("value").is_not_null())?;
    if !query.prefix.is_empty() {
        values = values.filter(starts_with(col("value"), lit(query.prefix.as_str())))?;
    }
    let sorted = values.sort(vec![col("spans").sort(false, false), col("value").sort(true, false)])?;
    Ok(sorted.limit(0, fetched)?.collect().await?)
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
