//! Which hosts and origins are answered.

use axum::body::Body;
use http::StatusCode;

use super::*;
use crate::testing::{HandMade, body, send, shared};

async fn status(headers: &[(&str, &str)]) -> StatusCode {
    let mut request = Request::get("/healthz");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(shared(HandMade::default()), request.body(Body::empty()).unwrap()).await.status()
}

#[tokio::test]
async fn hosts_of_this_machine_are_answered_on_any_port() {
    let ours = [
        "localhost",
        "localhost:4319",
        "LocalHost:8080",
        "127.0.0.1",
        "127.0.0.1:4319",
        "127.1.2.3:1",
        "[::1]:4319",
        "[::1]",
        "[::ffff:127.0.0.1]:80",
    ];
    for host in ours {
        assert_eq!(status(&[("host", host)]).await, 200, "{host}");
    }
}

#[tokio::test]
async fn other_hosts_are_refused() {
    let others = [
        "evil.example",
        "evil.example:4319",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.168.1.7:4319",
        "0.0.0.0:4319",
        "[2001:db8::1]:4319",
        "",
        "local host",
    ];
    for host in others {
        assert_eq!(status(&[("host", host)]).await, 403, "{host:?}");
    }
    assert_eq!(status(&[]).await, 403);
    assert_eq!(status(&[("host", "localhost"), ("host", "evil.example")]).await, 403);
}

#[tokio::test]
async fn the_host_of_web_listen_is_answered() {
    let mut services = shared(HandMade::default());
    services.config.listen = "control-1:4319".to_owned();
    let request = Request::get("/healthz").header(HOST, "control-1:4319").body(Body::empty()).unwrap();
    assert_eq!(send(services, request).await.status(), 200);
}

#[tokio::test]
async fn an_open_server_is_called_by_its_addresses_and_by_the_names_that_are_set() {
    let config = Config {
        listen: "0.0.0.0:4319".to_owned(),
        hosts: vec!["traces.example".to_owned()],
        ..Config::default()
    };
    for (host, expected) in [
        ("192.168.1.7:4319", 200),
        ("[2001:db8::1]:4319", 200),
        ("traces.example", 200),
        ("Traces.Example:443", 200),
        ("evil.example", 403),
    ] {
        let mut services = shared(HandMade::default());
        services.config = config.clone();
        let request = Request::get("/healthz").header(HOST, host).body(Body::empty()).unwrap();
        assert_eq!(send(services, request).await.status(), expected, "{host}");
    }
}

#[tokio::test]
async fn the_host_in_the_uri_counts_too() {
    let ask = async |uri: &str| {
        send(shared(HandMade::default()), Request::get(uri).body(Body::empty()).unwrap()).await.status()
    };
    assert_eq!(ask("http://localhost:4319/healthz").await, 200);
    assert_eq!(ask("http://evil.example/healthz").await, 403);
}

#[tokio::test]
async fn only_the_own_origin_may_ask() {
    let host = ("host", "localhost:4319");
    assert_eq!(status(&[host, ("origin", "http://localhost:4319")]).await, 200);
    for origin in ["http://evil.example", "http://localhost:3000", "null", "", "localhost:4319"] {
        assert_eq!(status(&[host, ("origin", origin)]).await, 403, "{origin:?}");
    }
}

#[tokio::test]
async fn the_refusal_says_the_way_out() {
    let request = Request::get("/").header(HOST, "evil.example").body(Body::empty()).unwrap();
    let text = body(send(shared(HandMade::default()), request).await).await;
    assert!(
        text.starts_with(r#"{"error":{"kind":"forbidden","message":"the Host header names neither"#),
        "{text}"
    );
}
