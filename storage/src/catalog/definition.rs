//! What a table is called and made of, its first log entry, and the refusal of tables that this binary cannot read.

use std::collections::HashMap;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake_core::kernel::{Action, Metadata, MetadataExt, Protocol, StructType, new_metadata};
use proto::ErrorKind;
use serde_json::json;

use super::delta::CHECKPOINT_INTERVAL_COMMITS;
use crate::schema::file_schema;
use crate::{Error, Result};

/// The version of the tables' layout that this binary writes, and the highest that it reads.
pub const FORMAT_VERSION: u32 = 1;

/// The table property that holds the format version.
const FORMAT_VERSION_PROPERTY: &str = "tailplane.format_version";

/// The partition columns, which are in no file: their values are in the paths and the log.
pub(super) const PARTITION_COLUMNS: [&str; 2] = ["tenant", "date"];

/// The column whose minimum and maximum go into the log for other engines to skip files by.
pub(super) const STATISTICS_COLUMN: &str = "start_time";

/// Delta's oldest protocol that has all we use: every engine reads it.
const READER_VERSION: i64 = 1;
const WRITER_VERSION: i64 = 2;

/// A table's name, description and columns.
#[derive(Debug, Clone)]
pub struct TableDefinition {
    /// A short name: `spans`.
    pub name: &'static str,
    /// One sentence for those who open the table with another engine.
    pub description: &'static str,
    /// The columns in the files; `tenant` and `date` are added here.
    pub schema: SchemaRef,
}

impl TableDefinition {
    /// The table of spans.
    #[must_use]
    pub fn spans() -> Self {
        Self {
            name: "spans",
            description: "OpenTelemetry spans, one row each, sorted by trace within a file",
            schema: file_schema(),
        }
    }

    /// The table's columns as Delta has them, partition columns last.
    pub(super) fn columns(&self) -> Result<StructType> {
        let in_files =
            self.schema.fields().iter().filter(|field| !PARTITION_COLUMNS.contains(&field.name().as_str()));
        let mut fields: Vec<Field> =
            in_files.map(|field| field.as_ref().clone().with_metadata(HashMap::new())).collect();
        fields.push(Field::new("tenant", DataType::Utf8, false));
        fields.push(Field::new("date", DataType::Date32, false));
        (&Schema::new(fields)).try_into_kernel().map_err(|e| {
            Error::new(ErrorKind::Internal, format!("table {} has a column that Delta lacks: {e}", self.name))
                .caused_by(e)
        })
    }

    /// The protocol and metadata of version 0.
    pub(super) fn first_actions(&self) -> Result<Vec<Action>> {
        let columns = self.columns()?;
        let mut properties = vec![
            (FORMAT_VERSION_PROPERTY, FORMAT_VERSION.to_string()),
            ("delta.checkpointInterval", CHECKPOINT_INTERVAL_COMMITS.to_string()),
            ("delta.logRetentionDuration", "interval 7 days".to_owned()),
            ("delta.deletedFileRetentionDuration", "interval 1 days".to_owned()),
        ];
        if columns.field(STATISTICS_COLUMN).is_some() {
            properties.push(("delta.dataSkippingStatsColumns", STATISTICS_COLUMN.to_owned()));
        }
        let broken = |source: Box<dyn std::error::Error + Send + Sync>| {
            Error::new(ErrorKind::Internal, format!("cannot describe table {}: {source}", self.name))
                .caused_by(source)
        };
        let metadata = new_metadata(&columns, PARTITION_COLUMNS, properties)
            .and_then(|metadata| metadata.with_name(self.name.to_owned()))
            .and_then(|metadata| metadata.with_description(self.description.to_owned()))
            .map_err(|e| broken(e.into()))?;
        let protocol = json!({ "minReaderVersion": READER_VERSION, "minWriterVersion": WRITER_VERSION });
        let protocol = serde_json::from_value(protocol).map_err(|e| broken(e.into()))?;
        Ok(vec![Action::Protocol(protocol), Action::Metadata(metadata)])
    }

    /// Refuses a table whose columns are not this definition's. A table that an older program made may lack nullable
    /// ones: then the metadata that adds them.
    pub(super) fn check_columns(
        &self,
        place: &str,
        metadata: &Metadata,
        found: &StructType,
    ) -> Result<Option<Metadata>> {
        let expected = self.columns()?;
        let differing = expected.fields().find(|field| {
            found.field(field.name()).map_or(!field.is_nullable(), |found| {
                found.data_type() != field.data_type() || found.is_nullable() != field.is_nullable()
            })
        });
        let unknown = found.fields().find(|field| expected.field(field.name()).is_none());
        match differing.or(unknown) {
            None if found.fields().count() == expected.fields().count() => Ok(None),
            None => metadata.clone().with_schema(&expected).map(Some).map_err(|e| {
                Error::new(ErrorKind::Internal, format!("cannot add columns to the table at {place}: {e}"))
                    .caused_by(e)
            }),
            Some(field) => Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "column {:?} of the table at {place} is not what format version {FORMAT_VERSION} says: \
                     use another data folder, or the program that wrote this one",
                    field.name()
                ),
            )),
        }
    }
}

/// Refuses a table that a newer binary has written, or that is not Tailplane's.
pub(super) fn check_metadata(place: &str, metadata: &Metadata) -> Result<()> {
    let Some(version) = metadata.configuration().get(FORMAT_VERSION_PROPERTY) else {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!(
                "the Delta table at {place} is not Tailplane's (it lacks the property {FORMAT_VERSION_PROPERTY}): \
                 use another data folder"
            ),
        ));
    };
    match version.parse::<u32>() {
        Ok(version) if version <= FORMAT_VERSION => Ok(()),
        _ => Err(Error::new(
            ErrorKind::Invalid,
            format!(
                "the table at {place} has format version {version} and this program reads up to {FORMAT_VERSION}: \
                 run the newer program that wrote it"
            ),
        )),
    }
}

/// Refuses a table that asks for more of Delta than we speak (deletion vectors, column mapping and the like).
pub(super) fn check_protocol(place: &str, protocol: &Protocol) -> Result<()> {
    let (reader, writer) =
        (i64::from(protocol.min_reader_version()), i64::from(protocol.min_writer_version()));
    if reader <= READER_VERSION && writer <= WRITER_VERSION {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Invalid,
        format!(
            "the table at {place} asks for Delta reader {reader} and writer {writer}, and this program speaks \
             {READER_VERSION} and {WRITER_VERSION}: undo what upgraded the table"
        ),
    ))
}
