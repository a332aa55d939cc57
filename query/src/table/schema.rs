//! The columns as queries see them: strings and binaries as views, which the Parquet reader fills without copying.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use storage::schema::file_schema;

static QUERY: LazyLock<SchemaRef> = LazyLock::new(|| as_views(&file_schema()));

/// The schema of the `spans` table in queries.
pub(crate) fn query_schema() -> SchemaRef {
    Arc::clone(&QUERY)
}

/// A file's schema with views.
pub(super) fn as_views(schema: &Schema) -> SchemaRef {
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| {
            let data_type = match field.data_type() {
                DataType::Utf8 => DataType::Utf8View,
                DataType::Binary => DataType::BinaryView,
                other => other.clone(),
            };
            field.as_ref().clone().with_data_type(data_type)
        })
        .collect();
    Arc::new(Schema::new(fields))
}
