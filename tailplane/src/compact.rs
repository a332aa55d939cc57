//! `tailplane compact`: merges the small files of a folder that no server has open.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use storage::env::Env;
use storage::{Compacted, Config, DerivedWindow, Storage};

use crate::cli::CompactArgs;
use crate::{format, output, rooms};

/// Merges until nothing is left to merge, and says what became of what.
///
/// # Errors
/// When there is no such folder, a server has it open, or a file cannot be read or written.
pub(crate) async fn run(arguments: &CompactArgs, env: Env) -> anyhow::Result<()> {
    if !arguments.folder.join("spans").is_dir() {
        bail!("{} holds no spans: give the folder of storage.url", arguments.folder.display());
    }
    // Nobody else reads what is replaced.
    let config = Config {
        compaction_memory: Config::default().compaction_memory,
        delete_grace: Duration::ZERO,
        ..rooms::reading(&arguments.folder)
    };
    let storage = rooms::open_storage(config, env).await?;
    let compacted = merge_all(&storage).await;
    storage.delete_after_grace().await;
    storage.stop().await;
    compacted
}

async fn merge_all(storage: &Arc<Storage>) -> anyhow::Result<()> {
    storage.replayed().await?;
    // An earlier version's segments have neither rollup nor window, and what has no window is not derived.
    let rollups = storage.roll_up().await?;
    if rollups > 0 {
        output::note(&format!("made {} rollups that an earlier version had not", format::count(rollups)));
    }
    // What is not in derived tables is not merged.
    storage.keep_derived(Arc::new(query::Deriver::default())).await?;
    while let Some(derived) = storage.derive_next().await? {
        let DerivedWindow { spans, rows: [requests, pod_starts], .. } = derived;
        output::note(&format!(
            "derived {} requests and {} pod starts from {} spans",
            format::count(requests),
            format::count(pod_starts),
            format::count(spans)
        ));
    }
    let before = storage.stats();
    while let Some(merged) =
        storage.compact().await.context("the folder is as it was before the last merge")?
    {
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
    Ok(())
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
