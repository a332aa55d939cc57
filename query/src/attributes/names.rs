//! Which attributes the spans of a range have.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::prelude::col;
use model::attributes::{HotAttribute, HotType, RESOURCE_ATTRIBUTES, SPAN_ATTRIBUTES};
use model::derived::DERIVED;
use proto::otlp::decode_resource;
use storage::Snapshot;
use storage::schema::{column, layout};

use super::{AttributeInfo, AttributesAnswer, AttributesQuery};
use crate::Result;
use crate::scan::{Extent, Scan};
use crate::session::Sessions;
use crate::traceql::{Attribute, AttributeScope};

/// Intrinsics: every span has them.
const ALWAYS: [(&str, &str); 6] = [
    ("name", "string"),
    ("kind", "kind"),
    ("status", "status"),
    ("duration", "duration"),
    ("instrumentation:name", "string"),
    ("trace:id", "string"),
];

/// Answers `query` over `snapshot`. Keys without a column are read from the map of every matching span.
pub(crate) async fn attribute_names(
    query: &AttributesQuery,
    snapshot: &Snapshot,
    sessions: &Sessions,
) -> Result<AttributesAnswer> {
    let extent = Extent::ending_in(query.tenant.clone(), query.range);
    let Scan { rows, stats } =
        Scan::open(sessions, snapshot, &extent)?.ending_in(query.range)?.filter(&query.filter)?;
    // Layouts are few: counting them once tells how often each attribute stands where, without reading its column.
    let layouts = rows
        .clone()
        .aggregate(vec![col(column::ATTRIBUTE_LAYOUT)], vec![count(col(column::TRACE_ID)).alias("spans")])?
        .collect()
        .await?;
    let resources = rows
        .clone()
        .aggregate(vec![col(column::RESOURCE)], vec![count(col(column::TRACE_ID)).alias("spans")])?
        .collect()
        .await?;
    let derived = rows
        .clone()
        .aggregate(vec![], DERIVED.iter().map(|derived| count(col(derived.column))).collect())?
        .collect()
        .await?;
    let cold = rows.select(vec![col(column::ATTRIBUTES), col(column::ATTRIBUTE_LAYOUT)])?.collect().await?;

    let mut found = Found::default();
    layouts.iter().for_each(|batch| found.add_layouts(batch));
    resources.iter().for_each(|batch| found.add_resources(batch));
    derived.iter().for_each(|batch| found.add_derived(batch));
    cold.iter().for_each(|batch| found.add_map_entries(batch));
    Ok(AttributesAnswer { attributes: found.into_infos(), stats })
}

#[derive(Default)]
struct Found {
    spans: u64,
    hot: HashMap<u8, u64>,
    map: BTreeMap<String, (u64, Option<&'static str>)>,
    resource: BTreeMap<String, u64>,
    /// In the order of [`DERIVED`].
    derived: [u64; DERIVED.len()],
}

impl Found {
    fn add_layouts(&mut self, batch: &RecordBatch) {
        let (tags, spans) = (batch.column(0).as_binary_view(), batch.column(1).as_primitive::<Int64Type>());
        for row in 0..batch.num_rows() {
            let count = spans.value(row) as u64;
            self.spans += count;
            if tags.is_valid(row) {
                for tag in tags.value(row).iter().filter(|tag| **tag < layout::MAP_STRING) {
                    *self.hot.entry(*tag).or_default() += count;
                }
            }
        }
    }

    fn add_resources(&mut self, batch: &RecordBatch) {
        let (wires, spans) = (batch.column(0).as_binary_view(), batch.column(1).as_primitive::<Int64Type>());
        for row in (0..batch.num_rows()).filter(|row| wires.is_valid(*row)) {
            for attribute in
                decode_resource(wires.value(row)).map(|resource| resource.attributes).unwrap_or_default()
            {
                *self.resource.entry(attribute.key.into_owned()).or_default() += spans.value(row) as u64;
            }
        }
    }

    fn add_derived(&mut self, batch: &RecordBatch) {
        for (total, column) in self.derived.iter_mut().zip(batch.columns()) {
            *total += column.as_primitive::<Int64Type>().values().iter().sum::<i64>() as u64;
        }
    }

    fn add_map_entries(&mut self, batch: &RecordBatch) {
        let (map, layouts) = (batch.column(0).as_map(), batch.column(1).as_binary_view());
        let keys = map.keys().as_string::<i32>();
        for row in (0..batch.num_rows()).filter(|row| layouts.is_valid(*row)) {
            let entries = map.value_offsets()[row] as usize..map.value_offsets()[row + 1] as usize;
            let tags = layouts.value(row).iter().filter(|tag| is_in_map(**tag));
            for (entry, tag) in entries.zip(tags) {
                let value_type = map_type(*tag);
                match self.map.get_mut(keys.value(entry)) {
                    Some((count, known)) => {
                        *count += 1;
                        if *known != Some(value_type) {
                            *known = None;
                        }
                    }
                    None => {
                        self.map.insert(keys.value(entry).to_owned(), (1, Some(value_type)));
                    }
                }
            }
        }
    }

    fn into_infos(mut self) -> Vec<AttributeInfo> {
        let mut infos = Vec::new();
        if self.spans > 0 {
            infos.extend(ALWAYS.iter().map(|(name, value_type)| AttributeInfo {
                name: (*name).to_owned(),
                scope: "intrinsic",
                value_type,
                count: self.spans,
                distinct: None,
            }));
        }
        for (derived, count) in DERIVED.iter().zip(self.derived).filter(|(_, count)| *count > 0) {
            infos.push(AttributeInfo {
                name: format!("k8s:{}", derived.key),
                scope: "intrinsic",
                value_type: hot_type(derived),
                count,
                distinct: None,
            });
        }
        for (tag, count) in &self.hot {
            let Some(hot) = SPAN_ATTRIBUTES.get(usize::from(*tag)) else { continue };
            let elsewhere = self.map.remove(hot.key);
            let value_type = if elsewhere.is_some() { "mixed" } else { hot_type(hot) };
            let count = count + elsewhere.map_or(0, |(count, _)| count);
            infos.push(info(AttributeScope::Span, hot.key, value_type, count));
        }
        for (key, (count, value_type)) in &self.map {
            infos.push(info(AttributeScope::Span, key, value_type.unwrap_or("mixed"), *count));
        }
        for (key, count) in &self.resource {
            let known = RESOURCE_ATTRIBUTES.iter().find(|hot| hot.key == key);
            infos.push(info(AttributeScope::Resource, key, known.map_or("string", hot_type), *count));
        }
        infos.retain(|info| !info.name.ends_with('.'));
        infos.sort_by(|left, right| right.count.cmp(&left.count).then_with(|| left.name.cmp(&right.name)));
        infos
    }
}

fn info(scope: AttributeScope, key: &str, value_type: &'static str, count: u64) -> AttributeInfo {
    let name = Attribute::Scoped { scope, name: key.to_owned() }.to_string();
    AttributeInfo { name, scope: scope.word(), value_type, count, distinct: None }
}

const fn hot_type(hot: &HotAttribute) -> &'static str {
    match hot.value_type {
        HotType::String => "string",
        HotType::Int => "int",
        HotType::Bool => "bool",
    }
}

const fn is_in_map(tag: u8) -> bool {
    tag >= layout::MAP_STRING && tag <= layout::RESIDUAL_SHOWN
}

const fn map_type(tag: u8) -> &'static str {
    match tag {
        layout::MAP_STRING => "string",
        layout::MAP_INT => "int",
        layout::MAP_DOUBLE => "double",
        layout::MAP_BOOL => "bool",
        _ => "mixed",
    }
}
