//! The table provider: one scan over pruned Parquet files and live batches.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::ToDFSchema;
use datafusion::config::TableParquetOptions;
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::object_store::ObjectStoreUrl;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, utils::conjunction};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::union::UnionExec;
use storage::Selection;

use super::live_scan::live_scan;
use super::schema::query_schema;

/// How rows are read from a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanShape {
    /// Most rows of few columns: decode, then filter.
    Aggregate,
    /// Few rows of many columns: filter while decoding.
    Lookup,
}

/// The footer, with its page index, of a segment of usual size is read in one go.
const FOOTER_BYTES_HINT: usize = 512 * 1024;

/// The selected part of a snapshot as a table.
#[derive(Debug)]
pub(crate) struct SpanTable {
    selection: Selection,
    store: ObjectStoreUrl,
    shape: ScanShape,
}

impl SpanTable {
    /// The table of `selection`, whose segments lie in `store`.
    pub(crate) const fn new(selection: Selection, store: ObjectStoreUrl, shape: ScanShape) -> Self {
        Self { selection, store, shape }
    }

    /// The segments in as many groups as there are partitions, of about equal size.
    fn file_groups(&self, partitions: usize) -> Vec<FileGroup> {
        let mut segments: Vec<_> = self.selection.segments.iter().collect();
        segments.sort_by_key(|segment| std::cmp::Reverse(segment.bytes));
        let mut groups: Vec<(u64, Vec<PartitionedFile>)> =
            vec![(0, Vec::new()); partitions.clamp(1, segments.len().max(1))];
        for segment in segments {
            if let Some((bytes, files)) = groups.iter_mut().min_by_key(|(bytes, _)| *bytes) {
                *bytes += segment.bytes;
                files.push(PartitionedFile::new(&segment.path, segment.bytes));
            }
        }
        groups.into_iter().map(|(_, files)| FileGroup::new(files)).collect()
    }

    fn segment_scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let runtime = state.runtime_env();
        let readers = CachedParquetFileReaderFactory::new(
            runtime.object_store(&self.store)?,
            runtime.cache_manager.get_file_metadata_cache(),
        );
        let mut source = ParquetSource::new(TableSchema::from(query_schema()))
            .with_table_parquet_options(TableParquetOptions::default())
            .with_metadata_size_hint(FOOTER_BYTES_HINT)
            .with_parquet_file_reader_factory(Arc::new(readers))
            .with_enable_page_index(true)
            .with_bloom_filter_on_read(true)
            .with_pushdown_filters(self.shape == ScanShape::Lookup);
        if let Some(predicate) = conjunction(filters.to_vec()) {
            let schema = query_schema().to_dfschema()?;
            source = source.with_predicate(state.create_physical_expr(predicate, &schema)?);
        }
        let config = FileScanConfigBuilder::new(self.store.clone(), Arc::new(source))
            .with_file_groups(self.file_groups(state.config().target_partitions()))
            .with_projection_indices(projection.cloned())?
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

#[async_trait]
impl TableProvider for SpanTable {
    fn schema(&self) -> SchemaRef {
        query_schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut inputs = Vec::new();
        if !self.selection.segments.is_empty() {
            inputs.push(self.segment_scan(state, projection, filters)?);
        }
        if !self.selection.live.is_empty() {
            inputs.push(live_scan(&self.selection.live, projection, state.config().target_partitions())?);
        }
        match inputs.len() {
            0 => {
                let schema = match projection {
                    Some(columns) => Arc::new(query_schema().project(columns)?),
                    None => query_schema(),
                };
                Ok(Arc::new(EmptyExec::new(schema)))
            }
            1 => Ok(inputs.remove(0)),
            _ => UnionExec::try_new(inputs),
        }
    }
}
