//! Old rollups keep their hours: minutes and five minutes leave the archive sooner, for they are most of it.

use std::sync::Arc;

use arrow::array::{Int32Array, RecordBatch};
use arrow::compute::kernels::cmp::neq;
use bytes::Bytes;
use object_store::ObjectStoreExt;
use object_store::path::Path as ObjectPath;
use proto::ErrorKind;

use super::{DerivedTable, Table};
use crate::catalog::{Commit, SegmentFile};
use crate::checksums::CHECKED_SEGMENT;
use crate::damage::is_damage;
use crate::retention::{Allowance, believed};
use crate::rollup::{RollupSlots, without};
use crate::schema::rollup::SLOT_SECONDS;
use crate::storage::Storage;
use crate::{Error, Result};

const HOUR_SECONDS: i32 = 3_600;

impl Storage {
    /// Leaves only hours of archived rollups that are older than `storage.rollup_minute_retention`.
    pub(crate) async fn condense_rollups(&self) -> Result<()> {
        let spans = Arc::clone(&self.shared.state.lock().table);
        for table in self.derived_tables(&[DerivedTable::Rollups]) {
            let version = table.version();
            // One whose segment is there still stands for nothing yet.
            let has_minutes = |file: &&Arc<SegmentFile>| {
                file.rollup_slots != RollupSlots::HOURS && !spans.has(file.counted_as())
            };
            let files: Vec<_> = version.files.iter().filter(has_minutes).cloned().collect();
            let now = believed(self.env.now(), spans.files.iter().chain(&version.files));
            let old = Allowance::of_age(self.config.rollup_minute_retention).expired_at(&files, now);
            let (mut add, mut remove) = (Vec::new(), Vec::new());
            for file in old {
                match self.hours_of(&table, &file).await {
                    Ok(hours) => {
                        add.extend(hours);
                        remove.push(file);
                    }
                    Err(error) if error.kind == ErrorKind::Corrupt => {
                        tracing::error!(%error, path = file.path, "a rollup keeps its minutes");
                    }
                    Err(error) => return Err(error),
                }
            }
            if !remove.is_empty() {
                self.replace_by_hours(&table, add, remove).await?;
            }
        }
        Ok(())
    }

    /// The file of the hours of `file`, written; none when it has none.
    async fn hours_of(&self, table: &Table, file: &SegmentFile) -> Result<Option<SegmentFile>> {
        let path = ObjectPath::from(file.path.as_str());
        let read = async { table.store.get(&path).await?.bytes().await };
        let bytes: Bytes = read.await.map_err(|error| {
            let kind = if is_damage(&error) { ErrorKind::Corrupt } else { ErrorKind::Unavailable };
            Error::new(kind, format!("cannot read the rollup {path}: {error}")).caused_by(error)
        })?;
        let is_shorter = |rows: &RecordBatch| {
            let seconds = rows.column_by_name(SLOT_SECONDS).ok_or_else(|| {
                Error::new(ErrorKind::Corrupt, format!("the rollup {path} has no column {SLOT_SECONDS}"))
            })?;
            neq(seconds, &Int32Array::new_scalar(HOUR_SECONDS)).map_err(|error| {
                Error::new(ErrorKind::Corrupt, format!("the rollup {path} is damaged: {error}"))
            })
        };
        let Some((bytes, rows)) = without(bytes, is_shorter)?.filter(|(_, rows)| *rows > 0) else {
            return Ok(None);
        };
        let name = format!("{}-hours-{}", self.wal.id(), self.env.random_uuid());
        let hours = SegmentFile {
            path: format!("tenant={}/date={}/{name}{CHECKED_SEGMENT}", file.tenant, file.date),
            bytes: bytes.len() as u64,
            rows,
            rollup_slots: RollupSlots::HOURS,
            // They count what their rollup counted.
            remains_of: Some(file.counted_as().to_owned()),
            ..file.clone()
        };
        table.upload(&hours.path, bytes).await?;
        Ok(Some(hours))
    }

    async fn replace_by_hours(
        &self,
        table: &Table,
        add: Vec<SegmentFile>,
        remove: Vec<Arc<SegmentFile>>,
    ) -> Result<()> {
        let paths: Vec<String> = remove.iter().map(|file| file.path.clone()).collect();
        let bytes = |files: &mut dyn Iterator<Item = u64>| files.sum::<u64>();
        let bytes_before = bytes(&mut remove.iter().map(|file| file.bytes));
        let bytes_after = bytes(&mut add.iter().map(|file| file.bytes));
        let commit = Commit {
            add,
            remove,
            restate: Vec::new(),
            watermark: None,
            operation: "DELETE",
            data_change: true,
        };
        if table.commit(commit).await? {
            let files = paths.len();
            self.leave(&table.store, paths.into_iter());
            tracing::info!(files, bytes_before, bytes_after, "left the hours of old rollups");
        }
        Ok(())
    }
}
