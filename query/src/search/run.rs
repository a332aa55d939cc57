//! Evaluating a query, some traces at a time.

use std::time::Duration;

use futures::TryStreamExt;
use model::trace::{TraceLimits, assemble};
use proto::{ErrorKind, TimeRange};
use storage::{Snapshot, SpanInstant};

use super::candidates::{Candidates, any_of, candidates};
use super::found::found;
use super::whole::{LOOKED_UP_MAX, READ_TOGETHER_MAX, whole_traces};
use super::{Explanation, LookedAt, SearchAnswer, SearchQuery, SeriesAnswer, SeriesQuery};
use crate::latency::Stats;
use crate::scan::{Extent, Scan};
use crate::session::Sessions;
use crate::span_rows::read_spans;
use crate::table::ScanShape;
use crate::trace::Trace;
use crate::traceql::{MetricsAccumulator, MetricsExpression, MetricsLimits, QueryBody, TraceView, Window};
use crate::{Config, Error, Result};

/// Answers `query` over `snapshot`. `elapsed` of the answer is left at zero.
pub(crate) async fn search(
    query: &SearchQuery,
    snapshot: &Snapshot,
    sessions: &Sessions,
    config: &Config,
) -> Result<SearchAnswer> {
    let QueryBody::Spans(pipeline) = &query.query.body else {
        return Err(Error::invalid("the query asks for series: ask for a step too"));
    };
    let most = config.search_traces_max;
    sessions.reads().progress().expect_passes(2);
    let Candidates { ids, has_more, stats } =
        candidates(&query.query, &query.tenant, query.range, most, snapshot, sessions).await?;
    let (attributes, links) = (query.query.attributes(), query.query.hints.follows_links());
    let looked_at = LookedAt { has_more, ..LookedAt::default() };
    let explanation = Explanation::default();
    let mut answer = SearchAnswer { traces: Vec::new(), looked_at, explanation, stats };
    let mut rest = ids.as_slice();
    let mut together = LOOKED_UP_MAX;
    while !rest.is_empty() && answer.traces.len() < query.limit {
        let next = &rest[..together.min(rest.len())];
        sessions.reads().progress().next_pass();
        sessions.reads().progress().expect_passes(rest.len().div_ceil(next.len()));
        let range = widened(query.range, config);
        let (traces, read) = whole_traces(next, &query.tenant, range, snapshot, sessions, config).await?;
        rest = &rest[read..];
        together = read_next(read, &traces, config);
        for trace in traces {
            if answer.traces.len() == query.limit {
                answer.looked_at.has_more = true;
                break;
            }
            answer.looked_at.add(&trace);
            answer.traces.extend(found(&trace, pipeline, &attributes, links, query.spans_per_spanset));
            // A query that nobody waits for any more ends here.
            tokio::task::yield_now().await;
        }
    }
    answer.looked_at.has_more |= !rest.is_empty();
    answer.explanation = Explanation::of_traces(&query.query, &answer.stats, ids.len(), answer.looked_at);
    Ok(answer)
}

/// Answers `query` over `snapshot`. `elapsed` of the answer is left at zero.
pub(crate) async fn series(
    query: &SeriesQuery,
    snapshot: &Snapshot,
    sessions: &Sessions,
    config: &Config,
) -> Result<SeriesAnswer> {
    let QueryBody::Metrics(expression) = &query.query.body else {
        return Err(Error::invalid("the query asks for spans, not for series: leave out the step"));
    };
    let hints = &query.query.hints;
    let window =
        Window::new(query.range.start, query.range.end, query.step_ns, hints.slots_at_end().unwrap_or(true));
    if window.slots() > config.slots_max {
        return Err(Error::invalid(format!(
            "{} slots are more than the {} of query.slots_max: ask for a longer step",
            window.slots(),
            config.slots_max
        )));
    }
    let mut series = accumulator(expression, window, hints.exemplars(query.exemplars), config);
    if !query.query.needs_whole_trace() {
        let stats = add_spans(query, window, &mut series, snapshot, sessions).await?;
        let explanation = Explanation::of_spans(&query.query, &stats);
        let (series, looked_at) = (series.finish(), LookedAt::default());
        return Ok(SeriesAnswer { window, series, looked_at, explanation, stats });
    }
    let most = config.search_traces_max;
    sessions.reads().progress().expect_passes(2);
    let Candidates { ids, has_more, stats } =
        candidates(&query.query, &query.tenant, window.range(), most, snapshot, sessions).await?;
    // Unlike a search, which is right as far as it goes, series of some traces are wrong.
    if has_more {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!(
                "more than the {most} traces of query.search_traces_max may count: ask for a shorter time or a narrower \
                 filter"
            ),
        ));
    }
    let mut looked_at = LookedAt::default();
    let memory = sessions.reservation("series");
    let (mut rest, mut together) = (ids.as_slice(), READ_TOGETHER_MAX);
    while !rest.is_empty() {
        let next = &rest[..together.min(rest.len())];
        sessions.reads().progress().next_pass();
        sessions.reads().progress().expect_passes(rest.len().div_ceil(next.len()));
        let range = widened(window.range(), config);
        let (traces, read) = whole_traces(next, &query.tenant, range, snapshot, sessions, config).await?;
        rest = &rest[read..];
        together = read_next(read, &traces, config);
        for trace in traces {
            looked_at.add(&trace);
            add(&mut series, &trace, hints.follows_links())?;
            memory.try_resize(series.memory_bytes())?;
            tokio::task::yield_now().await;
        }
    }
    let explanation = Explanation::of_traces(&query.query, &stats, ids.len(), looked_at);
    Ok(SeriesAnswer { window, series: series.finish(), looked_at, explanation, stats })
}

/// Adds spans one by one, as they are read: a query that needs nothing of other spans sees each as a trace of its own.
async fn add_spans(
    query: &SeriesQuery,
    window: Window,
    series: &mut MetricsAccumulator,
    snapshot: &Snapshot,
    sessions: &Sessions,
) -> Result<Stats> {
    let instant = if window.is_by_end() { SpanInstant::End } else { SpanInstant::Start };
    let extent =
        Extent { tenant: query.tenant.clone(), range: window.range(), instant, shape: ScanShape::Aggregate };
    let Scan { rows, stats } = Scan::open(sessions, snapshot, &extent)?;
    let rows = match any_of(&query.query.leaf_filters())? {
        Some(condition) => rows.filter(condition)?,
        None => rows,
    };
    let memory = sessions.reservation("series");
    let mut batches = rows.execute_stream().await?;
    while let Some(batch) = batches.try_next().await? {
        for stored in read_spans(&[batch])? {
            let alone = assemble([stored.view()], TraceLimits::default());
            let added = series.add(&TraceView::new(&alone));
            added.map_err(|error| Error::new(ErrorKind::TooLarge, error.to_string()))?;
        }
        memory.try_resize(series.memory_bytes())?;
        tokio::task::yield_now().await;
    }
    Ok(stats)
}

fn accumulator(
    expression: &MetricsExpression,
    window: Window,
    exemplars_max: usize,
    config: &Config,
) -> MetricsAccumulator {
    let limits = MetricsLimits {
        series_max: config.search_series_max,
        exemplars_max: exemplars_max.min(config.exemplars_max),
        latency: model::latency::Limits { exact_spans_max: config.exact_spans_max },
        ..MetricsLimits::default()
    };
    MetricsAccumulator::new(expression, window, limits)
}

fn add(series: &mut MetricsAccumulator, trace: &Trace, follows_links: bool) -> Result<()> {
    let assembled = trace.assembled();
    let view = TraceView::new(&assembled).following_links(follows_links);
    series.add(&view).map_err(|error| Error::new(ErrorKind::TooLarge, error.to_string()))
}

/// How many traces to read next, so that they fit if they are as long as the last `read`.
fn read_next(read: usize, traces: &[Trace], config: &Config) -> usize {
    let spans = traces.iter().map(|trace| trace.spans.len()).sum::<usize>().max(1);
    // Half of what would fit: the next may be longer.
    (read.saturating_mul(config.trace_spans_max) / (2 * spans)).clamp(1, READ_TOGETHER_MAX)
}

/// Where spans of a trace may lie that has one in `range`.
fn widened(range: TimeRange, config: &Config) -> TimeRange {
    let margin: Duration = config.trace_margin;
    range.widened(u64::try_from(margin.as_nanos()).unwrap_or(u64::MAX))
}

impl LookedAt {
    fn add(&mut self, trace: &Trace) {
        self.traces += 1;
        self.cut_traces += u64::from(trace.is_cut);
    }
}
