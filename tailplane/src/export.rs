//! `tailplane export`: spans of a stopped server's folder as a capture file, which `replay` sends and any OTLP decoder reads,
//! or as a Parquet file with the columns of the table.

mod sink;
mod steps;

use std::fs::File;
use std::io::IsTerminal;
use std::path::Path;

use anyhow::Context;
use proto::{Tenant, TimeRange};
use query::Engine;
use query::traceql::parse_filter;
use storage::env::Env;

use self::sink::Sink;
use self::steps::{STEP_SPANS_MAX, Wanted, progress_bar, write_all};
use crate::cli::{ExportArgs, ExportFormat};
use crate::config::Invalid;
use crate::source::Source;
use crate::{format, output, time};

/// Writes the file, or leaves none.
///
/// # Errors
/// When the filter or a time cannot be read, the folder cannot be opened, there is such a file already, or it cannot be
/// written.
pub(crate) async fn run(arguments: &ExportArgs, env: Env) -> anyhow::Result<()> {
    let filter = parse_filter(&arguments.filter)
        .map_err(|error| Invalid::new(format!("at byte {}: {}", error.position.offset, error.message)))?;
    let now = env.now();
    let tenant: Tenant =
        Tenant::new(&arguments.tenant).map_err(|error| Invalid::new(format!("--tenant: {error}")))?;
    let (source, engine) = Source::open_folder(&arguments.data, env).await?;
    let whole = engine.ends(&tenant);
    let range = match (&arguments.start, &arguments.end) {
        (None, None) => whole.unwrap_or(TimeRange { start: now, end: now }),
        (start, end) => time::range(start.as_deref().unwrap_or("0"), end.as_deref().unwrap_or("now"), now)
            .map_err(Invalid::new)?,
    };
    // A file that is there is somebody's.
    let file =
        File::create_new(&arguments.out).with_context(|| format!("cannot make {}", arguments.out.display()));
    let written = match file {
        Ok(file) => {
            let range = clipped(range, whole);
            let wanted = Wanted { tenant, filter, range, step_spans_max: STEP_SPANS_MAX };
            write(file, arguments.format, &engine, &wanted).await
        }
        Err(error) => {
            source.close().await;
            return Err(error);
        }
    };
    source.close().await;
    let spans = match written {
        Ok(spans) => spans,
        Err(error) => return Err(discard(&arguments.out, error)),
    };
    if spans == 0 {
        return Err(discard(&arguments.out, anyhow::anyhow!("no span meets that: no file is left")));
    }
    output::answer(&format!("{} spans in {}", format::count(spans), arguments.out.display()))?;
    Ok(())
}

/// Only where there are spans is anything to be read.
fn clipped(range: TimeRange, whole: Option<TimeRange>) -> TimeRange {
    let whole = whole.unwrap_or(TimeRange { start: range.start, end: range.start });
    TimeRange { start: range.start.max(whole.start), end: range.end.min(whole.end) }
}

fn discard(path: &Path, error: anyhow::Error) -> anyhow::Error {
    match std::fs::remove_file(path) {
        Ok(()) => error,
        Err(left) => error.context(format!("{} is not whole and cannot be removed: {left}", path.display())),
    }
}

async fn write(file: File, format: ExportFormat, engine: &Engine, wanted: &Wanted) -> anyhow::Result<u64> {
    let mut sink = Sink::new(file, format)?;
    let bar = progress_bar(std::io::stderr().is_terminal())?;
    let written = write_all(&mut sink, engine, wanted, &bar).await;
    bar.finish_and_clear();
    let spans = written?;
    sink.finish()?;
    Ok(spans)
}
