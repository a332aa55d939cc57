//! Calls as they arrive: framing, codings, bad input, and what each is answered.

use std::convert::Infallible;
use std::time::Duration;

use bytes::{BufMut, BytesMut};
use bytesize::ByteSize;
use http_body_util::{BodyExt, Full, StreamBody};
use opentelemetry_proto::tonic::trace::v1::Span;
use proptest::prelude::*;
use proto::ErrorKind;
use proto::otlp::decode_partial_success;
use storage::BodyHasher;
use storage::env::Env;

use super::*;
use crate::Config;
use crate::testing::{MemoryLog, attribute, body, gzip, ingester, span};

const OK: i32 = 0;
const INVALID_ARGUMENT: i32 = 3;
const RESOURCE_EXHAUSTED: i32 = 8;
const UNIMPLEMENTED: i32 = 12;
const INTERNAL: i32 = 13;

struct Answer {
    code: i32,
    message: String,
    headers: HeaderMap,
    body: Bytes,
}

fn receiver() -> (Receiver<MemoryLog>, Arc<MemoryLog>) {
    let (ingester, log) = ingester(Config { request_bytes_max: ByteSize::mib(2), ..Config::default() });
    (Receiver::new(ingester), log)
}

fn call<B>(path: &str, coding: &str, body: B) -> Request<B> {
    let request = Request::post(path).header("content-type", "application/grpc");
    let request = if coding.is_empty() { request } else { request.header("grpc-encoding", coding) };
    request.body(body).unwrap()
}

async fn answer<B>(receiver: &Receiver<MemoryLog>, request: Request<B>) -> Answer
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (head, body) = receiver.respond(request).await.into_parts();
    assert_eq!(head.status, StatusCode::OK);
    assert_eq!(head.headers["content-type"], "application/grpc");
    let body = body.collect().await.unwrap();
    let trailers = body.trailers().unwrap_or(&head.headers);
    let text = |name: &str| trailers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    Answer {
        code: text("grpc-status").parse().unwrap(),
        message: text("grpc-message"),
        headers: head.headers.clone(),
        body: body.to_bytes(),
    }
}

async fn export(receiver: &Receiver<MemoryLog>, coding: &str, frame: Bytes) -> Answer {
    answer(receiver, call(EXPORT_PATH, coding, Full::new(frame))).await
}

fn frame(flag: u8, message: &[u8]) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(flag);
    frame.put_u32(message.len() as u32);
    frame.put_slice(message);
    frame.freeze()
}

#[tokio::test]
async fn a_full_success_has_an_empty_message() {
    let (receiver, log) = receiver();
    let sent = body(vec![span(1), span(2)]);
    let answer = export(&receiver, "", framed(&sent)).await;
    assert_eq!((answer.code, answer.message.as_str()), (OK, ""));
    assert_eq!(&answer.body[..], [0, 0, 0, 0, 0]);
    assert_eq!(log.spans(), 2);
    assert_eq!(log.kept.lock()[0].body, sent);
}

#[tokio::test]
async fn every_coding_arrives() {
    let (receiver, log) = receiver();
    let sent = body(vec![span(1)]);
    let zstd = zstd::encode_all(&sent[..], 3).unwrap();
    let block = snap::raw::Encoder::new().compress_vec(&sent).unwrap();
    for (coding, frame) in [
        ("", frame(0, &sent)),
        ("identity", frame(0, &sent)),
        ("gzip", frame(0, &sent)),
        ("gzip", frame(1, &gzip(&sent))),
        ("GZIP", frame(1, &gzip(&sent))),
        ("zstd", frame(1, &zstd)),
        ("snappy", frame(1, &block)),
    ] {
        assert_eq!(export(&receiver, coding, frame).await.code, OK, "{coding}");
    }
    assert!(log.kept.lock().iter().all(|kept| kept.body == sent));
    assert_eq!(log.spans(), 7);
}

#[tokio::test]
async fn broken_framing_is_internal_and_keeps_nothing() {
    let (receiver, log) = receiver();
    let sent = body(vec![span(1)]);
    let twice = [framed(&sent), framed(&sent)].concat();
    let trailing = [&framed(&sent)[..], b"x"].concat();
    for (frame, why) in [
        (Bytes::new(), "the call has no message"),
        (Bytes::from_static(&[0, 0, 0]), "the call has no message"),
        (framed(&sent).slice(..sent.len()), "the message ends before its length"),
        (Bytes::from(twice), "bytes follow the only message"),
        (Bytes::from(trailing), "bytes follow the only message"),
        (frame(1, &gzip(&sent)), "there is no grpc-encoding"),
        (frame(2, &sent), "neither 0 nor 1"),
    ] {
        let answer = export(&receiver, "", frame).await;
        assert_eq!(answer.code, INTERNAL, "{why}");
        assert!(answer.message.contains(why), "{}", answer.message);
    }
    assert_eq!(log.spans(), 0);
}

#[tokio::test]
async fn what_is_too_large_must_not_be_sent_again() {
    let (receiver, log) = receiver();
    let claimed = Bytes::from_static(&[0, 0xff, 0xff, 0xff, 0xff]);
    let bomb = gzip(&vec![0; 8 << 20]);
    for (coding, frame) in [("", claimed), ("", frame(0, &vec![0; (2 << 20) + 1])), ("gzip", frame(1, &bomb))]
    {
        let answer = export(&receiver, coding, frame).await;
        assert_eq!(answer.code, RESOURCE_EXHAUSTED);
        assert!(answer.message.contains("ingest.request_bytes_max"), "{}", answer.message);
        assert!(!answer.headers.contains_key("grpc-status-details-bin"));
    }
    assert_eq!(log.spans(), 0);
}

#[tokio::test]
async fn an_unknown_coding_is_answered_with_the_known_ones() {
    let (receiver, _) = receiver();
    let answer = export(&receiver, "br", framed(b"")).await;
    assert_eq!(answer.code, UNIMPLEMENTED);
    assert_eq!(answer.headers["grpc-accept-encoding"], "gzip, zstd, snappy, deflate");
    assert!(answer.message.contains("\"br\""), "{}", answer.message);
}

#[tokio::test]
async fn what_is_no_request_is_invalid() {
    let (receiver, log) = receiver();
    let whole = body(vec![span(1), span(2)]);
    for message in [&b"\xff\xff\xff"[..], b"\x08\x01", b"\x0a\xff\xff\xff\xff\x0f", &whole[..whole.len() - 1]]
    {
        let answer = export(&receiver, "", framed(message)).await;
        assert_eq!(answer.code, INVALID_ARGUMENT, "{}", answer.message);
        assert!(answer.message.contains("ExportTraceServiceRequest"), "{}", answer.message);
    }
    let damaged = gzip(&whole);
    let answer = export(&receiver, "gzip", frame(1, &damaged[..damaged.len() - 4])).await;
    assert_eq!(answer.code, INVALID_ARGUMENT, "{}", answer.message);
    assert_eq!(log.spans(), 0);
}

#[tokio::test]
async fn empty_requests_are_a_success() {
    let (receiver, log) = receiver();
    for message in [Bytes::new(), body(vec![]), Bytes::from_static(b"\x0a\x00")] {
        let answer = export(&receiver, "", framed(&message)).await;
        assert_eq!((answer.code, answer.body.len()), (OK, PREFIX_BYTES));
    }
    assert!(log.kept.lock().is_empty());
}

#[tokio::test]
async fn a_bad_span_costs_itself() {
    let (receiver, log) = receiver();
    let short = Span { trace_id: vec![1; 15], ..span(1) };
    let zero = Span { span_id: vec![0; 8], ..span(2) };
    for (bad, word) in [(short, "trace"), (zero, "span")] {
        let answer = export(&receiver, "", framed(&body(vec![span(3), bad, span(4)]))).await;
        assert_eq!(answer.code, OK);
        let (rejected, message) = decode_partial_success(&answer.body[PREFIX_BYTES..]).unwrap();
        assert_eq!(rejected, 1);
        assert!(message.starts_with("1 of 3 spans rejected; the first: "), "{message}");
        assert!(message.contains(word), "{message}");
    }
    assert_eq!(log.spans(), 4);
}

#[tokio::test]
async fn odd_spans_are_kept() {
    let (receiver, log) = receiver();
    let mut reversed = span(1);
    std::mem::swap(&mut reversed.start_time_unix_nano, &mut reversed.end_time_unix_nano);
    let mut crowded = span(2);
    crowded.attributes = (0..2_000).map(|index| attribute(&format!("key {index}"), "value")).collect();
    let mut message = body(vec![reversed, crowded, span(3)]).to_vec();
    // "span 3" becomes "\xffpan 3", which is not UTF-8, and a field that no one knows follows.
    let name = message.windows(6).position(|window| window == b"span 3").unwrap();
    message[name] = 0xff;
    message.extend_from_slice(b"\xfa\x3f\x03new");
    let answer = export(&receiver, "", framed(&message)).await;
    assert_eq!((answer.code, answer.body.len()), (OK, PREFIX_BYTES));
    assert_eq!(log.spans(), 3);
}

#[tokio::test]
async fn a_failing_log_is_a_passing_failure() {
    for kind in [ErrorKind::Unavailable, ErrorKind::Corrupt, ErrorKind::Internal] {
        let (receiver, log) = receiver();
        log.failures.lock().push(kind);
        let answer = export(&receiver, "", framed(&body(vec![span(1)]))).await;
        assert_eq!(answer.code, 14);
        assert!(answer.headers.contains_key("grpc-status-details-bin"));
        assert!(answer.message.contains("the disk is full"), "{}", answer.message);
    }
}

#[tokio::test]
async fn without_room_the_answer_waits_and_then_asks_for_a_retry() {
    let config = Config { budget_wait: Duration::from_millis(50), ..Config::default() };
    let (ingester, _log) = ingester(config);
    let mut hog = ingester.budget.open(&Tenant::default_tenant(), Duration::ZERO);
    hog.raise_to(ingester.config.bytes_in_flight_max.as_u64()).await.unwrap();
    let receiver = Receiver::new(Arc::clone(&ingester));
    let answer = export(&receiver, "", framed(&body(vec![span(1)]))).await;
    assert_eq!(answer.code, 14);
    assert!(answer.headers.contains_key("google.rpc.retryinfo-bin"));
    assert!(answer.message.contains("ingest.bytes_in_flight_max"), "{}", answer.message);
    drop(hog);
    assert_eq!(export(&receiver, "", framed(&body(vec![span(1)]))).await.code, OK);
    assert_eq!(ingester.ledger.bytes_in_flight().get(), 0);
}

#[tokio::test]
async fn other_calls_are_told_where_they_are() {
    let (receiver, _) = receiver();
    let logs = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
    let refused = answer(&receiver, call(logs, "", Full::new(framed(b"")))).await;
    assert_eq!(refused.code, UNIMPLEMENTED);
    assert!(refused.message.contains(logs), "{}", refused.message);
}

#[tokio::test]
async fn health_follows_what_the_server_says_of_itself() {
    let (ingester, _) = ingester(Config::default());
    let receiver = Receiver::new(Arc::clone(&ingester));
    let named = [&[0x0a, EXPORT_SERVICE.len() as u8], EXPORT_SERVICE.as_bytes()].concat();
    for (is_serving, status) in [(true, 1), (false, 2)] {
        ingester.set_serving(is_serving);
        for request in [&b""[..], &named] {
            let healthy = answer(&receiver, call(HEALTH_PATH, "", Full::new(framed(request)))).await;
            assert_eq!((healthy.code, &healthy.body[PREFIX_BYTES..]), (OK, &[0x08, status][..]));
        }
    }
    let other = answer(&receiver, call(HEALTH_PATH, "", Full::new(framed(b"\x0a\x01x")))).await;
    assert_eq!(other.code, 5, "NOT_FOUND: {}", other.message);
}

#[tokio::test]
async fn nothing_is_written_for_a_caller_that_has_given_up() {
    let (receiver, log) = receiver();
    for (timeout, code) in [("0m", 4), ("1n", 4), ("10S", OK), ("soon", OK)] {
        let mut request = call(EXPORT_PATH, "", Full::new(framed(&body(vec![span(1)]))));
        request.headers_mut().insert("grpc-timeout", timeout.parse().unwrap());
        assert_eq!(answer(&receiver, request).await.code, code, "{timeout}");
    }
    assert_eq!(log.spans(), 2);
}

#[tokio::test]
async fn a_request_without_a_good_span_is_a_bad_request() {
    let (receiver, log) = receiver();
    let bad = Span { trace_id: vec![0; 16], ..span(1) };
    let answer = export(&receiver, "", framed(&body(vec![bad.clone(), bad]))).await;
    assert_eq!(answer.code, INVALID_ARGUMENT);
    assert!(answer.message.starts_with("2 of 2 spans rejected"), "{}", answer.message);
    assert!(answer.headers.contains_key("grpc-status-details-bin"));
    assert!(log.kept.lock().is_empty());
}

#[tokio::test]
async fn a_panic_is_a_passing_failure() {
    let (receiver, log) = receiver();
    log.panics.store(true, std::sync::atomic::Ordering::SeqCst);
    let answer = export(&receiver, "", framed(&body(vec![span(1)]))).await;
    assert_eq!((answer.code, answer.headers.contains_key("google.rpc.retryinfo-bin")), (14, true));
}

#[tokio::test]
async fn a_full_log_is_waited_for_then_refused_with_a_delay() {
    let (ingester, log) = ingester(Config { budget_wait: Duration::from_millis(150), ..Config::default() });
    let receiver = Receiver::new(ingester);
    let full = ErrorKind::Overloaded { retry_after: Duration::from_secs(1) };
    log.failures.lock().extend([full; 3]);
    let answer = export(&receiver, "", framed(&body(vec![span(1)]))).await;
    assert_eq!((answer.code, log.spans()), (OK, 1), "{}", answer.message);
    log.failures.lock().extend([full; 1_000]);
    let answer = export(&receiver, "", framed(&body(vec![span(2)]))).await;
    assert_eq!((answer.code, answer.headers.contains_key("google.rpc.retryinfo-bin")), (14, true));
    assert_eq!(log.spans(), 1);
}

#[tokio::test]
async fn a_tenant_over_its_rate_is_slowed_down_then_refused_with_a_delay() {
    let config = Config {
        tenant_spans_per_second_max: 10,
        tenant_burst: Duration::from_millis(100),
        budget_wait: Duration::from_millis(250),
        ..Config::default()
    };
    let (ingester, log) = ingester(config);
    let (receiver, env) = (Receiver::new(ingester), Env::system());
    let began = env.monotonic();
    let sends = (1..=8).map(|seed| export(&receiver, "", framed(&body(vec![span(seed); 2]))));
    let answers = futures::future::join_all(sends).await;
    let elapsed = env.monotonic().saturating_sub(began);
    assert!(elapsed > Duration::from_millis(100), "{elapsed:?}: some were delayed");
    let refused: Vec<_> = answers.iter().filter(|answer| answer.code != OK).collect();
    assert!(!refused.is_empty() && refused.len() < 8, "{} of 8 were refused", refused.len());
    for answer in &refused {
        assert_eq!(answer.code, RESOURCE_EXHAUSTED);
        assert!(answer.headers.contains_key("google.rpc.retryinfo-bin"));
        assert!(answer.message.contains("ingest.tenant_spans_per_second_max"), "{}", answer.message);
    }
    assert_eq!(log.spans(), 2 * (8 - refused.len()));
}

#[tokio::test]
async fn what_is_no_grpc_gets_an_http_status() {
    let (receiver, _) = receiver();
    let get = Request::get(EXPORT_PATH).body(Full::<Bytes>::default()).unwrap();
    assert_eq!(receiver.respond(get).await.status(), StatusCode::METHOD_NOT_ALLOWED);
    for content_type in ["application/x-protobuf", "application/grpc-web", "text/plain"] {
        let post = Request::post(EXPORT_PATH).header("content-type", content_type);
        let post = post.body(Full::<Bytes>::default()).unwrap();
        assert_eq!(receiver.respond(post).await.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
}

#[tokio::test]
async fn the_sender_is_kept() {
    let (receiver, log) = receiver();
    let mut request = call(EXPORT_PATH, "", Full::new(framed(&body(vec![span(1)]))));
    request.extensions_mut().insert(Peer::Tcp("192.0.2.7:1234".parse().unwrap()));
    let user_agent = "OTel OTLP Exporter Go/1.44.0 ".repeat(20);
    request.headers_mut().insert("user-agent", user_agent.parse().unwrap());
    request.headers_mut().insert("x-scope-orgid", "prod-1".parse().unwrap());
    assert_eq!(answer(&receiver, request).await.code, OK);
    let kept = log.kept.lock()[0].clone();
    assert_eq!(kept.meta.peer, Some("192.0.2.7:1234".parse().unwrap()));
    assert_eq!(kept.meta.transport, Transport::Grpc);
    assert_eq!(kept.meta.tenant.as_str(), "prod-1");
    assert_eq!(kept.meta.user_agent, user_agent[..256]);
    assert_eq!(kept.meta.body_hash, BodyHasher::new([7; 16]).hash(&kept.meta.tenant, &kept.body));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// A message may come in any number of DATA frames, some of them empty.
    #[test]
    fn the_message_is_the_same_however_it_is_cut(cuts in proptest::collection::vec(0..400_usize, 0..8)) {
        let sent = framed(&body(vec![span(1), span(2), span(3)]));
        let mut cuts = cuts.into_iter().map(|cut| cut.min(sent.len())).collect::<Vec<_>>();
        cuts.sort_unstable();
        cuts.push(sent.len());
        let mut start = 0;
        let pieces = cuts.into_iter().map(|end| {
            let piece = sent.slice(start..end);
            start = end;
            Ok::<_, Infallible>(http_body::Frame::data(piece))
        });
        let pieces = StreamBody::new(futures::stream::iter(pieces.collect::<Vec<_>>()));
        let (receiver, log) = receiver();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let answer = runtime.block_on(answer(&receiver, call(EXPORT_PATH, "", pieces)));
        prop_assert_eq!(answer.code, OK);
        prop_assert_eq!(log.spans(), 3);
        prop_assert_eq!(&log.kept.lock()[0].body[..], &sent[PREFIX_BYTES..]);
    }
}
