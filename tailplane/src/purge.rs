//! `tailplane purge`: erases a value that leaked from the folder of a stopped server.

use std::io::{self, BufRead, IsTerminal};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use proto::Tenant;
use query::Erasure;
use query::traceql::parse_filter;
use storage::env::Env;
use storage::{Config, Erase, PurgePlan, PurgeProgress, Purged, Storage, Swept};

use crate::cli::PurgeArgs;
use crate::config::Invalid;
use crate::{format, output, rooms};

/// What no purge of a folder reaches.
const BEYOND: &str = "what it cannot reach: copies of the folder (backups, snapshots of the disk or of a bucket), blocks that the disk \
                      has freed and not overwritten, what was exported or answered before, this server's own logs, and \
                      exporters that still have the spans and send them again: stop the leak first, or mask it with \
                      ingest.redact_keys";

/// Says what would be erased, asks, erases, and says what remains.
///
/// # Errors
/// When the filter or an attribute cannot be read, there is no such folder, a server has it open, a file cannot be read or
/// written, or nobody said yes.
pub(crate) async fn run(arguments: &PurgeArgs, env: Env) -> anyhow::Result<()> {
    let filter = parse_filter(&arguments.filter)
        .map_err(|error| Invalid::new(format!("at byte {}: {}", error.position.offset, error.message)))?;
    let erase = Erasure::new(filter, &arguments.attributes)?;
    let tenant =
        Tenant::new(&arguments.tenant).map_err(|error| Invalid::new(format!("--tenant: {error}")))?;
    let folder = &arguments.data;
    if !folder.join("spans").is_dir() || !folder.join("wal").is_dir() {
        bail!("--data {} is no folder of a tailplane server: it holds no spans", folder.display());
    }
    // Nobody else reads what is replaced.
    let config = Config { delete_grace: Duration::ZERO, ..rooms::reading(folder) };
    let storage = rooms::open_storage(config, env).await.with_context(|| {
        format!(
            "cannot purge {}: a running server has to be stopped for it, and can be started again after it",
            folder.display()
        )
    })?;
    let bar = progress_bar()?;
    let mut progress = |what: &str, done: u64, all: u64| {
        bar.set_message(format!("{what} {} of {} files", format::count(done), format::count(all)));
        bar.tick();
    };
    let purged = purge_folder(arguments, &storage, &tenant, Arc::new(erase), &mut progress).await;
    let notebooks = storage.notebooks().count().await;
    // It has stopped already where all went well.
    storage.stop().await;
    bar.finish_and_clear();
    let Some((plan, purged, swept)) = purged? else { return Ok(()) };
    output::answer(&report(&plan, &purged, swept, notebooks.ok()))?;
    let unread = plan.unreadable.len() + purged.unreadable.len();
    if unread > 0 {
        bail!(
            "{} files cannot be read, so nobody knows what is in them: restore them from a copy and purge again, or remove them",
            format::count(unread as u64)
        );
    }
    Ok(())
}

/// `None` where only was said what it would be.
async fn purge_folder(
    arguments: &PurgeArgs,
    storage: &Storage,
    tenant: &Tenant,
    erase: Arc<dyn Erase>,
    progress: &mut PurgeProgress<'_>,
) -> anyhow::Result<Option<(PurgePlan, Purged, Swept)>> {
    let plan = storage.look_for(tenant, &erase, progress).await?;
    let found = found(&plan, &arguments.attributes);
    if arguments.dry_run {
        output::answer(&found)?;
        return Ok(None);
    }
    if !arguments.yes {
        confirm(&found, &arguments.data)?;
    }
    let again = "what was done until then stays so: the same command does the rest";
    let purged = storage.purge(&plan, &erase, progress).await.context(again)?;
    let swept = storage.sweep_and_stop().await.context(again)?;
    Ok(Some((plan, purged, swept)))
}

fn progress_bar() -> anyhow::Result<ProgressBar> {
    if !io::stderr().is_terminal() {
        return Ok(ProgressBar::hidden());
    }
    Ok(ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {msg}")?))
}

/// What there is to erase.
fn found(plan: &PurgePlan, attributes: &[String]) -> String {
    let what = match attributes {
        [] => "spans".to_owned(),
        names => format!("spans with {}", names.join(" or ")),
    };
    let mut text = format!(
        "{} {what} in {} of {} files",
        format::count(plan.spans()),
        format::count(plan.files.len() as u64),
        format::count(plan.files_read)
    );
    if !plan.unreadable.is_empty() {
        text.push_str(&format!("; {} cannot be read", format::count(plan.unreadable.len() as u64)));
    }
    if !plan.other_tenants.is_empty() {
        let others: Vec<_> = plan.other_tenants.iter().map(ToString::to_string).collect();
        text.push_str(&format!("\nnot looked at: spans of the tenants {}", others.join(", ")));
    }
    text
}

fn confirm(found: &str, folder: &Path) -> anyhow::Result<()> {
    if !io::stdin().is_terminal() {
        return Err(Invalid::new(format!(
            "{found}\nnothing was erased: give --yes to erase them, --dry-run only to count"
        ))
        .into());
    }
    output::note(&format!(
        "{found}\nThey will be erased from {} for good, and with them its history, its write-ahead log and requests set aside \
         in quarantine/. Type yes to go on:",
        folder.display()
    ));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).context("cannot read the answer")?;
    if answer.trim() == "yes" {
        return Ok(());
    }
    bail!("nothing was erased");
}

fn report(plan: &PurgePlan, purged: &Purged, swept: Swept, notebooks: Option<usize>) -> String {
    let count = format::count;
    let mut lines = vec![
        format!("erased from {} spans; {} files written anew", count(purged.spans), count(purged.files)),
        format!(
            "removed {} rows of requests and pod starts and {} of archived rollups",
            count(purged.derived_rows),
            count(purged.archived_rows)
        ),
        format!(
            "removed {} old files, {} log entries and checkpoints, {} requests set aside, and all of the write-ahead log",
            count(swept.files),
            count(swept.log_files),
            count(swept.requests)
        ),
    ];
    if purged.derived_rows > 0 {
        lines.push(
            "requests, pod starts and instances of what is left of these traces are made again if you remove the folders \
             derived/requests, derived/pod_starts and derived/instances before the next start"
                .to_owned(),
        );
    }
    if purged.untold_rows > 0 {
        lines.push(format!(
            "remain: {} rows of requests, pod starts and archived rollups whose spans are gone, and which this filter cannot \
             judge: ask for k8s: values, name or resource.service.name, or remove the table's folder under derived/",
            count(purged.untold_rows)
        ));
    }
    lines.extend(plan.unreadable.iter().map(|path| format!("remains: spans/{path}, which cannot be read")));
    lines.extend(purged.unreadable.iter().map(|path| format!("remains: {path}, which cannot be read")));
    match notebooks {
        Some(0) => {}
        Some(notebooks) => lines.push(format!(
            "not looked into: {} notebooks, in which people wrote, and may have pinned results: documents/notebooks/",
            count(notebooks as u64)
        )),
        None => lines.push("not looked into: documents/notebooks/, whose index cannot be read".to_owned()),
    }
    lines.push(BEYOND.to_owned());
    lines.join("\n")
}
