//! Several segments as one that has their row groups, byte for byte. Where those are large, merging rows would decode and
//! encode all of them for little: a row group is as small and as quickly searched alone as among others.

use std::sync::Arc;

use bytes::{Buf, Bytes};
use object_store::ObjectStore;
use object_store::buffered::BufWriter;
use object_store::path::Path as ObjectPath;
use parquet::arrow::ParquetRecordBatchStreamBuilder;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::TypePtr;
use proto::ErrorKind;
use tokio::io::AsyncWriteExt;

use super::merge::{MergedSegment, cannot_merge};
use super::properties;
use super::reader::{SegmentReader, cannot_read};
use super::runs::{runs, said_of};
use super::{ROW_GROUP_ROWS, parquet_schema};
use crate::catalog::{SegmentFile, SegmentTimes};
use crate::{Error, Result, SpanTimes};

/// Row groups that have so many rows on average are large.
pub(super) const LARGE_ROWS: usize = ROW_GROUP_ROWS / 2;

/// Segments whose row groups can be taken as they are.
pub(super) struct Sources {
    files: Vec<Source>,
    schema: TypePtr,
}

struct Source {
    file: Arc<SegmentFile>,
    builder: ParquetRecordBatchStreamBuilder<SegmentReader>,
    metadata: Arc<ParquetMetaData>,
}

impl Sources {
    /// `inputs`, if their row groups have `large_rows` on average and today's columns, and no span may be in two of them.
    ///
    /// # Errors
    /// `Corrupt` when an input is damaged; `Unavailable` when one cannot be read.
    pub(super) async fn of(
        store: &Arc<dyn ObjectStore>,
        inputs: &[Arc<SegmentFile>],
        large_rows: usize,
    ) -> Result<Option<Self>> {
        let rows: u64 = inputs.iter().map(|file| file.rows).sum();
        let is_unfit =
            |file: &Arc<SegmentFile>| file.possible_duplicates || file.times == SegmentTimes::UNKNOWN;
        if inputs.iter().any(is_unfit) || rows < (inputs.len() * large_rows) as u64 {
            return Ok(None);
        }
        let mut files = Vec::with_capacity(inputs.len());
        for file in inputs {
            let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
            let reader = SegmentReader::new(store, file);
            let opened = ParquetRecordBatchStreamBuilder::new_with_options(reader, options).await;
            let builder = opened.map_err(|error| cannot_read(&file.path, error))?;
            let metadata = Arc::clone(builder.metadata());
            files.push(Source { file: Arc::clone(file), builder, metadata });
        }
        let schema = parquet_schema()?;
        let groups: usize = files.iter().map(|source| source.metadata.num_row_groups()).sum();
        let are_large = rows >= (groups * large_rows) as u64;
        let are_alike = files
            .iter()
            .all(|source| source.metadata.file_metadata().schema_descr().root_schema() == schema.as_ref());
        Ok((are_large && are_alike).then_some(Self { files, schema }))
    }

    /// Writes the row groups to `output`, one input after the other. Nothing is there after an error. Between two row groups
    /// `may_go_on` is asked.
    ///
    /// # Errors
    /// `Corrupt` when an input is damaged; `Unavailable` when one cannot be read, the output cannot be written, or the merge may
    /// not go on.
    pub(super) async fn write(
        mut self,
        store: &Arc<dyn ObjectStore>,
        output: &ObjectPath,
        may_go_on: impl Fn() -> bool + Send,
    ) -> Result<MergedSegment> {
        let mut sink = BufWriter::new(Arc::clone(store), output.clone());
        match self.pour(store, &mut sink, may_go_on).await {
            Ok(bytes) => {
                let files = || self.files.iter().map(|source| &source.file);
                let times = files().map(|file| file.times.of_spans());
                Ok(MergedSegment {
                    bytes,
                    rows: files().map(|file| file.rows).sum(),
                    duplicates: 0,
                    times: times.fold(SpanTimes::NONE, SpanTimes::union),
                })
            }
            Err(error) => {
                if let Err(error) = sink.abort().await {
                    tracing::warn!(%error, "what was begun of a segment cannot be removed");
                }
                Err(error)
            }
        }
    }

    /// How many bytes were written.
    async fn pour(
        &mut self,
        store: &Arc<dyn ObjectStore>,
        sink: &mut BufWriter,
        may_go_on: impl Fn() -> bool + Send,
    ) -> Result<u64> {
        let properties = Arc::new(properties::writer());
        let mut writer = SerializedFileWriter::new(Vec::new(), Arc::clone(&self.schema), properties)
            .map_err(cannot_merge)?;
        let mut starts = Vec::new();
        for source in &mut self.files {
            let written = writer.flushed_row_groups().len();
            let failed = |error| cannot_read(&source.file.path, error);
            let own = runs(&source.metadata).map_err(failed)?;
            starts.extend(own.iter().map(|run| written + run.start));
            for group in 0..source.metadata.num_row_groups() {
                if !may_go_on() {
                    return Err(Error::new(ErrorKind::Unavailable, "the merge was told to stop"));
                }
                source.append(store, group, &mut writer).await?;
                drain(&mut writer, sink).await?;
            }
        }
        writer.append_key_value_metadata(said_of(&starts));
        writer.finish().map_err(cannot_merge)?;
        let bytes = writer.bytes_written() as u64;
        drain(&mut writer, sink).await?;
        sink.shutdown().await.map_err(cannot_merge)?;
        Ok(bytes)
    }
}

/// Hands on what was written.
async fn drain(writer: &mut SerializedFileWriter<Vec<u8>>, sink: &mut BufWriter) -> Result<()> {
    writer.flush().map_err(cannot_merge)?;
    let bytes = std::mem::take(writer.inner_mut());
    sink.put(bytes.into()).await.map_err(cannot_merge)
}

impl Source {
    /// Writes a row group.
    async fn append(
        &mut self,
        store: &Arc<dyn ObjectStore>,
        group: usize,
        writer: &mut SerializedFileWriter<Vec<u8>>,
    ) -> Result<()> {
        let failed = |error: ParquetError| cannot_read(&self.file.path, error);
        let metadata = Arc::clone(&self.metadata);
        let row_group = metadata.row_group(group);
        let ranges = row_group.columns().iter().map(|column| {
            let (start, length) = column.byte_range();
            start..start + length
        });
        let mut reader = SegmentReader::new(store, &self.file);
        let chunks = reader.get_byte_ranges(ranges.collect()).await.map_err(failed)?;
        let mut next = writer.next_row_group().map_err(cannot_merge)?;
        for (column, (chunk, bytes)) in row_group.columns().iter().zip(chunks).enumerate() {
            let bloom = self.builder.get_row_group_column_bloom_filter(group, column).await;
            let index = metadata.column_index().map(|index| index[group][column].clone());
            let closed = ColumnCloseResult {
                bytes_written: bytes.len() as u64,
                rows_written: row_group.num_rows() as u64,
                metadata: chunk.clone(),
                bloom_filter: bloom.map_err(failed)?,
                column_index: index.filter(|index| *index != ColumnIndexMetaData::NONE),
                offset_index: metadata.offset_index().map(|index| index[group][column].clone()),
            };
            next.append_column(&Chunk::of(chunk, bytes), closed).map_err(cannot_merge)?;
        }
        next.close().map_err(cannot_merge)?;
        Ok(())
    }
}

/// The bytes of a column of a row group, at their place in the file.
struct Chunk {
    start: u64,
    bytes: Bytes,
}

impl Chunk {
    fn of(chunk: &ColumnChunkMetaData, bytes: Bytes) -> Self {
        Self { start: chunk.byte_range().0, bytes }
    }

    fn from(&self, start: u64) -> Result<Bytes, ParquetError> {
        let place = start.checked_sub(self.start).and_then(|place| usize::try_from(place).ok());
        place.filter(|place| *place <= self.bytes.len()).map(|place| self.bytes.slice(place..)).ok_or_else(
            || ParquetError::EOF(format!("offset {start} is not in a chunk that begins at {}", self.start)),
        )
    }
}

impl Length for Chunk {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl ChunkReader for Chunk {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let mut bytes = self.from(start)?;
        bytes.truncate(length);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests;
