//! What a query sees: one table version and the live batches beyond it, taken at one moment.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use object_store::ObjectStore;
use proto::{Tenant, TimeRange, UnixNanos};

use crate::catalog::{SegmentFile, TableVersion};
use crate::derive::DerivedTable;
use crate::doubts::Doubt;
use crate::live::LiveBatch;
use crate::{Completeness, SpanTimes};

/// Every acknowledged span exactly once: the segments of a table version, and the batches no segment holds yet.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The table.
    pub table: Arc<TableVersion>,
    /// The live batches, in WAL order.
    pub live: Vec<Arc<LiveBatch>>,
    /// What this lacks of every acknowledged span; where some may be there twice is known of a selection only.
    pub completeness: Completeness,
    /// Where spans may be there twice.
    pub(crate) doubts: Arc<Vec<Doubt>>,
    /// For a reader of what another process writes: spans that arrived there up to here are in the table. Who writes has
    /// all of them.
    pub complete_to: Option<UnixNanos>,
    /// The derived tables, all or none.
    pub derived: Vec<DerivedVersion>,
    /// Segments that the table has and nobody can read.
    pub(crate) unreadable: Vec<Arc<SegmentFile>>,
}

/// How far what can be asked for has come: another one, and an answer may be another one too. Printed, it is a text that means
/// nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Watermark {
    /// The last request that was acknowledged here.
    pub(crate) sequence: u64,
    /// The table's version, where another process writes it.
    pub(crate) table: Option<u64>,
    /// The last window that derived tables have.
    pub(crate) window: Option<u64>,
    /// As [`Snapshot::complete_to`].
    pub complete_to: Option<UnixNanos>,
}

impl fmt::Display for Watermark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.sequence, self.table.unwrap_or(0), self.window.unwrap_or(0))
    }
}

/// What a query sees of a derived table.
#[derive(Debug, Clone)]
pub struct DerivedVersion {
    /// Which table.
    pub of: DerivedTable,
    /// Its files.
    pub table: Arc<TableVersion>,
    /// Where they are read from.
    pub store: Arc<dyn ObjectStore>,
}

impl DerivedVersion {
    /// The same with those of its files that are `wanted`; none when there are none.
    #[must_use]
    pub fn only(self, wanted: impl Fn(&SegmentFile) -> bool) -> Option<Self> {
        let files: Vec<_> = self.table.files.iter().filter(|file| wanted(file)).cloned().collect();
        let table = TableVersion { version: self.table.version, files, ..TableVersion::default() };
        (!table.files.is_empty()).then(|| Self { table: Arc::new(table), ..self })
    }
}

/// The part of a snapshot that a query has to read.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Segments whose spans may match.
    pub segments: Vec<Arc<SegmentFile>>,
    /// Live batches whose spans may match.
    pub live: Vec<Arc<LiveBatch>>,
    /// What this lacks of every acknowledged span exactly once.
    pub completeness: Completeness,
    /// As [`Snapshot::complete_to`].
    pub complete_to: Option<UnixNanos>,
}

impl Selection {
    /// The same, of which only `segments` are read: rollups answer for the others.
    #[must_use]
    pub fn reading(self, segments: Vec<Arc<SegmentFile>>) -> Self {
        let thinned = segments.iter().any(|file| file.is_thinned());
        Self { completeness: Completeness { thinned, ..self.completeness }, segments, ..self }
    }
}

/// Which instant of a span must lie in a time range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanInstant {
    /// Its start.
    Start,
    /// Its end.
    End,
    /// Any instant between the two.
    Any,
}

impl SpanInstant {
    /// Whether a span of such times may have this instant in `range`.
    const fn touches(self, range: TimeRange, times: SpanTimes) -> bool {
        match self {
            Self::Start => range.touches(times.start_min, times.start_max),
            Self::End => range.touches(times.end_min, times.end_max),
            // A span may say that it ended before it began.
            Self::Any => {
                range.touches(times.start_min, times.end_max) || range.touches(times.end_min, times.start_max)
            }
        }
    }
}

fn times_of(file: &SegmentFile) -> SpanTimes {
    SpanTimes {
        start_min: file.times.start_min,
        start_max: file.times.start_max,
        end_min: file.times.end_min,
        end_max: file.times.end_max,
    }
}

impl Snapshot {
    /// The rollups of segments of `tenant` that retention has removed, which may count a span that ended in `range`; and
    /// where they are read from.
    #[must_use]
    pub fn archived(&self, tenant: &Tenant, range: TimeRange) -> Option<DerivedVersion> {
        let archive = self.derived.iter().find(|derived| derived.of == DerivedTable::Rollups)?;
        // Those of segments that are about to leave stand in both tables.
        let present: HashSet<&str> = self.table.files.iter().map(|file| file.path.as_str()).collect();
        let is_wanted = |file: &SegmentFile| {
            file.tenant == *tenant
                && range.touches(file.times.end_min, file.times.end_max)
                && !present.contains(file.counted_as())
        };
        archive.clone().only(is_wanted)
    }

    /// The earliest arrival among the spans of `tenant`, those left out that outlive their segment; `None` when it has none. A
    /// file that another program added says nothing of arrivals.
    #[must_use]
    pub fn raw_data_from(&self, tenant: &Tenant) -> Option<UnixNanos> {
        let is_asked = |file: &&Arc<SegmentFile>| file.tenant == *tenant && file.remains_of.is_none();
        let segments = self.table.files.iter().filter(is_asked);
        let known = segments.map(|file| file.times).filter(|times| times.arrival_max != UnixNanos::MAX);
        let live = self.live.iter().filter(|batch| batch.tenant == *tenant).map(|batch| batch.arrival_min);
        known.map(|times| times.arrival_min).chain(live).min()
    }

    /// The segments and live batches of `tenant` that may hold a span whose `instant` lies in `range`.
    #[must_use]
    pub fn select(&self, tenant: &Tenant, range: TimeRange, instant: SpanInstant) -> Selection {
        let touched =
            |file: &Arc<SegmentFile>| file.tenant == *tenant && instant.touches(range, times_of(file));
        let segments = self.table.files.iter().filter(|file| touched(file));
        let live = self
            .live
            .iter()
            .filter(|batch| batch.tenant == *tenant && instant.touches(range, batch.spans.times));
        let (segments, live): (Vec<Arc<SegmentFile>>, Vec<Arc<LiveBatch>>) =
            (segments.cloned().collect(), live.cloned().collect());
        let doubted = |first, last| self.doubts.iter().any(|doubt| doubt.touches(tenant, first, last));
        let possible_duplicates = segments
            .iter()
            .any(|file| file.possible_duplicates || doubted(file.times.arrival_min, file.times.arrival_max))
            || live.iter().any(|batch| doubted(batch.arrival_min, batch.arrival_max));
        let completeness = Completeness {
            thinned: segments.iter().any(|file| file.is_thinned()),
            raw_data_from: self.raw_data_from(tenant),
            possible_duplicates,
            unreadable_files: self.completeness.unreadable_files || self.unreadable.iter().any(touched),
            ..self.completeness
        };
        Selection { segments, live, completeness, complete_to: self.complete_to }
    }

    /// Those that may hold a span whose `instant` lies in one of `ranges`, and not what lies between.
    #[must_use]
    pub fn select_any(&self, tenant: &Tenant, ranges: &[TimeRange], instant: SpanInstant) -> Selection {
        let start = ranges.iter().map(|range| range.start).min().unwrap_or(0);
        let end = ranges.iter().map(|range| range.end).max().unwrap_or(0);
        let around = self.select(tenant, TimeRange { start, end }, instant);
        let is_touched = |times| ranges.iter().any(|range| instant.touches(*range, times));
        let segments = around.segments.iter().filter(|file| is_touched(times_of(file))).cloned().collect();
        let live = around.live.iter().filter(|batch| is_touched(batch.spans.times)).cloned().collect();
        Selection { live, ..around }.reading(segments)
    }
}

#[cfg(test)]
mod tests;
