//! The disk: WAL, live buffer, Parquet segments, catalog, retention, snapshot.
//!
//! The only room that touches files, clocks, randomness and task spawning, and the only one that knows the Arrow
//! schema of spans. It knows neither OTLP nor DataFusion: a request is opaque bytes here, beside the batch that ingest
//! made of it.

mod boundary;
mod caching;
pub mod catalog;
mod cautions;
mod checksums;
mod compaction;
mod completeness;
mod config;
mod damage;
mod dedupe;
mod derive;
pub mod documents;
mod doubts;
pub mod env;
mod error;
mod flush;
mod lease;
pub mod ledger;
mod live;
mod metrics;
mod open;
mod purge;
mod quarantine;
mod reader;
mod replay;
mod retention;
mod rollup;
mod room;
pub mod schema;
mod segment;
mod settle;
mod snapshot;
mod span_batch;
mod storage;
mod store;
mod stores;
mod thinning;
pub mod verify;
pub mod wal;

pub use cautions::cautions;
pub use compaction::Compacted;
pub use completeness::Completeness;
pub use config::{Config, ObjectStoreOptions, Role, TenantConfig, ThinRule};
pub use damage::Damage;
pub use dedupe::BodyHasher;
pub use derive::{
    Arrivals, Derive, DeriveInput, DeriveWindow, Derived, DerivedRows, DerivedTable, DerivedWindow,
    SETTLED_AFTER_NS, WAITS_AT_MOST_NS,
};
pub use error::{Error, Result};
pub use live::{LiveBatch, LoggedRequest};
pub use metrics::StorageMetrics;
pub use purge::{Erase, Left, PurgePlan, PurgeProgress, Purged, Swept};
pub use replay::ReplayProgress;
pub use rollup::{RollupSlots, RollupView, SeriesView, SlotsView, read_rollups, rollup_path};
pub use room::{FREE_BYTES_ENOUGH, FREE_PERCENT_MIN};
pub use segment::{ColumnView, SegmentView, SpanFile, read_segment, segment_properties};
pub use settle::DecodeRequests;
pub use snapshot::{DerivedVersion, Selection, Snapshot, SpanInstant, Watermark};
pub use span_batch::{SpanBatch, SpanTimes, zeros};
pub use storage::{Appended, Storage, StorageStats};
pub use stores::holds_spans;
pub use thinning::Thinned;

#[cfg(test)]
mod testing;
