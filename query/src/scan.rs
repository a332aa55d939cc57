//! From a question to rows: snapshot, selection, table, session - and what was read on the way.

use std::sync::Arc;

use datafusion::prelude::DataFrame;
use proto::{Tenant, TimeRange};
use storage::{Selection, Snapshot, SpanInstant};

use crate::Result;
use crate::latency::{Source, Stats};
use crate::session::Sessions;
use crate::table::{ScanShape, SpanTable};

/// Which part of the table a query reads.
#[derive(Debug, Clone)]
pub(crate) struct Extent {
    pub(crate) tenant: Tenant,
    pub(crate) range: TimeRange,
    pub(crate) instant: SpanInstant,
    pub(crate) shape: ScanShape,
}

/// An opened scan: its rows to be, and what it reads.
pub(crate) struct Scan {
    pub(crate) rows: DataFrame,
    pub(crate) stats: Stats,
}

impl Scan {
    /// Opens the part of `snapshot` that `extent` asks for.
    pub(crate) fn open(sessions: &Sessions, snapshot: &Snapshot, extent: &Extent) -> Result<Self> {
        let selection = snapshot.select(&extent.tenant, extent.range, extent.instant);
        let live_rows: u64 = selection.live.iter().map(|batch| batch.spans.rows.num_rows() as u64).sum();
        let stats = Stats {
            source: if selection.segments.is_empty() { Source::Live } else { Source::Scan },
            rows_read: live_rows + selection.segments.iter().map(|segment| segment.rows).sum::<u64>(),
            files_read: selection.segments.len() as u64,
            elapsed: std::time::Duration::ZERO,
            complete: true,
        };
        let session = sessions.session();
        let rows = session.read_table(Arc::new(table(selection, sessions, extent.shape)))?;
        Ok(Self { rows, stats })
    }
}

/// The table of `selection`.
pub(crate) fn table(selection: Selection, sessions: &Sessions, shape: ScanShape) -> SpanTable {
    SpanTable::new(selection, sessions.store(), shape)
}
