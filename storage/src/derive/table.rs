//! One derived table: its files, its log, and the version that queries see.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::ObjectStoreExt;
use object_store::path::Path as ObjectPath;
use parking_lot::Mutex;
use proto::ErrorKind;

use super::{DERIVER, DerivedTable, damaged};
use crate::catalog::{Catalog, Commit, CommitOutcome, DeltaCatalog, TableVersion};
use crate::env::Env;
use crate::storage::{Shared, Storage};
use crate::stores::TableStores;
use crate::{DerivedVersion, Error, Result};

/// The derived tables that there are beside those that are `open` already. Where they can be made, that is left to who keeps
/// them up.
pub(crate) async fn existing(
    stores: &TableStores,
    shared: &Arc<Shared>,
    open: &[DerivedTable],
) -> Result<Vec<Arc<Table>>> {
    let is_there = |of: &DerivedTable| stores.folder.join(of.folder()).join("_delta_log").is_dir();
    let missing = || DerivedTable::ALL.into_iter().filter(|of| !open.contains(of));
    if stores.remote.is_none() && !missing().any(|of| is_there(&of)) {
        return Ok(Vec::new());
    }
    open_all(missing(), stores, shared).await
}

async fn open_all(
    tables: impl Iterator<Item = DerivedTable>,
    stores: &TableStores,
    shared: &Arc<Shared>,
) -> Result<Vec<Arc<Table>>> {
    let mut all = Vec::new();
    for of in tables {
        let known = shared.damaged.list();
        let opened = open_one(of, stores, shared).await.and_then(|opened| not_ahead(opened, stores, shared));
        let opened = match opened {
            Err(error) if damaged::is_of(&error, &known, shared) && damaged::can_set_aside(stores) => {
                damaged::set_aside(of, stores, &error)?;
                damaged::forget(&known, shared);
                open_one(of, stores, shared).await?
            }
            // Whoever writes there has not made it yet.
            Err(error) if !stores.is_writable && error.kind == ErrorKind::NotFound => None,
            opened => opened?,
        };
        all.extend(opened.map(Arc::new));
    }
    Ok(all)
}

/// Whoever restores an older copy of the spans, or has lost them, is left with derived tables whose windows are of other spans: no
/// later window would be derived until as many are there again.
fn not_ahead(opened: Option<Table>, stores: &TableStores, shared: &Shared) -> Result<Option<Table>> {
    let Some(table) = &opened else { return Ok(None) };
    let spans = shared.state.lock().table.version;
    let Some(through) = table.through().filter(|through| stores.is_writable && *through > spans) else {
        return Ok(opened);
    };
    let folder = table.of.folder();
    let message = format!(
        "{folder} holds windows of spans/ up to version {through}, and spans/ is at {spans}: it was lost, or is an older copy; \
         restore the newer one, or remove {folder}"
    );
    Err(Error::new(ErrorKind::Corrupt, message))
}

/// None where nothing can be written and there is none.
async fn open_one(of: DerivedTable, stores: &TableStores, shared: &Arc<Shared>) -> Result<Option<Table>> {
    let folder = of.folder();
    let Some(files) = stores.files(&folder)? else { return Ok(None) };
    let open = || async {
        let store = stores.checked(Arc::clone(&files), &folder, shared).await?;
        Table::open(of, store, stores.env.clone(), stores.is_writable).await
    };
    stores.opened(open).await.map(Some)
}

impl Storage {
    /// Takes over what another process has made or committed.
    pub(crate) async fn refresh_derived(&self) -> Result<()> {
        // Whoever writes there makes one after the other.
        let open: Vec<DerivedTable> = self.derived.read().iter().map(|table| table.of).collect();
        if open.len() < DerivedTable::ALL.len() {
            let made = existing(&self.stores, &self.shared, &open).await?;
            self.derived.write().extend(made);
        }
        let tables = self.derived.read().clone();
        for table in tables {
            table.refresh().await?;
        }
        Ok(())
    }

    /// Makes the derived tables that are not there.
    pub(super) async fn make_derived(&self) -> Result<()> {
        if self.derived.read().is_empty() {
            let tables = open_all(DerivedTable::ALL.into_iter(), &self.stores, &self.shared).await?;
            *self.derived.write() = tables;
        }
        Ok(())
    }

    pub(crate) fn derived_versions(&self) -> Vec<DerivedVersion> {
        let version = |table: &Arc<Table>| DerivedVersion {
            of: table.of,
            table: table.version(),
            store: Arc::clone(&table.store),
        };
        self.derived.read().iter().map(version).collect()
    }
}

/// A derived table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) of: DerivedTable,
    pub(crate) store: Arc<dyn ObjectStore>,
    catalog: DeltaCatalog,
    version: Mutex<Arc<TableVersion>>,
    /// One commit at a time, so that of two versions the newer wins.
    committing: tokio::sync::Mutex<()>,
}

impl Table {
    /// The table in `store`, made when absent.
    ///
    /// # Errors
    /// As [`DeltaCatalog::open`].
    pub(crate) async fn open(
        of: DerivedTable,
        store: Arc<dyn ObjectStore>,
        env: Env,
        is_writable: bool,
    ) -> Result<Self> {
        let catalog = if is_writable {
            DeltaCatalog::open(Arc::clone(&store), of.definition(), env).await?
        } else {
            DeltaCatalog::look_into(Arc::clone(&store), of.definition(), env).await?
        };
        let version = Mutex::new(catalog.current().await?);
        Ok(Self { of, store, catalog, version, committing: tokio::sync::Mutex::default() })
    }

    /// The version that queries see.
    pub(crate) fn version(&self) -> Arc<TableVersion> {
        Arc::clone(&self.version.lock())
    }

    /// Takes over what other processes have committed.
    pub(crate) async fn refresh(&self) -> Result<()> {
        let newest = self.catalog.current().await?;
        *self.version.lock() = newest;
        Ok(())
    }

    /// The last window that is in it.
    pub(crate) fn through(&self) -> Option<u64> {
        self.version().watermark(DERIVER)
    }

    /// Writes one of its files.
    pub(crate) async fn upload(&self, path: &str, bytes: Vec<u8>) -> Result<()> {
        self.store.put(&ObjectPath::from(path), bytes.into()).await.map(drop).map_err(|error| {
            let message = format!("cannot write {path} of the table {}: {error}", self.of.name());
            Error::new(ErrorKind::Unavailable, message).caused_by(error)
        })
    }

    /// Removes every older version from its log; as [`Catalog::forget_history`].
    pub(crate) async fn forget_history(&self) -> Result<u64> {
        self.catalog.forget_history().await
    }

    /// Applies `commit`; false when a file that it removes has left the table meanwhile.
    pub(crate) async fn commit(&self, commit: Commit) -> Result<bool> {
        let _one_at_a_time = self.committing.lock().await;
        let outcome = self.catalog.commit(commit).await?;
        let (CommitOutcome::Committed(table)
        | CommitOutcome::AlreadyCommitted(table)
        | CommitOutcome::Conflicted { current: table, .. }) = &outcome;
        *self.version.lock() = Arc::clone(table);
        Ok(!matches!(outcome, CommitOutcome::Conflicted { .. }))
    }
}
