//! Compaction: many small segments become few, each span once, while queries go on.
//!
//! One commit takes the old ones out of the table and puts the new one in. A crash before it leaves a file that no
//! table version names, which the next start deletes; after it, old files that it deletes too.

mod policy;
mod rollups;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use object_store::path::Path as ObjectPath;
use parking_lot::Mutex;
use proto::{ErrorKind, UnixNanos};

pub(crate) use self::policy::{HOUR_NS, Job, Policy, is_over};
use crate::catalog::{Commit, CommitOutcome, SegmentFile, SegmentTimes};
use crate::checksums::CHECKED_SEGMENT;
use crate::rollup::{RollupSlots, rollup_path};
use crate::segment::{MergedSegment, merge};
use crate::storage::Storage;
use crate::{Error, Result, quarantine, retention};

/// How often the table is looked at.
const INTERVAL: Duration = Duration::from_secs(10);
/// After a failure nothing is tried for so long.
const RETRY_DELAY: Duration = Duration::from_secs(60);

/// What one merge did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Segments that became one.
    pub segments: u64,
    /// Their bytes.
    pub bytes_before: u64,
    /// The bytes of that one.
    pub bytes: u64,
    /// Its spans.
    pub rows: u64,
    /// Exact copies of spans that were left out.
    pub duplicates: u64,
}

/// Segments that cannot be merged: damaged, or not sorted. They are left alone until the next start.
#[derive(Debug, Default)]
pub(crate) struct SetAside(Mutex<HashSet<String>>);

impl SetAside {
    pub(crate) fn add(&self, paths: impl IntoIterator<Item = String>) {
        self.0.lock().extend(paths);
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.0.lock().contains(path)
    }
}

/// Merges what is to be merged, until storage stops.
pub(crate) async fn run(storage: Arc<Storage>) {
    let mut stopping = storage.stopping.subscribe();
    // Until then the files of an unfinished merge count as orphans.
    tokio::select! {
        replayed = storage.replayed() => if replayed.is_err() { return },
        _ = stopping.wait_for(|stopping| *stopping) => return,
    }
    // A server that has just started has better things to do.
    let mut wait = INTERVAL;
    while !*stopping.borrow_and_update() {
        tokio::select! {
            () = storage.env.sleep(wait) => {}
            _ = stopping.changed() => continue,
        }
        wait = match storage.tidy_up().await {
            Ok(true) => Duration::ZERO,
            Ok(false) => INTERVAL,
            Err(_) if *stopping.borrow() => return,
            Err(error) => {
                Storage::count(&storage.counters.compaction_failures, 1);
                tracing::error!(%error, "compaction failed: nothing is lost, it is tried again");
                RETRY_DELAY
            }
        };
    }
}

impl Storage {
    /// Merges small segments, as if every hour that has begun were over, one merge a call; `None` once nothing is left.
    ///
    /// # Errors
    /// When a segment cannot be read or written or the commit fails: the table is as it was.
    pub async fn compact(&self) -> Result<Option<Compacted>> {
        self.replayed().await?;
        self.compact_next(UnixNanos::MAX).await
    }

    /// One merge, or else one segment thinned, one rollup that is missing, or one merge in a derived table. False when there is
    /// nothing to do.
    async fn tidy_up(&self) -> Result<bool> {
        let is_off = self.config.compaction_memory.as_u64() == 0;
        let now = self.env.now();
        Ok(!is_off
            && (self.compact_next(now).await?.is_some()
                || self.thin_next(now).await?.is_some()
                || self.roll_up_next().await?
                || self.merge_derived_next(now).await?))
    }

    /// The next merge that is due at `now`.
    pub(crate) async fn compact_next(&self, now: UnixNanos) -> Result<Option<Compacted>> {
        if let Some(reason) = &self.query_only {
            return Err(Error::new(ErrorKind::Unavailable, format!("cannot compact: {reason}")));
        }
        let _one_at_a_time = self.compacting.lock().await;
        while let Some(job) = self.due(now) {
            let started = self.env.monotonic();
            let output = self.unused_path(&job.inputs[0], "merged");
            let merged = match self.merge(&job, output.clone()).await {
                Ok(merged) => merged,
                Err(error) if error.kind == ErrorKind::Corrupt => {
                    self.set_aside(&job, &error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            if let Some(compacted) = self.replace(&job, &output, merged).await? {
                let elapsed = self.env.monotonic().saturating_sub(started);
                self.count_compacted(&compacted, elapsed);
                return Ok(Some(compacted));
            }
        }
        Ok(None)
    }

    fn due(&self, now: UnixNanos) -> Option<Job> {
        let (table, oldest) = {
            let state = self.shared.state.lock();
            (Arc::clone(&state.table), state.live.oldest())
        };
        let settled = oldest.unwrap_or(UnixNanos::MAX).min(self.env.now());
        let (table, _) = quarantine::readable(&table, &self.shared.damaged);
        let may_be_merged = self.may_be_merged();
        let files: Vec<Arc<SegmentFile>> = table
            .files
            .iter()
            .filter(|file| !self.set_aside.has(&file.path) && may_be_merged(file))
            .cloned()
            .collect();
        let policy = Policy {
            full_bytes: self.config.compaction_full_bytes.as_u64(),
            memory_bytes: self.config.compaction_memory.as_u64(),
        };
        policy.next(&files, now, settled)
    }

    /// Which segments may be merged or thinned: what is in derived tables must not come together with what is not.
    pub(crate) fn may_be_merged(&self) -> impl Fn(&SegmentFile) -> bool + use<> {
        let (through, is_deriving) = (self.derived_through(), self.is_deriving());
        move |file| match through {
            Some(through) => (1..=through).contains(&file.window),
            None => !is_deriving,
        }
    }

    /// A name beside `file` that was never used: an output of the same inputs may be on its way out.
    pub(crate) fn unused_path(&self, file: &SegmentFile, what: &str) -> ObjectPath {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let (own, name, kind) = (self.wal.id(), self.env.random_uuid(), file.kind);
        ObjectPath::from(format!("{folder}/{own}-{what}-{name}-{kind}{CHECKED_SEGMENT}"))
    }

    async fn merge(&self, job: &Job, output: ObjectPath) -> Result<MergedSegment> {
        let (store, inputs) = (Arc::clone(&self.store), job.inputs.clone());
        let stopping = self.stopping.subscribe();
        let runtime = tokio::runtime::Handle::current();
        let merging = self.env.spawn_blocking(move || {
            runtime.block_on(merge(&store, &inputs, &output, || !*stopping.borrow()))
        });
        merging
            .await
            .map_err(|error| Error::new(ErrorKind::Internal, format!("merging segments panicked: {error}")))?
    }

    /// Puts the new segment in the place of the old ones. `None` when one of those has left the table meanwhile.
    async fn replace(
        &self,
        job: &Job,
        output: &ObjectPath,
        merged: MergedSegment,
    ) -> Result<Option<Compacted>> {
        let mut file = self.merged_file(job, output, merged);
        let same = if merged.duplicates == 0 { job.inputs.clone() } else { Vec::new() };
        let rollup = self.rollup(same, file.clone()).await?;
        file.rollup_bytes = Some(rollup.len() as u64);
        self.upload(&rollup_path(&file.path), rollup).await?;
        let compacted = Compacted {
            segments: job.inputs.len() as u64,
            bytes_before: job.inputs.iter().map(|file| file.bytes).sum(),
            bytes: file.bytes,
            rows: file.rows,
            duplicates: merged.duplicates,
        };
        let is_swapped = self.swap(file, &job.inputs, "OPTIMIZE", merged.duplicates > 0).await?;
        Ok(is_swapped.then_some(compacted))
    }

    /// Puts `file` and its rollup, which are written, in the place of `inputs`. False, and they are gone again, when one of
    /// those has left the table meanwhile.
    pub(crate) async fn swap(
        &self,
        file: SegmentFile,
        inputs: &[Arc<SegmentFile>],
        operation: &'static str,
        data_change: bool,
    ) -> Result<bool> {
        let path = file.path.clone();
        let commit = Commit {
            add: vec![file],
            remove: inputs.to_vec(),
            restate: Vec::new(),
            watermark: None,
            operation,
            data_change,
        };
        // A flush swaps the table too: without its lock the older of the two versions could win.
        let _no_flush = self.flushing.lock().await;
        match self.catalog.commit(commit).await? {
            CommitOutcome::Committed(table) | CommitOutcome::AlreadyCommitted(table) => {
                self.shared.state.lock().table = table;
                self.leave_segments(inputs);
                Ok(true)
            }
            CommitOutcome::Conflicted { current, .. } => {
                self.shared.state.lock().table = current;
                retention::delete(self.store.as_ref(), &path).await?;
                retention::delete(self.store.as_ref(), &rollup_path(&path)).await?;
                Ok(false)
            }
        }
    }

    fn merged_file(&self, job: &Job, output: &ObjectPath, merged: MergedSegment) -> SegmentFile {
        let first = &job.inputs[0];
        let arrivals = job.inputs.iter().map(|file| file.times);
        let arrival_min = arrivals.clone().map(|times| times.arrival_min).min().unwrap_or(0);
        let arrival_max = arrivals.map(|times| times.arrival_max).max().unwrap_or(u64::MAX);
        let times = merged.times;
        SegmentFile {
            path: output.to_string(),
            tenant: first.tenant.clone(),
            date: first.date.clone(),
            bytes: merged.bytes,
            rows: merged.rows,
            times: SegmentTimes {
                start_min: times.start_min,
                start_max: times.start_max,
                end_min: times.end_min,
                end_max: times.end_max,
                arrival_min,
                arrival_max,
            },
            kind: first.kind,
            possible_duplicates: job.possible_duplicates
                || self.doubts.touch(&first.tenant, arrival_min, arrival_max),
            window: job.inputs.iter().map(|file| file.window).max().unwrap_or(0),
            rollup_bytes: None,
            rollup_slots: RollupSlots::ALL,
            thinned: None,
            remains_of: None,
        }
    }

    /// One of the inputs is to blame, and the error names it; the others can be merged without it.
    fn set_aside(&self, job: &Job, error: &Error) {
        let blamed: Vec<_> = job.inputs.iter().filter(|file| error.message.contains(&file.path)).collect();
        let all = if blamed.is_empty() { job.inputs.iter().collect() } else { blamed };
        self.set_aside.add(all.iter().map(|file| file.path.clone()));
        tracing::error!(%error, "a segment cannot be merged: it stays as it is");
    }

    fn count_compacted(&self, compacted: &Compacted, elapsed: Duration) {
        let counters = &self.counters;
        Self::count(&counters.compactions, 1);
        Self::count(&counters.compacted_segments, compacted.segments);
        Self::count(&counters.compacted_rows, compacted.rows);
        Self::count(&counters.compacted_duplicate_spans, compacted.duplicates);
        Self::count(&counters.compaction_ns, u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX));
        let Compacted { segments, bytes_before, bytes, rows, duplicates } = *compacted;
        let elapsed_ms = elapsed.as_millis() as u64;
        tracing::info!(segments, bytes_before, bytes, rows, duplicates, elapsed_ms, "compacted");
    }
}

#[cfg(test)]
mod tests;
