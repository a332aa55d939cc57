//! What the log counts of itself.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// A snapshot of the log's counters, since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WalStats {
    /// Records made durable, boundaries included.
    pub appends: u64,
    /// Bytes of their frames.
    pub append_bytes: u64,
    /// Rounds made durable: one write and one fdatasync each.
    pub rounds: u64,
    /// Time spent in those fdatasyncs.
    pub sync_total: Duration,
    /// The longest of them.
    pub sync_max: Duration,
    /// Writes, fdatasyncs and segment openings that failed.
    pub failures: u64,
    /// Records refused: full log, failed round, no segment.
    pub refusals: u64,
    /// Segment files with records, the one being written included.
    pub segments_live: u64,
    /// Pre-written segment files without a use.
    pub segments_spare: u64,
    /// Bytes of all segment files on disk.
    pub disk_bytes: u64,
    /// Whether appends can succeed: false from a failure until a new segment could be opened.
    pub is_available: bool,
}

/// The counters themselves, written by the writer alone.
#[derive(Debug)]
pub(super) struct Counters {
    pub(super) next_sequence: AtomicU64,
    /// Where the next frame goes in the newest segment.
    pub(super) active_offset: AtomicU64,
    appends: AtomicU64,
    append_bytes: AtomicU64,
    rounds: AtomicU64,
    sync_total_ns: AtomicU64,
    sync_max_ns: AtomicU64,
    failures: AtomicU64,
    refusals: AtomicU64,
    is_available: AtomicBool,
}

impl Counters {
    pub(super) fn new(next_sequence: u64, active_offset: u64) -> Self {
        Self {
            next_sequence: AtomicU64::new(next_sequence),
            active_offset: AtomicU64::new(active_offset),
            appends: AtomicU64::new(0),
            append_bytes: AtomicU64::new(0),
            rounds: AtomicU64::new(0),
            sync_total_ns: AtomicU64::new(0),
            sync_max_ns: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            refusals: AtomicU64::new(0),
            is_available: AtomicBool::new(true),
        }
    }

    pub(super) fn round(&self, records: u64, bytes: u64, sync: Duration) {
        let sync_ns = u64::try_from(sync.as_nanos()).unwrap_or(u64::MAX);
        self.appends.fetch_add(records, Ordering::Relaxed);
        self.append_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.rounds.fetch_add(1, Ordering::Relaxed);
        self.sync_total_ns.fetch_add(sync_ns, Ordering::Relaxed);
        self.sync_max_ns.fetch_max(sync_ns, Ordering::Relaxed);
    }

    pub(super) fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn refused(&self) {
        self.refusals.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn set_available(&self, is_available: bool) {
        self.is_available.store(is_available, Ordering::Relaxed);
    }

    /// The snapshot, without what the directory knows.
    pub(super) fn snapshot(&self) -> WalStats {
        WalStats {
            appends: self.appends.load(Ordering::Relaxed),
            append_bytes: self.append_bytes.load(Ordering::Relaxed),
            rounds: self.rounds.load(Ordering::Relaxed),
            sync_total: Duration::from_nanos(self.sync_total_ns.load(Ordering::Relaxed)),
            sync_max: Duration::from_nanos(self.sync_max_ns.load(Ordering::Relaxed)),
            failures: self.failures.load(Ordering::Relaxed),
            refusals: self.refusals.load(Ordering::Relaxed),
            is_available: self.is_available.load(Ordering::Relaxed),
            ..WalStats::default()
        }
    }
}
