//! SQL over captured spans: its own functions have the values that TraceQL has, and it reads no more than it may.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use bytesize::ByteSize;
use proto::{ErrorKind, Tenant};
use query::Engine;
use query::traceql::{SpanAttributes, Static, parse_attribute};

use crate::pipeline::{Pipeline, Place, block_on, fixture, plain_spans};

/// Some have columns of their own, some have not, and some have values of several types.
const ATTRIBUTES: [&str; 7] = [
    "resource.service.name",
    ".audit-id",
    "span.http.method",
    "k8s:verb",
    "span.url.path",
    "span.http.response.status_code",
    ".nobody.sends.this",
];

/// How many spans have each value, by SQL.
async fn by_sql(engine: &Engine, attribute: &str) -> BTreeMap<Option<String>, u64> {
    let text = format!("SELECT attribute('{attribute}'), count(*) FROM spans GROUP BY 1");
    let answer = engine.sql(Tenant::default(), text).await.expect("rows");
    let mut counts = BTreeMap::new();
    for batch in &answer.batches {
        let values = batch.column(0).as_string_view();
        let spans = batch.column(1).as_primitive::<Int64Type>().values();
        for (row, spans) in spans.iter().enumerate() {
            let value = values.is_valid(row).then(|| values.value(row).to_owned());
            counts.insert(value, u64::try_from(*spans).expect("a count"));
        }
    }
    counts
}

#[test]
fn attributes_and_ids_are_found_in_every_place() {
    let requests = fixture("calm");
    let spans = plain_spans(&requests);
    for place in [Place::Live, Place::Flushed, Place::Mixed] {
        block_on(async {
            let config = query::Config { sql_rows_max: 1_000_000, ..query::Config::default() };
            let pipeline = Pipeline::with(&requests, place, config).await;
            for name in ATTRIBUTES {
                let attribute = parse_attribute(name).expect("an attribute");
                let mut expected: BTreeMap<Option<String>, u64> = BTreeMap::new();
                for span in &spans {
                    let value = span.get(&attribute).first().map(|value| match value {
                        Static::String(text) => text.clone(),
                        other => other.to_string(),
                    });
                    *expected.entry(value).or_default() += 1;
                }
                assert_eq!(by_sql(&pipeline.engine, name).await, expected, "{place:?} {name}");
            }
            let one = &spans[spans.len() / 2].span;
            let text = format!(
                "SELECT count(*) FROM spans WHERE trace_id = id('{}') AND span_id = id('{}')",
                one.trace_id, one.span_id
            );
            let found = pipeline.engine.sql(Tenant::default(), text).await.expect("rows");
            assert_eq!(found.batches[0].column(0).as_primitive::<Int64Type>().value(0), 1, "{place:?}");
            pipeline.close().await;
        });
    }
}

/// The numbers of the only row.
async fn numbers(engine: &Engine, text: &str) -> Vec<i64> {
    let answer = engine.sql(Tenant::default(), text.to_owned()).await.expect(text);
    let row = answer.batches.iter().find(|batch| batch.num_rows() == 1).expect("a row");
    row.columns().iter().map(|column| column.as_primitive::<Int64Type>().value(0)).collect()
}

#[test]
fn a_quantile_has_its_bound_and_real_spans_whatever_it_is_read_from() {
    let requests = fixture("calm");
    let spans = plain_spans(&requests);
    let mut durations: Vec<u64> = spans.iter().map(|plain| plain.span.duration_ns()).collect();
    durations.sort_unstable();
    let truth = durations[(durations.len() as f64 * 0.99).ceil() as usize - 1];
    for place in [Place::Live, Place::Flushed, Place::Mixed] {
        block_on(async {
            let pipeline = Pipeline::with(&requests, place, query::Config::default()).await;
            let of_spans = "SELECT q['value_ns'], q['count'], q['exemplars'][1]['duration_ns'],
                    (SELECT count(*) FROM spans WHERE span_id = q['exemplars'][1]['span_id'] AND duration_ns = q['exemplars'][1]['duration_ns'])
                FROM (SELECT quantile_with_exemplars(duration_ns, 0.99, trace_id, span_id) AS q FROM spans)";
            let of_rollups = "SELECT q['value_ns'], q['count'] FROM
                (SELECT quantile_with_exemplars(durations, 0.99, slot_start) AS q FROM rollups)";
            let by_name = "SELECT sum(q['count']), max(q['value_ns']), count(*) FROM
                (SELECT quantile_with_exemplars(duration_ns, 1, trace_id, span_id) AS q FROM spans GROUP BY name)";
            let found = numbers(&pipeline.engine, of_spans).await;
            let is_near = |value: i64| (value as f64 / truth as f64 - 1.0).abs() <= 0.004;
            assert!(is_near(found[0]) && is_near(found[2]), "{place:?}: {found:?}, not {truth}");
            assert_eq!((found[1], found[3]), (spans.len() as i64, 1), "{place:?}");
            let names: std::collections::BTreeSet<_> = spans.iter().map(|plain| &plain.span.name).collect();
            let all = vec![spans.len() as i64, durations[durations.len() - 1] as i64, names.len() as i64];
            assert_eq!(numbers(&pipeline.engine, by_name).await, all, "{place:?}");
            if place == Place::Flushed {
                let found = numbers(&pipeline.engine, of_rollups).await;
                assert!(is_near(found[0]) && found[1] == spans.len() as i64, "{found:?}, not {truth}");
                for table in ["rollups", "rollups_1h"] {
                    let counted = format!("SELECT sum(span_count) FROM {table}");
                    assert_eq!(numbers(&pipeline.engine, &counted).await, [spans.len() as i64], "{table}");
                }
            }
            pipeline.close().await;
        });
    }
}

#[test]
fn a_critical_path_is_that_of_the_model_and_adds_up_to_its_root() {
    let requests = fixture("calm");
    let spans = plain_spans(&requests);
    block_on(async {
        let pipeline = Pipeline::with(&requests, Place::Mixed, query::Config::default()).await;
        let mut sizes: BTreeMap<proto::TraceId, usize> = BTreeMap::new();
        spans.iter().for_each(|plain| *sizes.entry(plain.span.trace_id).or_default() += 1);
        let (largest, _) = sizes.iter().max_by_key(|(_, size)| **size).expect("traces");
        let question = query::trace::TraceQuery { tenant: Tenant::default(), trace_id: *largest, near: None };
        let trace = pipeline.engine.trace(question).await.expect("a trace");
        let assembled = trace.assembled();
        let root = assembled.longest_root().expect("a root");
        let path = assembled.critical_path(root);
        let (start, end) = assembled.nodes[root].interval();
        let text = format!("SELECT count(*), sum(duration_ns) FROM critical_path('{largest}')");
        assert_eq!(numbers(&pipeline.engine, &text).await, [path.len() as i64, (end - start) as i64]);
        let slowest = path.iter().max_by_key(|segment| segment.duration_ns()).expect("a path");
        let text = format!(
            "SELECT count(*) FROM critical_path('{largest}') p JOIN spans s ON s.span_id = p.span_id AND s.name = p.name
             WHERE p.span_id = id('{}') AND p.duration_ns = {} AND p.share <= 1",
            assembled.nodes[slowest.node].view.span.span_id,
            slowest.duration_ns()
        );
        assert_eq!(numbers(&pipeline.engine, &text).await, [1]);
        pipeline.close().await;
    });
}

#[test]
fn what_functions_do_not_take_is_named() {
    block_on(async {
        let pipeline = Pipeline::with(&[], Place::Live, query::Config::default()).await;
        for (text, said) in [
            (
                "SELECT quantile_with_exemplars(duration_ns, 99, trace_id, span_id) FROM spans",
                "a quantile between 0 and 1",
            ),
            (
                "SELECT quantile_with_exemplars(name, 0.5, trace_id, span_id) FROM spans",
                "takes (duration in ns, quantile, trace_id, span_id)",
            ),
            (
                "SELECT * FROM critical_path('xyz')",
                "critical_path takes the 32 hex digits of a trace in quotes",
            ),
            (
                "SELECT * FROM critical_path('000102030405060708090a0b0c0d0e0f')",
                "no span of trace 000102030405060708090a0b0c0d0e0f is here",
            ),
        ] {
            let refused = pipeline.engine.sql(Tenant::default(), text.to_owned()).await.expect_err(text);
            assert!(refused.message.contains(said), "{text}: {refused}");
            let is_there = !said.starts_with("no span of trace");
            assert_eq!(
                refused.kind,
                if is_there { ErrorKind::Invalid } else { ErrorKind::NotFound },
                "{text}"
            );
        }
        pipeline.close().await;
    });
}

#[test]
fn a_running_window_sees_all_rows_before() {
    let requests = fixture("calm");
    block_on(async {
        let pipeline = Pipeline::with(&requests, Place::Live, query::Config::default()).await;
        let text = "SELECT count(*), sum(CASE WHEN q['count'] = n THEN 1 ELSE 0 END) FROM (SELECT
            quantile_with_exemplars(duration_ns, 0.5, trace_id, span_id)
                OVER (ORDER BY start_time ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS q,
            row_number() OVER (ORDER BY start_time) AS n FROM (SELECT * FROM spans ORDER BY span_id LIMIT 50))";
        let found = numbers(&pipeline.engine, text).await;
        assert_eq!(found, [50, 50]);
        pipeline.close().await;
    });
}

#[test]
fn a_query_that_reads_more_of_files_than_it_may_ends_and_says_how_to_narrow_it() {
    let requests = fixture("calm");
    block_on(async {
        let config = query::Config { read_bytes_max: ByteSize(1_000), ..query::Config::default() };
        let pipeline = Pipeline::with(&requests, Place::Flushed, config).await;
        let text = "SELECT count(DISTINCT name) FROM spans".to_owned();
        let refused = pipeline.engine.sql(Tenant::default(), text).await.expect_err("a thousand bytes");
        assert_eq!(refused.kind, ErrorKind::TooLarge, "{refused}");
        assert!(refused.message.contains("query.read_bytes_max: ask for a shorter time range"), "{refused}");
        pipeline.close().await;
    });
}
