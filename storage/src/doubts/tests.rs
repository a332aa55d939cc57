use bytes::Bytes;
use proto::TimeRange;
use tempfile::TempDir;

use super::*;
use crate::env::Env;
use crate::testing::{Row, span_batch};
use crate::wal::{RecordMeta, Transport};
use crate::{Config, LoggedRequest, Result, SpanBatch, SpanInstant, Storage};

const SECOND: u64 = 1_000_000_000;

fn tenant(name: &str) -> Tenant {
    Tenant::new(name).unwrap()
}

#[test]
fn a_request_is_doubtful_when_nobody_waited_for_its_answer() {
    let doubts = Doubts::default();
    doubts.unanswered(&tenant("a"), 100 * SECOND).answered();
    assert!(!doubts.touch(&tenant("a"), 0, u64::MAX));
    drop(doubts.unanswered(&tenant("a"), 100 * SECOND));
    assert!(doubts.touch(&tenant("a"), 99 * SECOND, 100 * SECOND));
    assert!(doubts.touch(&tenant("a"), 100 * SECOND, 101 * SECOND));
    assert!(!doubts.touch(&tenant("a"), 101 * SECOND, u64::MAX));
    assert!(!doubts.touch(&tenant("b"), 0, u64::MAX));
}

#[test]
fn a_retry_throws_doubt_on_half_a_minute_before_it() {
    let doubts = Doubts::default();
    doubts.retried(&tenant("a"), 100 * SECOND);
    assert!(doubts.touch(&tenant("a"), 0, 70 * SECOND));
    assert!(!doubts.touch(&tenant("a"), 0, 70 * SECOND - 1));
    assert!(!doubts.touch(&tenant("a"), 100 * SECOND + 1, u64::MAX));
    doubts.add(None, 200 * SECOND, 201 * SECOND);
    assert!(doubts.touch(&tenant("b"), 201 * SECOND, 300 * SECOND));
}

#[test]
fn many_doubts_become_fewer_and_wider_and_none_is_lost() {
    let doubts = Doubts::default();
    let instants: Vec<u64> = (0..1_000).map(|number| 1_000 * SECOND + number * SECOND / 2).collect();
    for (number, instant) in instants.iter().enumerate() {
        doubts.add(Some(&tenant(&format!("t{number}"))), *instant, *instant);
    }
    assert_eq!(doubts.list().len(), DOUBTS_MAX);
    for (number, instant) in instants.iter().enumerate() {
        assert!(doubts.touch(&tenant(&format!("t{number}")), *instant, *instant), "{number}");
    }
    for _ in 0..1_000 {
        doubts.add(Some(&tenant("t999")), 1_500 * SECOND, 1_500 * SECOND);
    }
    assert_eq!(doubts.list().len(), DOUBTS_MAX);
    doubts.add(Some(&tenant("late")), 5_000 * SECOND, 5_000 * SECOND);
    assert_eq!(doubts.list().len(), 1);
}

/// A span for every eight bytes of a body.
fn decode(requests: &[LoggedRequest]) -> Result<SpanBatch> {
    let bodies = requests.iter().flat_map(|request| request.body.chunks(8));
    let rows = bodies.map(|id| Row { span_id: u64::from_be_bytes(id.try_into().unwrap()), ..Row::default() });
    Ok(span_batch(&rows.collect::<Vec<_>>()))
}

async fn open(folder: &TempDir) -> Arc<Storage> {
    let config = Config { url: folder.path().display().to_string(), ..Config::default() };
    Storage::open(config, Env::system(), Arc::new(decode)).await.unwrap()
}

async fn append(storage: &Storage, ids: &[u64]) -> bool {
    let body: Bytes = ids.iter().flat_map(|id| id.to_be_bytes()).collect();
    let meta = RecordMeta {
        body_hash: storage.body_hasher().hash(&Tenant::default(), &body),
        tenant: Tenant::default(),
        arrival: storage.env().now(),
        peer: None,
        transport: Transport::Grpc,
        user_agent: String::new(),
    };
    storage.append(meta, body).await.unwrap().is_duplicate()
}

fn doubtful(storage: &Storage) -> bool {
    let selection = storage.snapshot().select(&Tenant::default(), TimeRange::ALL, SpanInstant::Any);
    selection.completeness.possible_duplicates
}

fn rows(storage: &Storage) -> u64 {
    let stats = storage.stats();
    stats.table_rows + stats.live_rows
}

#[tokio::test]
async fn answers_that_were_given_leave_no_doubt() {
    let folder = TempDir::new().unwrap();
    let storage = open(&folder).await;
    assert!(!append(&storage, &[1, 2]).await && !append(&storage, &[3]).await);
    assert!(!doubtful(&storage));
    storage.stop().await;
    let storage = open(&folder).await;
    assert!(!doubtful(&storage));
    assert!(append(&storage, &[3]).await, "a retry, and so a sign of a lost answer");
    assert!(doubtful(&storage));
    storage.stop().await;
}

#[tokio::test]
async fn a_client_that_left_is_remembered_with_the_segment() {
    let folder = TempDir::new().unwrap();
    let storage = open(&folder).await;
    {
        let leaving = append(&storage, &[1, 2]);
        futures::pin_mut!(leaving);
        assert!(futures::poll!(leaving.as_mut()).is_pending());
    }
    assert!(!append(&storage, &[9]).await);
    assert_eq!(rows(&storage), 3, "what it sent is kept");
    assert!(doubtful(&storage));
    storage.stop().await;
    let storage = open(&folder).await;
    assert!(doubtful(&storage));
    storage.stop().await;
}

#[tokio::test]
async fn copies_that_meet_in_a_flush_are_left_out_and_are_a_sign_of_more() {
    let folder = TempDir::new().unwrap();
    let storage = open(&folder).await;
    assert!(!append(&storage, &[1, 2]).await && !append(&storage, &[2, 3]).await);
    assert_eq!(rows(&storage), 4);
    assert!(!doubtful(&storage), "nobody knows yet");
    storage.flush().await.unwrap();
    assert_eq!(rows(&storage), 3);
    assert_eq!(storage.counters.duplicate_spans.load(std::sync::atomic::Ordering::Relaxed), 1);
    assert!(doubtful(&storage));
    storage.stop().await;
}
