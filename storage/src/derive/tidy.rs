//! Keeping derived tables small: files of an hour become one, what is too old goes, what no version names is deleted.

use std::sync::Arc;

use arrow::array::RecordBatch;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proto::{ErrorKind, UnixNanos};

use super::{DerivedTable, Table, file};
use crate::catalog::{Commit, SegmentFile};
use crate::compaction::{Job, Policy};
use crate::damage::is_damage;
use crate::retention::{self, Allowance};
use crate::storage::Storage;
use crate::{Error, Result};

/// Files of so many bytes stay as they are.
const FULL_BYTES: u64 = 16 << 20;
/// So many bytes of files are merged at once: rows take about ten times as much.
const MERGED_BYTES_MAX: u64 = 32 << 20;

impl Storage {
    /// One merge in a derived table; false when there is nothing to merge.
    pub(crate) async fn merge_derived_next(&self, now: UnixNanos) -> Result<bool> {
        let policy = Policy { full_bytes: FULL_BYTES, memory_bytes: MERGED_BYTES_MAX };
        for table in self.derived_tables(&DerivedTable::FROM_SPANS) {
            let version = table.version();
            if let Some(job) = policy.next(&version.files, now, UnixNanos::MAX) {
                self.merge_derived(&table, job).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn merge_derived(&self, table: &Table, job: Job) -> Result<()> {
        let mut batches: Vec<RecordBatch> = Vec::new();
        for file in &job.inputs {
            batches.extend(read(table.store.as_ref(), file).await?);
        }
        let schema = table.of.schema();
        let encoded = self.env.spawn_blocking(move || file::encode(&schema, &batches)).await;
        let encoded = encoded
            .map_err(|error| Error::new(ErrorKind::Internal, format!("merging rows panicked: {error}")))??;
        let Some(newest) = job.inputs.iter().max_by_key(|file| file.times.arrival_max) else { return Ok(()) };
        let name = format!("{}-merged-{}", self.wal.id(), self.env.random_uuid());
        let mut merged = file::segment(&name, newest, &encoded);
        let arrivals = job.inputs.iter().map(|file| file.times.arrival_min);
        merged.times.arrival_min = arrivals.min().unwrap_or(merged.times.arrival_min);
        table.upload(&merged.path, encoded.bytes).await?;
        let path = merged.path.clone();
        let commit = Commit {
            add: vec![merged],
            remove: job.inputs.clone(),
            restate: Vec::new(),
            watermark: None,
            operation: "OPTIMIZE",
            data_change: false,
        };
        if table.commit(commit).await? {
            self.leave(&table.store, job.inputs.iter().map(|file| file.path.clone()));
        } else {
            retention::delete(table.store.as_ref(), &path).await?;
        }
        Ok(())
    }

    /// Takes out of derived tables what is older than they may be.
    pub(crate) async fn age_derived(&self) -> Result<()> {
        for table in self.derived_tables(&DerivedTable::ALL) {
            let retention = match table.of {
                DerivedTable::Requests | DerivedTable::PodStarts | DerivedTable::Instances => {
                    self.config.derived_retention
                }
                DerivedTable::Rollups => self.config.rollup_retention,
            };
            let version = table.version();
            let removed = Allowance::of_age(retention).expired(&version.files, self.env.now());
            if removed.is_empty() {
                continue;
            }
            let paths: Vec<String> = removed.iter().map(|file| file.path.clone()).collect();
            let files = removed.len();
            let commit = Commit {
                add: Vec::new(),
                remove: removed,
                restate: Vec::new(),
                watermark: None,
                operation: "DELETE",
                data_change: true,
            };
            if table.commit(commit).await? {
                self.leave(&table.store, paths.into_iter());
                tracing::info!(table = table.of.name(), files, "removed expired rows");
            }
        }
        Ok(())
    }

    /// Deletes this writer's files that no version of a derived table names.
    pub(crate) async fn remove_derived_orphans(&self) -> Result<()> {
        // What retention has written and not committed yet is no orphan.
        let _no_retention = self.retaining.lock().await;
        for table in self.derived_tables(&DerivedTable::ALL) {
            let named = table.version().paths();
            retention::remove_unnamed(&table.store, &self.wal.id().to_string(), &named).await?;
        }
        Ok(())
    }

    /// What derived tables take on disk.
    pub(crate) fn derived_bytes(&self) -> u64 {
        let tables = self.derived.read();
        tables.iter().map(|table| table.version().files.iter().map(|file| file.bytes).sum::<u64>()).sum()
    }

    pub(crate) fn derived_tables(&self, which: &[DerivedTable]) -> Vec<Arc<Table>> {
        self.derived.read().iter().filter(|table| which.contains(&table.of)).cloned().collect()
    }
}

/// The rows of a file.
pub(super) async fn read(store: &dyn ObjectStore, file: &SegmentFile) -> Result<Vec<RecordBatch>> {
    let path = ObjectPath::from(file.path.as_str());
    let bytes = async { store.get(&path).await?.bytes().await }.await.map_err(|error| {
        let kind = if is_damage(&error) { ErrorKind::Corrupt } else { ErrorKind::Unavailable };
        Error::new(kind, format!("cannot read {path}: {error}")).caused_by(error)
    })?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).and_then(|builder| builder.build());
    let damaged =
        |error: &dyn std::fmt::Display| Error::new(ErrorKind::Corrupt, format!("{path} is damaged: {error}"));
    let rows = reader.map_err(|error| damaged(&error))?.collect::<std::result::Result<Vec<_>, _>>();
    rows.map_err(|error| damaged(&error))
}
