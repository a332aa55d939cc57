//! Both ports over real sockets, with a real OpenTelemetry client and with peers that misbehave.

use std::sync::atomic::Ordering;

use bytesize::ByteSize;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use proto::ErrorKind;
use storage::env::Env;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Code;
use tonic::transport::Channel;

use super::*;
use crate::testing::{body, ingester, receivers, request, span};
use crate::{Config, Exporter, RetryPolicy};

async fn client(receivers: &Receivers) -> TraceServiceClient<Channel> {
    TraceServiceClient::connect(format!("http://{}", receivers.grpc_address())).await.unwrap()
}

/// Sends `head` and `body` to the HTTP port and returns the status line's code.
async fn http1_status(receivers: &Receivers, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(receivers.http_address().to_string()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[9..]).into_owned()
}

#[tokio::test]
async fn pages_of_other_origins_export_where_they_may() {
    let ask = async |allowed: &[&str], head: &str| {
        let cors_allowed_origins = allowed.iter().map(|&origin| origin.to_owned()).collect();
        let (receivers, _log) = receivers(Config { cors_allowed_origins, ..Config::default() }).await;
        let mut stream = TcpStream::connect(receivers.http_address().to_string()).await.unwrap();
        let head = format!(
            "{head} /v1/traces HTTP/1.1\r\nhost: x\r\norigin: https://ui.example\r\nconnection: close\r\n"
        );
        let more = "access-control-request-method: POST\r\naccess-control-request-headers: authorization\r\n\
                    content-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
        stream.write_all(format!("{head}{more}").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let preflight = ask(&["https://*.example"], "OPTIONS").await;
    for part in [
        "HTTP/1.1 200",
        "access-control-allow-origin: https://ui.example",
        "access-control-allow-methods: POST",
        "access-control-allow-headers: authorization",
        "access-control-max-age: 7200",
    ] {
        assert!(preflight.contains(part), "{part} is not in {preflight}");
    }
    let answer = ask(&["https://*.example"], "POST").await;
    assert!(answer.contains("access-control-allow-origin: https://ui.example"), "{answer}");
    let others = ask(&["https://other.example"], "OPTIONS").await;
    assert!(!others.contains("access-control-allow-origin"), "{others}");
    assert!(ask(&[], "OPTIONS").await.starts_with("HTTP/1.1 405"));
}

#[tokio::test]
async fn a_real_client_is_acknowledged() {
    let (receivers, log) = receivers(Config::default()).await;
    let mut client = client(&receivers).await;
    let answer = client.export(request(vec![span(1), span(2)])).await.unwrap().into_inner();
    assert_eq!(answer.partial_success, None);
    let mut short = span(3);
    short.trace_id.pop();
    let answer = client.export(request(vec![short, span(4)])).await.unwrap().into_inner();
    let partial = answer.partial_success.unwrap();
    assert_eq!(partial.rejected_spans, 1);
    assert!(partial.error_message.contains("the first: "), "{}", partial.error_message);
    assert_eq!(log.spans(), 3);
    assert!(log.kept.lock()[0].meta.user_agent.contains("tonic"));
    assert!(log.kept.lock()[0].meta.peer.is_some());
}

#[tokio::test]
async fn a_real_client_sees_the_statuses() {
    let (receivers, log) =
        receivers(Config { request_bytes_max: ByteSize::mib(1), ..Config::default() }).await;
    let mut client = client(&receivers).await;
    let mut large = span(1);
    large.name = "x".repeat(2 << 20);
    let status = client.export(request(vec![large])).await.unwrap_err();
    assert_eq!((status.code(), status.details().is_empty()), (Code::ResourceExhausted, true), "{status:?}");
    log.failures.lock().push(ErrorKind::Unavailable);
    let status = client.export(request(vec![span(1)])).await.unwrap_err();
    assert_eq!((status.code(), status.details().is_empty()), (Code::Unavailable, false), "{status:?}");
    assert_eq!(
        proto::otlp::decode_retry_after(status.details()),
        Some(Duration::from_secs(1)),
        "the exporters of Go and Rust read RetryInfo there"
    );
    assert!(client.export(request(vec![span(1)])).await.is_ok());
}

#[tokio::test]
async fn a_body_of_65_mib_is_refused_and_the_answer_arrives() {
    let (receivers, log) = receivers(Config::default()).await;
    let large = vec![0; 65 << 20];
    let head = "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\n";
    let announced = format!("{head}content-length: {}\r\n\r\n", large.len());
    assert_eq!(http1_status(&receivers, &announced, &large).await, "413");
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n", large.len());
    assert_eq!(http1_status(&receivers, &chunked, &[&large[..], b"\r\n0\r\n\r\n"].concat()).await, "413");
    assert_eq!(log.spans(), 0);
}

#[tokio::test]
async fn a_slow_body_times_out_on_both_ports() {
    let config = Config { body_timeout: Duration::from_millis(100), ..Config::default() };
    let (receivers, log) = receivers(config.clone()).await;
    let head =
        "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n";
    assert_eq!(http1_status(&receivers, head, b"{").await, "504");

    let never = futures::stream::pending::<Result<http_body::Frame<bytes::Bytes>, Infallible>>();
    let slow = ::http::Request::post(grpc::EXPORT_PATH)
        .header("content-type", "application/grpc")
        .body(http_body_util::StreamBody::new(never))
        .unwrap();
    let (ingester, _) = ingester(config);
    let response = grpc::Receiver::new(ingester).respond(slow).await;
    assert_eq!(response.headers()["grpc-status"], "4");
    assert_eq!(log.spans(), 0);
}

#[tokio::test]
async fn requests_of_one_connection_run_at_the_same_time() {
    let (receivers, log) = receivers(Config::default()).await;
    *log.delay.lock() = Duration::from_millis(200);
    let client = client(&receivers).await;
    let exports = (1..=50).map(|seed| {
        let mut client = client.clone();
        async move { client.export(request(vec![span(seed)])).await.map(drop) }
    });
    for exported in futures::future::join_all(exports).await {
        exported.unwrap();
    }
    assert_eq!(log.spans(), 50);
    assert!(log.running_most.load(Ordering::SeqCst) > 25, "they were taken one after the other");
}

#[tokio::test]
async fn a_stop_answers_what_is_in_flight() {
    let (receivers, log) = receivers(Config::default()).await;
    *log.delay.lock() = Duration::from_millis(300);
    let url = receivers.grpc_address().to_string();
    let exporter = Exporter::connect(&url, RetryPolicy::default(), Env::system()).await.unwrap();
    let sent = body(vec![span(1)]);
    let (acked, all_answered) = tokio::join!(exporter.export(&sent), async {
        Env::system().sleep(Duration::from_millis(100)).await;
        receivers.stop(Duration::from_secs(5)).await
    });
    assert_eq!(acked.unwrap().attempts, 1);
    assert!(all_answered);
    assert_eq!(log.spans(), 1);
}

#[tokio::test]
async fn a_port_in_use_and_an_open_address_are_refused_by_name() {
    let (first, _log) = receivers(Config::default()).await;
    let start = async |config: Config| {
        let (ingester, _) = ingester(config);
        Receivers::start(&ingester, &Door::unguarded(Env::system())).await.unwrap_err().to_string()
    };
    let free = "127.0.0.1:0".to_owned();
    let taken = first.http_address().to_string();
    let error = start(Config { grpc_listen: free.clone(), http_listen: taken, ..Config::default() }).await;
    assert!(error.contains("for ingest.http_listen is in use"), "{error}");
    let open = "0.0.0.0:0".to_owned();
    let error = start(Config { grpc_listen: open, http_listen: free, ..Config::default() }).await;
    assert!(error.ends_with("or set ingest.insecure_listen = true"), "{error}");
}
