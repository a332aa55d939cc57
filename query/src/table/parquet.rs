//! Reading Parquet files of the table's store: whole files chosen beforehand, pruned inside by their statistics.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::catalog::Session;
use datafusion::common::ToDFSchema;
use datafusion::config::TableParquetOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::object_store::ObjectStoreUrl;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, utils::conjunction};
use datafusion::physical_plan::ExecutionPlan;
use proto::UnixNanos;
use storage::catalog::SegmentFile;

use crate::reads::{Reads, name_of};

/// How rows are read from a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanShape {
    /// Most rows of few columns: decode, then filter.
    Aggregate,
    /// Few rows of many columns: filter while decoding.
    Lookup,
}

/// The footer, with its page index, of a segment of usual size is read in one go.
const FOOTER_BYTES_HINT: usize = 512 * 1024;

/// Parquet files of one schema.
#[derive(Debug)]
pub(super) struct ParquetFiles {
    pub(super) store: ObjectStoreUrl,
    pub(super) reads: Arc<Reads>,
    pub(super) schema: SchemaRef,
    pub(super) files: Vec<ParquetFile>,
    pub(super) shape: ScanShape,
}

/// A file, and what is known of it without opening it.
#[derive(Debug)]
pub(super) struct ParquetFile {
    pub(super) path: String,
    pub(super) bytes: u64,
    /// 0 where that is not known.
    pub(super) rows: u64,
    /// When its first span began.
    pub(super) start: UnixNanos,
}

impl ParquetFile {
    /// A file of a table's log.
    pub(super) fn of(file: &SegmentFile) -> Self {
        Self { path: file.path.clone(), bytes: file.bytes, rows: file.rows, start: file.times.start_min }
    }
}

impl ParquetFiles {
    /// A scan of them, giving the columns of `projection`; `filters` may prune and need not be met.
    pub(super) fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        for ParquetFile { path, bytes, rows, .. } in &self.files {
            self.reads.progress().will_read(name_of(&self.store, path), *bytes, *rows);
        }
        let runtime = state.runtime_env();
        let readers = CachedParquetFileReaderFactory::new(
            runtime.object_store(&self.store)?,
            runtime.cache_manager.get_file_metadata_cache(),
        );
        let mut source = ParquetSource::new(TableSchema::from(Arc::clone(&self.schema)))
            .with_table_parquet_options(TableParquetOptions::default())
            .with_metadata_size_hint(FOOTER_BYTES_HINT)
            .with_parquet_file_reader_factory(Arc::new(readers))
            .with_enable_page_index(true)
            .with_bloom_filter_on_read(true)
            .with_pushdown_filters(self.shape == ScanShape::Lookup);
        if let Some(predicate) = conjunction(filters.to_vec()) {
            let schema = Arc::clone(&self.schema).to_dfschema()?;
            source = source.with_predicate(state.create_physical_expr(predicate, &schema)?);
        }
        let config = FileScanConfigBuilder::new(self.store.clone(), Arc::new(source))
            .with_file_groups(groups(&self.files, state.config().target_partitions()))
            .with_projection_indices(projection.cloned())?
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

/// The files in at most as many groups as there are partitions, each with those of a time of its own, so that what is added up of
/// a slot is mostly there once; as equal in size as whole files in the order of time allow.
fn groups(files: &[ParquetFile], partitions: usize) -> Vec<FileGroup> {
    let mut files: Vec<_> = files.iter().collect();
    files.sort_by_key(|file| (file.start, &file.path));
    let total: u64 = files.iter().map(|file| file.bytes).sum();
    let mut groups = vec![Vec::new(); partitions.clamp(1, files.len().max(1))];
    let (mut before, last) = (0, groups.len() - 1);
    for file in files {
        // A file is in the group that has its middle.
        let middle = u128::from(before + file.bytes / 2) * groups.len() as u128;
        let at = usize::try_from(middle / u128::from(total.max(1))).map_or(last, |at| at.min(last));
        groups[at].push(PartitionedFile::new(&file.path, file.bytes));
        before += file.bytes;
    }
    groups.into_iter().filter(|files| !files.is_empty()).map(FileGroup::new).collect()
}

#[cfg(test)]
mod tests;
