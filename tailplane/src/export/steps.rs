//! A range of time in steps, each of so few spans that they fit in memory.

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use proto::{Tenant, TimeRange, UnixNanos};
use query::traceql::SpanFilter;
use query::{Engine, SpansQuery};

use super::sink::Sink;
use crate::format;

/// So many spans are in memory at once, some 100 MB of them: a time in which more end is cut in halves.
pub(super) const STEP_SPANS_MAX: usize = 50_000;
/// The first step. The next is twice as long while it would still hold few.
const FIRST_STEP_NS: u64 = 60 * 1_000_000_000;
const BAR: &str = "export {wide_bar} {percent:>3} %\n{msg}";

/// Which spans.
pub(super) struct Wanted {
    pub(super) tenant: Tenant,
    pub(super) filter: SpanFilter,
    pub(super) range: TimeRange,
    /// So many at once: [`STEP_SPANS_MAX`].
    pub(super) step_spans_max: usize,
}

/// Writes them to `sink`, in order of the time that they end in; says how many there are.
pub(super) async fn write_all(
    sink: &mut Sink,
    engine: &Engine,
    wanted: &Wanted,
    bar: &ProgressBar,
) -> anyhow::Result<u64> {
    let range = wanted.range;
    let (mut start, mut step_ns, mut spans) = (range.start, FIRST_STEP_NS, 0);
    bar.set_length(range.duration_ns());
    while start < range.end {
        let end = start.saturating_add(step_ns).min(range.end);
        let query = SpansQuery {
            tenant: wanted.tenant.clone(),
            filter: wanted.filter.clone(),
            range: TimeRange { start, end },
            limit: wanted.step_spans_max + 1,
        };
        let Some(found) = sink.write(engine, query).await? else {
            step_ns = halved(start, end, wanted.step_spans_max)?;
            continue;
        };
        spans += found;
        start = end;
        if found < wanted.step_spans_max as u64 / 4 {
            step_ns = step_ns.saturating_mul(2);
        }
        bar.set_position(start - range.start);
        bar.set_message(format!("{} spans", format::count(spans)));
    }
    Ok(spans)
}

fn halved(start: UnixNanos, end: UnixNanos, spans_max: usize) -> anyhow::Result<u64> {
    let half = (end - start) / 2;
    if half == 0 {
        bail!("more than {spans_max} spans end in the nanosecond {start}: narrow the filter");
    }
    Ok(half)
}

/// Shown where somebody looks.
pub(super) fn progress_bar(is_terminal: bool) -> anyhow::Result<ProgressBar> {
    if !is_terminal {
        return Ok(ProgressBar::hidden());
    }
    Ok(ProgressBar::new(0).with_style(ProgressStyle::with_template(BAR)?))
}

#[cfg(test)]
mod tests;
