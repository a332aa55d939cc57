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
use crate::retention::{self, Allowance, believed};
use crate::rollup::{RollupSlots, without};
use crate::schema::rollup::SLOT_SECONDS;
use crate::storage::Storage;
use crate::{Error, Result};

const HOUR_SECONDS: i32 = 3_600;

/// What becomes of an archived rollup.
enum Condensed {
    /// Its hours are a file of their own, which is written.
    Hours(SegmentFile),
    /// It has nothing else.
    IsHours,
    /// It has no hours.
    Nothing,
}

impl Storage {
    /// Leaves only hours of archived rollups that are older than `storage.rollup_minute_retention`, of one date at a time. What
    /// cannot be read or written stays as it is until the next start.
    pub(crate) async fn condense_rollups(&self) -> Result<()> {
        let spans = Arc::clone(&self.shared.state.lock().table);
        for table in self.derived_tables(&[DerivedTable::Rollups]) {
            let version = table.version();
            // One whose segment is there still stands for nothing yet.
            let has_minutes = |file: &&Arc<SegmentFile>| {
                file.rollup_slots != RollupSlots::HOURS
                    && !spans.has(file.counted_as())
                    && !self.set_aside.has(&file.path)
            };
            let files: Vec<_> = version.files.iter().filter(has_minutes).cloned().collect();
            let now = believed(self.env.now(), spans.files.iter().chain(&version.files));
            let old = Allowance::of_age(self.config.rollup_minute_retention).expired_at(&files, now);
            let (mut add, mut remove, mut restate) = (Vec::new(), Vec::new(), Vec::new());
            for file in old {
                match self.condensed(&table, &file).await {
                    Ok(Condensed::Hours(hours)) => {
                        add.push(hours);
                        remove.push(file);
                    }
                    Ok(Condensed::IsHours) => {
                        restate.push(SegmentFile { rollup_slots: RollupSlots::HOURS, ..(*file).clone() });
                    }
                    Ok(Condensed::Nothing) => remove.push(file),
                    Err(error) => {
                        self.set_aside.add([file.path.clone()]);
                        tracing::error!(%error, path = file.path, "an archived rollup keeps its minutes");
                    }
                }
            }
            if !(remove.is_empty() && restate.is_empty()) {
                self.replace_by_hours(&table, add, remove, restate).await?;
            }
        }
        Ok(())
    }

    async fn condensed(&self, table: &Table, file: &SegmentFile) -> Result<Condensed> {
        let path = ObjectPath::from(file.path.as_str());
        let read = async { table.store.get(&path).await?.bytes().await };
        let bytes: Bytes = read.await.map_err(|error| {
            Error::new(ErrorKind::Unavailable, format!("cannot read the rollup {path}: {error}"))
                .caused_by(error)
        })?;
        let parted = self.env.spawn_blocking(move || without(bytes, is_shorter)).await;
        let parted = parted.map_err(|error| {
            Error::new(ErrorKind::Internal, format!("parting a rollup panicked: {error}"))
        })?;
        let (bytes, rows) = match parted? {
            None => return Ok(Condensed::IsHours),
            Some((_, 0)) => return Ok(Condensed::Nothing),
            Some(hours) => hours,
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
        Ok(Condensed::Hours(hours))
    }

    async fn replace_by_hours(
        &self,
        table: &Table,
        add: Vec<SegmentFile>,
        remove: Vec<Arc<SegmentFile>>,
        restate: Vec<SegmentFile>,
    ) -> Result<()> {
        let paths = |files: &[SegmentFile]| files.iter().map(|file| file.path.clone()).collect::<Vec<_>>();
        let written = paths(&add);
        let left: Vec<String> = remove.iter().map(|file| file.path.clone()).collect();
        let bytes_before: u64 = remove.iter().map(|file| file.bytes).sum();
        let bytes: u64 = add.iter().map(|file| file.bytes).sum();
        let commit = Commit { add, remove, restate, watermark: None, operation: "DELETE", data_change: true };
        if table.commit(commit).await? {
            let files = left.len();
            self.leave(&table.store, left.into_iter());
            tracing::info!(files, bytes_before, bytes, "left the hours of old rollups");
        } else {
            for path in written {
                retention::delete(table.store.as_ref(), &path).await?;
            }
        }
        Ok(())
    }
}

/// Which rows of a rollup are of slots shorter than an hour.
fn is_shorter(rows: &RecordBatch) -> Result<arrow::array::BooleanArray> {
    let corrupt = |what: String| Error::new(ErrorKind::Corrupt, format!("a rollup is damaged: {what}"));
    let seconds = rows.column_by_name(SLOT_SECONDS);
    let seconds = seconds.ok_or_else(|| corrupt(format!("it has no column {SLOT_SECONDS}")))?;
    neq(seconds, &Int32Array::new_scalar(HOUR_SECONDS)).map_err(|error| corrupt(error.to_string()))
}
