//! The columns of the derived table `pod_starts`: one row for each round of a kubelet that started something of a pod
//! (`docs/formats.md`, "Derived tables").

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use model::pod_start::PodPhase;

use super::requests::phase_column;
use super::{list_of, span_fields};

static POD_STARTS: LazyLock<SchemaRef> = LazyLock::new(|| {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let mut fields = span_fields();
    fields.extend(["node", "runtime", "k8s_namespace", "pod", "pod_uid", "update_type"].map(text));
    fields.extend(
        PodPhase::ALL.iter().map(|phase| Field::new(phase_column(phase.name()), DataType::Int64, false)),
    );
    fields.extend([
        Field::new("network_ns", DataType::Int64, true),
        text("network_source"),
        Field::new("containers", list_of(container_fields()), false),
        Field::new("is_error", DataType::Boolean, false),
        text("error"),
    ]);
    Arc::new(Schema::new(fields))
});

/// The columns of the files.
#[must_use]
pub fn pod_starts_schema() -> SchemaRef {
    Arc::clone(&POD_STARTS)
}

/// The start of one container.
#[must_use]
pub fn container_fields() -> Fields {
    Fields::from(vec![
        Field::new("name", DataType::Utf8, true),
        Field::new("id", DataType::Utf8, true),
        Field::new("image", DataType::Utf8, true),
        Field::new("image_pull_ns", DataType::Int64, true),
        Field::new("create_ns", DataType::Int64, true),
        Field::new("start_ns", DataType::Int64, true),
        Field::new("is_failed", DataType::Boolean, false),
    ])
}
