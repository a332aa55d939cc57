//! Rules that drop traces: no figure changes that a rollup or a derived table gives, and who reads spans is told.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use bytes::Bytes;
use bytesize::ByteSize;
use proto::{ErrorKind, Tenant, TraceId};
use query::latency::{LatencyQuery, Source, Step};
use query::trace::TraceQuery;
use query::traceql::parse_attribute;
use query::{Deriver, Engine};
use storage::env::Env;
use storage::ledger::Measure;
use storage::wal::{RecordMeta, Transport};
use storage::{Storage, ThinRule};

use crate::pipeline::{Pipeline, PlainSpan, block_on, filter, fixture, plain_spans, range_of, rekeyed};

const SECOND_NS: u64 = 1_000_000_000;

/// Takes the requests in, each a second after its last span ended.
async fn append(storage: &Storage, requests: &[Vec<u8>]) {
    for request in requests {
        let ends = plain_spans(std::slice::from_ref(request)).into_iter().map(|plain| plain.span.end);
        let meta = RecordMeta {
            tenant: Tenant::default(),
            arrival: ends.max().expect("spans") + SECOND_NS,
            peer: None,
            transport: Transport::Grpc,
            user_agent: String::new(),
            body_hash: 0,
        };
        storage.append(meta, Bytes::copy_from_slice(request)).await.expect("an append");
    }
}

async fn open(folder: &Path) -> (Arc<Storage>, Engine) {
    let rule =
        ThinRule { name: "*".to_owned(), service: "*".to_owned(), max_duration: Duration::from_millis(100) };
    let config = storage::Config {
        url: folder.display().to_string(),
        thin: vec![rule],
        // Nothing is thinned before the test does it.
        compaction_memory: ByteSize(0),
        retention: Duration::from_secs(100 * 365 * 86_400),
        ..Pipeline::storage_config()
    };
    let storage =
        Storage::open(config, Env::system(), Arc::new(ingest::decode_requests)).await.expect("it opens");
    storage.replayed().await.expect("its log can be read");
    storage.keep_derived(Arc::new(Deriver::default())).await.expect("derived tables");
    let config = query::Config { series_max: 10_000, sql_rows_max: 1_000_000, ..query::Config::default() };
    let engine = Engine::new(config, Arc::clone(&storage)).expect("an engine");
    (storage, engine)
}

fn question(spans: &[PlainSpan], text: &str) -> LatencyQuery {
    let range = range_of(spans);
    let mut query = LatencyQuery::new(filter(text), range.start, range.end);
    query.by =
        ["resource.service.name", "name"].map(|name| parse_attribute(name).expect("an attribute")).to_vec();
    query.step = Step::Nanos(60 * SECOND_NS);
    query.limit = 10_000;
    query
}

async fn traces(engine: &Engine) -> BTreeSet<TraceId> {
    let text = "SELECT DISTINCT trace_id FROM spans".to_owned();
    let answer = engine.sql(Tenant::default(), text).await.expect("rows");
    let ids = answer.batches.iter().flat_map(|batch| batch.column(0).as_fixed_size_binary().iter().flatten());
    ids.map(|id| TraceId(id.try_into().expect("16 bytes"))).collect()
}

async fn requests_counted(engine: &Engine) -> i64 {
    let answer =
        engine.sql(Tenant::default(), "SELECT count(*) FROM requests".to_owned()).await.expect("a count");
    answer.batches[0].column(0).as_primitive::<Int64Type>().value(0)
}

#[test]
fn dropped_traces_are_counted_still_and_who_reads_spans_is_told() {
    let mut requests = fixture("calm");
    let later = rekeyed(&requests[..1], 0x77, Duration::from_secs(600));
    requests.extend(later);
    let spans = plain_spans(&requests);
    block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let (storage, engine) = open(folder.path()).await;
        append(&storage, &requests).await;
        storage.flush().await.expect("a flush");
        // The deriver runs by itself too.
        while storage.derive_next().await.expect("a window").is_some() {}
        let before = engine.latency(question(&spans, "{}")).await.expect("an answer");
        let (all, rows) = (traces(&engine).await, requests_counted(&engine).await);
        assert!(rows > 10, "{rows} requests");
        let mut dropped = 0;
        while let Some(thinned) = storage.thin().await.expect("a segment") {
            dropped += thinned.rows;
        }
        assert_eq!(storage.ledger().totals()[0].in_all().get(Measure::ThinnedSpans), dropped);
        let kept = traces(&engine).await;
        let gone: Vec<TraceId> = all.difference(&kept).copied().collect();
        assert!(gone.len() > 10 && !kept.is_empty(), "{} of {} traces went", gone.len(), all.len());
        assert_eq!(storage.stats().table_rows, spans.len() as u64 - dropped);
        let of_gone = |plain: &&PlainSpan| gone.contains(&plain.span.trace_id);
        assert_eq!(spans.iter().filter(of_gone).count() as u64, dropped, "traces go whole");
        let slow = |plain: &PlainSpan| plain.span.duration_ns() >= 100_000_000;
        assert!(!spans.iter().filter(of_gone).any(slow), "what is slow stays");
        storage.stop().await;

        let (storage, engine) = open(folder.path()).await;
        assert_eq!(storage.thin().await.expect("nothing to do"), None);
        assert!(storage.compact().await.expect("nothing to merge").is_none());
        let answer = engine.latency(question(&spans, "{}")).await.expect("an answer");
        assert_eq!((answer.stats.source, answer.stats.completeness.is_complete()), (Source::Rollup, true));
        assert_eq!(answer.series, before.series);
        assert_eq!(requests_counted(&engine).await, rows);

        let answer = engine.latency(question(&spans, "{ duration >= 1ns }")).await.expect("an answer");
        assert!(answer.stats.completeness.incomplete_because().eq(["thinned"]));
        let trace = |trace_id| TraceQuery { tenant: Tenant::default(), trace_id, near: None };
        let error = engine.trace(trace(gone[0])).await.expect_err("it was dropped");
        assert_eq!(error.kind, ErrorKind::NotFound);
        assert!(error.message.contains("storage.thin"), "{error}");
        let mut whole = 0;
        for trace_id in kept.iter().take(50) {
            let found = engine.trace(trace(*trace_id)).await.expect("it stayed");
            let has_all_spans = found.assembled().completeness.has_all_spans();
            assert_eq!(found.completeness.is_complete(), has_all_spans, "traces are dropped whole");
            whole += u64::from(has_all_spans);
        }
        assert!(whole > 0, "none of {} traces", kept.len());
        storage.stop().await;
    });
}
