//! Where tables lie: each a folder of its own in the data folder or in an object store, its files checked as they are read.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use proto::ErrorKind;

use crate::config::Place;
use crate::damage::DamageSink;
use crate::env::Env;
use crate::lease::Lease;
use crate::open::TABLE_FOLDER;
use crate::storage::Shared;
use crate::store::{
    CachedStore, CheckedStore, DurableLocalStore, LeasedStore, ReadCache, Remote, RequestMetrics,
};
use crate::{Config, Error, Result};

/// How long is waited before an object store is asked again for what is needed at the start.
const OPEN_RETRY_DELAYS: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(400),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(5),
];

/// Whether there is a table of spans where `config` says.
///
/// # Errors
/// `Invalid` for a bad configuration; `Unavailable` when the object store cannot be read.
pub async fn holds_spans(config: &Config, env: &Env) -> Result<bool> {
    match config.place()? {
        Place::Folder(folder) => Ok(folder.join(TABLE_FOLDER).is_dir()),
        Place::ObjectStore(url) => {
            let requests = Arc::new(RequestMetrics::default());
            let remote = Remote::open(&url, &config.object_store_options, &requests, env)?;
            let first = || async {
                let first = remote.folder(TABLE_FOLDER).list(Some(&"_delta_log".into())).try_next().await;
                first.map(|first| first.is_some()).map_err(|error| {
                    Error::new(ErrorKind::Unavailable, format!("cannot list {url}: {error}")).caused_by(error)
                })
            };
            asked_again(env, first).await
        }
    }
}

/// Makes the stores of tables.
#[derive(Debug, Clone)]
pub(crate) struct TableStores {
    pub(crate) folder: PathBuf,
    pub(crate) remote: Option<Remote>,
    /// The requests to it.
    pub(crate) requests: Arc<RequestMetrics>,
    /// What stands before it on the local disk.
    pub(crate) cache: Option<Arc<ReadCache>>,
    /// The right to write to it.
    pub(crate) lease: Option<Arc<Lease>>,
    pub(crate) env: Env,
    pub(crate) is_writable: bool,
}

impl TableStores {
    /// The files of the table `name`; `None` where nothing can be written and there is none.
    pub(crate) fn files(&self, name: &str) -> Result<Option<Arc<dyn ObjectStore>>> {
        if let Some(remote) = &self.remote {
            let files = remote.folder(name);
            return Ok(Some(match &self.lease {
                Some(lease) => Arc::new(LeasedStore::new(files, Arc::clone(lease))),
                None => files,
            }));
        }
        let folder = self.folder.join(name);
        if self.is_writable {
            return Ok(Some(Arc::new(DurableLocalStore::open(&folder, self.env.clone())?)));
        }
        if folder.is_dir() {
            return Ok(Some(Arc::new(DurableLocalStore::look_into(&folder, self.env.clone())?)));
        }
        Ok(None)
    }

    /// What `open` opens; in an object store as [`asked_again`].
    pub(crate) async fn opened<T, F>(&self, open: impl Fn() -> F + Send) -> Result<T>
    where
        F: Future<Output = Result<T>> + Send,
    {
        if self.remote.is_some() { asked_again(&self.env, open).await } else { open().await }
    }

    /// `files`, which are those of the table `name`, checked with sums that lie beside; damage is told to `shared`.
    pub(crate) async fn checked(
        &self,
        files: Arc<dyn ObjectStore>,
        name: &str,
        shared: &Arc<Shared>,
    ) -> Result<Arc<dyn ObjectStore>> {
        // An earlier version's data on a disk that nobody may write has none.
        let sums = self.files(&format!("checksums/{name}"))?.unwrap_or_else(|| Arc::new(InMemory::new()));
        let sink = Arc::clone(shared) as Arc<dyn DamageSink>;
        let store = match &self.cache {
            Some(cache) => {
                CheckedStore::over_cache(CachedStore::new(files, name, Arc::clone(cache)), sums, sink)
            }
            None => CheckedStore::new(files, sums, sink),
        };
        store.hide_damaged_checkpoints().await.map_err(|error| {
            Error::new(ErrorKind::Unavailable, format!("cannot read the table's checkpoints: {error}"))
                .caused_by(error)
        })?;
        Ok(Arc::new(store))
    }
}

/// What `ask` finds in an object store; tried again when it fails there: a listing or a body that breaks off is not asked for
/// again by the client.
pub(crate) async fn asked_again<T, F>(env: &Env, ask: impl Fn() -> F + Send) -> Result<T>
where
    F: Future<Output = Result<T>> + Send,
{
    let mut delays = OPEN_RETRY_DELAYS.iter();
    loop {
        match (ask().await, delays.next()) {
            // The libraries give a broken answer many names.
            (Err(error), Some(delay)) if !matches!(error.kind, ErrorKind::Invalid | ErrorKind::NotFound) => {
                tracing::warn!(%error, "the object store failed: it is asked again");
                env.sleep(*delay).await;
            }
            (found, _) => return found,
        }
    }
}
