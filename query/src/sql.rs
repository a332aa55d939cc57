//! Read-only SQL over one snapshot.

mod critical_path;
mod functions;
mod rollups;
mod rows;

use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::prelude::SessionContext;
use model::latency::Limits;
use proto::{Tenant, TimeRange};
use storage::{Completeness, DerivedTable, Snapshot, SpanInstant};

use self::critical_path::{CRITICAL_PATH, CriticalPath};
use crate::session::Sessions;
use crate::table::{FileTable, ScanShape, SpanTable};
use crate::{Config, Error, Result};
pub use rows::{SqlColumn, SqlRows};

/// The rows of an SQL query.
#[derive(Debug, Clone)]
pub struct SqlAnswer {
    /// The columns.
    pub schema: SchemaRef,
    /// The rows.
    pub batches: Vec<RecordBatch>,
    /// Whether there are more than `query.sql_rows_max`.
    pub truncated: bool,
    /// What may be missing, or counted twice.
    pub completeness: Completeness,
    /// Bytes read of files.
    pub bytes_read: u64,
    /// How long it took.
    pub elapsed: Duration,
}

/// Runs `text` with the table `spans`, the spans of `tenant`, the rollups, and the derived tables as far as they have come. `bytes_read`
/// and `elapsed` of the answer are left at zero.
pub(crate) async fn sql(
    text: &str,
    tenant: &Tenant,
    snapshot: Snapshot,
    sessions: &Arc<Sessions>,
    config: &Config,
) -> Result<SqlAnswer> {
    let selection = snapshot.select(tenant, TimeRange::ALL, SpanInstant::Any);
    let completeness = selection.completeness;
    let session = sessions.session();
    functions::register(&session, Limits { exact_spans_max: config.exact_spans_max })?;
    rollups::register(&session, tenant, &snapshot, sessions)?;
    session.register_table("spans", Arc::new(SpanTable::new(selection, sessions, ScanShape::Aggregate)))?;
    for derived in snapshot.derived.iter().filter(|derived| derived.of != DerivedTable::Rollups) {
        let table = FileTable::derived(derived, tenant, sessions)?;
        session.register_table(derived.of.name(), Arc::new(table))?;
    }
    let path = CriticalPath {
        tenant: tenant.clone(),
        snapshot: Arc::new(snapshot),
        sessions: Arc::clone(sessions),
        config: config.clone(),
    };
    session.register_udtf(CRITICAL_PATH, Arc::new(path));
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let rows = session.sql_with_options(text, options).await;
    let rows = rows.map_err(|error| unknown_table(&error, &session).unwrap_or_else(|| error.into()))?;
    let schema = Arc::clone(rows.schema().inner());
    let mut batches = rows.limit(0, Some(config.sql_rows_max.saturating_add(1)))?.collect().await?;
    let found: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let truncated = found > config.sql_rows_max;
    if truncated && let Some(last) = batches.pop() {
        let kept = last.num_rows().saturating_sub(found - config.sql_rows_max);
        batches.push(last.slice(0, kept));
    }
    Ok(SqlAnswer { schema, batches, truncated, completeness, bytes_read: 0, elapsed: Duration::ZERO })
}

/// DataFusion calls a table that is not there by its catalog, and says nothing of those that are.
fn unknown_table(error: &DataFusionError, session: &SessionContext) -> Option<Error> {
    let DataFusionError::Plan(said) = error.find_root() else { return None };
    let name = said.strip_prefix("table 'datafusion.public.")?.strip_suffix("' not found")?;
    let mut tables = session.catalog("datafusion")?.schema("public")?.table_names();
    tables.sort();
    Some(Error::invalid(format!("there is no table {name}: there are {}", tables.join(", "))))
}
