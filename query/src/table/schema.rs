//! The columns as queries see them: strings and binaries as views, which the Parquet reader fills without copying.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use storage::schema::file_schema;

static QUERY: LazyLock<SchemaRef> = LazyLock::new(|| {
    let fields: Vec<Field> = file_schema()
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
});

/// The schema of the `spans` table in queries.
pub(crate) fn query_schema() -> SchemaRef {
    Arc::clone(&QUERY)
}
