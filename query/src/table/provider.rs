//! The table provider: one scan over pruned Parquet files and live batches.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::TableType;
use datafusion::datasource::object_store::ObjectStoreUrl;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::union::UnionExec;
use storage::Selection;

use super::live_scan::live_scan;
use super::parquet::{ParquetFile, ParquetFiles, ScanShape};
use super::schema::query_schema;
use crate::reads::Reads;
use crate::session::Sessions;

/// The selected part of a snapshot as a table.
#[derive(Debug)]
pub(crate) struct SpanTable {
    selection: Selection,
    store: ObjectStoreUrl,
    reads: Arc<Reads>,
    shape: ScanShape,
}

impl SpanTable {
    /// The table of `selection`.
    pub(crate) fn new(selection: Selection, sessions: &Sessions, shape: ScanShape) -> Self {
        Self { selection, store: sessions.store(), reads: Arc::clone(sessions.reads()), shape }
    }

    fn segments(&self) -> ParquetFiles {
        let files = self.selection.segments.iter().map(|segment| ParquetFile::of(segment));
        ParquetFiles {
            store: self.store.clone(),
            reads: Arc::clone(&self.reads),
            schema: query_schema(),
            files: files.collect(),
            shape: self.shape,
        }
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
            inputs.push(self.segments().scan(state, projection, filters)?);
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
