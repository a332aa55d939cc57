//! Tables as DataFusion sees them: the selected segments and live batches of one snapshot, rollups and derived tables.

mod file_table;
mod live_scan;
mod parquet;
mod provider;
mod schema;

pub(crate) use file_table::FileTable;
pub(crate) use parquet::ScanShape;
pub(crate) use provider::SpanTable;
