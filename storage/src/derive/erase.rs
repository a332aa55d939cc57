//! Rows of derived tables that a purge erases: those of traces that lose something, and of spans long gone those whose own
//! columns tell that they are meant.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{filter_record_batch, not};
use bytes::Bytes;
use object_store::ObjectStoreExt;
use object_store::path::Path as ObjectPath;
use proto::{ErrorKind, Tenant, TraceId, UnixNanos};

use super::step::{cannot_derive, trace_ids};
use super::{DerivedTable, Table, file, tidy};
use crate::catalog::{Commit, SegmentFile};
use crate::checksums::CHECKED_SEGMENT;
use crate::damage::is_damage;
use crate::purge::Erase;
use crate::rollup::without;
use crate::schema::rollup::IS_OVERFLOW;
use crate::segment::row_keys;
use crate::storage::Storage;
use crate::{Error, Result, retention};

/// What went.
#[derive(Debug, Default)]
pub(crate) struct ErasedRows {
    /// Rows of `requests`, `pod_starts` and `instances`.
    pub(crate) derived: u64,
    /// Rows of rollups whose segments are gone.
    pub(crate) archived: u64,
    /// Rows whose spans are gone, and whose columns do not tell whether they are meant: they stay.
    pub(crate) untold: u64,
    /// Files that cannot be read.
    pub(crate) unreadable: Vec<String>,
}

/// What is meant.
struct Meant<'a> {
    traces: &'a HashSet<TraceId>,
    erase: &'a dyn Erase,
    /// Spans that ended before are gone.
    spans_from: UnixNanos,
}

impl Storage {
    /// Erases rows of `tenant`: those of `traces`, and those that meet the condition as far as their columns tell.
    pub(crate) async fn erase_derived(
        &self,
        tenant: &Tenant,
        traces: &HashSet<TraceId>,
        erase: &Arc<dyn Erase>,
    ) -> Result<ErasedRows> {
        let table = Arc::clone(&self.shared.state.lock().table);
        let theirs = table.files.iter().filter(|file| file.tenant == *tenant);
        let spans_from = theirs.map(|file| file.times.end_min).min().unwrap_or(UnixNanos::MAX);
        let meant = Meant { traces, erase: erase.as_ref(), spans_from };
        let mut erased = ErasedRows::default();
        for derived in self.derived_tables(&DerivedTable::ALL) {
            let version = derived.version();
            for file in version.files.iter().filter(|file| file.tenant == *tenant) {
                let outcome = match derived.of {
                    DerivedTable::Rollups if table.has(&file.path) => {
                        // Its segment is about to be another: retention keeps the rollup of that one.
                        self.replace_derived(&derived, file, None).await
                    }
                    DerivedTable::Rollups => self.erase_archived(&derived, file, &meant, &mut erased).await,
                    // A place is concluded from many spans, and nothing tells from which.
                    DerivedTable::Instances => {
                        erased.derived += file.rows;
                        self.replace_derived(&derived, file, None).await
                    }
                    DerivedTable::Requests | DerivedTable::PodStarts => {
                        self.erase_rows(&derived, file, &meant, &mut erased).await
                    }
                };
                match outcome {
                    Err(error) if error.kind == ErrorKind::Corrupt => {
                        tracing::error!(%error, "a file of a derived table cannot be read");
                        erased.unreadable.push(format!("{}/{}", derived.of.folder(), file.path));
                    }
                    outcome => outcome?,
                }
            }
        }
        Ok(erased)
    }

    async fn erase_rows(
        &self,
        table: &Table,
        file: &Arc<SegmentFile>,
        meant: &Meant<'_>,
        erased: &mut ErasedRows,
    ) -> Result<()> {
        let mut kept = Vec::new();
        let mut gone = 0;
        for batch in tidy::read(table.store.as_ref(), file).await? {
            let (is_erased, untold) = meant.rows(&batch)?;
            erased.untold += untold;
            gone += is_erased.true_count() as u64;
            kept.push(without_rows(&batch, &is_erased)?);
        }
        if gone == 0 {
            return Ok(());
        }
        let mut replacement = None;
        if kept.iter().any(|rows| rows.num_rows() > 0) {
            let schema = table.of.schema();
            let encoded = self.env.spawn_blocking(move || file::encode(&schema, &kept)).await;
            let encoded = encoded.map_err(|error| {
                Error::new(ErrorKind::Internal, format!("encoding rows panicked: {error}"))
            })??;
            replacement = Some((file::segment(&self.purged_name(), file, &encoded), encoded.bytes));
        }
        self.replace_derived(table, file, replacement).await?;
        erased.derived += gone;
        Ok(())
    }

    async fn erase_archived(
        &self,
        table: &Table,
        file: &Arc<SegmentFile>,
        meant: &Meant<'_>,
        erased: &mut ErasedRows,
    ) -> Result<()> {
        let path = ObjectPath::from(file.path.as_str());
        let bytes: Bytes =
            async { table.store.get(&path).await?.bytes().await }.await.map_err(cannot_read(&path))?;
        let (mut gone, mut untold) = (0, 0);
        let left = without(bytes, |rows| {
            let (is_erased, of_rows) = meant.series(rows)?;
            gone += is_erased.true_count() as u64;
            untold += of_rows;
            Ok(is_erased)
        })?;
        erased.untold += untold;
        let Some((bytes, rows)) = left else { return Ok(()) };
        let replacement = (rows > 0).then(|| {
            let path =
                format!("tenant={}/date={}/{}{CHECKED_SEGMENT}", file.tenant, file.date, self.purged_name());
            // It counts what it counted under its old name.
            let remains_of = Some(file.counted_as().to_owned());
            let left = SegmentFile { path, bytes: bytes.len() as u64, rows, remains_of, ..(**file).clone() };
            (left, bytes)
        });
        self.replace_derived(table, file, replacement).await?;
        erased.archived += gone;
        Ok(())
    }

    /// Puts `replacement`, or nothing, in the place of `file`.
    async fn replace_derived(
        &self,
        table: &Table,
        file: &Arc<SegmentFile>,
        replacement: Option<(SegmentFile, Vec<u8>)>,
    ) -> Result<()> {
        let mut add = Vec::new();
        if let Some((left, bytes)) = replacement {
            table.upload(&left.path, bytes).await?;
            add.push(left);
        }
        let commit = Commit {
            add,
            remove: vec![Arc::clone(file)],
            restate: Vec::new(),
            watermark: None,
            operation: "DELETE",
            data_change: true,
        };
        if !table.commit(commit).await? {
            let message = format!("{} has left its table while it was purged: purge again", file.path);
            return Err(Error::new(ErrorKind::Unavailable, message));
        }
        retention::delete(table.store.as_ref(), &file.path).await
    }

    fn purged_name(&self) -> String {
        format!("{}-purged-{}", self.wal.id(), self.env.random_uuid())
    }
}

impl Meant<'_> {
    /// Which rows are meant, and of how many that is not known.
    fn rows(&self, rows: &RecordBatch) -> Result<(BooleanArray, u64)> {
        let meets = self.erase.meets(rows)?;
        let ids = trace_ids(rows)?;
        let mut untold = 0;
        let mut is_meant = Vec::with_capacity(rows.num_rows());
        for (row, key) in row_keys(rows, 0)?.enumerate() {
            let is_of_them = TraceId::from_slice(ids.value(row)).is_some_and(|id| self.traces.contains(&id));
            is_meant.push(is_of_them || (meets.is_valid(row) && meets.value(row)));
            untold += u64::from(!is_of_them && meets.is_null(row) && key.end < self.spans_from);
        }
        Ok((is_meant.into(), untold))
    }

    /// The same of the rows of a rollup. What an overflow counts has no keys, and so nothing to erase.
    fn series(&self, rows: &RecordBatch) -> Result<(BooleanArray, u64)> {
        let meets = self.erase.meets(rows)?;
        let overflows = rows.column_by_name(IS_OVERFLOW).and_then(|column| column.as_boolean_opt());
        let has_keys = |row: usize| overflows.is_none_or(|overflows| !overflows.value(row));
        let is_meant =
            meets.iter().enumerate().map(|(row, meets)| Some(meets == Some(true) && has_keys(row)));
        let untold =
            meets.iter().enumerate().filter(|(row, meets)| meets.is_none() && has_keys(*row)).count();
        Ok((is_meant.collect(), untold as u64))
    }
}

fn without_rows(rows: &RecordBatch, is_erased: &BooleanArray) -> Result<RecordBatch> {
    not(is_erased).and_then(|kept| filter_record_batch(rows, &kept)).map_err(cannot_derive)
}

fn cannot_read(path: &ObjectPath) -> impl FnOnce(object_store::Error) -> Error {
    let message = format!("cannot read the rollup {path}");
    move |error| {
        let kind = if is_damage(&error) { ErrorKind::Corrupt } else { ErrorKind::Unavailable };
        Error::new(kind, format!("{message}: {error}")).caused_by(error)
    }
}
