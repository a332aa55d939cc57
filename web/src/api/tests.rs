//! Failures of every route: what the client is told.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use http::header::{ALLOW, RETRY_AFTER};
use proto::ErrorKind;
use query::traceql::Position;
use tokio::sync::watch;

use super::*;
use crate::services::{About, Readiness};
use crate::testing::{HandMade, answer, assert_golden, body, get, send, shared};

#[tokio::test]
async fn unknown_paths_under_the_api_are_json_errors() {
    for uri in ["/api", "/api/", "/api/v1", "/api/v2/latency", "/api/v1/traces", "/api/v1/latency/"] {
        let (status, text) = answer(HandMade::default(), uri).await;
        assert_eq!(status, 404, "{uri}");
        assert!(
            text.starts_with(r#"{"error":{"kind":"not_found","message":"there is nothing at "#),
            "{text}"
        );
    }
}

#[tokio::test]
async fn other_methods_are_json_errors_that_say_which_are_taken() {
    for uri in ["/api/v1/latency", "/api/v1/info", "/readyz"] {
        let mut request = get(uri);
        *request.method_mut() = Method::POST;
        let response = send(shared(HandMade::default()), request).await;
        assert_eq!(response.status(), 405, "{uri}");
        assert_eq!(response.headers()[ALLOW], "GET,HEAD");
        assert_eq!(
            body(response).await,
            r#"{"error":{"kind":"unsupported","message":"this path does not take this method: the header Allow says which it takes"}}"#
        );
    }
}

#[tokio::test]
async fn a_path_that_is_not_text_is_a_json_error() {
    let (status, text) = answer(HandMade::default(), "/api/v1/attributes/%ff/values").await;
    assert_eq!(status, 400);
    assert!(text.starts_with(r#"{"error":{"kind":"invalid","message":"the path cannot be read: "#), "{text}");
}

#[tokio::test]
async fn the_engine_s_errors_keep_kind_message_and_position() {
    let failing = |latency| HandMade { latency, ..HandMade::default() };
    let engine = failing(|_| {
        Err(query::Error {
            position: Some(Position { offset: 12, length: 3 }),
            ..query::Error::invalid("nobody knows foo")
        })
    });
    assert_eq!(
        answer(engine, "/api/v1/latency").await,
        (
            400,
            r#"{"error":{"kind":"invalid","message":"nobody knows foo","position":{"offset":12,"length":3}}}"#
                .to_owned()
        )
    );
    let engine = failing(|_| Err(query::Error::new(ErrorKind::DeadlineExceeded, "it took more than 30 s")));
    assert_eq!(
        answer(engine, "/api/v1/latency").await,
        (504, r#"{"error":{"kind":"deadline_exceeded","message":"it took more than 30 s"}}"#.to_owned())
    );
}

#[tokio::test]
async fn overload_says_when_to_come_back() {
    let retry_after = Duration::from_millis(1_200);
    let engine = HandMade {
        attributes: move |_| {
            let kind = ErrorKind::Overloaded { retry_after: Duration::from_millis(1_200) };
            Err(query::Error::new(kind, "8 queries run already"))
        },
        ..HandMade::default()
    };
    let response = send(shared(engine), get("/api/v1/attributes")).await;
    assert_eq!(response.status(), 429);
    let seconds: u64 = response.headers()[RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!(Duration::from_secs(seconds) >= retry_after);
    assert_eq!(seconds, 2);
}

#[tokio::test]
async fn readiness_follows_the_command() {
    let (sender, readiness) = watch::channel(Readiness::NotReady("replaying the write-ahead log".to_owned()));
    let mut services = shared(HandMade::default());
    services.readiness = readiness;
    let routes = crate::server::routes(Arc::new(services));
    let ask = async || {
        let response = tower::ServiceExt::oneshot(routes.clone(), get("/readyz")).await.unwrap();
        (response.status().as_u16(), body(response).await)
    };
    assert_eq!(
        ask().await,
        (
            503,
            r#"{"error":{"kind":"unavailable","message":"not ready: replaying the write-ahead log"}}"#
                .to_owned()
        )
    );
    sender.send_replace(Readiness::Ready);
    assert_eq!(ask().await, (200, "ok".to_owned()));
}

#[tokio::test]
async fn info_says_what_the_page_opens_with() {
    let mut services = shared(HandMade::default());
    services.about = watch::channel(About {
        demo: true,
        banner: Some("demo data".to_owned()),
        start_hint: Some(1_769_860_000_000_000_000),
        end_hint: Some(1_769_860_800_000_000_000),
    })
    .1;
    let response = send(services, get("/api/v1/info")).await;
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_golden(&body(response).await, include_str!("tests/info.json"));
}

#[test]
fn what_is_under_the_api() {
    for path in ["api", "api/", "api/v1/x"] {
        assert!(is_under(path), "{path}");
    }
    for path in ["", "apis", "apidocs/x", "assets/api"] {
        assert!(!is_under(path), "{path}");
    }
}
