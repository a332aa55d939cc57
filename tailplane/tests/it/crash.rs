//! `kill -9` under load: what was acknowledged is there once, every time.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use bytesize::ByteSize;
use ingest::{Exporter, RetryPolicy};
use parking_lot::Mutex;
use proto::capture::{self, Rewrite};
use proto::{SpanId, Tenant, TraceId};
use query::Engine;
use storage::Storage;
use storage::env::Env;

use crate::pipeline::{block_on, fixture, plain_spans};
use crate::server::{Server, folder};

const KILLS: u32 = 20;
const SENDERS: u64 = 4;

/// Requests that were acknowledged, by the number that was mixed into their ids.
type Acknowledged = Arc<Mutex<Vec<u64>>>;

fn rewrite(number: u64) -> Rewrite {
    let mut trace_id_xor = [0; 16];
    trace_id_xor[..8].copy_from_slice(&number.to_be_bytes());
    Rewrite { trace_id_xor, span_id_xor: number.to_be_bytes(), time_shift_ns: 0 }
}

/// Sends copies with ids of their own until the server is gone.
async fn send(url: String, body: Vec<u8>, next: Arc<AtomicU64>, acknowledged: Acknowledged) {
    let policy = RetryPolicy { budget: Duration::ZERO, ..RetryPolicy::default() };
    let Ok(exporter) = Exporter::connect(&url, policy, Env::system()).await else { return };
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let mut copy = body.clone();
        capture::rewrite(&mut copy, &rewrite(number)).expect("a captured request");
        match exporter.export(&copy).await {
            Ok(ack) => {
                assert_eq!(ack.rejected, 0, "{}", ack.message);
                acknowledged.lock().push(number);
            }
            Err(_) => return,
        }
    }
}

#[test]
fn every_acknowledged_span_survives_twenty_kills_and_is_there_once() {
    let folder = folder();
    // A small request with several traces: many acknowledgements in little time.
    let body = fixture("calm").into_iter().filter(|request| request.len() > 2_000).min_by_key(Vec::len);
    let body = body.expect("a request");
    let ids: Vec<(TraceId, SpanId)> = plain_spans(std::slice::from_ref(&body))
        .iter()
        .map(|plain| (plain.span.trace_id, plain.span.span_id))
        .collect();
    let (next, acknowledged) = (Arc::new(AtomicU64::new(1)), Acknowledged::default());
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..KILLS {
        // Flushes come often, so that some kills hit one.
        let server = Server::start(
            folder.path(),
            &["--set", "storage.flush_interval=200ms", "--set", "storage.flush_bytes=1MiB"],
        );
        let url = format!("http://{}", server.grpc);
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let life = Duration::from_millis(150 + (random >> 33) % 900);
        block_on(async {
            let senders: Vec<_> = (0..SENDERS)
                .map(|_| {
                    let task = send(url.clone(), body.clone(), Arc::clone(&next), Arc::clone(&acknowledged));
                    Env::system().spawn(task)
                })
                .collect();
            Env::system().sleep(life).await;
            server.stop("KILL");
            for sender in senders {
                sender.await.expect("a sender ends");
            }
        });
    }
    let acknowledged = acknowledged.lock().clone();
    assert!(acknowledged.len() > KILLS as usize * 5, "load: {} acknowledgements", acknowledged.len());
    let found = count_spans(&folder.path().join("data"));
    assert!(found.values().all(|count| *count == 1), "a span is there twice");
    for number in &acknowledged {
        let change = rewrite(*number);
        for (trace_id, span_id) in &ids {
            let mut key = (trace_id.0, span_id.0);
            key.0.iter_mut().zip(change.trace_id_xor).for_each(|(byte, mask)| *byte ^= mask);
            key.1.iter_mut().zip(change.span_id_xor).for_each(|(byte, mask)| *byte ^= mask);
            assert!(found.contains_key(&key), "request {number} was acknowledged and is not there");
        }
    }
}

/// Every span in the folder and how often it is there.
fn count_spans(data: &std::path::Path) -> HashMap<([u8; 16], [u8; 8]), u64> {
    block_on(async {
        let config = storage::Config {
            url: data.display().to_string(),
            retention: Duration::from_secs(100 * 365 * 24 * 3600),
            ..storage::Config::default()
        };
        let storage = Storage::open(config, Env::system(), Arc::new(ingest::decode_requests))
            .await
            .expect("it opens after a kill");
        storage.replayed().await.expect("the log can be read back");
        let config = query::Config {
            memory: ByteSize::gib(4),
            timeout: Duration::from_secs(300),
            sql_rows_max: 100_000_000,
            ..query::Config::default()
        };
        let engine = Engine::new(config, Arc::clone(&storage)).expect("an engine");
        let text = "SELECT trace_id, span_id, count(*) FROM spans GROUP BY trace_id, span_id";
        let answer = engine.sql(Tenant::default(), text.to_owned()).await.expect("the ids");
        let mut found: HashMap<_, u64> = HashMap::new();
        for batch in &answer.batches {
            let id = |column: usize, row: usize| batch.column(column).as_fixed_size_binary().value(row);
            let counts = batch.column(2).as_primitive::<Int64Type>().values();
            for (row, count) in counts.iter().enumerate() {
                let trace_id = TraceId::from_slice(id(0, row)).expect("16 bytes");
                let span_id = SpanId::from_slice(id(1, row)).expect("8 bytes");
                *found.entry((trace_id.0, span_id.0)).or_default() += count.unsigned_abs();
            }
        }
        storage.stop().await;
        found
    })
}
