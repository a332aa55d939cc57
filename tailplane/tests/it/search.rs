//! Queries over whole traces find, in files and live spans, what evaluating every trace finds.

use std::collections::{BTreeMap, BTreeSet};

use model::SpanView;
use model::trace::{TraceLimits, assemble};
use proto::{Tenant, TimeRange, TraceId};
use query::search::{SearchAnswer, SearchQuery, SeriesQuery};
use query::traceql::{
    MetricsAccumulator, MetricsLimits, Query, QueryBody, Series, TraceView, Window, matches, parse_filter,
    parse_query,
};

use crate::pipeline::{Pipeline, Place, PlainSpan, block_on, fixture, plain_spans};

/// Relations, groups, figures, fields of the whole trace.
const SEARCHES: [&str; 18] = [
    "{ status = error }",
    "{ kind = server } > { name = \"authorization\" }",
    "{ kind = server } >> { k8s:component = \"etcd\" }",
    "{ k8s:component = \"etcd\" } << { kind = server && k8s:verb = \"list\" }",
    "{ name = \"authorization\" } ~ { }",
    "{ kind = server } !>> { kind = client }",
    "{ kind = server } &>> { kind = client && duration > 5ms }",
    "{ kind = client } && { kind = server } && { duration > 100ms }",
    "{ kind = server } | count() > 1",
    "{ kind = client } | by(name) | count() > 3",
    "{ } | by(k8s:component) | avg(duration) > 50ms",
    "{ kind = server } | select(span.http.target) | max(duration) > 200ms",
    "{ rootName =~ \"(LIST|GET).*\" && duration > 50ms }",
    "{ trace:duration > 500ms && childCount > 3 }",
    "{ self_time > 20ms }",
    "{ critical_path > 50ms }",
    "{ parent = nil && kind = server }",
    "{ parent:name = \"priorityandfairness\" } >> { kind = client }",
];

const METRICS: [&str; 8] = [
    "{ kind = server } | rate() by(k8s:verb)",
    "{ kind = server } >> { kind = client } | count_over_time() by(name)",
    "{ kind = server } | quantile_over_time(duration, 0.5, 0.99) by(k8s:resource)",
    "{ } | max_over_time(self_time) by(k8s:component)",
    "{ kind = server } | avg_over_time(duration)",
    "({ kind = server && status = error } | rate()) / ({ kind = server } | rate())",
    "{ } | rate() by(name) | topk(3)",
    "{ kind = server } | histogram_over_time(duration)",
];

/// The spans of each trace.
fn traces(spans: &[PlainSpan]) -> BTreeMap<TraceId, Vec<SpanView<'_>>> {
    let mut traces: BTreeMap<TraceId, Vec<SpanView<'_>>> = BTreeMap::new();
    for plain in spans {
        let view = SpanView { span: &plain.span, resource: &plain.resource, scope: &plain.scope };
        traces.entry(plain.span.trace_id).or_default().push(view);
    }
    traces
}

/// How many spans each spanset of each trace has.
type Matched = BTreeMap<TraceId, Vec<u64>>;

fn expected(query: &Query, traces: &BTreeMap<TraceId, Vec<SpanView<'_>>>) -> Matched {
    let pipelines = query.pipelines();
    let pipeline = pipelines.first().expect("a pipeline");
    let mut matched = Matched::new();
    for (id, views) in traces {
        let trace = assemble(views.iter().copied(), TraceLimits::default());
        let mut counts: Vec<u64> =
            TraceView::new(&trace).spansets(pipeline).iter().map(|set| set.nodes.len() as u64).collect();
        counts.sort_unstable();
        if !counts.is_empty() {
            matched.insert(*id, counts);
        }
    }
    matched
}

fn matched(answer: &SearchAnswer) -> Matched {
    let counts = |trace: &query::search::FoundTrace| {
        let mut counts: Vec<u64> = trace.spansets.iter().map(|spanset| spanset.matched).collect();
        counts.sort_unstable();
        counts
    };
    answer.traces.iter().map(|trace| (trace.trace_id, counts(trace))).collect()
}

fn config() -> query::Config {
    query::Config { search_traces_max: 100_000, slots_max: 10_000, ..query::Config::default() }
}

#[test]
fn searches_find_what_evaluating_every_trace_finds() {
    let requests = fixture("stall");
    let spans = plain_spans(&requests);
    let traces = traces(&spans);
    let mut found_something = 0;
    for place in [Place::Live, Place::Mixed] {
        block_on(async {
            let pipeline = Pipeline::with(&requests, place, config()).await;
            for text in SEARCHES {
                let query = parse_query(text).unwrap_or_else(|error| panic!("{text}: {error}"));
                let expected = expected(&query, &traces);
                found_something += usize::from(!expected.is_empty());
                let question = SearchQuery {
                    tenant: Tenant::default(),
                    query,
                    range: TimeRange::ALL,
                    limit: 100_000,
                    spans_per_spanset: 2,
                };
                let answer =
                    pipeline.engine.search(question).await.unwrap_or_else(|error| panic!("{text}: {error}"));
                assert_eq!(matched(&answer), expected, "{place:?} {text}");
                assert!(!answer.looked_at.has_more, "{text}");
                let starts: Vec<_> = answer.traces.iter().flat_map(|trace| &trace.spansets).collect();
                assert!(starts.iter().all(|spanset| spanset.spans.len() <= 2), "{text}");
            }
            pipeline.close().await;
        });
    }
    assert!(found_something > SEARCHES.len(), "most searches find something: {found_something}");
}

#[test]
fn a_limit_gives_the_latest_traces_and_says_that_there_are_more() {
    let requests = fixture("stall");
    block_on(async {
        let pipeline = Pipeline::with(&requests, Place::Mixed, config()).await;
        let question = |limit: usize| SearchQuery {
            tenant: Tenant::default(),
            query: parse_query("{ kind = server } > { name = \"audit\" }").expect("a query"),
            range: TimeRange::ALL,
            limit,
            spans_per_spanset: 1,
        };
        let all = pipeline.engine.search(question(100_000)).await.expect("traces");
        let few = pipeline.engine.search(question(5)).await.expect("traces");
        assert!(all.traces.len() > 5, "{}", all.traces.len());
        assert_eq!(few.traces, all.traces[..5]);
        assert!(few.looked_at.has_more);
        assert!(few.looked_at.traces < all.looked_at.traces);
        pipeline.close().await;
    });
}

#[test]
fn traces_that_do_not_fit_together_are_read_in_parts() {
    let requests = fixture("stall");
    let question = || SearchQuery {
        tenant: Tenant::default(),
        query: parse_query("{ kind = server } >> { kind = client }").expect("a query"),
        range: TimeRange::ALL,
        limit: 100_000,
        spans_per_spanset: 1,
    };
    block_on(async {
        let whole = Pipeline::with(&requests, Place::Mixed, config()).await;
        let expected = whole.engine.search(question()).await.expect("traces");
        whole.close().await;
        // Every trace fits by itself, and far from all of them together.
        let spans = |trace: &query::search::FoundTrace| trace.spans as usize;
        let longest = expected.traces.iter().map(spans).max().expect("traces");
        assert!(longest < 2_000 && expected.traces.iter().map(spans).sum::<usize>() > 4_000, "{longest}");
        let config = query::Config { trace_spans_max: 2_000, ..config() };
        let parted = Pipeline::with(&requests, Place::Mixed, config).await;
        let found = parted.engine.search(question()).await.expect("traces");
        assert!(expected.looked_at.traces as usize > 500, "{:?}", expected.looked_at);
        assert_eq!(found.looked_at.traces, expected.looked_at.traces);
        assert_eq!(found.traces, expected.traces);
        parted.close().await;
    });
}

fn expected_series(
    query: &Query,
    window: Window,
    traces: &BTreeMap<TraceId, Vec<SpanView<'_>>>,
) -> Vec<Series> {
    let QueryBody::Metrics(expression) = &query.body else { return Vec::new() };
    let mut series = MetricsAccumulator::new(expression, window, MetricsLimits::default());
    for views in traces.values() {
        let trace = assemble(views.iter().copied(), TraceLimits::default());
        series.add(&TraceView::new(&trace)).expect("few series");
    }
    series.finish()
}

/// All of the time that spans end in, and a part of it that no step divides.
fn whole_and_part(spans: &[PlainSpan]) -> [TimeRange; 2] {
    let ends = || spans.iter().map(|plain| plain.span.end);
    let (first, last) = (ends().min().expect("spans"), ends().max().expect("spans"));
    let third = (last - first) / 3;
    [
        TimeRange { start: first, end: last + 1 },
        TimeRange { start: first + third + 123_456_789, end: last - third + 987_654_321 },
    ]
}

#[test]
fn a_search_finds_the_traces_of_its_time() {
    let requests = fixture("stall");
    let spans = plain_spans(&requests);
    let [_, part] = whole_and_part(&spans);
    for text in ["{ kind = server }", "{ k8s:component = \"etcd\" && duration > 10ms }", "{ status = error }"]
    {
        let query = parse_query(text).expect("a query");
        let filter = parse_filter(text).expect("a filter");
        let of_time = |range: TimeRange| -> BTreeSet<TraceId> {
            let touching = spans.iter().filter(|plain| range.touches(plain.span.start, plain.span.end));
            touching.filter(|plain| matches(&filter, *plain)).map(|plain| plain.span.trace_id).collect()
        };
        let expected = of_time(part);
        assert!(!expected.is_empty() && expected.len() < of_time(TimeRange::ALL).len(), "{text}");
        for place in [Place::Live, Place::Flushed, Place::Mixed] {
            block_on(async {
                let pipeline = Pipeline::with(&requests, place, config()).await;
                let question = SearchQuery {
                    tenant: Tenant::default(),
                    query: query.clone(),
                    range: part,
                    limit: 100_000,
                    spans_per_spanset: 1,
                };
                let answer = pipeline.engine.search(question).await.expect("traces");
                let found: BTreeSet<TraceId> = answer.traces.iter().map(|trace| trace.trace_id).collect();
                assert_eq!(found, expected, "{place:?} {text}");
                pipeline.close().await;
            });
        }
    }
}

#[test]
fn a_limit_below_what_was_read_says_that_there_are_more() {
    let requests = fixture("stall");
    let spans = plain_spans(&requests);
    // So few that all are candidates of the first look.
    let rare = "{ kind = server && status = error }";
    block_on(async {
        let pipeline = Pipeline::with(&requests, Place::Mixed, config()).await;
        let question = |limit: usize| SearchQuery {
            tenant: Tenant::default(),
            query: parse_query(rare).expect("a query"),
            range: TimeRange::ALL,
            limit,
            spans_per_spanset: 1,
        };
        let all = pipeline.engine.search(question(100)).await.expect("traces");
        assert!((2..20).contains(&all.traces.len()), "{} of {} spans", all.traces.len(), spans.len());
        assert!(!all.looked_at.has_more);
        let one = pipeline.engine.search(question(1)).await.expect("a trace");
        assert_eq!(one.traces, all.traces[..1]);
        assert!(one.looked_at.has_more);
        pipeline.close().await;
    });
}

#[test]
fn series_are_those_of_every_trace() {
    let requests = fixture("stall");
    let spans = plain_spans(&requests);
    let traces = traces(&spans);
    block_on(async {
        let pipeline = Pipeline::with(&requests, Place::Mixed, config()).await;
        for range in whole_and_part(&spans) {
            for text in METRICS {
                check_series(&pipeline, &traces, text, range).await;
            }
        }
        pipeline.close().await;
    });
}

async fn check_series(
    pipeline: &Pipeline,
    traces: &BTreeMap<TraceId, Vec<SpanView<'_>>>,
    text: &str,
    range: TimeRange,
) {
    let query = parse_query(text).expect(text);
    let question = SeriesQuery {
        tenant: Tenant::default(),
        query: query.clone(),
        range,
        step_ns: 2_000_000_000,
        exemplars: 1,
    };
    let answer = pipeline.engine.series(question).await.expect(text);
    let expected = expected_series(&query, answer.window, traces);
    assert!(!expected.is_empty(), "{text}");
    let labels = |series: &[Series]| -> Vec<_> { series.iter().map(|one| one.labels.clone()).collect() };
    assert_eq!(labels(&answer.series), labels(&expected), "{text}");
    for (found, expected) in answer.series.iter().zip(&expected) {
        // Sums of doubles depend on their order.
        for (found, expected) in found.samples.iter().zip(&expected.samples) {
            let (found, expected) = (found.unwrap_or(f64::NAN), expected.unwrap_or(f64::NAN));
            let is_close = (found - expected).abs() <= expected.abs() * 1e-9;
            assert!(is_close || (found.is_nan() && expected.is_nan()), "{text}: {found} {expected}");
        }
    }
}

#[test]
fn series_of_too_many_traces_are_refused() {
    let requests = fixture("stall");
    block_on(async {
        let config = query::Config { search_traces_max: 10, ..query::Config::default() };
        let pipeline = Pipeline::with(&requests, Place::Live, config).await;
        let question = SeriesQuery {
            tenant: Tenant::default(),
            query: parse_query("{ } >> { } | rate()").expect("a query"),
            range: TimeRange { start: 0, end: 1 << 62 },
            step_ns: 1 << 60,
            exemplars: 0,
        };
        let error = pipeline.engine.series(question).await.expect_err("too many");
        assert!(error.message.contains("query.search_traces_max"), "{error}");
        pipeline.close().await;
    });
}
