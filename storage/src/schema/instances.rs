//! The columns of the derived table `instances`: one row for each process that sent spans of a window (`docs/formats.md`,
//! "Derived tables").

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::{span_fields, timestamp};

static INSTANCES: LazyLock<SchemaRef> = LazyLock::new(|| {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let mut fields = span_fields();
    fields
        .extend(["service", "instance", "instance_kind"].map(|name| Field::new(name, DataType::Utf8, false)));
    fields.extend(["component", "peer_address", "node", "node_how"].map(text));
    fields.push(Field::new("node_since", timestamp(), true));
    fields.extend(["node_hint", "zone", "zone_how", "zone_hint", "cluster", "cluster_how"].map(text));
    fields.extend(["first_arrival", "last_arrival"].map(|name| Field::new(name, timestamp(), false)));
    fields.push(Field::new("spans", DataType::Int64, false));
    Arc::new(Schema::new(fields))
});

/// The columns of the files.
#[must_use]
pub fn instances_schema() -> SchemaRef {
    Arc::clone(&INSTANCES)
}
