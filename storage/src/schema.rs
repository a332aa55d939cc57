//! The span table's columns, format version 1: the one place that names them (`docs/formats.md`, "Spans").
//!
//! Two forms of the same columns: the *file* form is plain, so that any Parquet reader understands it; the *live*
//! form holds strings in dictionaries, which makes a buffered span several times smaller.

pub mod column;
pub mod instances;
pub mod layout;
pub mod pod_starts;
pub mod requests;
pub mod rollup;

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use model::attributes::{HotType, RESOURCE_ATTRIBUTES, SPAN_ATTRIBUTES};
use model::derived::DERIVED;

/// The version of the columns. A newer binary reads older versions; an older one refuses newer.
pub const FORMAT_VERSION: u32 = 1;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    File,
    Live,
}

static FILE: LazyLock<SchemaRef> = LazyLock::new(|| Arc::new(Schema::new(fields(Form::File))));
static LIVE: LazyLock<SchemaRef> = LazyLock::new(|| Arc::new(Schema::new(fields(Form::Live))));

/// The columns as they stand in Parquet files, without the partition columns `tenant` and `date`.
#[must_use]
pub fn file_schema() -> SchemaRef {
    Arc::clone(&FILE)
}

/// Those of a file's columns that are `wanted`, in the table's order.
pub(crate) fn file_columns(wanted: &[&str]) -> SchemaRef {
    let fields = FILE.fields().iter().filter(|field| wanted.contains(&field.name().as_str()));
    Arc::new(Schema::new(fields.cloned().collect::<Vec<_>>()))
}

/// The same columns as the live buffer holds them: strings and binaries as `Dictionary<UInt32, _>`.
#[must_use]
pub fn live_schema() -> SchemaRef {
    Arc::clone(&LIVE)
}

fn fields(form: Form) -> Vec<Field> {
    let text = |name: &str| Field::new(name, form.text(), true);
    let mut fields = vec![
        Field::new(column::TRACE_ID, DataType::FixedSizeBinary(16), false),
        Field::new(column::SPAN_ID, DataType::FixedSizeBinary(8), false),
        Field::new(column::PARENT_SPAN_ID, DataType::FixedSizeBinary(8), true),
        Field::new(column::START_TIME, timestamp(), false),
        Field::new(column::START_NANOS, DataType::Int16, false),
        Field::new(column::DURATION_NS, DataType::Int64, false),
        text(column::NAME),
        Field::new(column::KIND, DataType::Int32, false),
        Field::new(column::STATUS_CODE, DataType::Int32, true),
        text(column::STATUS_MESSAGE),
        text(column::TRACE_STATE),
        Field::new(column::FLAGS, DataType::Int64, false),
        Field::new(column::DROPPED_ATTRIBUTES_COUNT, DataType::Int64, false),
        Field::new(column::DROPPED_EVENTS_COUNT, DataType::Int64, false),
        Field::new(column::DROPPED_LINKS_COUNT, DataType::Int64, false),
    ];
    fields.extend(RESOURCE_ATTRIBUTES.iter().map(|hot| hot_field(hot.column, hot.value_type, form)));
    fields.extend([
        Field::new(column::RESOURCE, form.binary(), true),
        text(column::RESOURCE_SCHEMA_URL),
        text(column::SCOPE_NAME),
        text(column::SCOPE_VERSION),
        Field::new(column::SCOPE, form.binary(), true),
        text(column::SCOPE_SCHEMA_URL),
        text(column::PEER_ADDRESS),
        text(column::TRANSPORT),
        text(column::EXPORTER),
    ]);
    fields.extend(SPAN_ATTRIBUTES.iter().map(|hot| hot_field(hot.column, hot.value_type, form)));
    fields.extend([
        Field::new(column::ATTRIBUTES, map_type(), false),
        Field::new(column::ATTRIBUTE_LAYOUT, form.binary(), true),
        Field::new(column::OTLP_RESIDUAL, DataType::Binary, true),
        Field::new(column::EVENTS, list_of(event_fields(form)), false),
        Field::new(column::LINKS, list_of(link_fields(form)), false),
    ]);
    fields.extend(DERIVED.iter().map(|hot| hot_field(hot.column, hot.value_type, form)));
    fields
}

impl Form {
    fn text(self) -> DataType {
        self.encoded(DataType::Utf8)
    }

    fn binary(self) -> DataType {
        self.encoded(DataType::Binary)
    }

    fn encoded(self, value: DataType) -> DataType {
        match self {
            Self::File => value,
            Self::Live => DataType::Dictionary(Box::new(DataType::UInt32), Box::new(value)),
        }
    }
}

fn hot_field(name: &str, value_type: HotType, form: Form) -> Field {
    let data_type = match value_type {
        HotType::String => form.text(),
        HotType::Int => DataType::Int64,
        HotType::Bool => DataType::Boolean,
    };
    Field::new(name, data_type, true)
}

fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// What names the span that a derived row is of, and when it was.
fn span_fields() -> Vec<Field> {
    vec![
        Field::new(column::TRACE_ID, DataType::FixedSizeBinary(16), false),
        Field::new(column::SPAN_ID, DataType::FixedSizeBinary(8), false),
        Field::new(column::START_TIME, timestamp(), false),
        Field::new(column::START_NANOS, DataType::Int16, false),
        Field::new(column::DURATION_NS, DataType::Int64, false),
    ]
}

fn list_of(fields: Fields) -> DataType {
    DataType::List(Arc::new(Field::new("element", DataType::Struct(fields), false)))
}

/// The key and value fields of the `attributes` map.
#[must_use]
pub fn map_entry_fields() -> Fields {
    Fields::from(vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Utf8, true)])
}

fn map_type() -> DataType {
    DataType::Map(Arc::new(Field::new("key_value", DataType::Struct(map_entry_fields()), false)), false)
}

/// The fields of one live event.
#[must_use]
pub fn live_event_fields() -> Fields {
    event_fields(Form::Live)
}

/// The fields of one live link.
#[must_use]
pub fn live_link_fields() -> Fields {
    link_fields(Form::Live)
}

fn event_fields(form: Form) -> Fields {
    Fields::from(vec![
        Field::new("offset_ns", DataType::Int64, false),
        Field::new("name", form.text(), true),
        Field::new("attributes", DataType::Binary, true),
        Field::new("dropped_attributes_count", DataType::Int64, false),
    ])
}

fn link_fields(form: Form) -> Fields {
    Fields::from(vec![
        Field::new("trace_id", DataType::FixedSizeBinary(16), false),
        Field::new("span_id", DataType::FixedSizeBinary(8), false),
        Field::new("trace_state", form.text(), true),
        Field::new("attributes", DataType::Binary, true),
        Field::new("dropped_attributes_count", DataType::Int64, false),
        Field::new("flags", DataType::Int64, false),
    ])
}
