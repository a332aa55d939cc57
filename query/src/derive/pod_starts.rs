//! Pod start rows as columns (`storage::schema::pod_starts`).

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, BooleanBuilder, Int64Array, Int64Builder, ListBuilder, RecordBatch,
    StringBuilder, StructBuilder,
};
use model::PodStartRow;
use model::pod_start::{NetworkSource, PodPhase};
use storage::schema::pod_starts::{container_fields, pod_starts_schema};

use super::columns::{append, batch_of, count, element, span_columns, texts};
use crate::Result;

/// The rows as a batch of the table `pod_starts`.
pub(super) fn batch(rows: &[PodStartRow<'_>]) -> Result<RecordBatch> {
    let named = |of: for<'r> fn(&'r PodStartRow<'_>) -> Option<&'r str>| texts(rows.iter().map(of));
    let mut columns =
        span_columns(rows.iter().map(|row| (row.trace_id, row.span_id, row.start, row.duration_ns)));
    columns.extend([
        named(|row| row.node),
        named(|row| row.runtime.map(|runtime| runtime.name())),
        named(|row| Some(row.namespace)),
        named(|row| Some(row.pod)),
        named(|row| Some(row.uid)),
        named(|row| Some(row.update_type)),
    ]);
    columns.extend(PodPhase::ALL.iter().map(|phase| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| count(row.phases.get(*phase)))))
    }));
    columns.extend([
        Arc::new(rows.iter().map(|row| row.network_ns.map(count)).collect::<Int64Array>()) as ArrayRef,
        named(|row| match row.network_source {
            NetworkSource::Unknown => None,
            NetworkSource::Span => Some("span"),
            NetworkSource::Event => Some("event"),
        }),
        containers(rows),
        Arc::new(rows.iter().map(|row| Some(row.error.is_some())).collect::<BooleanArray>()),
        named(|row| row.error),
    ]);
    batch_of(pod_starts_schema(), columns)
}

fn containers(rows: &[PodStartRow<'_>]) -> ArrayRef {
    let fields = container_fields();
    let mut list =
        ListBuilder::new(StructBuilder::from_fields(fields.clone(), rows.len())).with_field(element(fields));
    for row in rows {
        let start = list.values();
        for container in &row.containers {
            for (place, text) in [container.name, container.id, container.image].into_iter().enumerate() {
                append(start, place, |field: &mut StringBuilder| field.append_option(text));
            }
            let times = [container.image_pull_ns, container.create_ns, container.start_ns];
            for (place, time) in times.into_iter().enumerate() {
                append(start, place + 3, |field: &mut Int64Builder| field.append_option(time.map(count)));
            }
            append(start, 6, |field: &mut BooleanBuilder| field.append_value(container.is_failed));
            start.append(true);
        }
        list.append(true);
    }
    Arc::new(list.finish())
}
