//! Latency from rollups against brute force: the same counts, quantiles within the stated bound, exemplars that are real.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use bytesize::ByteSize;
use proto::{SpanId, Tenant, TimeRange, TraceId};
use query::attributes::AttributeValuesQuery;
use query::latency::{LatencyAnswer, LatencyQuery, Source, Step};
use query::traceql::{matches, parse_attribute};
use query::{Deriver, Engine};
use storage::Storage;
use storage::env::Env;

use crate::oracle;
use crate::pipeline::{
    Pipeline, Place, PlainSpan, append_at, block_on, filter, fixture, plain_spans, range_of, rekeyed,
};

const SECOND_NS: u64 = 1_000_000_000;
const QUANTILES: [f64; 4] = [0.0, 0.5, 0.99, 1.0];

/// Filter, attributes to group by, step in seconds.
type Question = (&'static str, &'static [&'static str], u64);

const ANSWERABLE: [Question; 8] = [
    ("{}", &[], 60),
    ("{}", &["resource.service.name", "name"], 60),
    ("{ kind = server && k8s:resource != nil && k8s:watch = false }", &["k8s:verb", "k8s:resource"], 60),
    ("{ k8s:code >= 400 }", &["k8s:code", "name"], 300),
    ("{ status = error }", &["resource.service.name"], 3600),
    ("{ name =~ \".*Txn.*\" && k8s:component = \"etcd\" }", &["kind"], 3600),
    ("{ !(k8s:resource = \"pods\") }", &["status", "k8s:scope"], 7200),
    ("{ resource.service.name = \"apiserver\" || k8s:probe = true }", &["k8s:rpc_code", "k8s:watch"], 120),
];

/// What rollups cannot tell.
const BEYOND: [Question; 4] = [
    ("{}", &[], 30),
    ("{ duration > 1ms }", &[], 60),
    ("{ span.verb = \"GET\" }", &[], 60),
    ("{ kind = server }", &["k8s:namespace"], 60),
];

fn query_of(spans: &[PlainSpan], (text, by, step_s): Question) -> LatencyQuery {
    let range = range_of(spans);
    let mut query = LatencyQuery::new(filter(text), range.start, range.end);
    query.by = by.iter().map(|name| parse_attribute(name).expect("an attribute")).collect();
    query.step = Step::Nanos(step_s * SECOND_NS);
    query.quantiles = QUANTILES.to_vec();
    query.exemplars = 8;
    query.limit = 10_000;
    query
}

type Expected = Vec<(Vec<Option<String>>, Vec<oracle::ExpectedPoint>)>;

/// A question, and what brute force makes of it.
struct Asked {
    question: Question,
    query: LatencyQuery,
    expected: Expected,
}

impl Asked {
    fn of(spans: &[PlainSpan], question: Question) -> Self {
        let query = query_of(spans, question);
        let expected = oracle::latency(spans, &query, question.2 * SECOND_NS, usize::MAX);
        Self { question, query, expected }
    }
}

fn check(asked: &Asked, spans: &[PlainSpan], answer: &LatencyAnswer) {
    let Asked { question: (text, _, step_s), query, expected } = asked;
    let by_id: HashMap<(TraceId, SpanId), &PlainSpan> =
        spans.iter().map(|plain| ((plain.span.trace_id, plain.span.span_id), plain)).collect();
    assert!(!expected.is_empty(), "{text} asks for nothing");
    assert_eq!(answer.series.len(), expected.len(), "{text}: series");
    for (series, (labels, points)) in answer.series.iter().zip(expected) {
        let found: Vec<_> = series.labels.iter().map(|label| label.value.clone()).collect();
        assert_eq!(&found, labels, "{text}: order of series");
        assert_eq!(series.points.len(), points.len(), "{text} {labels:?}: points");
        for (point, truth) in series.points.iter().zip(points) {
            let at = format!("{text} {labels:?} in slot {}", point.slot);
            let counts = (point.slot, point.figures.count, point.figures.errors);
            assert_eq!(counts, (truth.slot, truth.count, truth.errors), "{at}");
            for (quantile, truth_ns) in point.figures.quantiles.iter().zip(&truth.quantiles_ns) {
                let distance = quantile.value_ns.abs_diff(*truth_ns) as f64;
                assert!(
                    distance <= *truth_ns as f64 * point.figures.error_bound,
                    "{at}: {quantile:?}, not {truth_ns}"
                );
            }
            assert_eq!(
                point.figures.quantiles[3].value_ns, truth.quantiles_ns[3],
                "{at}: the slowest is known"
            );
        }
        for exemplar in &series.exemplars {
            let plain = by_id[&(exemplar.trace_id, exemplar.span_id)];
            assert!(matches(&query.filter, plain), "{text} {labels:?}: {exemplar:?}");
            assert_eq!(
                (plain.span.duration_ns(), plain.span.start),
                (exemplar.duration_ns, exemplar.start),
                "{text}"
            );
            assert_eq!(plain.span.end - plain.span.end % (step_s * SECOND_NS), exemplar.slot, "{text}");
        }
        let slots = series
            .points
            .iter()
            .filter(|point| series.exemplars.iter().any(|exemplar| exemplar.slot == point.slot));
        assert_eq!(slots.count(), series.points.len(), "{text} {labels:?}: every point has an exemplar");
    }
}

#[test]
fn rollups_give_the_figures_that_the_spans_give_within_the_bound() {
    let calm = fixture("calm");
    let mut requests = calm.clone();
    requests.extend(rekeyed(&calm, 0x5a, Duration::from_secs(95)));
    let spans = plain_spans(&requests);
    let asked = |questions: &[Question]| -> Vec<Asked> {
        questions.iter().map(|question| Asked::of(&spans, *question)).collect()
    };
    let (answerable, beyond) = (asked(&ANSWERABLE), asked(&BEYOND));
    for (place, is_compacted) in [(Place::Flushed, false), (Place::Mixed, false), (Place::Mixed, true)] {
        block_on(async {
            let config = query::Config { series_max: 10_000, ..query::Config::default() };
            let pipeline = Pipeline::with(&requests, place, config).await;
            if is_compacted {
                pipeline.storage.flush().await.expect("a flush");
                let compacted = pipeline.storage.compact().await.expect("a merge").expect("three segments");
                assert_eq!(compacted.rows, spans.len() as u64);
            }
            for asked in &answerable {
                let answer = pipeline.engine.latency(asked.query.clone()).await.expect("an answer");
                let text = asked.question.0;
                assert_eq!(
                    (answer.stats.source, &answer.not_by_rollup),
                    (Source::Rollup, &None),
                    "{place:?} {text}"
                );
                let explained = answer.explanation.to_string();
                let longest = [3600, 300, 60].into_iter().find(|slot| asked.question.2 % slot == 0);
                let rows = format!(" rows of {}s\n", longest.expect("whole minutes"));
                assert!(explained.contains(&rows), "{explained}");
                if place == Place::Flushed || is_compacted {
                    assert!(
                        explained.ends_with("spans: 0 of 0 segments and memory (0 there)\n"),
                        "{explained}"
                    );
                    assert!(answer.stats.bytes_read > 0, "{text}");
                    assert!(answer.stats.rows_read < spans.len() as u64 / 2, "{text} {:?}", answer.stats);
                }
                check(asked, &spans, &answer);
            }
            for asked in &beyond {
                let answer = pipeline.engine.latency(asked.query.clone()).await.expect("an answer");
                assert_eq!(answer.stats.source, Source::Scan, "{place:?} {}", asked.question.0);
                assert!(answer.not_by_rollup.is_some(), "{place:?} {}", asked.question.0);
                let explained = answer.explanation.to_string();
                assert!(
                    explained.contains("rollups: not used, for ") && explained.contains("columns: "),
                    "{explained}"
                );
                check(asked, &spans, &answer);
            }
            pipeline.close().await;
        });
    }
}

#[test]
fn latency_outlives_the_spans_that_retention_removes() {
    let requests = fixture("calm");
    let spans = plain_spans(&requests);
    let asked = Asked::of(&spans, ANSWERABLE[2]);
    block_on(async {
        let pipeline = Pipeline::with(&requests, Place::Flushed, query::Config::default()).await;
        pipeline.storage.keep_derived(Arc::new(Deriver::default())).await.expect("derived tables");
        let folder = pipeline.stop().await;
        let url = folder.path().display().to_string();
        let config = storage::Config { url, max_bytes: Some(ByteSize(1)), ..Pipeline::storage_config() };
        let storage =
            Storage::open(config, Env::system(), Arc::new(ingest::decode_requests)).await.expect("it opens");
        storage.replayed().await.expect("nothing to replay");
        while storage.stats().table_files > 0 {
            storage.enforce_retention().await.expect("a commit");
        }
        let engine = Engine::new(
            query::Config { series_max: 10_000, ..query::Config::default() },
            Arc::clone(&storage),
        );
        let engine = engine.expect("an engine");
        let answer = engine.latency(asked.query.clone()).await.expect("an answer");
        assert_eq!((answer.stats.source, answer.stats.completeness.is_complete()), (Source::Rollup, true));
        check(&asked, &spans, &answer);

        let beyond = Asked::of(&spans, BEYOND[0]);
        let answer = engine.latency(beyond.query).await.expect("an answer");
        assert!(answer.series.is_empty());
        let because: Vec<_> = answer.stats.completeness.incomplete_because().collect();
        assert_eq!(because, ["past_retention"]);
        storage.stop().await;
        only_hours_outlive_the_minutes(folder.path(), &spans, &asked).await;
    });
}

/// Forty days later the rollups of `folder`, whose spans are gone, know `spans` by the hour, and nothing by the minute.
async fn only_hours_outlive_the_minutes(folder: &std::path::Path, spans: &[PlainSpan], by_minute: &Asked) {
    let later = Env::system().now() + 40 * 24 * 3600 * SECOND_NS;
    let env = Env::with_clock(Arc::new(storage::env::ManualClock::at(later)));
    let config = storage::Config { url: folder.display().to_string(), ..Pipeline::storage_config() };
    let storage = Storage::open(config, env, Arc::new(ingest::decode_requests)).await.expect("it opens");
    storage.replayed().await.expect("nothing to replay");
    let config = query::Config { series_max: 10_000, ..query::Config::default() };
    let engine = Engine::new(config, Arc::clone(&storage)).expect("an engine");
    let by_hour = Asked::of(spans, ANSWERABLE[4]);
    // No clock is believed that is far ahead of what arrives.
    let fresh = rekeyed(&fixture("calm"), 0x77, Duration::from_secs(40 * 24 * 3600));
    append_at(&storage, &fresh, later).await;
    storage.flush().await.expect("a flush");
    for is_condensed in [false, true] {
        let hours = engine.latency(by_hour.query.clone()).await.expect("an answer");
        assert!(hours.stats.completeness.is_complete(), "{:?}", hours.stats);
        check(&by_hour, spans, &hours);
        let minutes = engine.latency(by_minute.query.clone()).await.expect("an answer");
        let completeness = minutes.stats.completeness;
        assert_eq!((minutes.series.is_empty(), completeness.past_retention), (is_condensed, is_condensed));
        let mut counted = Vec::new();
        for table in ["rollups", "rollups_1h"] {
            let text = format!("SELECT coalesce(sum(span_count), 0) FROM {table}");
            let answer = engine.sql(Tenant::default(), text).await.expect("a count");
            counted.push(answer.batches[0].column(0).as_primitive::<Int64Type>().value(0));
        }
        let all = spans.len() as i64;
        assert_eq!(counted, [if is_condensed { all } else { 2 * all }, 2 * all]);
        storage.enforce_retention().await.expect("a commit");
    }
    storage.stop().await;
}

#[test]
fn with_more_series_than_a_rollup_tells_apart_the_spans_are_asked() {
    let requests = fixture("calm");
    let spans = plain_spans(&requests);
    block_on(async {
        let few = storage::Config { rollup_series_max: 5, ..Pipeline::storage_config() };
        let pipeline = Pipeline::with_storage(&requests, Place::Flushed, few, query::Config::default()).await;
        let asked = Asked::of(&spans, ANSWERABLE[0]);
        let answer = pipeline.engine.latency(asked.query.clone()).await.expect("an answer");
        assert_eq!(answer.stats.source, Source::Scan);
        check(&asked, &spans, &answer);
        pipeline.close().await;
    });
}

/// Values and how many spans have each, and where from.
async fn values(
    engine: &Engine,
    text: &str,
    attribute: &str,
    range: TimeRange,
) -> (Vec<(String, u64)>, Source) {
    let query = AttributeValuesQuery {
        tenant: Tenant::default(),
        attribute: parse_attribute(attribute).expect("an attribute"),
        filter: filter(text),
        range,
        prefix: String::new(),
        limit: 1_000,
    };
    let answer = engine.attribute_values(query).await.expect("values");
    (answer.values.into_iter().map(|value| (value.text, value.count)).collect(), answer.stats.source)
}

#[test]
fn values_of_whole_segments_come_from_rollups_and_are_those_of_the_spans() {
    let calm = fixture("calm");
    let mut requests = calm.clone();
    requests.extend(rekeyed(&calm, 0x5a, Duration::from_secs(95)));
    let spans = plain_spans(&requests);
    let whole = range_of(&spans);
    let whole = TimeRange { start: whole.start, end: whole.end + 1 };
    let middle = whole.start + whole.duration_ns() / 2;
    for place in [Place::Flushed, Place::Mixed] {
        block_on(async {
            let pipeline = Pipeline::with(&requests, place, query::Config::default()).await;
            for range in [whole, TimeRange { start: middle, ..whole }, TimeRange { end: middle, ..whole }] {
                for attribute in ["name", "kind", "k8s:verb", "k8s:code", "resource.service.name"] {
                    for condition in ["true", "kind = server", "k8s:component = \"etcd\"", "status = error"] {
                        let (by_keys, source) =
                            values(&pipeline.engine, &format!("{{ {condition} }}"), attribute, range).await;
                        let text = format!("{{ {condition} && (duration >= 0ns || duration < 0ns) }}");
                        let (by_spans, scanned) = values(&pipeline.engine, &text, attribute, range).await;
                        assert_eq!(by_keys, by_spans, "{place:?} {range:?} {attribute} {condition}");
                        assert_ne!(scanned, Source::Rollup);
                        assert!(
                            source == Source::Rollup || range != whole,
                            "{place:?} {attribute} {condition}"
                        );
                    }
                }
            }
            let (verbs, _) = values(&pipeline.engine, "{ kind = server }", "k8s:verb", whole).await;
            let counted =
                spans.iter().filter(|plain| matches(&filter("{ kind = server && k8s:verb != nil }"), *plain));
            assert_eq!(verbs.iter().map(|(_, count)| count).sum::<u64>(), counted.count() as u64);
            pipeline.close().await;
        });
    }
}
