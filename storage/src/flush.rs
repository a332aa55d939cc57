//! Flush: boundary -> encode -> upload -> save hashes -> commit -> swap -> trim, in that order.
//!
//! A crash before the commit leaves files that no table version names and a log that still has the spans, with the
//! boundary between them: the next process writes the same set to the same names. A crash after it leaves a log that
//! the table's watermark says to skip. Either way each span is once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use object_store::ObjectStoreExt;
use object_store::path::Path as ObjectPath;
use proto::{ErrorKind, Tenant, UnixNanos};

use crate::catalog::{Commit, CommitOutcome, SegmentFile, SegmentTimes, TableVersion, Watermark};
use crate::checksums::CHECKED_SEGMENT;
use crate::live::{Cut, LiveBatch};
use crate::rollup::{RollupSlots, rollup_path};
use crate::segment::{self, EncodedSegment};
use crate::storage::Storage;
use crate::{Error, Result};

/// After a failed flush nothing is tried for so long.
const RETRY_DELAY: Duration = Duration::from_secs(2);

/// Flushes what boundaries cut off, until storage stops.
pub(crate) async fn run(storage: Arc<Storage>) {
    let mut stopping = storage.stopping.subscribe();
    while !*stopping.borrow_and_update() {
        match storage.flush_oldest().await {
            Ok(true) => {}
            Ok(false) => tokio::select! {
                () = storage.shared.flush_due.notified() => {}
                _ = stopping.changed() => {}
            },
            Err(error) => {
                Storage::count(&storage.counters.flush_failures, 1);
                tracing::error!(%error, "flush failed: the spans stay in the write-ahead log, the flush is tried again");
                tokio::select! {
                    () = storage.env.sleep(RETRY_DELAY) => {}
                    _ = stopping.changed() => {}
                }
            }
        }
    }
}

impl Storage {
    /// Writes everything that is live now to Parquet and commits it; does nothing when nothing is live. While the log
    /// is replayed, only what was read back up to the last boundary.
    ///
    /// # Errors
    /// When a segment cannot be written or the commit fails: the spans stay live and in the log, and the next flush
    /// takes them up again.
    pub async fn flush(&self) -> Result<()> {
        if self.is_growing() {
            self.put_boundary().await;
        }
        while self.flush_oldest().await? {}
        Ok(())
    }

    /// Writes to Parquet and commits what the oldest boundary cut off. False when nothing is.
    pub(crate) async fn flush_oldest(&self) -> Result<bool> {
        if self.query_only.is_some() {
            return Ok(false);
        }
        let flushed = self.flush_cut().await;
        match &flushed {
            Ok(true) => self.wal.take_room(),
            Err(error) if error.is_disk_full() => self.wal.give_room(),
            _ => {}
        }
        flushed
    }

    async fn flush_cut(&self) -> Result<bool> {
        let _one_at_a_time = self.flushing.lock().await;
        let committed = self.release_committed().await?;
        let Some(cut) = self.oldest_cut() else { return Ok(false) };
        let started = self.env.monotonic();
        let through = cut.through;
        let (files, duplicates) = self.write_segments(cut, committed + 1).await?;
        let (rows, bytes) =
            files.iter().fold((0, 0), |(rows, bytes), file| (rows + file.rows, bytes + file.bytes));
        let spans: Vec<_> = files.iter().map(|file| (file.tenant.clone(), file.rows)).collect();
        self.dedupe.save(through).await?;
        let table = self.commit(files, through).await?;
        spans.iter().for_each(|(tenant, spans)| self.ledger.flushed(tenant, *spans));
        let version = table.version;
        self.release(table, through);
        let elapsed = self.env.monotonic().saturating_sub(started);
        Self::count(&self.counters.flushes, 1);
        Self::count(&self.counters.flushed_bytes, bytes);
        Self::count(&self.counters.duplicate_spans, duplicates);
        Self::count(&self.counters.flush_ns, u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX));
        let elapsed_ms = elapsed.as_millis() as u64;
        tracing::info!(rows, bytes, duplicates, version, elapsed_ms, "flushed");
        self.wal.trim(through)?;
        Ok(true)
    }

    fn oldest_cut(&self) -> Option<Cut> {
        loop {
            let _settled = self.shared.settled();
            let live = &mut self.shared.state.lock().live;
            // Requests may have come, and a boundary behind them, since the others were settled: a cut without them
            // would move the table's watermark past what no file holds.
            if live.is_oldest_settled() {
                return live.oldest_cut();
            }
        }
    }

    /// A commit that ended in an error may have happened all the same, and a trim may have failed after it: what the
    /// table has is not written again. Returns the table's watermark.
    async fn release_committed(&self) -> Result<u64> {
        let table = self.catalog.current().await?;
        let Some(committed) = table.watermark(self.wal.id()) else { return Ok(0) };
        self.release(table, committed);
        self.wal.trim(committed)?;
        Ok(committed)
    }

    fn release(&self, table: Arc<TableVersion>, through: u64) {
        let mut state = self.shared.state.lock();
        state.table = table;
        state.live.release_through(through);
    }

    /// The files, and how many copies of spans were left out. `first` is the first sequence that no commit covers: with
    /// the cut's last one it names the files, so that the same cut has the same names in another process.
    async fn write_segments(&self, cut: Cut, first: u64) -> Result<(Vec<SegmentFile>, u64)> {
        let through = cut.through;
        let series_max = self.config.rollup_series_max;
        let (mut files, mut duplicates) = (Vec::new(), 0);
        for (place, batches) in partitions(cut.batches) {
            let (arrival_min, arrival_max) = batches.iter().fold((u64::MAX, 0), |(low, high), batch| {
                (low.min(batch.arrival_min), high.max(batch.arrival_max))
            });
            let encoded =
                self.env.spawn_blocking(move || segment::encode(&batches, series_max)).await.map_err(
                    |error| Error::new(ErrorKind::Internal, format!("encoding a segment panicked: {error}")),
                )??;
            let copies: u64 = encoded.iter().map(|segment| segment.duplicates).sum();
            if copies > 0 {
                self.doubts.add(Some(&place.tenant), arrival_min, arrival_max);
            }
            duplicates += copies;
            let possible_duplicates = self.doubts.touch(&place.tenant, arrival_min, arrival_max);
            for segment in encoded {
                let name = format!(
                    "{}-{first:012}-{through:012}-{}{CHECKED_SEGMENT}",
                    self.wal.id(),
                    segment.kind.name()
                );
                let mut file = place.file(&name, &segment, arrival_min, arrival_max);
                file.possible_duplicates = possible_duplicates;
                self.upload(&rollup_path(&file.path), segment.rollup).await?;
                self.upload(&file.path, segment.bytes).await?;
                files.push(file);
            }
        }
        Ok((files, duplicates))
    }

    pub(crate) async fn upload(&self, path: &str, bytes: Vec<u8>) -> Result<()> {
        self.store.put(&ObjectPath::from(path), bytes.into()).await.map(drop).map_err(|error| {
            Error::new(ErrorKind::Unavailable, format!("cannot write segment {path}: {error}"))
                .caused_by(error)
        })
    }

    async fn commit(&self, files: Vec<SegmentFile>, through: u64) -> Result<Arc<TableVersion>> {
        let commit = Commit {
            add: files,
            remove: Vec::new(),
            restate: Vec::new(),
            watermark: Some(Watermark { app: self.wal.id(), sequence: through }),
            operation: "WRITE",
            data_change: true,
        };
        match self.catalog.commit(commit).await? {
            CommitOutcome::Committed(table) | CommitOutcome::AlreadyCommitted(table) => Ok(table),
            CommitOutcome::Conflicted { path, .. } => Err(Error::new(
                ErrorKind::Internal,
                format!("a flush that removes nothing conflicted over {path}"),
            )),
        }
    }
}

/// A partition of the table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Partition {
    tenant: Tenant,
    date: String,
}

impl Partition {
    fn file(
        &self,
        name: &str,
        segment: &EncodedSegment,
        arrival_min: UnixNanos,
        arrival_max: UnixNanos,
    ) -> SegmentFile {
        let times = segment.times;
        SegmentFile {
            path: format!("tenant={}/date={}/{name}", self.tenant, self.date),
            tenant: self.tenant.clone(),
            date: self.date.clone(),
            bytes: segment.bytes.len() as u64,
            rows: segment.rows,
            times: SegmentTimes {
                start_min: times.start_min,
                start_max: times.start_max,
                end_min: times.end_min,
                end_max: times.end_max,
                arrival_min,
                arrival_max,
            },
            kind: segment.kind,
            possible_duplicates: false,
            window: 0,
            rollup_bytes: Some(segment.rollup.len() as u64),
            rollup_slots: RollupSlots::ALL,
            thinned: None,
            remains_of: None,
        }
    }
}

/// The batches by tenant and date of arrival.
fn partitions(batches: Vec<Arc<LiveBatch>>) -> BTreeMap<Partition, Vec<Arc<LiveBatch>>> {
    let mut partitions: BTreeMap<Partition, Vec<Arc<LiveBatch>>> = BTreeMap::new();
    for batch in batches {
        let partition = Partition { tenant: batch.tenant.clone(), date: utc_date(batch.arrival_min) };
        partitions.entry(partition).or_default().push(batch);
    }
    partitions
}

/// The UTC date of an instant, `YYYY-MM-DD`.
pub(crate) fn utc_date(time: UnixNanos) -> String {
    let instant = Timestamp::from_nanosecond(i128::from(time)).unwrap_or(Timestamp::MAX);
    instant.to_zoned(TimeZone::UTC).date().to_string()
}
