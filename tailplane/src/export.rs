//! `tailplane export`: spans of a stopped server's folder as a capture file, which `replay` sends and any OTLP decoder reads.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use proto::capture::Writer;
use proto::otlp::{RequestEncoder, SpanSink};
use proto::{Tenant, TimeRange};
use query::traceql::parse_filter;
use query::{Engine, SpansQuery, StoredSpan};
use storage::env::Env;

use crate::cli::ExportArgs;
use crate::config::Invalid;
use crate::source::Source;
use crate::{format, output, time};

/// Spans of so long a time are in memory at once.
const STEP_NS: u64 = 60 * 1_000_000_000;
/// Spans of one request.
const REQUEST_SPANS: usize = 512;
const ZSTD_LEVEL: i32 = 9;

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
        Ok(file) => write(file, &engine, &tenant, &filter, clipped(range, whole)).await,
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

async fn write(
    file: File,
    engine: &Engine,
    tenant: &Tenant,
    filter: &query::traceql::SpanFilter,
    range: TimeRange,
) -> anyhow::Result<u64> {
    let mut writer = Writer::new(BufWriter::new(file), ZSTD_LEVEL)?;
    let (mut start, mut spans) = (range.start, 0);
    while start < range.end {
        let end = start.saturating_add(STEP_NS).min(range.end);
        let query = SpansQuery {
            tenant: tenant.clone(),
            filter: filter.clone(),
            range: TimeRange { start, end },
            limit: usize::MAX,
        };
        let mut found = engine.spans(query).await?;
        found.reverse();
        for part in found.chunks(REQUEST_SPANS) {
            writer.write(&request(part))?;
        }
        spans += found.len() as u64;
        start = end;
    }
    let file = writer.finish()?.into_inner().context("cannot write the file")?;
    file.sync_all().context("cannot write the file")?;
    Ok(spans)
}

/// An `ExportTraceServiceRequest` of these spans, by resource and scope, otherwise in their order.
fn request(spans: &[StoredSpan]) -> Vec<u8> {
    let mut groups: BTreeMap<(usize, usize), Vec<&StoredSpan>> = BTreeMap::new();
    for span in spans {
        // Equal ones are shared.
        let of = (Arc::as_ptr(&span.resource) as usize, Arc::as_ptr(&span.scope) as usize);
        groups.entry(of).or_default().push(span);
    }
    let mut encoder = RequestEncoder::default();
    let mut last = None;
    for ((resource, _), spans) in groups {
        for (place, stored) in spans.into_iter().enumerate() {
            if last != Some(resource) {
                encoder.resource(&stored.resource);
                last = Some(resource);
            }
            if place == 0 {
                encoder.scope(&stored.scope);
            }
            encoder.span(&stored.span);
        }
    }
    encoder.finish()
}
