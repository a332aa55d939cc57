//! The `spans` table as DataFusion sees it: the selected segments and live batches of one snapshot.

mod live_scan;
mod provider;
mod schema;

pub(crate) use provider::{ScanShape, SpanTable};
