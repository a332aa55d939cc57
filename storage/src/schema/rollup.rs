//! The columns of a rollup: what a segment's spans were, by series and slot (`docs/formats.md`, "Rollups").

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::{column, file_schema, timestamp};

/// `Int32`: how long a slot is, in seconds: 60, 300 or 3600.
pub const SLOT_SECONDS: &str = "slot_seconds";
/// `Timestamp(µs, UTC)`: the start of the slot that the spans end in.
pub const SLOT_START: &str = "slot_start";
/// `Boolean`: the row counts spans of series beyond `storage.rollup_series_max`, whose keys are not told.
pub const IS_OVERFLOW: &str = "is_overflow";
/// `Int64`: the spans.
pub const SPAN_COUNT: &str = "span_count";
/// `Binary`: their durations, [`model::latency::State::to_summary`].
pub const DURATIONS: &str = "durations";

/// What makes a series: columns of the spans table, in the order that rows are sorted by.
pub const KEYS: [&str; 16] = [
    "k8s_component",
    column::KIND,
    "k8s_resource",
    "k8s_verb",
    column::NAME,
    column::SERVICE_NAME,
    INSTANCE,
    "k8s_group",
    "k8s_version",
    "k8s_subresource",
    "k8s_scope",
    "k8s_code",
    "k8s_rpc_code",
    "k8s_watch",
    "k8s_probe",
    column::STATUS_CODE,
];

/// The process, of API servers and etcd members only: of them there are few.
pub const INSTANCE: &str = "resource_service_instance_id";

static ROLLUP: LazyLock<SchemaRef> = LazyLock::new(|| {
    let spans = file_schema();
    let keys = KEYS.iter().filter_map(|name| spans.field_with_name(name).ok()).map(|field| {
        // Spans of an overflow have no keys.
        field.clone().with_nullable(true)
    });
    let mut fields = vec![
        Field::new(SLOT_SECONDS, DataType::Int32, false),
        Field::new(SLOT_START, timestamp(), false),
        Field::new(IS_OVERFLOW, DataType::Boolean, false),
    ];
    fields.extend(keys);
    fields.extend([
        Field::new(SPAN_COUNT, DataType::Int64, false),
        Field::new(DURATIONS, DataType::Binary, false),
    ]);
    Arc::new(Schema::new(fields))
});

/// The columns of a rollup file.
#[must_use]
pub fn rollup_schema() -> SchemaRef {
    Arc::clone(&ROLLUP)
}
