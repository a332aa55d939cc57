use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_TYPE};
use http_body_util::BodyExt;
use query::search::{FoundSpan, FoundSpanset, FoundTrace, LookedAt, SearchAnswer, SeriesAnswer};
use query::traceql::{Series, SeriesExemplar, Static, Window};
use serde_json::{Value, json};

use crate::testing::{HandMade, NOW, STATS, body, post, send, shared};

async fn asked(engine: HandMade, question: Value) -> (u16, Value) {
    let response = send(shared(engine), post("/api/v1/query", &question.to_string())).await;
    let status = response.status().as_u16();
    (status, serde_json::from_str(&body(response).await).unwrap())
}

#[tokio::test]
async fn traces_are_asked_and_told() {
    let engine = HandMade {
        search: |question| {
            assert_eq!(question.query.to_string(), "{} >> { status = error }");
            assert_eq!((question.limit, question.spans_per_spanset), (5, 3));
            assert_eq!(question.range.end, NOW);
            let span = FoundSpan {
                span_id: proto::SpanId([2; 8]),
                name: "Create".to_owned(),
                start: NOW - 2,
                duration_ns: 2,
                attributes: vec![("status".to_owned(), vec![Static::Bool(true), Static::Duration(1_000)])],
            };
            let spanset = FoundSpanset {
                matched: 7,
                attributes: vec![("count()".to_owned(), Some(Static::Int(7))), ("by(.x)".to_owned(), None)],
                spans: vec![span],
            };
            Ok(SearchAnswer {
                traces: vec![FoundTrace {
                    trace_id: proto::TraceId([1; 16]),
                    root_name: Some("root".to_owned()),
                    root_service: None,
                    start: NOW - 5,
                    duration_ns: 5,
                    spans: 9,
                    spansets: vec![spanset],
                }],
                looked_at: LookedAt { traces: 40, has_more: true, cut_traces: 0 },
                explanation: query::search::Explanation::default(),
                stats: STATS,
            })
        },
        ..HandMade::default()
    };
    let (status, answer) = asked(
        engine,
        json!({"lang": "traceql", "text": "{} >> {status=error}", "limit": 5, "explain": true}),
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(answer["explanation"][0], "question: ");
    assert_eq!(
        answer["traces"],
        json!([{
            "trace_id": "01010101010101010101010101010101", "root_name": "root", "root_service": null,
            "start": (NOW - 5).to_string(), "duration_ns": 5, "spans": 9,
            "spansets": [{
                "matched": 7, "attributes": {"count()": 7, "by(.x)": null},
                "spans": [{
                    "span_id": "0202020202020202", "name": "Create", "start": (NOW - 2).to_string(), "duration_ns": 2,
                    "attributes": {"status": [true, "1us"]}
                }]
            }]
        }])
    );
    assert_eq!(answer["looked_at"], json!({"traces": 40, "has_more": true, "cut_traces": 0}));
}

#[tokio::test]
async fn series_are_asked_and_told_without_points_where_nothing_was() {
    let engine = HandMade {
        series: |question| {
            assert_eq!(question.step_ns, 60_000_000_000);
            let window = Window::new(NOW - 120_000_000_000, NOW, 60_000_000_000, true);
            let exemplar = SeriesExemplar {
                slot: 1,
                time: NOW - 1,
                trace_id: proto::TraceId([1; 16]),
                span_id: proto::SpanId([2; 8]),
                value: 0.5,
            };
            Ok(SeriesAnswer {
                window,
                series: vec![Series {
                    labels: vec![("name".to_owned(), Static::String("Create".to_owned()))],
                    samples: vec![None, Some(0.25)],
                    exemplars: vec![exemplar],
                }],
                looked_at: LookedAt::default(),
                explanation: query::search::Explanation::default(),
                stats: STATS,
            })
        },
        ..HandMade::default()
    };
    let question =
        json!({"lang": "traceql", "text": "{} | rate() by(name)", "start": "now-2m", "step": "1m"});
    let (status, answer) = asked(engine, question).await;
    assert_eq!(status, 200);
    let series = &answer["series"][0];
    assert_eq!(series["labels"], json!({"name": "Create"}));
    assert_eq!(series["points"].as_array().map(Vec::len), Some(1));
    assert_eq!(series["points"][0]["value"], 0.25);
    assert_eq!(series["exemplars"][0]["value"], 0.5);
    assert_eq!(answer["explanation"], Value::Null, "it was not asked for");
}

fn two_columns(text: String) -> query::Result<query::SqlAnswer> {
    assert_eq!(text, "SELECT 1");
    let ids = arrow::array::StringArray::from(vec![Some("a"), None]);
    let counts = arrow::array::Int64Array::from(vec![7, 1 << 60]);
    let columns: [(&str, arrow::array::ArrayRef); 2] = [("id", Arc::new(ids)), ("spans", Arc::new(counts))];
    let batch = arrow::array::RecordBatch::try_from_iter_with_nullable(
        columns.map(|(name, column)| (name, column, true)),
    )
    .unwrap();
    Ok(query::SqlAnswer {
        schema: batch.schema(),
        batches: vec![batch],
        truncated: true,
        completeness: query::Completeness::default(),
        bytes_read: 4_096,
        elapsed: std::time::Duration::from_micros(1_500),
    })
}

#[tokio::test]
async fn rows_come_as_json_or_as_a_file() {
    let engine = || HandMade { sql: two_columns, ..HandMade::default() };
    let question = json!({"lang": "sql", "text": "SELECT 1"});
    let (status, answer) = asked(engine(), question.clone()).await;
    assert_eq!(status, 200);
    assert_eq!(
        answer["columns"],
        json!([{"name": "id", "type": "Utf8"}, {"name": "spans", "type": "Int64"}])
    );
    assert_eq!(answer["rows"], json!([["a", 7], [null, "1152921504606846976"]]));
    assert_eq!((answer["truncated"].clone(), answer["complete"].clone()), (json!(true), json!(true)));
    assert_eq!(answer["stats"], json!({"bytes_read": 4_096, "elapsed_ms": 1.5}));

    let mut request = post("/api/v1/query", &question.to_string());
    request.headers_mut().insert(ACCEPT, "application/vnd.apache.arrow.stream".parse().unwrap());
    let response = send(shared(engine()), request).await;
    assert_eq!(response.headers()[CONTENT_TYPE], "application/vnd.apache.arrow.stream");
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let reader = arrow::ipc::reader::StreamReader::try_new(bytes.as_ref(), None).unwrap();
    let rows: usize = reader.map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(rows, 2);

    let mut request = post("/api/v1/query", &question.to_string());
    request.headers_mut().insert(ACCEPT, "application/vnd.apache.parquet".parse().unwrap());
    let response = send(shared(engine()), request).await;
    assert_eq!(response.headers()[CONTENT_TYPE], "application/vnd.apache.parquet");
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
}

#[tokio::test]
async fn what_is_wrong_with_a_question_is_named() {
    for (question, message) in [
        (json!({"lang": "promql", "text": "up"}), "unknown variant `promql`"),
        (json!({"lang": "sql", "text": "SELECT 1", "explain": true}), "begin the text with EXPLAIN ANALYZE"),
        (json!({"lang": "traceql", "text": "{ duration > }"}), "expected a value after '>'"),
        (
            json!({"lang": "traceql", "text": "{ }", "step": "1m"}),
            "the query asks for traces, which have none",
        ),
        (json!({"lang": "traceql", "text": "{ }", "limit": 1001}), "limit is 1001: at most 1000"),
    ] {
        let (status, answer) = asked(HandMade::default(), question.clone()).await;
        assert_eq!(status, 400, "{question}");
        assert!(answer["error"]["message"].as_str().unwrap().contains(message), "{question}: {answer}");
    }
}
