//! The client against our own port, and against servers that fail.

use std::sync::Arc;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::trace::v1::span::Event;
use prost::Message as _;
use proto::ErrorKind;

use super::*;
use crate::testing::{MemoryLog, attribute, body, receivers, span};
use crate::{Config, Receivers};

fn hasty() -> RetryPolicy {
    RetryPolicy {
        backoff: Duration::from_millis(1),
        backoff_max: Duration::from_millis(1),
        budget: Duration::from_secs(3),
        attempt_timeout: Duration::from_secs(2),
    }
}

async fn connected(policy: RetryPolicy) -> (Exporter, Receivers, Arc<MemoryLog>) {
    let (receivers, log) = receivers(Config::default()).await;
    let url = format!("http://{}", receivers.grpc_address());
    (Exporter::connect(&url, policy, Env::system()).await.unwrap(), receivers, log)
}

#[tokio::test]
async fn acknowledged_and_partly_acknowledged() {
    let (exporter, receivers, log) = connected(hasty()).await;
    let ack = exporter.export(&body(vec![span(1), span(2)])).await.unwrap();
    assert_eq!((ack.rejected, ack.message.as_str(), ack.attempts), (0, "", 1));
    let mut zero = span(1);
    zero.span_id = Vec::new();
    let ack = exporter.export(&body(vec![zero, span(3)])).await.unwrap();
    assert_eq!(ack.rejected, 1);
    assert!(ack.message.starts_with("1 of 2 spans rejected"), "{}", ack.message);
    assert_eq!(log.spans(), 3);
    assert!(receivers.stop(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn what_exceeds_a_limit_is_cut_before_it_is_kept_and_told() {
    let (exporter, _receivers, log) = connected(hasty()).await;
    let mut long = span(1);
    long.attributes = vec![attribute(&"k".repeat(5_000), "v"), attribute("sql", &"x".repeat(1 << 20))];
    long.events = vec![Event::default(); 10_000];
    let ack = exporter.export(&body(vec![long, span(2)])).await.unwrap();
    assert_eq!(
        (ack.rejected, ack.message.as_str()),
        (
            0,
            "5904 attributes, events or links left out: a span had too many; \
             2 values or names cut: longer than the server allows"
        )
    );
    let kept = log.kept.lock()[0].body.clone();
    let mut kept = ExportTraceServiceRequest::decode(kept).unwrap();
    let span = kept.resource_spans.remove(0).scope_spans.remove(0).spans.remove(0);
    assert_eq!((span.events.len(), span.dropped_events_count), (4096, 5904));
    assert!(
        span.attributes[0].key.len() <= 4096
            && span.attributes[0].key.ends_with("…[truncated from 5000 bytes]")
    );
    let Some(any_value::Value::StringValue(value)) = span.attributes[1].value.clone().unwrap().value else {
        panic!()
    };
    assert!(
        value.len() <= 64 << 10 && value.ends_with("x…[truncated from 1048576 bytes]"),
        "{}",
        value.len()
    );
    assert_eq!(log.spans(), 2);
}

#[tokio::test]
async fn a_passing_failure_is_retried_after_the_wish_of_the_server() {
    let (exporter, _receivers, log) = connected(hasty()).await;
    log.failures.lock().push(ErrorKind::Unavailable);
    let began = Env::system();
    let ack = exporter.export(&body(vec![span(1)])).await.unwrap();
    assert_eq!(ack.attempts, 2);
    assert!(began.monotonic() >= Duration::from_secs(1), "RetryInfo asks for a second");
    assert_eq!(log.spans(), 1);
}

#[tokio::test]
async fn no_wait_begins_that_the_budget_does_not_hold() {
    let (exporter, _receivers, log) = connected(RetryPolicy { budget: Duration::ZERO, ..hasty() }).await;
    log.failures.lock().push(ErrorKind::Unavailable);
    let error = exporter.export(&body(vec![span(1)])).await.unwrap_err();
    assert_eq!((error.code, error.retryable, error.retry_after), (14, true, Some(Duration::from_secs(1))));
    assert!(error.message.contains("the disk is full"), "{error}");
}

#[tokio::test]
async fn a_refusal_for_good_is_not_retried() {
    let (exporter, _receivers, _log) = connected(hasty()).await;
    let error = exporter.export(b"\xff\xff").await.unwrap_err();
    assert_eq!((error.code, error.retryable), (3, false));
    let error = exporter.export(&vec![0; 65 << 20]).await.unwrap_err();
    assert_eq!((error.code, error.retryable), (8, false), "{error}");
    // The connection is as good as before.
    assert!(exporter.export(&body(vec![span(1)])).await.is_ok());
}

#[tokio::test]
async fn a_server_that_comes_back_is_found_again() {
    let (exporter, receivers, _log) = connected(hasty()).await;
    let address = receivers.grpc_address().to_string();
    receivers.stop(Duration::from_secs(1)).await;
    let (acked, second) = tokio::join!(exporter.export(b""), async {
        Env::system().sleep(Duration::from_millis(50)).await;
        let config =
            Config { grpc_listen: address, http_listen: "127.0.0.1:0".to_owned(), ..Config::default() };
        let (ingester, _) = crate::testing::ingester(config);
        Receivers::start(&ingester, &door::Door::unguarded(Env::system())).await
    });
    assert!(acked.unwrap().attempts > 1);
    drop(second);
}

#[tokio::test]
async fn the_http_port_is_recognised_as_no_grpc_port() {
    let (receivers, _log) = receivers(Config::default()).await;
    let url = receivers.http_address().to_string();
    let exporter = Exporter::connect(&url, hasty(), Env::system()).await.unwrap();
    let error = exporter.export(b"").await.unwrap_err();
    assert!(error.message.contains("ingest.grpc_listen"), "{error}");
    assert!(!error.retryable);
}

#[test]
fn the_default_policy_has_two_attempts_as_in_kubernetes() {
    let policy = RetryPolicy::default();
    let error = ExportError::timed_out(Duration::ZERO);
    let env = Env::system();
    let wait = policy.wait(&error, 1, Duration::ZERO, &env).unwrap();
    assert!(wait >= Duration::from_millis(2_500) && wait <= Duration::from_millis(7_500), "{wait:?}");
    assert_eq!(policy.wait(&error, 2, Duration::from_millis(7_000), &env), None);
    let wish = ExportError { retry_after: Some(Duration::from_secs(8)), ..error };
    assert_eq!(policy.wait(&wish, 1, Duration::ZERO, &env), Some(Duration::from_secs(8)));
}
