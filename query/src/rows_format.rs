//! Rows of an answer as a file that other programs read.

use std::collections::HashMap;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::StreamWriter;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use crate::{Error, Result};

const ZSTD_LEVEL: i32 = 3;

/// The format of such a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowsFormat {
    /// An Arrow IPC stream.
    ArrowStream,
    /// Parquet, in zstd.
    Parquet,
}

impl RowsFormat {
    /// The file of `batches`, all of `schema`. Its metadata says whether they are the whole truth: `tailplane.complete`, and
    /// `tailplane.incomplete_because`.
    ///
    /// # Errors
    /// `Invalid` for a column that the format does not know.
    pub(crate) fn encode(
        self,
        schema: &SchemaRef,
        batches: &[RecordBatch],
        incomplete_because: &[&str],
    ) -> Result<Vec<u8>> {
        let notes = [
            ("tailplane.complete".to_owned(), incomplete_because.is_empty().to_string()),
            ("tailplane.incomplete_because".to_owned(), incomplete_because.join(",")),
        ];
        match self {
            Self::ArrowStream => {
                let schema = schema.as_ref().clone().with_metadata(HashMap::from(notes));
                let mut writer = StreamWriter::try_new(Vec::new(), &schema).map_err(cannot_write)?;
                batches.iter().try_for_each(|batch| writer.write(batch)).map_err(cannot_write)?;
                writer.into_inner().map_err(cannot_write)
            }
            Self::Parquet => {
                let zstd = Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default());
                let notes = notes.into_iter().map(|(key, value)| KeyValue::new(key, value));
                let properties = WriterProperties::builder()
                    .set_compression(zstd)
                    .set_key_value_metadata(Some(notes.collect()))
                    .set_created_by(format!("tailplane {}", env!("CARGO_PKG_VERSION")))
                    .build();
                let mut writer = ArrowWriter::try_new(Vec::new(), SchemaRef::clone(schema), Some(properties))
                    .map_err(cannot_write)?;
                batches.iter().try_for_each(|batch| writer.write(batch)).map_err(cannot_write)?;
                writer.into_inner().map_err(cannot_write)
            }
        }
    }
}

fn cannot_write(error: impl std::error::Error) -> Error {
    Error::invalid(format!("the rows cannot be written so: {error}; cast such columns to text"))
}
