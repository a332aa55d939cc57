use arrow::array::RecordBatch;
use bytes::Bytes;
use proto::Tenant;
use tempfile::TempDir;

use super::*;
use crate::env::Env;
use crate::schema::live_schema;
use crate::wal::{RecordMeta, Transport};
use crate::{Config, SpanTimes};

const GOOD: &[u8] = b"good";
const FAULTY: &[u8] = b"faulty";
const PANICS: &[u8] = b"panics";

fn meta(tenant: &str, arrival: u64) -> RecordMeta {
    RecordMeta {
        tenant: Tenant::new(tenant).unwrap(),
        arrival,
        peer: None,
        transport: Transport::Grpc,
        user_agent: String::new(),
        body_hash: 0,
    }
}

fn decode(requests: &[LoggedRequest]) -> Result<SpanBatch> {
    for request in requests {
        match request.body.as_ref() {
            FAULTY => return Err(Error::new(ErrorKind::Invalid, "not a request")),
            PANICS => panic!("a mistake of the decoder"),
            _ => {}
        }
    }
    Ok(SpanBatch::new(RecordBatch::new_empty(live_schema()), SpanTimes::NONE))
}

async fn open(folder: &TempDir) -> Arc<Storage> {
    let config = Config { url: folder.path().display().to_string(), ..Config::default() };
    let storage = Storage::open(config, Env::system(), Arc::new(decode)).await.unwrap();
    storage.replayed().await.unwrap();
    storage
}

#[tokio::test]
async fn a_request_that_cannot_be_read_is_set_aside_and_stops_nothing() {
    let folder = TempDir::new().unwrap();
    let storage = open(&folder).await;
    let mut faulty = Vec::new();
    for body in [GOOD, FAULTY, GOOD, PANICS, GOOD] {
        let appended = storage.append(meta("default", 1), Bytes::from_static(body)).await.unwrap();
        if body != GOOD {
            faulty.push((appended.sequence.unwrap(), body));
        }
    }
    let live = storage.snapshot().live;
    assert_eq!(live.len(), 3, "the others are there, each alone");
    let kept = |sequence: u64| folder.path().join("quarantine").join(format!("record-{sequence:016x}.otlp"));
    for (sequence, body) in &faulty {
        assert_eq!(std::fs::read(kept(*sequence)).unwrap(), *body);
    }
    storage.stop().await;
    assert_eq!(storage.stats().live_batches, 0, "they hold up no flush either");
}

#[test]
fn requests_are_grouped_by_tenant_day_and_size_in_the_order_of_the_log() {
    let request = |tenant: &str, arrival: u64, bytes: usize| LoggedRequest {
        meta: meta(tenant, arrival),
        body: Bytes::from(vec![0; bytes]),
    };
    let requests = vec![
        (1, request("a", 1, 10)),
        (2, request("b", 1, 10)),
        (3, request("a", DAY_NS, 10)),
        (4, request("a", 2, 10)),
        (5, request("b", 2, BATCH_BYTES)),
        (6, request("b", 3, 1)),
    ];
    let found: Vec<(Tenant, Vec<u64>)> =
        groups(requests).into_iter().map(|group| (group.tenant, group.sequences)).collect();
    let tenant = |name: &str| Tenant::new(name).unwrap();
    assert_eq!(
        found,
        [
            (tenant("a"), vec![1, 4]),
            (tenant("b"), vec![2, 6]),
            (tenant("a"), vec![3]),
            (tenant("b"), vec![5])
        ]
    );
}
