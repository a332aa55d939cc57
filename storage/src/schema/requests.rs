//! The columns of the derived table `requests`: one row for each API request (`docs/formats.md`, "Derived tables").

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use model::Phase;

use super::{list_of, span_fields};

static REQUESTS: LazyLock<SchemaRef> = LazyLock::new(|| {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let number = |name: &str| Field::new(name, DataType::Int64, true);
    let count = |name: &str| Field::new(name, DataType::Int64, false);
    let flag = |name: &str| Field::new(name, DataType::Boolean, false);
    let mut fields = span_fields();
    fields.extend([
        count("sli_duration_ns"),
        number("objective_ns"),
        number("authentication_ns"),
        text("cluster"),
        text("instance"),
        text("k8s_component"),
        text("k8s_verb"),
        text("k8s_group"),
        text("k8s_version"),
        text("k8s_resource"),
        text("k8s_subresource"),
        text("k8s_scope"),
        text("k8s_namespace"),
        text("k8s_name"),
        text("k8s_user_agent"),
        text("client"),
        number("k8s_code"),
        flag("dry_run"),
        flag("k8s_watch"),
        flag("is_long_running"),
        flag("k8s_probe"),
        flag("is_error"),
        number("request_bytes"),
        number("response_bytes"),
    ]);
    fields.extend(Phase::ALL.iter().map(|phase| count(&phase_column(phase.name()))));
    fields.extend([
        Field::new("webhooks", list_of(webhook_fields()), false),
        Field::new("etcd_calls", list_of(etcd_fields()), false),
        flag("is_etcd_undivided"),
        count("conflicts"),
        text("data_source"),
        number("listed_items"),
        number("returned_items"),
        count("span_count"),
        text("gaps"),
    ]);
    Arc::new(Schema::new(fields))
});

/// The columns of the files.
#[must_use]
pub fn requests_schema() -> SchemaRef {
    Arc::clone(&REQUESTS)
}

/// The column that holds the time of a phase, in ns.
#[must_use]
pub fn phase_column(phase: &str) -> String {
    format!("{phase}_phase_ns")
}

/// One call of an admission webhook.
#[must_use]
pub fn webhook_fields() -> Fields {
    Fields::from(vec![
        Field::new("kind", DataType::Utf8, false),
        Field::new("name", DataType::Utf8, false),
        Field::new("configuration", DataType::Utf8, false),
        Field::new("operation", DataType::Utf8, false),
        Field::new("offset_ns", DataType::Int64, false),
        Field::new("duration_ns", DataType::Int64, false),
        Field::new("path_ns", DataType::Int64, false),
        Field::new("is_failed", DataType::Boolean, false),
    ])
}

/// The calls of one etcd member.
#[must_use]
pub fn etcd_fields() -> Fields {
    Fields::from(vec![
        Field::new("address", DataType::Utf8, false),
        Field::new("port", DataType::Int64, true),
        Field::new("instance", DataType::Utf8, true),
        Field::new("calls", DataType::Int64, false),
        Field::new("path_ns", DataType::Int64, false),
    ])
}
