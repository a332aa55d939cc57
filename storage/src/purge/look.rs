//! Where a purge has something to erase.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::SchemaRef;
use futures::TryStreamExt;
use object_store::ObjectStore;
use parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use proto::{ErrorKind, Tenant, TraceId};

use super::cut::{cut, may_meet};
use super::{Erase, PurgePlan, PurgeProgress, TRACES_MAX};
use crate::catalog::SegmentFile;
use crate::schema::{column, file_schema};
use crate::segment::{SegmentReader, SortedSpans, cannot_read, conform};
use crate::storage::Storage;
use crate::{Error, Result, quarantine};

/// Rows that are columns at once.
const BATCH_ROWS: usize = 8_192;

/// What a segment has to lose.
struct Found {
    spans: u64,
    traces: HashSet<TraceId>,
}

impl Storage {
    /// Finds the spans of `tenant` of which a purge would erase something. What is live is written to Parquet first.
    ///
    /// # Errors
    /// `TooLarge` when they are of more than four million traces; `Unavailable` when a segment cannot be read just now, or
    /// nothing can be written.
    pub async fn look_for(
        &self,
        tenant: &Tenant,
        erase: &Arc<dyn Erase>,
        progress: &mut PurgeProgress<'_>,
    ) -> Result<PurgePlan> {
        self.check_may_purge()?;
        self.replayed().await?;
        self.flush().await?;
        let table = Arc::clone(&self.shared.state.lock().table);
        let (readable, damaged) = quarantine::readable(&table, &self.shared.damaged);
        let is_theirs = |file: &&Arc<SegmentFile>| file.tenant == *tenant;
        let others: BTreeSet<_> = table.files.iter().map(|file| &file.tenant).collect();
        let mut plan = PurgePlan {
            tenant: tenant.clone(),
            files: Vec::new(),
            files_read: 0,
            unreadable: damaged.iter().filter(is_theirs).map(|file| file.path.clone()).collect(),
            other_tenants: others.into_iter().filter(|other| *other != tenant).cloned().collect(),
            traces: HashSet::new(),
        };
        let files: Vec<_> = readable.files.iter().filter(is_theirs).cloned().collect();
        for (done, file) in files.iter().enumerate() {
            progress("read", done as u64, files.len() as u64);
            match self.look_into(file, erase).await {
                Ok(found) => plan.add(file, found)?,
                Err(error) if error.kind == ErrorKind::Corrupt => {
                    tracing::error!(%error, "a segment cannot be read: nobody knows what is in it");
                    plan.unreadable.push(file.path.clone());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(plan)
    }

    async fn look_into(&self, file: &Arc<SegmentFile>, erase: &Arc<dyn Erase>) -> Result<Found> {
        let (store, file, erase) = (Arc::clone(&self.store), Arc::clone(file), Arc::clone(erase));
        let runtime = tokio::runtime::Handle::current();
        let looking = self.env.spawn_blocking(move || runtime.block_on(look(&store, &file, erase.as_ref())));
        looking.await.map_err(|error| {
            Error::new(ErrorKind::Internal, format!("looking for spans panicked: {error}"))
        })?
    }
}

impl PurgePlan {
    fn add(&mut self, file: &Arc<SegmentFile>, found: Found) -> Result<()> {
        self.files_read += 1;
        if found.spans > 0 {
            self.files.push((Arc::clone(file), found.spans));
        }
        self.traces.extend(found.traces);
        if self.traces.len() <= TRACES_MAX {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::TooLarge,
            format!(
                "these are spans of more than {TRACES_MAX} traces: give a narrower filter, and another for the rest"
            ),
        ))
    }
}

/// CPU-heavy.
async fn look(store: &Arc<dyn ObjectStore>, file: &Arc<SegmentFile>, erase: &dyn Erase) -> Result<Found> {
    let mut found = Found { spans: 0, traces: HashSet::new() };
    // Few columns say for most segments that they have nothing.
    if !has_any(store, file, erase).await? {
        return Ok(found);
    }
    let mut spans = SortedSpans::open(store, std::slice::from_ref(file), file_schema()).await?;
    while let Some(rows) = spans.next().await? {
        let Some(cut) = cut(&rows, erase)? else { continue };
        let ids = rows.column_by_name(column::TRACE_ID).map(|ids| ids.as_fixed_size_binary());
        let erased = ids.into_iter().flat_map(|ids| ids.iter().zip(&cut.erased));
        let traces = erased.filter(|(_, is_erased)| *is_erased == Some(true)).filter_map(|(id, _)| id);
        found.traces.extend(traces.filter_map(TraceId::from_slice));
        found.spans += cut.erased.true_count() as u64;
    }
    Ok(found)
}

/// Whether a span of the segment meets the condition.
async fn has_any(store: &Arc<dyn ObjectStore>, file: &SegmentFile, erase: &dyn Erase) -> Result<bool> {
    let failed = |error| cannot_read(&file.path, error);
    let schema = wanted(&erase.columns());
    let builder =
        ParquetRecordBatchStreamBuilder::new(SegmentReader::new(store, file)).await.map_err(failed)?;
    let in_file = builder.parquet_schema().root_schema().get_fields().iter().enumerate();
    let places = in_file.filter(|(_, field)| schema.column_with_name(field.name()).is_some());
    let mask = ProjectionMask::roots(builder.parquet_schema(), places.map(|(place, _)| place));
    let mut batches = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build().map_err(failed)?;
    while let Some(batch) = batches.try_next().await.map_err(failed)? {
        let rows: RecordBatch = conform(&batch, &schema).map_err(|error| failed(error.into()))?;
        if may_meet(&erase.meets(&rows)?).has_true() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// These columns of the spans table, and one that is always there.
fn wanted(names: &[&str]) -> SchemaRef {
    let all = file_schema();
    let fields = all.fields().iter();
    let fields =
        fields.filter(|field| field.name() == column::TRACE_ID || names.contains(&field.name().as_str()));
    Arc::new(arrow::datatypes::Schema::new(fields.cloned().collect::<Vec<_>>()))
}
