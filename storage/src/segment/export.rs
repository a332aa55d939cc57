//! Rows of spans as a Parquet file of their own, outside of any table.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use parquet::arrow::ArrowWriter;
use proto::ErrorKind;

use super::properties;
use crate::schema::file_schema;
use crate::{Error, Result};

/// A Parquet file of spans in the columns of the table, being written. One row group is in memory, encoded.
#[derive(Debug)]
pub struct SpanFile {
    writer: ArrowWriter<File>,
}

impl SpanFile {
    /// Begins the file.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be written.
    pub fn create(file: File) -> Result<Self> {
        // In a segment rows are sorted by trace; here they come as they may.
        let properties = properties::writer().into_builder().set_sorting_columns(None).build();
        let writer = ArrowWriter::try_new(file, file_schema(), Some(properties)).map_err(cannot_write)?;
        Ok(Self { writer })
    }

    /// Adds rows that have every column of [`file_schema`], in any form of its type.
    ///
    /// # Errors
    /// `Internal` when a column is missing or of another type; `Unavailable` when the file cannot be written.
    pub fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        let schema = file_schema();
        let wrong = |name: &str, what: &dyn std::fmt::Display| {
            Error::new(ErrorKind::Internal, format!("rows to be exported: column {name}: {what}"))
        };
        let columns = schema.fields().iter().map(|field| -> Result<ArrayRef> {
            let column =
                rows.column_by_name(field.name()).ok_or_else(|| wrong(field.name(), &"it is missing"))?;
            cast(column, field.data_type()).map_err(|error| wrong(field.name(), &error))
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let rows = RecordBatch::try_new(Arc::clone(&schema), columns)
            .map_err(|error| Error::new(ErrorKind::Internal, format!("rows to be exported: {error}")))?;
        self.writer.write(&rows).map_err(cannot_write)
    }

    /// Ends the file, which is no Parquet before, and makes it durable.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be written.
    pub fn finish(self) -> Result<()> {
        let file = self.writer.into_inner().map_err(cannot_write)?;
        file.sync_all().map_err(cannot_write)
    }
}

fn cannot_write(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Unavailable, format!("cannot write the Parquet file: {source}")).caused_by(source)
}
