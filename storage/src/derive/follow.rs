//! The deriver: window after window, behind the spans table.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use proto::{ErrorKind, Tenant, UnixNanos};

use super::step::{Step, Waiting, step};
use super::{Arrivals, DERIVER, Derive, DerivedTable, Table, file};
use crate::catalog::{Commit, SegmentFile, TableVersion, Watermark};
use crate::storage::Storage;
use crate::{Error, Result, quarantine};

/// How often it is looked for a new window.
const INTERVAL: Duration = Duration::from_secs(1);
/// After a failure nothing is tried for so long.
const RETRY_DELAY: Duration = Duration::from_secs(10);
const SECOND_NS: u64 = 1_000_000_000;
/// So long after the end of a root its row is made: of the spans of a request 99.9 % arrive within 4.4 s of it.
pub const SETTLED_AFTER_NS: u64 = 10 * SECOND_NS;
/// So long before the newest arrival may something have ended that still waits for what is above it in its trace: no
/// request that has a deadline takes longer.
pub const WAITS_AT_MOST_NS: u64 = 60 * SECOND_NS;

/// The deriver and what it has in memory.
#[derive(Default)]
pub(crate) struct Deriving {
    derive: std::sync::OnceLock<Arc<dyn Derive>>,
    state: tokio::sync::Mutex<State>,
}

impl std::fmt::Debug for Deriving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deriving").field("is_on", &self.derive.get().is_some()).finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct State {
    waiting: HashMap<Tenant, Waiting>,
    is_resumed: bool,
}

/// What one window became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DerivedWindow {
    /// The version of the spans table that it came with.
    pub window: u64,
    /// Its spans.
    pub spans: u64,
    /// Rows of each table, in the order of [`DerivedTable::FROM_SPANS`].
    pub rows: [u64; DerivedTable::FROM_SPANS.len()],
}

/// Derives each window once it is committed, until storage stops.
pub(crate) async fn run(storage: Arc<Storage>) {
    if let Err(error) = storage.remove_derived_orphans().await {
        tracing::warn!(%error, "files of derived tables that nobody needs stay until the next start");
    }
    let mut stopping = storage.stopping.subscribe();
    while !*stopping.borrow_and_update() {
        let wait = match storage.derive_next().await {
            Ok(Some(_)) => Duration::ZERO,
            Ok(None) => INTERVAL,
            Err(error) => {
                Storage::count(&storage.counters.derive_failures, 1);
                tracing::error!(%error, "deriving failed: nothing is lost, it is tried again");
                RETRY_DELAY
            }
        };
        tokio::select! {
            () = storage.env.sleep(wait) => {}
            _ = stopping.changed() => {}
        }
    }
}

impl Storage {
    /// From now on derived tables are kept up, whose rows `derive` makes.
    ///
    /// # Errors
    /// When a table cannot be opened or made.
    pub async fn keep_derived(self: &Arc<Self>, derive: Arc<dyn Derive>) -> Result<()> {
        if self.query_only.is_some() {
            return Ok(());
        }
        self.make_derived().await?;
        if self.deriving.derive.set(derive).is_ok() {
            self.tasks.lock().push(self.env.spawn(run(Arc::clone(self))));
        }
        Ok(())
    }

    /// Whether rows are being derived.
    pub(crate) fn is_deriving(&self) -> bool {
        self.deriving.derive.get().is_some()
    }

    /// The last window that is in every derived table; 0 when none is yet.
    pub(crate) fn derived_through(&self) -> Option<u64> {
        let tables = self.derived_tables(&DerivedTable::FROM_SPANS);
        tables.iter().map(|table| table.through().unwrap_or(0)).min()
    }

    /// Derives the next window; `None` when there is none.
    ///
    /// # Errors
    /// When a segment cannot be read or a row not be written: all is as it was, but for tables that have the window already.
    pub async fn derive_next(&self) -> Result<Option<DerivedWindow>> {
        let Some(derive) = self.deriving.derive.get() else { return Ok(None) };
        let mut state = self.deriving.state.lock().await;
        let Some(through) = self.derived_through() else { return Ok(None) };
        let table = Arc::clone(&self.shared.state.lock().table);
        let (table, _) = quarantine::readable(&table, &self.shared.damaged);
        if !state.is_resumed {
            state.waiting = self.resumed(&table, through, derive).await?;
            state.is_resumed = true;
        }
        let Some(window) =
            table.files.iter().map(|file| file.window).filter(|window| *window > through).min()
        else {
            return Ok(None);
        };
        let files = by_tenant(table.files.iter().filter(|file| file.window == window));
        let started = self.env.monotonic();
        let mut steps = BTreeMap::new();
        for (tenant, files) in &files {
            let waiting = state.waiting.get(tenant).cloned().unwrap_or_default();
            match self.step(files, waiting, derive, true).await {
                Ok(step) => drop(steps.insert(tenant, step)),
                // The next look at the table is without a file that is damaged. What else is wrong with it stays so.
                Err(error) if error.kind == ErrorKind::Corrupt => {
                    tracing::error!(%error, window, %tenant, "rows of this window are missing in derived tables");
                }
                Err(error) => return Err(error),
            }
        }
        let mut derived = DerivedWindow {
            window,
            spans: files.values().flatten().map(|file| file.rows).sum(),
            rows: [0; DerivedTable::FROM_SPANS.len()],
        };
        let tables = self.derived_tables(&DerivedTable::FROM_SPANS);
        for (at, table) in tables.iter().enumerate() {
            // It may have the window already: another had not when the process ended, or was made anew.
            if table.through() >= Some(window) {
                continue;
            }
            derived.rows[at] = self.add_rows(table, at, window, &files, &steps).await?;
            for (tenant, step) in &steps {
                derive.committed(table.of, tenant, &step.rows[at]);
            }
        }
        state.waiting.extend(steps.into_iter().map(|(tenant, step)| (tenant.clone(), step.waiting)));
        drop(state);
        self.count_derived(&derived, self.env.monotonic().saturating_sub(started));
        Ok(Some(derived))
    }

    /// What waited when the last window was derived.
    async fn resumed(
        &self,
        table: &TableVersion,
        through: u64,
        derive: &Arc<dyn Derive>,
    ) -> Result<HashMap<Tenant, Waiting>> {
        let mut waiting = HashMap::new();
        for (tenant, files) in
            by_tenant(table.files.iter().filter(|file| (1..=through).contains(&file.window)))
        {
            let resume_from = resume_from(&files);
            let mut recent = files;
            recent.retain(|file| file.times.arrival_max >= resume_from);
            let mut windows: BTreeMap<u64, Vec<Arc<SegmentFile>>> = BTreeMap::new();
            recent.into_iter().for_each(|file| windows.entry(file.window).or_default().push(file));
            let mut waits = Waiting::default();
            for files in windows.into_values() {
                waits = self.step(&files, waits, derive, false).await?.waiting;
            }
            waiting.insert(tenant, waits);
        }
        Ok(waiting)
    }

    async fn step(
        &self,
        files: &[Arc<SegmentFile>],
        waiting: Waiting,
        derive: &Arc<dyn Derive>,
        rows_wanted: bool,
    ) -> Result<Step> {
        let (store, files, derive) = (Arc::clone(&self.store), files.to_vec(), Arc::clone(derive));
        let arrivals = arrivals(&files, rows_wanted);
        let closed_before = arrivals.last.saturating_sub(SETTLED_AFTER_NS);
        let runtime = tokio::runtime::Handle::current();
        let deriving = self.env.spawn_blocking(move || {
            runtime.block_on(step(&store, &files, waiting, closed_before, derive.as_ref(), arrivals))
        });
        deriving
            .await
            .map_err(|error| Error::new(ErrorKind::Internal, format!("deriving rows panicked: {error}")))?
    }

    /// Puts the rows of a window into one table, whose place among the derived is `at`.
    async fn add_rows(
        &self,
        table: &Table,
        at: usize,
        window: u64,
        files: &BTreeMap<Tenant, Vec<Arc<SegmentFile>>>,
        steps: &BTreeMap<&Tenant, Step>,
    ) -> Result<u64> {
        let mut add = Vec::new();
        for (tenant, step) in steps {
            let rows: Vec<RecordBatch> = step.rows[at].clone();
            let Some(newest) =
                files.get(*tenant).and_then(|files| files.iter().max_by_key(|file| file.times.arrival_max))
            else {
                continue;
            };
            if rows.is_empty() {
                continue;
            }
            let schema = table.of.schema();
            let encoded = self.env.spawn_blocking(move || file::encode(&schema, &rows)).await;
            let encoded = encoded.map_err(|error| {
                Error::new(ErrorKind::Internal, format!("encoding rows panicked: {error}"))
            })??;
            let name = format!("{}-window-{window:012}", self.wal.id());
            let made = file::segment(&name, newest, &encoded);
            table.upload(&made.path, encoded.bytes).await?;
            add.push(made);
        }
        let rows = add.iter().map(|file| file.rows).sum();
        let commit = Commit {
            add,
            remove: Vec::new(),
            restate: Vec::new(),
            watermark: Some(Watermark { app: DERIVER, sequence: window }),
            operation: "WRITE",
            data_change: true,
        };
        table.commit(commit).await?;
        Ok(rows)
    }

    fn count_derived(&self, derived: &DerivedWindow, elapsed: Duration) {
        let counters = &self.counters;
        Self::count(&counters.derived_windows, 1);
        Self::count(&counters.derived_spans, derived.spans);
        Self::count(&counters.derived_rows, derived.rows.iter().sum());
        Self::count(&counters.derive_ns, u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX));
        let DerivedWindow { window, spans, rows: [requests, pod_starts, instances] } = *derived;
        let elapsed_ms = elapsed.as_millis() as u64;
        tracing::info!(window, spans, requests, pod_starts, instances, elapsed_ms, "derived");
    }
}

/// Nothing waits of the segments of one tenant that arrived before this.
fn resume_from(files: &[Arc<SegmentFile>]) -> UnixNanos {
    let newest = files.iter().map(|file| file.times.arrival_max).filter(|at| *at != UnixNanos::MAX).max();
    newest.unwrap_or(0).saturating_sub(SETTLED_AFTER_NS + WAITS_AT_MOST_NS)
}

/// When the spans of `files`, all of one tenant, arrived.
fn arrivals(files: &[Arc<SegmentFile>], rows_wanted: bool) -> Arrivals {
    Arrivals {
        tenant: files.first().map(|file| file.tenant.clone()).unwrap_or_default(),
        first: files.iter().map(|file| file.times.arrival_min).min().unwrap_or(0),
        last: files.iter().map(|file| file.times.arrival_max).max().unwrap_or(0),
        rows_wanted,
    }
}

fn by_tenant<'a>(
    files: impl Iterator<Item = &'a Arc<SegmentFile>>,
) -> BTreeMap<Tenant, Vec<Arc<SegmentFile>>> {
    let mut tenants: BTreeMap<Tenant, Vec<Arc<SegmentFile>>> = BTreeMap::new();
    files.for_each(|file| tenants.entry(file.tenant.clone()).or_default().push(Arc::clone(file)));
    tenants
}
