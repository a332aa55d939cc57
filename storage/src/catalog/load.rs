//! A table's state read from its log: once from the newest checkpoint, then entry by entry.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, AsArray, MapArray, RecordBatch};
use arrow::datatypes::Int64Type;
use deltalake_core::DeltaTableError;
use deltalake_core::kernel::{Action, Add, Metadata, Snapshot};
use deltalake_core::logstore::{LogStore, get_actions};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use proto::ErrorKind;
use uuid::Uuid;

use super::action::segment_file;
use super::definition::{TableDefinition, check_metadata, check_protocol};
use super::{TableVersion, checkpoint};
use crate::{Error, Result};

/// So many log entries are read at a time: in an object store each is a request or two.
const ENTRIES_AT_ONCE: usize = 8;

/// The newest version of the table, from its checkpoint and the entries after it; and, when an older program made it,
/// the metadata that adds the columns it lacks.
pub(super) async fn newest(
    log: &dyn LogStore,
    definition: &TableDefinition,
    place: &str,
) -> Result<(TableVersion, Option<Metadata>)> {
    let failed = |e: DeltaTableError| delta_error(&format!("cannot read the table at {place}"), e);
    let snapshot = Snapshot::try_new(log, None).await.map_err(failed)?;
    check_metadata(place, snapshot.metadata())?;
    check_protocol(place, snapshot.protocol())?;
    let widened = definition.check_columns(place, snapshot.metadata(), snapshot.schema().as_ref())?;
    let mut files = Vec::new();
    let mut batches = snapshot.files(log, None);
    while let Some(batch) = batches.try_next().await.map_err(failed)? {
        for add in adds(&batch)? {
            files.push(Arc::new(segment_file(&add)?));
        }
    }
    let watermarks = watermarks(log, snapshot.version()).await?;
    Ok((TableVersion { version: snapshot.version(), files, watermarks }, widened))
}

/// The add actions of a batch of the snapshot's files.
fn adds(batch: &RecordBatch) -> Result<Vec<Add>> {
    let unexpected =
        |what: &str| Error::new(ErrorKind::Internal, format!("the table's snapshot lacks {what}"));
    let column = |name: &str| batch.column_by_name(name).ok_or_else(|| unexpected(name));
    let paths = column("path")?.as_string_opt::<i32>().ok_or_else(|| unexpected("path"))?;
    let sizes = column("size")?.as_primitive_opt::<Int64Type>().ok_or_else(|| unexpected("size"))?;
    let statistics = column("stats")?.as_string_opt::<i32>().ok_or_else(|| unexpected("stats"))?;
    let constants = column("fileConstantValues")?.as_struct_opt().ok_or_else(|| unexpected("constants"))?;
    let map = |name: &str| {
        constants.column_by_name(name).and_then(|column| column.as_map_opt()).ok_or_else(|| unexpected(name))
    };
    let (partitions, tags) = (map("partitionValues")?, map("tags")?);
    let rows = 0..batch.num_rows();
    rows.map(|row| {
        let path = Path::from_url_path(paths.value(row)).map_err(|e| {
            Error::new(ErrorKind::Corrupt, format!("the table's log has the path {:?}", paths.value(row)))
                .caused_by(e)
        })?;
        Ok(Add {
            path: path.to_string(),
            size: sizes.value(row),
            stats: statistics.is_valid(row).then(|| statistics.value(row).to_owned()),
            partition_values: string_map(partitions, row).unwrap_or_default(),
            tags: string_map(tags, row),
            ..Add::default()
        })
    })
    .collect()
}

fn string_map(maps: &MapArray, row: usize) -> Option<HashMap<String, Option<String>>> {
    if maps.is_null(row) {
        return None;
    }
    let entries = maps.value(row);
    let keys = entries.column(0).as_string_opt::<i32>()?;
    let values = entries.column(1).as_string_opt::<i32>()?;
    let pairs = keys.iter().zip(values.iter());
    Some(pairs.filter_map(|(key, value)| Some((key?.to_owned(), value.map(str::to_owned)))).collect())
}

/// Every writer's watermark at `version`. The library looks one writer up at a time, and only with all files in memory.
async fn watermarks(log: &dyn LogStore, version: u64) -> Result<BTreeMap<Uuid, u64>> {
    let (mut watermarks, next) = checkpoint::watermarks(log.object_store(None).as_ref(), version).await?;
    let entries = stream::iter(next..=version).map(|version| async move {
        let lacking = || Error::new(ErrorKind::Corrupt, format!("the table's log lacks entry {version}"));
        entry(log, version).await?.ok_or_else(lacking)
    });
    let mut entries = entries.buffered(ENTRIES_AT_ONCE);
    while let Some(actions) = entries.try_next().await? {
        for action in &actions {
            note_watermark(&mut watermarks, action);
        }
    }
    Ok(watermarks)
}

/// The actions of one log entry, if there is such an entry.
pub(super) async fn entry(log: &dyn LogStore, version: u64) -> Result<Option<Vec<Action>>> {
    let failed = |e| delta_error(&format!("cannot read entry {version} of the table's log"), e);
    let Some(bytes) = log.read_commit_entry(version).await.map_err(failed)? else { return Ok(None) };
    get_actions(version, &bytes).map(Some).map_err(failed)
}

/// The version after `table`: what entry `table.version + 1` makes of it.
pub(super) fn apply(table: &TableVersion, actions: &[Action], place: &str) -> Result<TableVersion> {
    let mut gone: HashSet<&str> = HashSet::new();
    let mut added = Vec::new();
    let mut watermarks = table.watermarks.clone();
    for action in actions {
        match action {
            Action::Add(add) => {
                // A second add of a path replaces the first (another engine may rewrite statistics so).
                gone.insert(&add.path);
                added.push(Arc::new(segment_file(add)?));
            }
            Action::Remove(remove) => {
                gone.insert(&remove.path);
            }
            Action::Metadata(metadata) => check_metadata(place, metadata)?,
            Action::Protocol(protocol) => check_protocol(place, protocol)?,
            Action::Txn(_) => note_watermark(&mut watermarks, action),
            Action::Cdc(_) | Action::CommitInfo(_) | Action::DomainMetadata(_) => {}
        }
    }
    let kept = table.files.iter().filter(|file| !gone.contains(file.path.as_str())).cloned();
    let files = kept.chain(added).collect();
    Ok(TableVersion { version: table.version + 1, files, watermarks })
}

/// Takes over a `txn` action whose writer is a UUID: all of ours are.
fn note_watermark(watermarks: &mut BTreeMap<Uuid, u64>, action: &Action) {
    if let Action::Txn(transaction) = action
        && let Ok(app) = Uuid::parse_str(&transaction.app_id)
        && let Ok(sequence) = u64::try_from(transaction.version)
    {
        watermarks.insert(app, sequence);
    }
}

/// The library's error as the room's.
pub(super) fn delta_error(what: &str, error: DeltaTableError) -> Error {
    let kind = match &error {
        DeltaTableError::ObjectStore { .. } | DeltaTableError::Io { .. } => ErrorKind::Unavailable,
        DeltaTableError::InvalidJsonLog { .. } | DeltaTableError::InvalidData { .. } => ErrorKind::Corrupt,
        _ => ErrorKind::Internal,
    };
    Error::new(kind, format!("{what}: {error}")).caused_by(error)
}
