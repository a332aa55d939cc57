//! Rows of an answer as a file that other programs read.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::StreamWriter;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use proto::ErrorKind;

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
    /// The file of `batches`, all of `schema`.
    ///
    /// # Errors
    /// `Internal` for a column that the format does not know.
    pub fn encode(self, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Vec<u8>> {
        match self {
            Self::ArrowStream => {
                let mut writer = StreamWriter::try_new(Vec::new(), schema).map_err(cannot_write)?;
                batches.iter().try_for_each(|batch| writer.write(batch)).map_err(cannot_write)?;
                writer.into_inner().map_err(cannot_write)
            }
            Self::Parquet => {
                let zstd = Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default());
                let properties = WriterProperties::builder()
                    .set_compression(zstd)
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
    Error::new(ErrorKind::Internal, format!("cannot write the rows: {error}"))
}
