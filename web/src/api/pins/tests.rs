use axum::body::Body;
use http::Request;
use http::header::HOST;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::testing::{HandMade, NOW, body, shared};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Asks one server again and again.
async fn ask(routes: &axum::Router, method: &str, uri: &str, tenant: Option<&str>) -> (u16, Value) {
    let mut request = Request::builder().method(method).uri(uri).header(HOST, "localhost:4319");
    if let Some(tenant) = tenant {
        request = request.header("x-scope-orgid", tenant);
    }
    let response = routes.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_str(&body(response).await).unwrap())
}

#[tokio::test]
async fn traces_are_pinned_listed_and_unpinned_by_tenant() {
    let routes = crate::server::routes(std::sync::Arc::new(shared(HandMade::default())));
    let one = format!("/api/v1/pins/{TRACE}");
    assert_eq!(ask(&routes, "GET", "/api/v1/pins", None).await, (200, json!({"pins": [], "limit": 2})));
    assert_eq!(ask(&routes, "GET", &one, None).await.0, 404);
    let pin = json!({"trace_id": TRACE, "pinned_at": NOW.to_string()});
    for method in ["PUT", "PUT", "GET"] {
        assert_eq!(ask(&routes, method, &one, None).await, (200, pin.clone()), "{method}");
    }
    let (_, answer) = ask(&routes, "GET", "/api/v1/pins", None).await;
    assert_eq!(answer["pins"], json!([pin]));
    assert_eq!(ask(&routes, "DELETE", &one, None).await, (200, pin));
    let (status, answer) = ask(&routes, "DELETE", &one, None).await;
    assert_eq!(status, 404);
    assert!(answer["error"]["message"].as_str().unwrap().contains(TRACE), "{answer}");
}

#[tokio::test]
async fn what_cannot_be_pinned_is_said() {
    let routes = crate::server::routes(std::sync::Arc::new(shared(HandMade::default())));
    let message = |answer: &Value| answer["error"]["message"].as_str().unwrap().to_owned();
    let (status, answer) = ask(&routes, "PUT", "/api/v1/pins/abc", None).await;
    assert_eq!(status, 400);
    assert!(message(&answer).contains("32 hex digits"), "{answer}");
    let numbered = |number: u8| format!("/api/v1/pins/{}", format!("{number:02x}").repeat(16));
    assert_eq!(ask(&routes, "PUT", &numbered(1), None).await.0, 200);
    assert_eq!(ask(&routes, "PUT", &numbered(2), None).await.0, 200);
    let (status, answer) = ask(&routes, "PUT", &numbered(3), None).await;
    assert_eq!(status, 413, "{answer}");
    assert!(message(&answer).contains("storage.pins_max"), "{answer}");
    assert_eq!(ask(&routes, "PUT", &format!("{}?x=1", numbered(1)), None).await.0, 400);
}
