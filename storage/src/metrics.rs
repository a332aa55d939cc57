//! Storage's figures for `/metrics`, read when they are asked for.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::storage::{Counters, Storage, StorageStats};
use crate::store::ReadCache;

/// A collector over a [`Storage`], to be registered once.
pub struct StorageMetrics {
    storage: Arc<Storage>,
}

impl StorageMetrics {
    /// The figures of `storage`.
    #[must_use]
    pub const fn new(storage: Arc<Storage>) -> Self {
        Self { storage }
    }
}

impl fmt::Debug for StorageMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StorageMetrics").finish_non_exhaustive()
    }
}

impl Collector for StorageMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let stats = self.storage.stats();
        let dedupe = self.storage.dedupe.stats();
        let gauges = [
            ("segments", "Segments in the table.", stats.table_files),
            ("segment_rows", "Spans in the table.", stats.table_rows),
            ("segment_bytes", "Bytes of the table's segments.", stats.table_bytes),
            (
                "damaged_files",
                "Files of the table that are damaged now and left out of answers.",
                self.storage.damaged_files().len() as u64,
            ),
            ("table_version", "Version of the table.", stats.table_version),
            (
                "writes",
                "1 while this process may write the tables: of those in an object store, while it holds their lease.",
                u64::from(self.storage.may_write()),
            ),
            ("live_rows", "Acknowledged spans that no segment holds yet.", stats.live_rows),
            ("live_bytes", "Memory of the live buffer.", stats.live_bytes),
            ("wal_segments", "Segments of the write-ahead log with records.", stats.wal.segments_live),
            ("wal_disk_bytes", "Bytes of the write-ahead log's files.", stats.wal.disk_bytes),
            ("dedupe_entries", "Requests whose retries are recognised.", dedupe.entries),
            ("dedupe_bytes", "Memory that takes.", dedupe.bytes),
            ("pinned_traces", "Traces that outlive retention.", self.storage.pins.count() as u64),
            (
                "wal_available",
                "1 while the write-ahead log can be written.",
                u64::from(stats.wal.is_available),
            ),
        ];
        for (name, help, value) in gauges {
            encode(&mut encoder, name, help, &ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX)))?;
        }
        self.encode_counts(&mut encoder, &stats)?;
        encode_read_cache(&mut encoder, self.storage.stores.cache.as_deref())?;
        self.storage.stores.requests.encode(&mut encoder)
    }
}

impl StorageMetrics {
    fn encode_counts(&self, encoder: &mut DescriptorEncoder<'_>, stats: &StorageStats) -> fmt::Result {
        let dedupe = self.storage.dedupe.stats();
        let counted = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counters = &self.storage.counters;
        let counts = [
            ("damage_found", "Files of the table found to be damaged.", self.storage.damage_count()),
            ("flushes", "Flushes to Parquet.", counted(&counters.flushes)),
            (
                "flush_failures",
                "Flushes that failed and were tried again.",
                counted(&counters.flush_failures),
            ),
            (
                "duplicate_spans",
                "Exact copies of spans that flushes left out.",
                counted(&counters.duplicate_spans),
            ),
            ("flushed_bytes", "Bytes of segments written.", counted(&counters.flushed_bytes)),
            ("removed_segments", "Segments removed by retention.", counted(&counters.removed_files)),
            ("removed_rows", "Spans removed by retention.", counted(&counters.removed_rows)),
            ("removed_bytes", "Bytes removed by retention.", counted(&counters.removed_bytes)),
            ("compactions", "Merges of segments.", counted(&counters.compactions)),
            (
                "compaction_failures",
                "Merges that failed and were tried again.",
                counted(&counters.compaction_failures),
            ),
            ("compacted_segments", "Segments that were merged.", counted(&counters.compacted_segments)),
            ("compacted_rows", "Spans in the segments that merges made.", counted(&counters.compacted_rows)),
            (
                "compacted_duplicate_spans",
                "Exact copies of spans that merges left out.",
                counted(&counters.compacted_duplicate_spans),
            ),
            (
                "thinned_segments",
                "Segments from which rules of storage.thin dropped spans.",
                counted(&counters.thinned_segments),
            ),
            (
                "derived_windows",
                "Windows of spans whose derived rows were made.",
                counted(&counters.derived_windows),
            ),
            ("derived_spans", "Spans of those windows.", counted(&counters.derived_spans)),
            ("derived_rows", "Rows of derived tables that were made.", counted(&counters.derived_rows)),
            (
                "derive_failures",
                "Windows whose derived rows could not be made at once and were tried again.",
                counted(&counters.derive_failures),
            ),
            ("duplicate_requests", "Retries that were answered and not kept again.", dedupe.duplicates),
            (
                "replayed_duplicate_requests",
                "Records that a replay left out because they are kept elsewhere.",
                dedupe.replayed_duplicates,
            ),
            ("dedupe_evicted", "Requests forgotten before their time: too many.", dedupe.evicted),
            (
                "dedupe_unreadable_files",
                "Files of the hash log that could not be read.",
                dedupe.unreadable_files,
            ),
        ];
        for (name, help, value) in counts.into_iter().chain(counts_of_log(stats)) {
            encode(encoder, name, help, &ConstCounter::new(value))?;
        }
        encode_seconds(encoder, counters, stats.wal.sync_total)
    }
}

fn counts_of_log(stats: &StorageStats) -> [(&'static str, &'static str, u64); 5] {
    [
        ("wal_appends", "Records made durable.", stats.wal.appends),
        ("wal_append_bytes", "Bytes of those records.", stats.wal.append_bytes),
        ("wal_rounds", "Group commits: one write and one fdatasync each.", stats.wal.rounds),
        ("wal_failures", "Writes and fdatasyncs that failed.", stats.wal.failures),
        ("wal_refusals", "Records refused.", stats.wal.refusals),
    ]
}

fn encode_read_cache(encoder: &mut DescriptorEncoder<'_>, cache: Option<&ReadCache>) -> fmt::Result {
    let stats = cache.map(ReadCache::stats).unwrap_or_default();
    let bytes = ConstGauge::new(i64::try_from(stats.bytes).unwrap_or(i64::MAX));
    encode(encoder, "read_cache_bytes", "Bytes of the object store's files on the local disk.", &bytes)?;
    let counts = [
        ("read_cache_hits", "Blocks of 256 KiB that were read from the local disk.", stats.hits),
        ("read_cache_misses", "Blocks that were read from the object store.", stats.misses),
        ("read_cache_evictions", "Blocks that made room for others.", stats.evictions),
        (
            "read_cache_damaged",
            "Blocks on the local disk that were not what was written and were read again.",
            stats.damaged,
        ),
    ];
    for (name, help, value) in counts {
        encode(encoder, name, help, &ConstCounter::new(value))?;
    }
    Ok(())
}

fn encode_seconds(encoder: &mut DescriptorEncoder<'_>, counters: &Counters, sync: Duration) -> fmt::Result {
    let spent = |counter: &AtomicU64| counter.load(Ordering::Relaxed) as f64 / 1e9;
    let seconds = [
        ("flush_seconds", "Time spent in flushes.", spent(&counters.flush_ns)),
        ("derive_seconds", "Time spent making rows of derived tables.", spent(&counters.derive_ns)),
        ("compaction_seconds", "Time spent in merges.", spent(&counters.compaction_ns)),
        ("wal_sync_seconds", "Time spent in the log's fdatasync.", sync.as_secs_f64()),
    ];
    for (name, help, value) in seconds {
        encode(encoder, name, help, &ConstCounter::new(value))?;
    }
    Ok(())
}

fn encode(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    metric: &impl EncodeMetric,
) -> fmt::Result {
    let name = format!("tailplane_storage_{name}");
    metric.encode(encoder.encode_descriptor(&name, help, None, metric.metric_type())?)
}
