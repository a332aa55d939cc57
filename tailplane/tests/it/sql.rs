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
