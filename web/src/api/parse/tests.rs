use serde_json::{Value, json};

use crate::testing::{HandMade, body, post, send, shared};

async fn parsed(asked: Value) -> Value {
    let response = send(shared(HandMade::default()), post("/api/v1/parse", &asked.to_string())).await;
    assert_eq!(response.status(), 200);
    serde_json::from_str(&body(response).await).unwrap()
}

#[tokio::test]
async fn a_query_is_told_what_it_is() {
    let answer = parsed(json!({"text": "{duration>1s}"})).await;
    assert_eq!(answer["kind"], "filter");
    assert_eq!(answer["canonical"], "{ duration > 1s }");
    assert_eq!(answer["needs_whole_trace"], false);
    assert_eq!(parsed(json!({"text": "{ } >> { status = error }"})).await["kind"], "spans");
    let answer = parsed(json!({"text": "{ } | rate() by(resource.service.name)"})).await;
    assert_eq!(answer["kind"], "metrics");
    assert_eq!(answer["attributes"], json!(["resource.service.name"]));
}

#[tokio::test]
async fn a_fault_has_its_place_and_half_a_query_a_completion() {
    let text = "{ kind = server && k8s:verb = ";
    let answer = parsed(json!({"text": text, "cursor": text.len()})).await;
    assert_eq!(answer["kind"], Value::Null);
    assert_eq!(answer["error"]["position"]["offset"], text.len());
    assert_eq!(answer["completion"]["what"], "value");
    assert_eq!(answer["completion"]["attribute"], "k8s:verb");
    assert_eq!(answer["completion"]["filter"], "{ kind = server }");
}

#[tokio::test]
async fn a_cursor_within_a_character_is_refused() {
    let asked = json!({"text": "{ .ä", "cursor": 4}).to_string();
    let response = send(shared(HandMade::default()), post("/api/v1/parse", &asked)).await;
    assert_eq!(response.status(), 400);
}
