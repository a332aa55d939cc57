use storage::ledger::{SenderId, Visit};

use crate::testing::{HandMade, NOW, body, get, send, shared};

#[tokio::test]
async fn everyone_is_listed_with_advice() {
    let shared = shared(HandMade::default());
    let visit = |address: &str, outcome, newest_end| Visit {
        id: SenderId::new(address, "OTel OTLP Exporter Go/1.40.0", "grpc"),
        at: NOW,
        tenant: None,
        outcome,
        spans: 7,
        newest_end,
    };
    shared.ledger.visited(visit("10.0.0.1", "ok", Some(NOW - 40_000_000)));
    shared.ledger.visited(visit("10.0.0.2", "tls_on_plain_port", None));
    shared.ledger.visited(visit("10.0.0.3", "ok", Some(NOW + 9_000_000_000)));
    shared.ledger.visited(visit("10.0.0.4", "a word of tomorrow", None));
    let answer = body(send(shared, get("/api/v1/senders")).await).await;
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let senders = answer["senders"].as_array().unwrap();
    let found: Vec<_> = senders
        .iter()
        .map(|row| (row["clock_offset_ms"].as_i64(), row["advice"].as_str().unwrap()))
        .collect();
    assert_eq!(found[0], (Some(40), "Nothing to do."));
    assert!(found[1].1.contains("TLS to a plain port"));
    assert!(found[2].0 == Some(-9_000) && found[2].1.contains("clock is ahead"));
    assert!(found[3].1.contains("the log of this server"));
    assert_eq!(senders[0]["spans"], 7);
}
