//! Opening: lock the log, load the table, start the tasks; what the table does not have yet is replayed behind.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use object_store::ObjectStore;
use parking_lot::{Mutex, RwLock};
use proto::ErrorKind;
use tokio::sync::{Notify, watch};

use crate::catalog::{Catalog, DeltaCatalog, TableDefinition, TableVersion};
use crate::compaction::SetAside;
use crate::config::{Place, Role};
use crate::damage::Damaged;
use crate::dedupe::Dedupe;
use crate::derive::{self, Deriving};
use crate::documents::{NotebookLimits, Notebooks, Pins};
use crate::doubts::Doubts;
use crate::env::Env;
use crate::lease::{Holder, Lease, LeaseTimes};
use crate::ledger::Ledger;
use crate::live::LiveBuffer;
use crate::replay::ReplayProgress;
use crate::room::Room;
use crate::settle::DecodeRequests;
use crate::storage::{Counters, Queued, Shared, State, Storage};
use crate::store::{ReadCache, Remote, RequestMetrics, sync_folder, sync_name};
use crate::stores::TableStores;
use crate::wal::{Recovery, Wal, WalConfig};
use crate::{
    Config, Error, Result, boundary, caching, compaction, flush, quarantine, reader, replay, retention, room,
    settle,
};

/// The table's folder, beside the log's.
pub(crate) const TABLE_FOLDER: &str = "spans";
const WAL_FOLDER: &str = "wal";
/// The smallest segment of the log, in blocks.
const SEGMENT_BYTES_MIN: u64 = 1 << 20;
const BLOCK_BYTES: u64 = 4096;
/// Hashes of bodies that the log no longer has.
const DEDUPE_FOLDER: &str = "dedupe";
/// Blocks of files of the object store.
const CACHE_FOLDER: &str = "cache";
/// How often, and how long between, the lock that another process holds is tried.
const LOCK_TRIES: u32 = 20;
const LOCK_RETRY_DELAY: Duration = Duration::from_millis(50);
const QUARANTINE_FOLDER: &str = "quarantine";
/// Why a reader takes no spans.
const READER: &str = "it runs with --role query";

impl Storage {
    /// Opens what `config.url` names, or makes it. Requests become spans by `decode`. Appends can begin at once; what
    /// the log holds and no segment does yet is read back meanwhile ([`Storage::replayed`] waits for that).
    ///
    /// # Errors
    /// `Invalid` for a bad configuration; `Unavailable` when another process has the folder or the disk refuses;
    /// `Corrupt` or `Unsupported` when what is there cannot be read by this version. The message names the file.
    pub async fn open(config: Config, env: Env, decode: DecodeRequests) -> Result<Arc<Self>> {
        Self::open_behind(config, env, decode, |store| store).await
    }

    /// The same with something between storage and the table's files.
    pub(crate) async fn open_behind(
        config: Config,
        env: Env,
        decode: DecodeRequests,
        between: impl FnOnce(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore>,
    ) -> Result<Arc<Self>> {
        let folder = config.folder()?;
        make_folder(&folder)?;
        let shared = Arc::new(Shared::new(&config, &folder, decode));
        let wal_config = wal_config(&config, &folder);
        let Opened { wal, recovery, query_only } = Opened::wait_for(wal_config, &shared, &env).await?;
        let query_only = query_only.or_else(|| (config.role == Role::Query).then(|| READER.to_owned()));
        let is_writable = query_only.is_none();
        let stores = table_stores(&config, &folder, &wal, is_writable, &env).await?;
        let (store, catalog) = open_table(&stores, &shared, between, &folder).await?;
        let table = catalog.current().await?;
        let watermark = table.watermark(wal.id()).unwrap_or(0);
        check_watermark(&wal, watermark, &folder)?;
        let dedupe =
            Dedupe::open(&config, env.clone(), &folder.join(DEDUPE_FOLDER), wal.id(), watermark).await;
        if query_only.is_none() {
            // The folders in it exist now; what lies in them lasts no longer than their names.
            sync_folder(&folder).map_err(|error| Error::io("sync the data folder", &folder, error))?;
        }
        let table_bytes = table.files.iter().map(|file| file.disk_bytes()).sum();
        let max_bytes = match &stores.remote {
            // What an object store could hold is no limit.
            Some(_) => config.max_bytes.map_or(u64::MAX, |bytes| bytes.as_u64()),
            None => retention::bytes_max(&config, &folder, table_bytes)?,
        };
        let replay_through = wal.next_sequence() - 1;
        let progress = shared.begin(table, replay_through, watermark);
        let derived = derive::existing(&stores, &shared, &[]).await?;
        let pins = Pins::open(&stores, config.pins_max).await?;
        let notebooks = Notebooks::open(&stores, NotebookLimits::of(&config))?;
        let ledger = Ledger::new(config.ledger_tenants_max, env.clone());
        let storage = Arc::new(Self {
            config,
            env,
            wal,
            dedupe,
            doubts: Doubts::default(),
            catalog: Arc::new(catalog),
            store,
            shared,
            flushing: tokio::sync::Mutex::new(()),
            appending_bytes: AtomicU64::new(0),
            counters: Counters::default(),
            ledger,
            pins,
            notebooks,
            compacting: tokio::sync::Mutex::new(()),
            set_aside: SetAside::default(),
            retaining: tokio::sync::Mutex::new(()),
            stores,
            derived: RwLock::new(derived),
            deriving: Deriving::default(),
            leaving: Mutex::default(),
            max_bytes,
            query_only,
            aged_out: Mutex::default(),
            is_disk_full: AtomicBool::new(Room::of(&folder).is_ok_and(Room::is_scarce)),
            is_out_of_touch: AtomicBool::new(false),
            replay_through,
            replay: watch::Sender::new(progress),
            stopping: watch::Sender::new(false),
            tasks: Mutex::new(Vec::new()),
        });
        storage.show_current();
        storage.start(recovery, watermark, folder);
        Ok(storage)
    }

    fn start(self: &Arc<Self>, recovery: Recovery, watermark: u64, folder: PathBuf) {
        let storage = self;
        let mut tasks = storage.tasks.lock();
        tasks.extend([
            storage.env.spawn(settle::run(Arc::clone(storage))),
            storage.env.spawn(replay::run(Arc::clone(storage), recovery, watermark)),
            storage.env.spawn(quarantine::run(Arc::clone(storage))),
        ]);
        if let Some(cache) = &storage.stores.cache {
            let caching = caching::run(Arc::clone(storage), Arc::clone(cache), folder.clone());
            tasks.push(storage.env.spawn(caching));
        }
        if storage.config.role == Role::Query {
            tasks.push(storage.env.spawn(reader::run(Arc::clone(storage))));
        }
        if storage.query_only.is_some() {
            return;
        }
        tasks.extend([
            storage.env.spawn(room::run(Arc::clone(storage), folder)),
            storage.env.spawn(boundary::run(Arc::clone(storage))),
            storage.env.spawn(flush::run(Arc::clone(storage))),
            storage.env.spawn(compaction::run(Arc::clone(storage))),
            storage.env.spawn(retention::run(Arc::clone(storage))),
        ]);
    }
}

/// Where the tables are, and for an object store what stands before it and the right to write there.
async fn table_stores(
    config: &Config,
    folder: &Path,
    wal: &Wal<Queued>,
    is_writable: bool,
    env: &Env,
) -> Result<TableStores> {
    let mut stores = TableStores {
        folder: folder.to_owned(),
        remote: None,
        requests: Arc::new(RequestMetrics::default()),
        cache: None,
        lease: None,
        env: env.clone(),
        is_writable,
    };
    match config.place()? {
        Place::Folder(tables) => stores.folder = tables,
        Place::ObjectStore(url) => {
            let remote = Remote::open(&url, &config.object_store_options, &stores.requests, env)?;
            if is_writable {
                let holder = Holder::this_process(wal.id(), env);
                stores.lease =
                    Some(Lease::take(remote.root(), holder, LeaseTimes::USUAL, env.clone()).await?);
            }
            stores.cache = read_cache(config, folder, env)?;
            stores.remote = Some(remote);
        }
    }
    Ok(stores)
}

/// The table of spans: its files and its log. Made when absent, where something may be written.
async fn open_table(
    stores: &TableStores,
    shared: &Arc<Shared>,
    between: impl FnOnce(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore>,
    folder: &Path,
) -> Result<(Arc<dyn ObjectStore>, DeltaCatalog)> {
    let files = stores.files(TABLE_FOLDER)?.ok_or_else(|| {
        let message = format!("{} holds no table yet, and this process makes none", stores.folder.display());
        Error::new(ErrorKind::Unavailable, message)
    })?;
    let files = between(files);
    stores
        .opened(|| async {
            let store = stores.checked(Arc::clone(&files), TABLE_FOLDER, shared).await?;
            let (spans, env) = (TableDefinition::spans(), stores.env.clone());
            let opened = if stores.is_writable {
                DeltaCatalog::open(Arc::clone(&store), spans, env).await
            } else {
                DeltaCatalog::look_into(Arc::clone(&store), spans, env).await
            };
            let catalog = opened.map_err(|error| quarantine::refusal(error, shared, folder))?;
            Ok((store, catalog))
        })
        .await
}

impl Shared {
    /// Takes the table up, and says whether records up to `through` have to be read back that it does not have.
    fn begin(&self, table: Arc<TableVersion>, through: u64, watermark: u64) -> ReplayProgress {
        let mut state = self.state.lock();
        state.table = table;
        if through <= watermark {
            return ReplayProgress::Done;
        }
        state.live.begin_replay(through);
        ReplayProgress::Running { percent: 0 }
    }

    /// Of an empty table and with nothing live.
    fn new(config: &Config, folder: &Path, decode: DecodeRequests) -> Self {
        Self {
            state: Mutex::new(State { table: Arc::default(), live: LiveBuffer::default() }),
            settling: Mutex::default(),
            decode,
            quarantine: folder.join(QUARANTINE_FOLDER),
            damaged: Damaged::new(folder.join(QUARANTINE_FOLDER)),
            settle_due: Notify::new(),
            flush_bytes: usize::try_from(config.flush_bytes.as_u64()).unwrap_or(usize::MAX),
            boundary_due: Notify::new(),
            flush_due: Notify::new(),
        }
    }
}

/// The log, or a look at it.
struct Opened {
    wal: Wal<Queued>,
    recovery: Recovery,
    query_only: Option<String>,
}

impl Opened {
    /// Takes the log; a process that is just ending may hold it a moment longer.
    async fn wait_for(wal_config: WalConfig, shared: &Arc<Shared>, env: &Env) -> Result<Self> {
        let mut tries = 1..LOCK_TRIES;
        loop {
            match Self::open(wal_config.clone(), shared, env) {
                // What the system refuses has a cause: this is the lock.
                Err(error)
                    if error.kind == ErrorKind::Unavailable
                        && error.source.is_none()
                        && tries.next().is_some() =>
                {
                    env.sleep(LOCK_RETRY_DELAY).await;
                }
                opened => return opened,
            }
        }
    }

    /// Takes the log, or only looks at it where the disk lets nobody write.
    fn open(wal_config: WalConfig, shared: &Arc<Shared>, env: &Env) -> Result<Self> {
        let sink = Arc::clone(shared) as Arc<dyn crate::wal::DurableSink<Queued>>;
        let refused = match Wal::open(wal_config.clone(), env.clone(), sink) {
            Ok((wal, recovery)) => return Ok(Self { wal, recovery, query_only: None }),
            Err(error) if error.is_read_only() => error,
            Err(error) => return Err(error),
        };
        let (wal, recovery) = Wal::open_read_only(wal_config, env.clone())?;
        tracing::warn!(error = %refused, "spans are refused, queries are answered: the data folder cannot be written");
        Ok(Self { wal, recovery, query_only: Some(refused.message) })
    }
}

/// The cache of what is read from the object store, unless it is off. A disk that nobody may write has none.
fn read_cache(config: &Config, folder: &Path, env: &Env) -> Result<Option<Arc<ReadCache>>> {
    let bytes_max = config.read_cache_bytes.as_u64();
    if bytes_max == 0 {
        return Ok(None);
    }
    match ReadCache::open(&folder.join(CACHE_FOLDER), bytes_max, env.clone()) {
        Ok(cache) => Ok(Some(Arc::new(cache))),
        Err(error) if error.is_read_only() => Ok(None),
        Err(error) => Err(error),
    }
}

/// A small log has small segments, so that trimming can free some of it.
fn wal_config(config: &Config, folder: &Path) -> WalConfig {
    let usual = WalConfig::new(folder.join(WAL_FOLDER));
    let bytes_max = config.wal_bytes_max.as_u64();
    let segment_bytes =
        (bytes_max / 8).clamp(SEGMENT_BYTES_MIN, usual.segment_bytes) / BLOCK_BYTES * BLOCK_BYTES;
    WalConfig { bytes_max, segment_bytes, quarantine_damage: config.wal_quarantine_damage, ..usual }
}

/// Makes the folder so that its name survives a power cut, and so those of the folders above it that were not there.
fn make_folder(folder: &Path) -> Result<()> {
    let is_missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
    let missing: Vec<&Path> = folder.ancestors().take_while(is_missing).collect();
    let make = || {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        missing.iter().try_for_each(|made| sync_name(made))
    };
    make().map_err(|error| {
        let mut fault = Error::io("make the data folder of storage.url,", folder, error);
        fault.message.push_str("; make it writable or set storage.url to another folder");
        fault
    })?;
    if missing.is_empty()
        && let Err(error) = sync_name(folder)
    {
        // A process that was killed may have made it a moment ago. The folder above need not be ours to open.
        tracing::debug!(folder = %folder.display(), %error, "the folder above the data folder cannot be synced");
    }
    Ok(())
}

/// A log that is older than what the table says it wrote would number new requests like old ones, and a flush would
/// take them for written already.
fn check_watermark(wal: &Wal<Queued>, watermark: u64, folder: &Path) -> Result<()> {
    if wal.next_sequence() > watermark {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Corrupt,
        format!(
            "the table in {} holds record {watermark} of write-ahead log {}, whose next record would be {}: the log was \
             replaced by an older copy; remove its folder {} to start a new log",
            folder.display(),
            wal.id(),
            wal.next_sequence(),
            folder.join(WAL_FOLDER).display()
        ),
    ))
}
