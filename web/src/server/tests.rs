//! Addresses, headers of every answer, compression, metrics.

use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, HOST};

use proto::ErrorKind;
use storage::env::Env;

use super::*;
use crate::testing::{HandMade, answer, body, get, send, shared};

async fn listen_at(address: &str) -> Result<Listener> {
    let config = Config { listen: address.to_owned(), ..Config::default() };
    listen(&config, &Door::unguarded(Env::system())).await
}

#[tokio::test]
async fn an_address_others_can_reach_is_refused_with_a_way_out() {
    let error = listen_at("0.0.0.0:0").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    let message = error.to_string();
    assert!(message.starts_with("web.listen = 0.0.0.0:0 can be reached from other machines"), "{message}");
    assert!(message.contains("ssh -L"), "{message}");
}

#[tokio::test]
async fn an_address_in_use_names_the_key() {
    let first = listen_at("127.0.0.1:0").await.unwrap();
    let error = listen_at(&first.address().to_string()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
    assert!(error.to_string().contains("web.listen"), "{error}");
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    for uri in ["/", "/healthz", "/api/v1/info", "/api/nothing", "/nothing", "/api/v1/latency?nonsense=1"] {
        let response = send(shared(HandMade::default()), get(uri)).await;
        let header = |name: &str| response.headers()[name].to_str().unwrap();
        assert!(
            header("content-security-policy").starts_with("default-src 'none'; script-src 'self'; "),
            "{uri}"
        );
        assert!(header("content-security-policy").contains("require-trusted-types-for 'script'"), "{uri}");
        assert!(!header("content-security-policy").contains("unsafe"), "{uri}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{uri}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{uri}");
        assert_eq!(header("cache-control"), "no-store", "{uri}");
        assert_eq!(header("server-timing"), "total;dur=0.000", "{uri}: the clock of tests stands still");
    }
    let mut refused = get("/api/v1/info");
    refused.headers_mut().insert(HOST, "evil.example".parse().unwrap());
    let response = send(shared(HandMade::default()), refused).await;
    assert!(response.headers().contains_key("content-security-policy"));
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_ask() {
    let mut request = get("/");
    request.headers_mut().insert(ACCEPT_ENCODING, "gzip, br".parse().unwrap());
    let response = send(shared(HandMade::default()), request).await;
    assert_eq!(response.headers()[CONTENT_ENCODING], "gzip");
    assert_eq!(response.headers()["vary"], "accept-encoding");
    let plain = send(shared(HandMade::default()), get("/")).await;
    assert!(!plain.headers().contains_key(CONTENT_ENCODING));
}

#[tokio::test]
async fn requests_are_counted_by_route_and_status() {
    let routes = routes(Arc::new(shared(HandMade::default())));
    for uri in ["/api/v1/traces/wrong", "/api/v1/traces/also", "/healthz", "/some/page"] {
        tower::ServiceExt::oneshot(routes.clone(), get(uri)).await.unwrap();
    }
    let mut refused = get("/healthz");
    refused.headers_mut().insert(HOST, "evil.example".parse().unwrap());
    tower::ServiceExt::oneshot(routes.clone(), refused).await.unwrap();

    let metrics = tower::ServiceExt::oneshot(routes, get("/metrics")).await.unwrap();
    assert_eq!(
        metrics.headers()["content-type"],
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    let text = body(metrics).await;
    for line in [
        r#"tailplane_web_requests_total{route="/api/v1/traces/{trace_id}",status="400"} 2"#,
        r#"tailplane_web_requests_total{route="/healthz",status="200"} 1"#,
        r#"tailplane_web_requests_total{route="/healthz",status="403"} 1"#,
        r#"tailplane_web_requests_total{route="ui",status="404"} 1"#,
        r#"tailplane_web_request_duration_seconds_count{route="/healthz"} 2"#,
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn a_head_request_has_no_body() {
    let mut request = get("/healthz");
    *request.method_mut() = http::Method::HEAD;
    let response = send(shared(HandMade::default()), request).await;
    assert_eq!(response.status(), 200);
    assert_eq!(body(response).await, "");
    assert_eq!(answer(HandMade::default(), "/healthz").await, (200, "ok".to_owned()));
}
