//! Requests as they arrive: formats, codings, routes, bad input, and what each is answered.

use bytesize::ByteSize;
use http::StatusCode;
use http_body_util::BodyExt;
use proto::Tenant;
use proto::otlp::{StatusDetails, decode_partial_success, encode_status};
use serde_json::{Value, json};
use storage::wal::Transport;

use super::*;
use crate::Config;
use crate::testing::{MemoryLog, body, gzip, ingester, span};

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn json(&self) -> Value {
        assert_eq!(self.headers["content-type"], JSON);
        serde_json::from_slice(&self.body).unwrap()
    }
}

fn receiver() -> (Receiver<MemoryLog>, Arc<MemoryLog>) {
    let (ingester, log) = ingester(Config { request_bytes_max: ByteSize::mib(2), ..Config::default() });
    (Receiver::new(ingester), log)
}

async fn send(receiver: &Receiver<MemoryLog>, request: http::request::Builder, body: Bytes) -> Answer {
    let (head, body) = receiver.respond(request.body(Full::new(body)).unwrap()).await.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: head.status.as_u16(), headers: head.headers, body }
}

async fn post(receiver: &Receiver<MemoryLog>, content_type: &str, body: impl Into<Bytes>) -> Answer {
    send(receiver, Request::post(TRACES_PATH).header("content-type", content_type), body.into()).await
}

async fn post_coded(receiver: &Receiver<MemoryLog>, codings: &[&str], body: Bytes) -> Answer {
    let mut request = Request::post(TRACES_PATH).header("content-type", PROTOBUF);
    for coding in codings {
        request = request.header("content-encoding", *coding);
    }
    send(receiver, request, body).await
}

fn json_request() -> String {
    json!({"resourceSpans": [{"scopeSpans": [{"spans": [
        {"traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "eee19b7ec3c1b174", "name": "a",
         "kind": 2, "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": 1_700_000_000_001_000_000_u64},
        {"traceId": "5b8efff798038103d269b633813fc6", "spanId": "eee19b7ec3c1b175", "name": "15 bytes"},
    ]}]}]})
    .to_string()
}

#[tokio::test]
async fn protobuf_is_answered_with_no_bytes() {
    let (receiver, log) = receiver();
    for content_type in [PROTOBUF, "application/protobuf", "Application/X-Protobuf; charset=utf-8"] {
        let answer = post(&receiver, content_type, body(vec![span(1)])).await;
        assert_eq!((answer.status, answer.body.len()), (200, 0), "{content_type}");
        let essence = content_type.split(';').next().unwrap().to_lowercase();
        assert_eq!(answer.headers["content-type"], essence);
    }
    assert_eq!(log.spans(), 3);
    assert_eq!(log.kept.lock()[0].meta.transport, Transport::HttpProtobuf);
}

#[tokio::test]
async fn json_is_kept_as_protobuf_and_answered_in_json() {
    let (receiver, log) = receiver();
    let answer = post(&receiver, "application/json; charset=utf-8", json_request()).await;
    assert_eq!(answer.status, 200);
    let partial = &answer.json()["partialSuccess"];
    assert_eq!(partial["rejectedSpans"], "1");
    assert!(partial["errorMessage"].as_str().unwrap().starts_with("1 of 2 spans rejected"), "{partial}");
    let kept = log.kept.lock()[0].clone();
    assert_eq!((kept.batch().rows.num_rows(), kept.meta.transport), (1, Transport::HttpJson));
}

#[tokio::test]
async fn empty_bodies_are_what_their_format_makes_of_them() {
    let (receiver, log) = receiver();
    for (content_type, body, status) in [
        (PROTOBUF, "", 200),
        (JSON, "{}", 200),
        (JSON, " null\n", 200),
        (JSON, "", 400),
        (JSON, "[]", 400),
        (JSON, "\"x\"", 400),
        (JSON, "1", 400),
        (JSON, "true", 400),
        (JSON, "{} x", 400),
    ] {
        let answer = post(&receiver, content_type, body).await;
        assert_eq!(answer.status, status, "{content_type} {body:?}");
    }
    assert!(log.kept.lock().is_empty());
}

#[tokio::test]
async fn codings_are_known_in_any_case_and_once() {
    let (receiver, log) = receiver();
    let sent = body(vec![span(1)]);
    let (gzipped, zstd) = (gzip(&sent), Bytes::from(zstd::encode_all(&sent[..], 3).unwrap()));
    for (codings, body, status) in [
        (&[][..], &sent, 200),
        (&["identity"], &sent, 200),
        (&["GZIP"], &gzipped, 200),
        (&["x-gzip"], &gzipped, 200),
        (&["gzip, identity"], &gzipped, 200),
        (&["identity", "zstd"], &zstd, 200),
        (&["br"], &sent, 415),
        (&["gzip, gzip"], &gzipped, 415),
        (&["gzip", "zstd"], &gzipped, 415),
        (&["gzip"], &sent, 400),
        (&["gzip"], &gzipped.slice(..gzipped.len() - 4), 400),
    ] {
        let answer = post_coded(&receiver, codings, body.clone()).await;
        assert_eq!(answer.status, status, "{codings:?}");
        assert_eq!(answer.headers.contains_key("accept-encoding"), status == 415, "{codings:?}");
    }
    assert_eq!(log.spans(), 6);
}

#[tokio::test]
async fn too_large_is_413_before_and_after_inflation() {
    let (receiver, log) = receiver();
    let large = Bytes::from(vec![0; (2 << 20) + 1]);
    for (codings, body) in [(&[][..], large.clone()), (&["gzip"], gzip(&vec![0; 8 << 20]))] {
        assert_eq!(post_coded(&receiver, codings, body).await.status, 413);
    }
    let announced = Request::post(TRACES_PATH)
        .header("content-type", PROTOBUF)
        .header("content-length", large.len())
        .header("expect", "100-continue");
    assert_eq!(send(&receiver, announced, Bytes::new()).await.status, 413);
    assert!(log.kept.lock().is_empty());
}

#[tokio::test]
async fn bad_protobuf_is_a_status_in_protobuf() {
    let (receiver, _) = receiver();
    let whole = body(vec![span(1)]);
    for bytes in [&b"\xff\xff\xff"[..], &whole[..whole.len() - 1], json_request().as_bytes()] {
        let answer = post(&receiver, PROTOBUF, Bytes::copy_from_slice(bytes)).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.headers["content-type"], PROTOBUF);
        assert!(
            answer.body.starts_with(&encode_status(3, "", StatusDetails::default())[..2]),
            "{:?}",
            answer.body
        );
    }
    let answer = post(&receiver, JSON, whole).await;
    assert_eq!((answer.status, &answer.json()["code"]), (400, &json!(3)));
}

#[tokio::test]
async fn partial_success_in_protobuf() {
    let (receiver, log) = receiver();
    let mut zero = span(1);
    zero.trace_id = vec![0; 16];
    let answer = post(&receiver, PROTOBUF, body(vec![zero, span(2)])).await;
    assert_eq!(answer.status, 200);
    let (rejected, message) = decode_partial_success(&answer.body).unwrap();
    assert_eq!(rejected, 1);
    assert!(message.starts_with("1 of 2 spans rejected"), "{message}");
    assert_eq!(log.spans(), 1);
}

#[tokio::test]
async fn unknown_types_routes_and_methods_are_statuses_in_json() {
    let (receiver, _) = receiver();
    let request = |method: &str, path: &str| Request::builder().method(method).uri(path);
    for (request, status) in [
        (request("POST", TRACES_PATH), 415),
        (request("POST", TRACES_PATH).header("content-type", "text/plain"), 415),
        (request("GET", TRACES_PATH), 405),
        (request("PUT", "/v1/traces/"), 405),
        (request("POST", "//v1/traces"), 404),
        (request("POST", "/v1/traces//"), 404),
        (request("POST", "/v1/metrics"), 404),
        (request("GET", "/"), 404),
    ] {
        let answer = send(&receiver, request, body(vec![span(1)])).await;
        assert_eq!(answer.status, status);
        assert_ne!(answer.json()["message"], "");
        assert_eq!(answer.headers.get("allow").is_some(), status == 405);
    }
    let slash = Request::post("/v1/traces/").header("content-type", PROTOBUF);
    assert_eq!(send(&receiver, slash, body(vec![span(1)])).await.status, 200);
}

#[tokio::test]
async fn a_passing_failure_says_when_to_come_back() {
    let (receiver, log) = receiver();
    log.failures.lock().push(ErrorKind::Unavailable);
    let answer = post(&receiver, PROTOBUF, body(vec![span(1)])).await;
    assert_eq!((answer.status, answer.headers["retry-after"].as_bytes()), (503, &b"1"[..]));

    let (ingester, _log) = ingester(Config { budget_wait: Duration::ZERO, ..Config::default() });
    let mut hog = ingester.budget.open(&Tenant::default_tenant(), Duration::ZERO);
    hog.raise_to(ingester.config.bytes_in_flight_max.as_u64()).await.unwrap();
    let answer = post(&Receiver::new(ingester), JSON, json_request()).await;
    assert_eq!((answer.status, answer.headers["retry-after"].as_bytes()), (429, &b"1"[..]));
    assert_eq!(answer.json()["details"][0]["retryDelay"], "1.000000000s");
    assert_eq!(StatusCode::from_u16(answer.status).unwrap(), StatusCode::TOO_MANY_REQUESTS);
}
