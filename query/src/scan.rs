//! From a question to rows: snapshot, selection, table, session - and what was read on the way.

use std::sync::Arc;

use datafusion::prelude::DataFrame;
use proto::{Tenant, TimeRange};
use storage::{Selection, Snapshot, SpanInstant};

use crate::Result;
use crate::filter::filter_expression;
use crate::functions::span_slot;
use crate::latency::{SlotInstant, Slots, Source, Stats};
use crate::session::Sessions;
use crate::table::{ScanShape, SpanTable};
use crate::traceql::SpanFilter;

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
    ///
    /// Whole segments and batches are left out by their times; rows outside of the range remain.
    pub(crate) fn open(sessions: &Sessions, snapshot: &Snapshot, extent: &Extent) -> Result<Self> {
        Self::of(sessions, snapshot.select(&extent.tenant, extent.range, extent.instant), extent.shape)
    }

    /// Opens `selection`.
    pub(crate) fn of(sessions: &Sessions, selection: Selection, shape: ScanShape) -> Result<Self> {
        let stats = read_of(&selection);
        let session = sessions.session();
        let rows = session.read_table(Arc::new(SpanTable::new(selection, sessions, shape)))?;
        Ok(Self { rows, stats })
    }

    /// Only the rows that meet `filter`.
    pub(crate) fn filter(self, filter: &SpanFilter) -> Result<Self> {
        let rows = match filter_expression(filter)? {
            Some(filter) => self.rows.filter(filter)?,
            None => self.rows,
        };
        Ok(Self { rows, stats: self.stats })
    }

    /// Only the spans that touch `range`, to the nanosecond.
    pub(crate) fn touching(self, range: TimeRange) -> Result<Self> {
        let in_time = |start: u64, end: u64, instant: SlotInstant| {
            let whole = Slots { range: TimeRange { start, end }, step_ns: u64::MAX };
            span_slot(whole, instant).is_not_null()
        };
        let begins_before = |instant| in_time(0, range.end, instant);
        let ends_after = |instant| in_time(range.start, u64::MAX, instant);
        // A span may say that it ended before it began.
        let forward = begins_before(SlotInstant::Start).and(ends_after(SlotInstant::End));
        let backward = begins_before(SlotInstant::End).and(ends_after(SlotInstant::Start));
        Ok(Self { rows: self.rows.filter(forward.or(backward))?, stats: self.stats })
    }

    /// Only the spans that end in `range`, to the nanosecond.
    pub(crate) fn ending_in(self, range: TimeRange) -> Result<Self> {
        let whole = Slots { range, step_ns: u64::MAX };
        let rows = self.rows.filter(span_slot(whole, SlotInstant::End).is_not_null())?;
        Ok(Self { rows, stats: self.stats })
    }
}

impl Extent {
    /// The spans of `tenant` that end in `range`, for an aggregate.
    pub(crate) const fn ending_in(tenant: Tenant, range: TimeRange) -> Self {
        Self { tenant, range, instant: SpanInstant::End, shape: ScanShape::Aggregate }
    }
}

/// What reading `selection` means; `bytes_read` and `elapsed` are left at zero.
pub(crate) fn read_of(selection: &Selection) -> Stats {
    let live_rows: u64 = selection.live.iter().map(|batch| batch.spans.rows.num_rows() as u64).sum();
    Stats {
        source: if selection.segments.is_empty() { Source::Live } else { Source::Scan },
        rows_read: live_rows + selection.segments.iter().map(|segment| segment.rows).sum::<u64>(),
        files_read: selection.segments.len() as u64,
        bytes_read: 0,
        elapsed: std::time::Duration::ZERO,
        completeness: selection.completeness,
        complete_to: selection.complete_to,
    }
}
