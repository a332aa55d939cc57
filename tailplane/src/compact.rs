//! `tailplane compact`: merges the small files of a folder or bucket that no server writes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use bytesize::ByteSize;
use storage::env::Env;
use storage::{Compacted, Config, DerivedWindow, Storage, holds_spans};

use crate::cli::CompactArgs;
use crate::config::{Settings, object_store_options};
use crate::{format, output, rooms};

/// The log of a process that only merges what is in a bucket.
const WAL_BYTES_MAX: ByteSize = ByteSize::mib(8);

/// Merges until nothing is left to merge, and says what became of what.
///
/// # Errors
/// When there is no such folder or bucket, a server writes it, or a file cannot be read or written.
pub(crate) async fn run(arguments: &CompactArgs, env: Env) -> anyhow::Result<()> {
    let local = tempfile::Builder::new().prefix("tailplane-compact-").tempdir();
    let local = local.context("no temporary folder")?;
    let mut config = Config {
        compaction_memory: Config::default().compaction_memory,
        // Nobody else reads what is replaced in a folder.
        delete_grace: Duration::ZERO,
        object_store_options: object_store_options(Settings::environment()),
        local_folder: local.path().to_owned(),
        read_cache_bytes: ByteSize(0),
        ..rooms::reading(Path::new(&arguments.url))
    };
    if config.is_in_object_store()? {
        config.delete_grace = arguments.grace.into();
        // Nothing is appended to this log.
        config.wal_bytes_max = WAL_BYTES_MAX;
    }
    let grace = config.delete_grace;
    if !holds_spans(&config, &env).await? {
        bail!("{} holds no spans: give the folder or bucket of storage.url", arguments.url);
    }
    let storage = rooms::open_storage(config, env.clone()).await?;
    let compacted = merge_all(&storage).await;
    if !grace.is_zero() && matches!(compacted, Ok(1..)) {
        output::note(&format!("the old files are deleted in {} s, for readers to finish", grace.as_secs()));
        env.sleep(grace).await;
    }
    storage.delete_after_grace().await;
    storage.stop().await;
    compacted.map(drop)
}

/// How many merges there were.
async fn merge_all(storage: &Arc<Storage>) -> anyhow::Result<u64> {
    storage.replayed().await?;
    // An earlier version's segments have neither rollup nor window, and what has no window is not derived.
    let rollups = storage.roll_up().await?;
    if rollups > 0 {
        output::note(&format!("made {} rollups that an earlier version had not", format::count(rollups)));
    }
    // What is not in derived tables is not merged.
    storage.keep_derived(Arc::new(query::Deriver::default())).await?;
    while let Some(derived) = storage.derive_next().await? {
        let DerivedWindow { spans, rows: [requests, pod_starts, instances], .. } = derived;
        output::note(&format!(
            "derived {} requests, {} pod starts and {} instances from {} spans",
            format::count(requests),
            format::count(pod_starts),
            format::count(instances),
            format::count(spans)
        ));
    }
    let before = storage.stats();
    let mut merges = 0;
    while let Some(merged) =
        storage.compact().await.context("the folder is as it was before the last merge")?
    {
        merges += 1;
        output::note(&line(&merged));
    }
    let after = storage.stats();
    output::answer(&format!(
        "{} files of {} became {} of {}, {} spans; {} copies of spans left out",
        format::count(before.table_files),
        format::megabytes(before.table_bytes),
        format::count(after.table_files),
        format::megabytes(after.table_bytes),
        format::count(after.table_rows),
        format::count(
            (before.table_rows + before.live_rows).saturating_sub(after.table_rows + after.live_rows)
        )
    ))?;
    Ok(merges)
}

fn line(merged: &Compacted) -> String {
    format!(
        "merged {} files of {} into one of {}, {} spans",
        merged.segments,
        format::megabytes(merged.bytes_before),
        format::megabytes(merged.bytes),
        format::count(merged.rows)
    )
}
