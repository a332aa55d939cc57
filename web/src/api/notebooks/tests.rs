use axum::body::Body;
use http::Request;
use http::header::HOST;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::testing::{HandMade, NOW, body, shared};

struct Asked {
    status: u16,
    etag: Option<String>,
    json: Value,
}

async fn ask(routes: &Router, method: &str, uri: &str, if_match: Option<&str>, document: &str) -> Asked {
    let mut request = Request::builder().method(method).uri(uri).header(HOST, "localhost:4319");
    if let Some(revision) = if_match {
        request = request.header(IF_MATCH, revision);
    }
    let response =
        routes.clone().oneshot(request.body(Body::from(document.to_owned())).unwrap()).await.unwrap();
    let etag = response.headers().get(ETAG).map(|etag| etag.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    Asked { status, etag, json: serde_json::from_str(&body(response).await).unwrap() }
}

fn routes() -> Router {
    crate::server::routes(Arc::new(shared(HandMade::default())))
}

fn document(title: &str) -> Value {
    json!({"schema": "tailplane.notebook/1", "title": title, "time": {"from": "now-1h", "to": "now"},
           "cells": [{"id": "1", "kind": "markdown", "text": "hello"}]})
}

fn message(asked: &Asked) -> &str {
    asked.json["error"]["message"].as_str().unwrap()
}

#[tokio::test]
async fn a_notebook_is_kept_listed_saved_and_removed() {
    let routes = routes();
    let text = document("Mine").to_string();
    let created = ask(&routes, "POST", "/api/v1/notebooks", None, &text).await;
    assert_eq!((created.status, created.etag.as_deref()), (201, Some("\"1\"")), "{}", created.json);
    let id = created.json["id"].as_str().unwrap().to_owned();
    let expected = json!({"id": id, "revision": 1, "updated_at": NOW.to_string(), "is_built_in": false, "notebook": document("Mine")});
    assert_eq!(created.json, expected);
    let one = format!("/api/v1/notebooks/{id}");
    assert_eq!(ask(&routes, "GET", &one, None, "").await.json, expected);

    let saved = ask(&routes, "PUT", &one, Some("\"1\""), &document("Ours").to_string()).await;
    assert_eq!((saved.status, saved.etag.as_deref()), (200, Some("\"2\"")));
    let listed = ask(&routes, "GET", "/api/v1/notebooks", None, "").await.json;
    let kept: Vec<&Value> = listed["notebooks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|notebook| notebook["is_built_in"] == false)
        .collect();
    let summary = json!({"id": id, "title": "Ours", "about": "", "tags": [], "revision": 2, "updated_at": NOW.to_string(), "is_built_in": false});
    assert_eq!(kept, [&summary]);
    assert_eq!(listed["limit"], 2);
    let revisions = ask(&routes, "GET", &format!("{one}/revisions"), None, "").await.json;
    assert_eq!(revisions["revisions"][1], json!({"revision": 1, "updated_at": NOW.to_string()}));
    let old = ask(&routes, "GET", &format!("{one}?revision=1"), None, "").await;
    assert_eq!((old.json["notebook"]["title"].as_str(), old.etag.as_deref()), (Some("Mine"), Some("\"1\"")));
    assert_eq!(ask(&routes, "GET", &format!("{one}?revision=9"), None, "").await.status, 404);

    assert_eq!(ask(&routes, "DELETE", &one, None, "").await.json, summary);
    for (method, uri) in [("GET", one.clone()), ("DELETE", one.clone()), ("GET", format!("{one}/revisions"))]
    {
        assert_eq!(ask(&routes, method, &uri, None, "").await.status, 404, "{method} {uri}");
    }
    assert_eq!(ask(&routes, "PUT", &one, Some("2"), &text).await.status, 404);
}

#[tokio::test]
async fn a_change_to_what_somebody_else_changed_is_answered_with_theirs() {
    let routes = routes();
    let created = ask(&routes, "POST", "/api/v1/notebooks", None, &document("Mine").to_string()).await;
    let one = format!("/api/v1/notebooks/{}", created.json["id"].as_str().unwrap());
    ask(&routes, "PUT", &one, Some("\"1\""), &document("Theirs").to_string()).await;
    let late = ask(&routes, "PUT", &one, Some("\"1\""), &document("Mine again").to_string()).await;
    assert_eq!(late.status, 409);
    assert!(message(&late).contains("somebody saved revision 2"), "{}", late.json);
    assert_eq!(late.json["latest"]["revision"], 2);
    assert_eq!(late.json["latest"]["notebook"]["title"], "Theirs");
    let blind = ask(&routes, "PUT", &one, None, &document("Mine").to_string()).await;
    assert_eq!(blind.status, 400);
    assert!(message(&blind).contains("If-Match is missing"));
    let odd = ask(&routes, "PUT", &one, Some("latest"), &document("Mine").to_string()).await;
    assert!(message(&odd).contains("If-Match is \"latest\""));
}

#[tokio::test]
async fn built_in_notebooks_come_first_and_stay_as_they_are() {
    let routes = routes();
    ask(&routes, "POST", "/api/v1/notebooks", None, &document("Mine").to_string()).await;
    let listed = ask(&routes, "GET", "/api/v1/notebooks", None, "").await.json;
    let first = &listed["notebooks"][0];
    assert_eq!((first["is_built_in"].as_bool(), &first["revision"]), (Some(true), &Value::Null));
    let one = format!("/api/v1/notebooks/{}", first["id"].as_str().unwrap());
    let found = ask(&routes, "GET", &one, None, "").await;
    assert_eq!(found.json["notebook"]["title"], first["title"]);
    for method in ["PUT", "DELETE"] {
        let refused = ask(&routes, method, &one, Some("1"), &document("Mine").to_string()).await;
        assert_eq!(refused.status, 403, "{method}");
        assert!(message(&refused).contains("keep a copy"));
    }
    let unknown = ask(&routes, "GET", "/api/v1/notebooks/nothing", None, "").await;
    assert_eq!(unknown.status, 404);
    assert!(message(&unknown).contains("api-latency"), "{}", unknown.json);
}

#[tokio::test]
async fn what_is_no_notebook_or_too_large_is_refused_in_words() {
    let routes = routes();
    let none = ask(&routes, "POST", "/api/v1/notebooks", None, "{").await;
    assert_eq!(none.status, 400);
    assert!(message(&none).starts_with("this is no notebook: EOF"), "{}", none.json);
    let mut large = document("Large");
    large["cells"][0]["text"] = json!("x".repeat(5_000));
    let refused = ask(&routes, "POST", "/api/v1/notebooks", None, &large.to_string()).await;
    assert_eq!(refused.status, 413);
    assert!(message(&refused).contains("storage.notebook_bytes_max allows 4096"), "{}", refused.json);
    large["cells"][0]["text"] = json!("x".repeat(50_000));
    let refused = ask(&routes, "POST", "/api/v1/notebooks", None, &large.to_string()).await;
    assert_eq!(refused.status, 413);
}
