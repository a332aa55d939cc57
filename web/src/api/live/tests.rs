use std::sync::atomic::{AtomicU64, Ordering};

use http_body_util::BodyExt;

use super::*;
use crate::testing::{HandMade, answer, get, send, shared};

/// Up to when everything is there.
static COMPLETE_TO: AtomicU64 = AtomicU64::new(5);

fn watermark() -> Watermark {
    let mut watermark = Watermark::default();
    watermark.complete_to = Some(COMPLETE_TO.load(Ordering::SeqCst));
    watermark
}

#[tokio::test]
async fn a_watermark_is_told_at_once_and_when_there_is_another_until_the_process_stops() {
    let (ready, readiness) = watch::channel(Readiness::Ready);
    let shared = Shared { readiness, ..shared(HandMade { watermark, ..HandMade::default() }) };
    let response = send(shared, get("/api/v1/live")).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-cache");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    let mut body = response.into_body();
    let mut next = async || body.frame().await.map(|frame| frame.unwrap().into_data().unwrap());
    assert_eq!(
        next().await.unwrap(),
        "event: watermark\ndata: {\"version\":\"0.0.0\",\"complete_to\":\"5\"}\n\n"
    );
    COMPLETE_TO.store(7, Ordering::SeqCst);
    assert_eq!(
        next().await.unwrap(),
        "event: watermark\ndata: {\"version\":\"0.0.0\",\"complete_to\":\"7\"}\n\n"
    );
    ready.send_replace(Readiness::NotReady("stopping".to_owned()));
    assert_eq!(next().await, None);
}

#[tokio::test]
async fn it_has_no_parameters() {
    let (status, text) = answer(HandMade::default(), "/api/v1/live?start=now").await;
    assert_eq!(status, 400, "{text}");
}
