use http::Request;
use http::header::CONTENT_TYPE;

use super::*;
use crate::testing::{HandMade, body, get, post, send, shared};

fn refusing() -> HandMade {
    HandMade {
        latency: |_| Err(query::Error::from(query::traceql::parse_filter("{ a = }").unwrap_err())),
        sql: |text| {
            let batch = arrow::array::RecordBatch::new_empty(Arc::new(arrow::datatypes::Schema::empty()));
            assert_eq!(text, "SELECT 1");
            Ok(query::SqlAnswer {
                schema: batch.schema(),
                batches: vec![batch],
                truncated: false,
                completeness: crate::testing::STATS.completeness,
                bytes_read: 0,
                elapsed: Duration::ZERO,
            })
        },
        ..HandMade::default()
    }
}

fn accepting<B>(mut request: Request<B>, media: &'static str) -> Request<B> {
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static(media));
    request
}

const QUESTION: &str = r#"{"lang":"sql","text":"SELECT 1"}"#;

#[tokio::test]
async fn an_answer_comes_as_the_last_event_for_those_who_take_nothing_else() {
    let plain = body(send(shared(refusing()), post("/api/v1/query", QUESTION)).await).await;
    let request = accepting(post("/api/v1/query", QUESTION), EVENT_STREAM);
    let response = send(shared(refusing()), request).await;
    assert_eq!(response.headers()[CONTENT_TYPE], EVENT_STREAM);
    assert_eq!(body(response).await, format!("event: answer\ndata: {plain}\n\n"));
}

#[tokio::test]
async fn a_failure_is_an_event_with_its_status_and_all_that_json_says_of_it() {
    let uri = "/api/v1/latency?q=%7B%7D&start=now-1h&end=now";
    let response = send(shared(refusing()), get(uri)).await;
    let status = response.status().as_u16();
    let mut told: Map<String, Value> = serde_json::from_str(&body(response).await).unwrap();
    assert!(told["error"]["position"].is_object(), "{told:?}");
    told.insert("status".to_owned(), status.into());
    let response = send(shared(refusing()), accepting(get(uri), EVENT_STREAM)).await;
    assert_eq!(response.status(), 200);
    let events = body(response).await;
    let data = events.strip_prefix("event: error\ndata: ").unwrap();
    assert_eq!(serde_json::from_str::<Map<String, Value>>(data).unwrap(), told);
}

#[tokio::test]
async fn whoever_takes_json_too_gets_a_quick_answer_so() {
    let request = accepting(post("/api/v1/query", QUESTION), "text/event-stream, application/json");
    let response = send(shared(refusing()), request).await;
    assert_eq!(response.headers()[CONTENT_TYPE], JSON);
    assert!(body(response).await.starts_with('{'));
}

#[tokio::test]
async fn until_there_is_an_answer_events_say_how_far_it_has_come() {
    let shared = Arc::new(shared(HandMade::default()));
    let progress = Progress::default();
    let asked = |answer: Pin<Box<dyn Future<Output = Response> + Send>>| Asked {
        shared: Arc::clone(&shared),
        route: "/api/v1/latency".to_owned(),
        started: Duration::ZERO,
        progress: progress.clone(),
        answer,
        is_told: false,
    };
    let told = async |asked: Asked| {
        let (event, asked) = asked.next().await.unwrap();
        let event = Sse::new(futures::stream::iter([event])).into_response();
        (body(event).await, asked)
    };
    let (first, mut asked) = told(asked(Box::pin(std::future::pending()))).await;
    let data = first.strip_prefix("event: progress\ndata: ").unwrap();
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!((&data["percent"], &data["rows_read"]), (&Value::Null, &0.into()));
    asked.answer = Box::pin(async { "{}".into_response() });
    let (last, asked) = told(asked).await;
    assert_eq!(last, "event: answer\ndata: {}\n\n");
    assert!(asked.next().await.is_none());
}

#[tokio::test]
async fn a_stream_is_counted_by_what_its_question_comes_to() {
    let shared = Arc::new(shared(refusing()));
    let routes = || crate::server::routes(Arc::clone(&shared));
    let ask = async |request| body(tower::ServiceExt::oneshot(routes(), request).await.unwrap()).await;
    ask(accepting(post("/api/v1/query", QUESTION), EVENT_STREAM)).await;
    ask(accepting(get("/api/v1/latency?q=%7B%7D"), EVENT_STREAM)).await;
    ask(accepting(post("/api/v1/query", QUESTION), "text/event-stream, application/json")).await;
    // Somebody who leaves before the answer.
    let left = accepting(post("/api/v1/query", QUESTION), EVENT_STREAM);
    drop(tower::ServiceExt::oneshot(routes(), left).await.unwrap());
    let figures = ask(get("/metrics")).await;
    for (route, status, count) in [("query", 200, 2), ("latency", 400, 1), ("query", 499, 1)] {
        let line = format!(
            "tailplane_web_requests_total{{route=\"/api/v1/{route}\",status=\"{status}\"}} {count}\n"
        );
        assert!(figures.contains(&line), "{line}{figures}");
    }
}
