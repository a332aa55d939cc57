//! `critical_path('4bf92f…')`: what the longest root of a trace waited for, a row for each stretch of time.

use std::sync::{Arc, LazyLock};

use arrow::array::{
    ArrayRef, FixedSizeBinaryArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampNanosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::plan_err;
use datafusion::datasource::TableType;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use model::Component;
use proto::{ErrorKind, Tenant, TraceId};
use storage::Snapshot;

use crate::session::Sessions;
use crate::trace::{Trace, TraceQuery, trace};
use crate::{Config, Error};

/// The function's name.
pub(super) const CRITICAL_PATH: &str = "critical_path";

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new("start_time", DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())), false),
        Field::new("duration_ns", DataType::Int64, false),
        Field::new("share", DataType::Float64, false),
        Field::new("span_id", DataType::FixedSizeBinary(8), false),
        Field::new("name", DataType::Utf8, false),
        Field::new("service_name", DataType::Utf8, false),
        Field::new("component", DataType::Utf8, false),
    ]))
});

/// The function, over one snapshot.
#[derive(Debug, Clone)]
pub(super) struct CriticalPath {
    pub(super) tenant: Tenant,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) config: Config,
}

impl TableFunctionImpl for CriticalPath {
    fn call_with_args(&self, arguments: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        let trace_id = match arguments.exprs() {
            [Expr::Literal(value, _)] => value.try_as_str().flatten().and_then(|hex| hex.parse().ok()),
            _ => None,
        };
        match trace_id {
            Some(trace_id) => Ok(Arc::new(PathOfTrace { of: self.clone(), trace_id })),
            None => plan_err!("{CRITICAL_PATH} takes the 32 hex digits of a trace in quotes"),
        }
    }
}

/// The rows of one trace.
#[derive(Debug)]
struct PathOfTrace {
    of: CriticalPath,
    trace_id: TraceId,
}

#[async_trait]
impl TableProvider for PathOfTrace {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&SCHEMA)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let CriticalPath { tenant, snapshot, sessions, config } = &self.of;
        let query = TraceQuery { tenant: tenant.clone(), trace_id: self.trace_id, near: None };
        let found = trace(&query, snapshot, sessions, config, None).await;
        let found = found.map_err(|error| DataFusionError::External(Box::new(error)))?;
        if found.is_cut {
            let message = format!(
                "trace {} has more than the {} spans of query.trace_spans_max: of a part the critical path would be another",
                self.trace_id, config.trace_spans_max
            );
            return Err(DataFusionError::External(Box::new(Error::new(ErrorKind::TooLarge, message))));
        }
        let rows = rows(&found)?;
        let plan = MemorySourceConfig::try_new_exec(&[vec![rows]], self.schema(), projection.cloned())?;
        Ok(plan)
    }
}

fn rows(trace: &Trace) -> Result<RecordBatch> {
    let assembled = trace.assembled();
    let path = assembled.longest_root().map(|root| assembled.critical_path(root)).unwrap_or_default();
    let total: u64 = path.iter().map(|segment| segment.duration_ns()).sum();
    let views = || path.iter().map(|segment| assembled.nodes[segment.node].view);
    let starts = TimestampNanosecondArray::from_iter_values(path.iter().map(|segment| segment.start as i64));
    let durations = path.iter().map(|segment| segment.duration_ns());
    let shares = durations.clone().map(|duration_ns| duration_ns as f64 / total as f64);
    let ids: Vec<[u8; 8]> = views().map(|view| view.span.span_id.0).collect();
    let ids = FixedSizeBinaryArray::try_from_sparse_iter_with_size(ids.into_iter().map(Some), 8)?;
    let services = views().map(|view| view.resource_text("service.name").unwrap_or_default());
    let components = path.iter().map(|segment| {
        let mut above = assembled.ancestors(segment.node).map(|node| assembled.nodes[node].view);
        Component::in_trace(assembled.nodes[segment.node].view, above.next(), above.next()).name()
    });
    let columns: Vec<ArrayRef> = vec![
        Arc::new(starts.with_timezone("UTC")),
        Arc::new(Int64Array::from_iter_values(durations.map(|duration_ns| duration_ns as i64))),
        Arc::new(Float64Array::from_iter_values(shares)),
        Arc::new(ids),
        Arc::new(StringArray::from_iter_values(views().map(|view| view.span.name.as_ref()))),
        Arc::new(StringArray::from_iter_values(services)),
        Arc::new(StringArray::from_iter_values(components)),
    ];
    Ok(RecordBatch::try_new(Arc::clone(&SCHEMA), columns)?)
}
