//! Request rows as columns (`storage::schema::requests`).

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, BooleanBuilder, Int64Array, Int64Builder, ListBuilder, RecordBatch, StringArray,
    StringBuilder, StructBuilder,
};
use model::{Phase, RequestRow, SpanView};
use storage::schema::requests::{etcd_fields, requests_schema, webhook_fields};

use super::columns::{append, batch_of, count, element, span_columns, texts};
use crate::Result;

/// OTLP's status code for an error.
const STATUS_ERROR: i32 = 2;
const CLUSTER: &str = "k8s.cluster.name";

/// A row and its root.
pub(super) type Rooted<'a> = (SpanView<'a>, RequestRow<'a>);

/// The rows as a batch of the table `requests`.
pub(super) fn batch(rows: &[Rooted<'_>]) -> Result<RecordBatch> {
    let counts = |of: fn(&RequestRow<'_>) -> u64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, row)| count(of(row)))))
    };
    let numbers = |of: fn(&RequestRow<'_>) -> Option<u64>| -> ArrayRef {
        Arc::new(rows.iter().map(|(_, row)| of(row).map(count)).collect::<Int64Array>())
    };
    let flags = |of: fn(&RequestRow<'_>) -> bool| -> ArrayRef {
        Arc::new(rows.iter().map(|(_, row)| Some(of(row))).collect::<BooleanArray>())
    };
    let keys = |of: for<'r> fn(&'r RequestRow<'_>) -> Option<&'r str>| -> ArrayRef {
        texts(rows.iter().map(|(_, row)| of(row)))
    };
    let mut columns =
        span_columns(rows.iter().map(|(_, row)| (row.trace_id, row.span_id, row.start, row.duration_ns)));
    columns.extend([
        counts(|row| row.sli_duration_ns),
        numbers(|row| row.objective_ns()),
        numbers(|row| row.authentication_ns),
        texts(rows.iter().map(|(root, _)| root.resource_text(CLUSTER))),
        keys(|row| row.instance),
        keys(|row| Some(row.component.name())),
        keys(|row| Some(row.keys.verb.name()).filter(|verb| !verb.is_empty())),
        keys(|row| row.keys.group.as_deref()),
        keys(|row| row.keys.version.as_deref()),
        keys(|row| row.keys.resource.as_deref()),
        keys(|row| row.keys.subresource.as_deref()),
        keys(|row| Some(row.keys.scope.name()).filter(|scope| !scope.is_empty())),
        keys(|row| row.keys.namespace.as_deref()),
        keys(|row| row.keys.name.as_deref()),
        keys(|row| row.keys.user_agent_short.as_deref()),
        keys(|row| row.keys.client),
        numbers(|row| row.keys.code.map(u64::from)),
        flags(|row| row.keys.dry_run),
        flags(|row| row.keys.is_watch),
        flags(|row| row.keys.is_long_running),
        flags(|row| row.keys.is_probe),
        is_error(rows),
        numbers(|row| row.request_bytes),
        numbers(|row| row.response_bytes),
    ]);
    columns.extend(Phase::ALL.iter().map(|phase| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, row)| count(row.phases.get(*phase)))))
    }));
    columns.extend([
        webhooks(rows),
        etcd_calls(rows),
        flags(|row| row.is_etcd_undivided),
        counts(|row| u64::from(row.conflicts)),
        keys(|row| Some(row.data_source.name()).filter(|source| !source.is_empty())),
        numbers(|row| row.listed_items),
        numbers(|row| row.returned_items),
        counts(|row| row.spans as u64),
        gaps(rows),
    ]);
    batch_of(requests_schema(), columns)
}

fn is_error(rows: &[Rooted<'_>]) -> ArrayRef {
    let is_error =
        |root: &SpanView<'_>| root.span.status.as_ref().is_some_and(|status| status.code == STATUS_ERROR);
    Arc::new(rows.iter().map(|(root, _)| Some(is_error(root))).collect::<BooleanArray>())
}

/// What is missing, by name, a comma between.
fn gaps(rows: &[Rooted<'_>]) -> ArrayRef {
    let names =
        |row: &RequestRow<'_>| row.gaps.iter().map(model::request::Gap::name).collect::<Vec<_>>().join(",");
    let gaps: StringArray =
        rows.iter().map(|(_, row)| Some(names(row)).filter(|names| !names.is_empty())).collect();
    Arc::new(gaps)
}

fn webhooks(rows: &[Rooted<'_>]) -> ArrayRef {
    let fields = webhook_fields();
    let mut list =
        ListBuilder::new(StructBuilder::from_fields(fields.clone(), rows.len())).with_field(element(fields));
    for (_, row) in rows {
        let call = list.values();
        for webhook in &row.webhooks {
            let kind = match webhook.kind {
                model::request::WebhookKind::Mutating => "mutating",
                model::request::WebhookKind::Validating => "validating",
            };
            let names = [kind, webhook.name, webhook.configuration, webhook.operation];
            for (place, name) in names.into_iter().enumerate() {
                append(call, place, |field: &mut StringBuilder| field.append_value(name));
            }
            let offset_ns = webhook.start.saturating_sub(row.start);
            let times = [offset_ns, webhook.duration_ns, webhook.path_ns];
            for (place, time) in times.into_iter().enumerate() {
                append(call, place + 4, |field: &mut Int64Builder| field.append_value(count(time)));
            }
            append(call, 7, |field: &mut BooleanBuilder| field.append_value(webhook.is_failed));
            call.append(true);
        }
        list.append(true);
    }
    Arc::new(list.finish())
}

fn etcd_calls(rows: &[Rooted<'_>]) -> ArrayRef {
    let fields = etcd_fields();
    let mut list =
        ListBuilder::new(StructBuilder::from_fields(fields.clone(), rows.len())).with_field(element(fields));
    for (_, row) in rows {
        let calls = list.values();
        for member in &row.etcd {
            append(calls, 0, |field: &mut StringBuilder| field.append_value(member.address));
            append(calls, 1, |field: &mut Int64Builder| field.append_option(member.port.map(i64::from)));
            append(calls, 2, |field: &mut StringBuilder| field.append_option(member.instance));
            append(calls, 3, |field: &mut Int64Builder| field.append_value(i64::from(member.calls)));
            append(calls, 4, |field: &mut Int64Builder| field.append_value(count(member.path_ns)));
            calls.append(true);
        }
        list.append(true);
    }
    Arc::new(list.finish())
}
