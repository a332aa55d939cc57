//! DataFusion sessions: memory, parallelism and the functions of this room.

use std::sync::Arc;

use datafusion::datasource::object_store::ObjectStoreUrl;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::{
    FairSpillPool, MemoryConsumer, MemoryReservation, TrackConsumersPool,
};
use datafusion::execution::object_store::DefaultObjectStoreRegistry;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};
use object_store::ObjectStore;
use storage::DerivedVersion;

use crate::reads::{CountedStore, Reads};
use crate::{Config, Progress, Result};

/// Consumers named in the error when memory runs out.
const CONSUMERS_SHOWN: usize = 3;
/// Footers of segments kept in memory.
const FOOTER_CACHE_BYTES: usize = 64 * 1024 * 1024;

/// What all queries share: the memory pool, the footer cache and the store of the segments.
#[derive(Debug)]
pub(crate) struct SharedSessions {
    runtime: RuntimeEnv,
    segments: Arc<dyn ObjectStore>,
    partitions: usize,
    read_bytes_max: u64,
    kept_bytes_max: usize,
}

/// The sessions of one query.
#[derive(Debug)]
pub(crate) struct Sessions {
    runtime: Arc<RuntimeEnv>,
    partitions: usize,
    store: ObjectStoreUrl,
    reads: Arc<Reads>,
    kept_bytes_max: usize,
}

impl SharedSessions {
    /// Sessions that read segments from `segments` and use at most `config.memory`.
    pub(crate) fn new(config: &Config, segments: Arc<dyn ObjectStore>) -> Result<Self> {
        let memory = usize::try_from(config.memory.as_u64()).unwrap_or(usize::MAX);
        let shown = std::num::NonZeroUsize::new(CONSUMERS_SHOWN).unwrap_or(std::num::NonZeroUsize::MIN);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(TrackConsumersPool::new(FairSpillPool::new(memory), shown)))
            .with_metadata_cache_limit(FOOTER_CACHE_BYTES)
            .build()?;
        let partitions = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        let read_bytes_max = config.read_bytes_max.as_u64();
        let kept_bytes_max = memory / config.concurrent_max.max(1);
        Ok(Self { runtime, segments, partitions, read_bytes_max, kept_bytes_max })
    }

    /// Threads a query may use.
    pub(crate) const fn partitions(&self) -> usize {
        self.partitions
    }

    /// The sessions of one query, which count what it reads, and report it to `progress`.
    pub(crate) fn of_a_query(&self, progress: Progress) -> Result<Sessions> {
        let stores = Arc::new(DefaultObjectStoreRegistry::new());
        let runtime = RuntimeEnv { object_store_registry: stores, ..self.runtime.clone() };
        let sessions = Sessions {
            runtime: Arc::new(runtime),
            partitions: self.partitions,
            store: ObjectStoreUrl::parse("tailplane://segments")?,
            reads: Arc::new(Reads::new(progress, self.read_bytes_max)),
            kept_bytes_max: self.kept_bytes_max,
        };
        sessions.register(&sessions.store, &self.segments);
        Ok(sessions)
    }
}

impl Sessions {
    /// What the query has read so far.
    pub(crate) const fn reads(&self) -> &Arc<Reads> {
        &self.reads
    }

    fn register(&self, url: &ObjectStoreUrl, files: &Arc<dyn ObjectStore>) {
        let store = CountedStore::new(Arc::clone(files), url.clone(), Arc::clone(&self.reads));
        self.runtime.register_object_store(url.as_ref(), Arc::new(store));
    }

    /// Where the segments lie, for table providers.
    pub(crate) fn store(&self) -> ObjectStoreUrl {
        self.store.clone()
    }

    /// Where the files of a derived table lie.
    pub(crate) fn derived_store(&self, version: &DerivedVersion) -> Result<ObjectStoreUrl> {
        let url = ObjectStoreUrl::parse(format!("tailplane://{}", version.of.name().replace('_', "-")))?;
        self.register(&url, &version.store);
        Ok(url)
    }

    /// Room in the memory of all queries for what `name` will hold; none yet.
    pub(crate) fn reservation(&self, name: &str) -> MemoryReservation {
        MemoryConsumer::new(name).register(&self.runtime.memory_pool)
    }

    /// How much of rows that it needs twice a query may keep, in bytes.
    pub(crate) const fn kept_bytes_max(&self) -> usize {
        self.kept_bytes_max
    }

    /// A session for one plan.
    pub(crate) fn session(&self) -> SessionContext {
        let config = SessionConfig::new()
            .with_target_partitions(self.partitions)
            .with_information_schema(true)
            .set_bool("datafusion.execution.parquet.schema_force_view_types", true);
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(Arc::clone(&self.runtime))
            .with_default_features()
            .build();
        SessionContext::new_with_state(state)
    }
}
