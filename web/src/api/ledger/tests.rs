use proto::Tenant;
use storage::ledger::Contents;

use super::*;
use crate::testing::{HandMade, NOW, body, get, send, shared};

/// A ledger in which a request of two spans was acknowledged, and one was refused before it was read.
fn kept() -> Shared {
    let shared = shared(HandMade::default());
    let mut entry = shared.ledger.open("grpc");
    entry.of_tenant(&Tenant::default());
    entry.read(100, Contents::refused(2));
    entry.acknowledged();
    shared.ledger.open("grpc").refused("overloaded");
    shared
}

async fn ask(uri: &str) -> (u16, serde_json::Value) {
    let response = send(kept(), get(uri)).await;
    let status = response.status().as_u16();
    (status, serde_json::from_str(&body(response).await).unwrap())
}

#[tokio::test]
async fn every_request_stands_in_its_minute_and_in_the_balance() {
    let (status, answer) = ask("/api/v1/ledger").await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["since"], NOW.to_string());
    assert_eq!(answer["totals"]["received_requests"], 2);
    assert_eq!(answer["totals"]["refused"]["overloaded"]["unread_requests"], 1);
    let tenants = answer["tenants"].as_array().unwrap();
    assert_eq!(tenants.iter().map(|row| &row["tenant"]).collect::<Vec<_>>(), ["(unknown)", "default"]);
    assert!(tenants.iter().all(|row| row["requests"]["holds"] == true && row["bytes"]["holds"] == true));
    assert_eq!(tenants[1]["ack_seconds"]["count"], 1);
    assert_eq!(tenants[1]["raw_data_from"], (NOW - 1).to_string());
    assert_eq!(tenants[0]["raw_data_from"], serde_json::Value::Null);
    assert_eq!(answer["minutes"].as_array().unwrap().len(), 2, "{answer}");
}

#[tokio::test]
async fn one_tenant_or_component_can_be_asked_for() {
    let (_, answer) = ask("/api/v1/ledger?tenant=default").await;
    assert_eq!(answer["tenants"].as_array().unwrap().len(), 1);
    assert_eq!(answer["totals"]["received_requests"], 1);
    let (_, answer) = ask("/api/v1/ledger?component=etcd").await;
    assert_eq!(answer["minutes"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn what_is_not_held_or_not_known_says_so() {
    let message = |answer: &serde_json::Value| answer["error"]["message"].as_str().unwrap().to_owned();
    let (status, answer) = ask("/api/v1/ledger?start=now-2d").await;
    assert_eq!(status, 400);
    assert!(message(&answer).contains("available_from"), "{answer}");
    let (status, answer) = ask("/api/v1/ledger?component=etc").await;
    assert_eq!(status, 400);
    assert!(message(&answer).contains("etcd"), "{answer}");
    let (status, _) = ask("/api/v1/ledger?start=now&end=now-1m").await;
    assert_eq!(status, 400);
}
