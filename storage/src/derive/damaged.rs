//! A derived table whose log is damaged, or that is of other spans: set aside, and made anew. Spans are worth a refused start, what
//! is made from them is not.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use proto::ErrorKind;

use super::DerivedTable;
use crate::damage::Damage;
use crate::storage::Shared;
use crate::stores::TableStores;
use crate::{Error, Result};

/// Whether `error` says that what is there cannot be understood, or damage was met that was not `known` before.
pub(super) fn is_of(error: &Error, known: &[Damage], shared: &Shared) -> bool {
    error.kind == ErrorKind::Corrupt || !met_since(known, shared).is_empty()
}

/// In an object store nothing can be renamed, and a reader changes nothing.
pub(super) const fn can_set_aside(stores: &TableStores) -> bool {
    stores.is_writable && stores.remote.is_none()
}

/// Renames the table's folder and that of its checksums.
///
/// # Errors
/// When they cannot be renamed.
pub(super) fn set_aside(of: DerivedTable, stores: &TableStores, error: &Error) -> Result<()> {
    let folder = stores.folder.join(of.folder());
    let suffix = format!("damaged-{}", stores.env.now() / 1_000_000_000);
    let aside = folder.with_extension(&suffix);
    rename(&stores.folder.join("checksums").join(of.folder()), &suffix)?;
    rename(&folder, &suffix)?;
    let (table, aside) = (of.name(), aside.display());
    let lost = match of {
        DerivedTable::Requests | DerivedTable::PodStarts | DerivedTable::Instances => {
            "it is made again from the spans that are there; rows of older ones are only in that folder"
        }
        DerivedTable::Rollups => "latency of spans that are gone is only in that folder",
    };
    tracing::error!(%error, table, %aside, "a derived table cannot be gone on with and was set aside: {lost}");
    Ok(())
}

/// Forgets the damage that was met in what is set aside now.
pub(super) fn forget(known: &[Damage], shared: &Arc<Shared>) {
    met_since(known, shared).iter().for_each(|damage| shared.damaged.remove(&damage.path));
}

fn met_since(known: &[Damage], shared: &Shared) -> Vec<Damage> {
    let known: HashSet<&str> = known.iter().map(|damage| damage.path.as_str()).collect();
    shared.damaged.list().into_iter().filter(|damage| !known.contains(damage.path.as_str())).collect()
}

fn rename(folder: &Path, suffix: &str) -> Result<()> {
    match std::fs::rename(folder, folder.with_extension(suffix)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("set aside a damaged table", folder, error))
        }
        _ => Ok(()),
    }
}
