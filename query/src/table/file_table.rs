//! Parquet files beside the spans as a table: rollups of segments, rows of a derived table.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::TableType;
use datafusion::datasource::object_store::ObjectStoreUrl;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use proto::Tenant;
use storage::catalog::SegmentFile;
use storage::schema::rollup::rollup_schema;
use storage::{DerivedVersion, rollup_path};

use super::parquet::{ParquetFile, ParquetFiles, ScanShape};
use super::schema::as_views;
use crate::session::Sessions;

static ROLLUP: LazyLock<SchemaRef> = LazyLock::new(|| as_views(&rollup_schema()));

/// A table of files.
#[derive(Debug)]
pub(crate) struct FileTable(ParquetFiles);

impl FileTable {
    /// The rollups of `segments`, which have one: a row for each series and slot of each segment.
    pub(crate) fn rollups(segments: &[Arc<SegmentFile>], sessions: &Sessions) -> Self {
        let rollup = |segment: &Arc<SegmentFile>| {
            let bytes = segment.rollup_bytes?;
            Some(ParquetFile { path: rollup_path(&segment.path), bytes, rows: 0, ..ParquetFile::of(segment) })
        };
        let (store, files) = (sessions.store(), segments.iter().filter_map(rollup).collect());
        Self::of(store, files, Arc::clone(&ROLLUP), sessions)
    }

    /// The rows of `tenant` in a derived table.
    ///
    /// # Errors
    /// `Internal` when its store cannot be named.
    pub(crate) fn derived(
        version: &DerivedVersion,
        tenant: &Tenant,
        sessions: &Sessions,
    ) -> crate::Result<Self> {
        let files = version.table.files.iter().filter(|file| file.tenant == *tenant);
        let files = files.map(|file| ParquetFile::of(file)).collect();
        Ok(Self::of(sessions.derived_store(version)?, files, as_views(&version.of.schema()), sessions))
    }

    fn of(store: ObjectStoreUrl, files: Vec<ParquetFile>, schema: SchemaRef, sessions: &Sessions) -> Self {
        let reads = Arc::clone(sessions.reads());
        Self(ParquetFiles { store, reads, schema, files, shape: ScanShape::Aggregate })
    }
}

#[async_trait]
impl TableProvider for FileTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.0.schema)
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
        if self.0.files.is_empty() {
            let schema = match projection {
                Some(columns) => Arc::new(self.0.schema.project(columns)?),
                None => self.schema(),
            };
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        self.0.scan(state, projection, filters)
    }
}
