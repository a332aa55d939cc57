//! The log's checkpoints: writing one, and reading the writers' watermarks out of the newest.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use bytes::Bytes;
use deltalake_core::logstore::{LogStoreRef, extract_version_from_filename};
use deltalake_core::{DeltaTable, DeltaTableError, checkpoints};
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use proto::ErrorKind;
use uuid::Uuid;

use super::load::delta_error;
use crate::{Error, Result};

/// Writes a checkpoint of `version` and removes log entries older than `expired_before_ms` that it makes superfluous.
pub(super) async fn write(log: &LogStoreRef, version: u64, expired_before_ms: i64) -> Result<()> {
    let work = async {
        let mut table = DeltaTable::new(Arc::clone(log));
        table.load_version(version).await?;
        checkpoints::create_checkpoint(&table, None).await?;
        checkpoints::cleanup_expired_logs_for(version, log.as_ref(), expired_before_ms, None).await?;
        Ok::<(), DeltaTableError>(())
    };
    Box::pin(work)
        .await
        .map_err(|e| delta_error(&format!("cannot write a checkpoint of version {version}"), e))
}

/// Writes a checkpoint of `version`, reads it back and removes all of the log that is older. Returns how many files.
pub(super) async fn begin_log_at(log: &LogStoreRef, store: &dyn ObjectStore, version: u64) -> Result<u64> {
    if version == 0 {
        return Ok(0);
    }
    let failed = |what: &str, error: object_store::Error| {
        Error::new(ErrorKind::Unavailable, format!("cannot {what}: {error}")).caused_by(error)
    };
    let path = Path::from(format!("_delta_log/{version:020}.checkpoint.parquet"));
    match store.head(&path).await {
        Ok(_) => {}
        Err(object_store::Error::NotFound { .. }) => write(log, version, 0).await?,
        Err(error) => return Err(failed("look for the table's checkpoint", error)),
    }
    let bytes = async { store.get(&path).await?.bytes().await }.await;
    let bytes = bytes.map_err(|error| failed("read the table's checkpoint back", error))?;
    read_transactions(bytes, &mut BTreeMap::new()).map_err(|e| {
        Error::new(ErrorKind::Corrupt, format!("the checkpoint {path} is damaged: {e}")).caused_by(e)
    })?;
    let listed = store.list(Some(&Path::from("_delta_log"))).map_ok(|meta| meta.location);
    let listed: Vec<Path> =
        listed.try_collect().await.map_err(|error| failed("list the table's log", error))?;
    let is_older =
        |path: &Path| path.filename().and_then(extract_version_from_filename).is_some_and(|of| of < version);
    let mut older: Vec<Path> = listed.into_iter().filter(is_older).collect();
    // Oldest first: whatever is left after a crash begins with a whole checkpoint, or is all of it.
    older.sort();
    for path in &older {
        store.delete(path).await.map_err(|error| failed(&format!("remove {path}"), error))?;
    }
    Ok(older.len() as u64)
}

/// The watermarks in the newest whole checkpoint up to `version`, and the first entry after it.
pub(super) async fn watermarks(store: &dyn ObjectStore, version: u64) -> Result<(BTreeMap<Uuid, u64>, u64)> {
    let unreadable = |e: object_store::Error| {
        Error::new(ErrorKind::Unavailable, format!("cannot read the table's checkpoint: {e}")).caused_by(e)
    };
    let Some((newest, parts)) = newest(store, version).await.map_err(unreadable)? else {
        return Ok((BTreeMap::new(), 0));
    };
    let mut watermarks = BTreeMap::new();
    for part in parts {
        let bytes = store.get(&part).await.map_err(unreadable)?.bytes().await.map_err(unreadable)?;
        read_transactions(bytes, &mut watermarks).map_err(|e| {
            Error::new(ErrorKind::Corrupt, format!("the checkpoint {part} is damaged: {e}")).caused_by(e)
        })?;
    }
    Ok((watermarks, newest + 1))
}

/// The newest checkpoint up to `version` of which all parts are there, and its parts.
async fn newest(store: &dyn ObjectStore, version: u64) -> object_store::Result<Option<(u64, Vec<Path>)>> {
    let mut checkpoints: BTreeMap<u64, Vec<Path>> = BTreeMap::new();
    let mut listing = store.list(Some(&Path::from("_delta_log")));
    while let Some(meta) = listing.try_next().await? {
        let name = meta.location.filename().unwrap_or_default();
        if name.contains(".checkpoint.")
            && let Some(found) = extract_version_from_filename(name)
            && found <= version
        {
            checkpoints.entry(found).or_default().push(meta.location);
        }
    }
    Ok(checkpoints.into_iter().rev().find_map(|(found, parts)| Some((found, whole(parts)?))))
}

/// The one file of a checkpoint, or all of its parts; `None` when parts are missing.
fn whole(mut parts: Vec<Path>) -> Option<Vec<Path>> {
    let pieces = |path: &Path| path.filename().map_or(0, |name| name.split('.').count());
    // `{version}.checkpoint.parquet`, or `{version}.checkpoint.{part}.{parts}.parquet` as other engines may write.
    if let Some(single) = parts.iter().position(|path| pieces(path) == 3) {
        return Some(vec![parts.swap_remove(single)]);
    }
    let expected: usize = parts.first()?.filename()?.split('.').nth(3)?.parse().ok()?;
    (parts.len() == expected).then_some(parts)
}

fn read_transactions(
    bytes: Bytes,
    watermarks: &mut BTreeMap<Uuid, u64>,
) -> std::result::Result<(), ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let projection = ProjectionMask::columns(builder.parquet_schema(), ["txn.appId", "txn.version"]);
    for batch in builder.with_projection(projection).build()? {
        let batch = batch?;
        let Some(transactions) = batch.column_by_name("txn").and_then(|column| column.as_struct_opt()) else {
            continue;
        };
        let apps = transactions.column_by_name("appId").and_then(|column| column.as_string_opt::<i32>());
        let versions =
            transactions.column_by_name("version").and_then(|column| column.as_primitive_opt::<Int64Type>());
        let (Some(apps), Some(versions)) = (apps, versions) else { continue };
        for row in (0..batch.num_rows()).filter(|row| transactions.is_valid(*row)) {
            if let (Ok(app), Ok(sequence)) =
                (Uuid::parse_str(apps.value(row)), u64::try_from(versions.value(row)))
            {
                watermarks.insert(app, sequence);
            }
        }
    }
    Ok(())
}
