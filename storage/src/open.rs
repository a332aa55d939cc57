//! Opening: lock the log, load the table, replay what the table does not have yet, start the tasks.

use std::path::Path;
use std::sync::Arc;

use object_store::ObjectStore;
use parking_lot::Mutex;
use proto::ErrorKind;
use tokio::sync::{Notify, watch};

use crate::catalog::{Catalog, DeltaCatalog, TableDefinition};
use crate::dedupe::Dedupe;
use crate::doubts::Doubts;
use crate::env::Env;
use crate::live::{LiveBuffer, LoggedRequest};
use crate::schema::file_schema;
use crate::settle::{DecodeRequests, SETTLE_BYTES};
use crate::storage::{Counters, Queued, Shared, State, Storage};
use crate::store::DurableLocalStore;
use crate::wal::{Content, Recovery, Wal, WalConfig};
use crate::{Config, Error, Result, flush, retention, settle};

/// The table's folder, beside the log's.
const TABLE_FOLDER: &str = "spans";
const WAL_FOLDER: &str = "wal";
/// Hashes of bodies that the log no longer has.
const DEDUPE_FOLDER: &str = "dedupe";
const QUARANTINE_FOLDER: &str = "quarantine";

impl Storage {
    /// Opens the folder of `config.url`, or makes it, and replays what no segment holds yet. Requests become spans by
    /// `decode`.
    ///
    /// # Errors
    /// `Invalid` for a bad configuration; `Unavailable` when another process has the folder or the disk refuses;
    /// `Corrupt` or `Unsupported` when what is there cannot be read by this version. The message names the file.
    pub async fn open(config: Config, env: Env, decode: DecodeRequests) -> Result<Arc<Self>> {
        let folder = config.folder()?;
        make_folder(&folder)?;
        let shared = Arc::new(Shared {
            state: Mutex::new(State { table: Arc::default(), live: LiveBuffer::default() }),
            settling: Mutex::default(),
            decode,
            quarantine: folder.join(QUARANTINE_FOLDER),
            settle_due: Notify::new(),
            flush_bytes: usize::try_from(config.flush_bytes.as_u64()).unwrap_or(usize::MAX),
            flush_due: Notify::new(),
        });
        let mut wal_config = WalConfig::new(folder.join(WAL_FOLDER));
        wal_config.bytes_max = config.wal_bytes_max.as_u64();
        let (wal, recovery) = Wal::open(
            wal_config,
            env.clone(),
            Arc::clone(&shared) as Arc<dyn crate::wal::DurableSink<Queued>>,
        )?;
        let store: Arc<dyn ObjectStore> =
            Arc::new(DurableLocalStore::open(&folder.join(TABLE_FOLDER), env.clone())?);
        let definition = TableDefinition {
            name: "spans",
            description: "OpenTelemetry spans, one row each, sorted by trace within a file",
            schema: file_schema(),
        };
        let catalog = DeltaCatalog::open(Arc::clone(&store), definition, env.clone()).await?;
        let table = catalog.current().await?;
        let watermark = table.watermark(wal.id()).unwrap_or(0);
        check_watermark(&wal, watermark, &folder)?;
        let dedupe =
            Dedupe::open(&config, env.clone(), &folder.join(DEDUPE_FOLDER), wal.id(), watermark).await;
        let table_bytes = table.files.iter().map(|file| file.bytes).sum();
        let max_bytes = retention::bytes_max(&config, &folder, table_bytes)?;
        shared.state.lock().table = table;

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
            counters: Counters::default(),
            max_bytes,
            stopping: watch::Sender::new(false),
            tasks: Mutex::new(Vec::new()),
        });
        storage.replay(recovery, watermark).await?;
        retention::remove_orphans(&storage).await?;
        let tasks = [
            storage.env.spawn(settle::run(Arc::clone(&storage))),
            storage.env.spawn(flush::run(Arc::clone(&storage))),
            storage.env.spawn(retention::run(Arc::clone(&storage))),
        ];
        storage.tasks.lock().extend(tasks);
        Ok(storage)
    }

    /// Puts the logged requests above `watermark` back into the live buffer, flushing when it fills.
    async fn replay(&self, recovery: Recovery, watermark: u64) -> Result<()> {
        let mut requests = 0;
        for record in recovery.records(watermark)? {
            let record = record?;
            let Content::Data { meta, body } = record.content else { continue };
            if !self.dedupe.takes_replayed(record.sequence, meta.body_hash) {
                continue;
            }
            requests += 1;
            // The process that wrote it has not stopped: nobody knows which answers left it.
            self.doubts.add(None, meta.arrival, meta.arrival);
            let (enough, full) = {
                let live = &mut self.shared.state.lock().live;
                live.push(record.sequence, LoggedRequest { meta, body });
                (live.unsettled_bytes() >= SETTLE_BYTES, live.active_bytes() >= self.shared.flush_bytes)
            };
            if enough {
                drop(self.shared.settled());
            }
            if full {
                self.flush().await?;
            }
        }
        drop(self.shared.settled());
        if requests > 0 {
            tracing::info!(requests, after = watermark, "replayed the write-ahead log");
        }
        Ok(())
    }
}

fn make_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| {
        let mut fault = Error::io("make the data folder of storage.url,", folder, error);
        fault.message.push_str("; make it writable or set storage.url to another folder");
        fault
    })
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
